"""`--bugs`: which scenarios meet which bug, in which order; and who the bugs are."""

from __future__ import annotations

from pathlib import Path

import pytest

from rigs import outcomes
from rigs.agent.mutants import MUTANTS
from rigs.matrix.trials import PLAIN, chosen, own
from rigs.outcomes import Line, Trial
from tests.run.inner import ROOT, Ended, Repository


@pytest.mark.parametrize(
    ("words", "bugs"),
    [("F24/b", ["F24/b"]), ("F24", ["F24/a", "F24/b"]), ("F24/b,F24,F02/a", ["F24/b", "F24/a", "F02/a"])],
)
def test_bugs_are_chosen_by_number_and_way(words: str, bugs: list[str]) -> None:
    assert chosen(words) == bugs


def test_all_are_all() -> None:
    assert chosen("all") == list(MUTANTS)


def test_an_unknown_bug_is_refused_with_the_known_ones() -> None:
    with pytest.raises(pytest.UsageError, match=r"no bug 'F99'; known: .*F24/a"):
        chosen("F24,F99")


def test_a_trial_shows_itself_and_names_its_files() -> None:
    assert (str(Trial("F24/a")), Trial("F24/a").suffix) == ("F24/a", "-F24-a")
    assert (str(Trial("F24/a", False)), Trial("F24/a", False).suffix) == ("F24/a faults off", "-F24-a-faults-off")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    made = Repository(tmp_path_factory.mktemp("trials"))
    return made.pytest(str(ROOT / "features"), "--bugs", "F02/a,F24/a", rig="embedded-quick")


@pytest.fixture(scope="module")
def lines(run: Ended) -> list[Line]:
    return outcomes.read(run.results)


@pytest.mark.parametrize("bug", ["F02/a", "F24/a"])
def test_a_bug_meets_the_plain_scenarios_its_own_and_its_own_without_faults(bug: str, lines: list[Line]) -> None:
    met = [(line.id, line.faults) for line in lines if line.bug == bug and line.outcome != "skipped"]
    assert list(dict.fromkeys(met)) == [*((number, True) for number in PLAIN), (own(bug), True), (own(bug), False)]
    assert [line.outcome for line in lines if line.bug == bug and line.red] == ["failed"]
    assert [line.outcome for line in lines if line.bug == bug and not line.faults and line.armed] == ["passed"]


def test_one_red_row_is_enough(lines: list[Line]) -> None:
    rest = [line for line in lines if line.outcome == "skipped" and line.faults]
    assert rest
    assert all("F24/a has turned the scenario red already" in line.text for line in rest)


def test_each_trial_has_a_trace_of_its_own(run: Ended) -> None:
    names = {trace.stem.removeprefix("trace-embedded-quick") for trace in run.traces}
    assert names == {"-F02-a", "-F02-a-faults-off", "-F24-a", "-F24-a-faults-off"}


def test_an_unknown_bug_ends_the_run_as_misuse(tmp_path: Path) -> None:
    run = Repository(tmp_path).pytest(str(ROOT / "features"), "--bugs", "F99", rig="embedded-quick")
    assert (run.code, "no bug 'F99'" in run.text) == (4, True), run.text
