"""Each rule finds the wrong that was put in, says the records that prove it, and nobody else cries out."""

import io
from collections import Counter
from pathlib import Path

import pytest

from rigs.rules.offline import Linted, findings, lint
from rigs.rules.table import RULES
from rigs.trace.reader import TraceFile
from tests.rules.conversations import Habits, Talk, every_habit, written
from tests.rules.seeds import PROFILE, Seed
from tests.rules.seeds_of_words import SEEDS

QUICK = ("none", "told twice", "another writer", "reboot", "next execution")  # within the bounds of the profile
KINDS = [habits for habits in every_habit(60, seed=3) if habits.trouble in QUICK][::6]
SAYS_THE_SERVICE = "I20"  # most of the wrong reports are refused, too
BESIDE = {  # one wrong that is two by nature
    "I6-one-more-end": {"I3"},
    "I7-progress-of-the-ended-execution": {"I9"},
    "I9-ended": {"I6"},
    "I14-topic": {"I14"},
}


def sown(seed: Seed, habits: Habits, path: Path) -> tuple[TraceFile, int]:
    """A trace with one wrong between two clean jobs, and the record that proves it."""
    talk = Talk(habits)
    talk.job("A")
    proof = seed.sow(talk)
    talk.tape.wait(20)
    talk.number = 1
    talk.job("B")
    return TraceFile(written(path, talk.tape, profile=PROFILE)), proof


def test_each_rule_has_two_seeds_and_more() -> None:
    counted = Counter(seed.rule for seed in SEEDS)
    assert {rule: counted[rule] >= 2 for rule in RULES} == dict.fromkeys(RULES, True)


@pytest.mark.parametrize("habits", KINDS, ids=str)
@pytest.mark.parametrize("seed", SEEDS, ids=str)
def test_the_wrong_is_found_with_its_records(seed: Seed, habits: Habits, tmp_path: Path) -> None:
    file, proof = sown(seed, habits, tmp_path / "trace.jsonl")
    found = [finding for _, finding in findings(file, Linted())]
    mine = [one for one in found if one.rule == seed.rule]
    assert (seed.severity, proof) in [(one.severity, one.proof[-1]) for one in mine]
    assert {one.rule for one in found} <= {seed.rule, SAYS_THE_SERVICE} | BESIDE.get(str(seed), set())


@pytest.mark.parametrize("seed", SEEDS, ids=str)
def test_lint_shows_the_proving_record_as_a_line(seed: Seed, tmp_path: Path) -> None:
    file, proof = sown(seed, KINDS[0], tmp_path / "trace.jsonl")
    out = io.StringIO()
    assert lint([file.path], out) == (1 if seed.severity == "violation" else 0)
    assert f"{seed.rule} {seed.severity}: " in out.getvalue()
    assert any(line.startswith(f"   {proof:6} ") for line in out.getvalue().splitlines())
