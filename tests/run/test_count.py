"""`--count`: a scenario many times over is one test with one page, and its rounds are counted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rigs import outcomes
from rigs.trace.records import Scenario, Verdict
from tests.run.inner import Ended, Repository, records, together

STEPS = """
from itertools import count
from pytest_bdd import then
from rigs.errors import RigFault

rounds = count(1)

@then("it is the third round in which the device is at fault")
def third():
    assert next(rounds) != 3, "it is the third round"

@then("it is the second round in which the rig is in doubt")
def second():
    if next(rounds) == 2:
        raise RigFault("the bench shook")
"""

SCENARIO = """
    @S{number}
    Scenario: {name}
      When a "succeeds" job is queued for the device
      Then the job execution ends as SUCCEEDED
      {last}
"""
GOOD = SCENARIO.format(number="009", name="good", last="")
RED = SCENARIO.format(number="010", name="red", last="And it is the third round in which the device is at fault")
SHAKY = SCENARIO.format(number="011", name="shaky", last="And it is the second round in which the rig is in doubt")

RUNS: dict[str, tuple[str, ...]] = {
    "good": ("-k", "good", "--count", "4"),
    "red": ("-k", "red", "--count", "4"),
    "shaky": ("-k", "shaky", "--count", "3"),
    "side by side": ("-k", "good or red", "--count", "3", "-n", "2"),
    "once": ("-k", "good"),
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ended]:
    made = Repository(tmp_path_factory.mktemp("count"))
    made.write("steps/common.py", STEPS)
    made.feature(GOOD, RED, SHAKY)
    calls = [
        lambda name=name, words=words: made.pytest("features", *words, results=name.replace(" ", "-"))
        for name, words in RUNS.items()
    ]
    return dict(zip(RUNS, together(*calls), strict=True))


def pages(run: Ended) -> list[dict[str, Any]]:
    """The Allure pages of a run."""
    return [json.loads(file.read_text()) for file in sorted((run.results / "allure").glob("*-result.json"))]


def steps(page: dict[str, Any]) -> list[tuple[str, str]]:
    """The Gherkin steps of a page, with their status."""
    return [(step["name"], step["status"]) for step in page["steps"] if step["name"] not in ("Arranged", "Closing")]


def test_good_rounds_are_one_green_test(runs: dict[str, Ended]) -> None:
    run = runs["good"]
    assert (run.code, run.counts, run.words) == (0, (1, 0, 0, 0), {"good": "passed"}), run.text
    assert "good: 4 of 4 rounds green; 95 % sure: at least 47 % are" in run.text


def test_a_red_round_makes_the_test_red_and_is_the_one_on_the_page(runs: dict[str, Ended]) -> None:
    run = runs["red"]
    (page,) = pages(run)
    assert (run.code, run.counts, run.words) == (1, (1, 0, 0, 0), {"red": "failure"}), run.text
    assert page["status"] == "failed"
    assert "3 of 4 rounds green; 95 % sure: at least 25 % are. Round 3: " in page["statusDetails"]["message"]
    assert [status for _, status in steps(page)] == ["passed", "passed", "failed"]
    assert "it is the third round" in run.text


def test_every_round_is_arranged_and_judged_on_the_trace(runs: dict[str, Ended]) -> None:
    (trace,) = runs["red"].traces
    found = list(records(trace))
    assert [record.outcome for record in found if isinstance(record, Verdict)] == [
        "passed",
        "passed",
        "failed",
        "passed",
    ]
    assert sum(isinstance(record, Scenario) and record.event == "arranged" for record in found) == 4


def test_a_doubt_about_the_rig_in_one_round_breaks_the_test(runs: dict[str, Ended]) -> None:
    run = runs["shaky"]
    assert (run.code, run.counts) == (10, (0, 0, 0, 1)), run.text
    assert "2 of 2 rounds green" in run.text
    assert "1 broken" in run.text


def test_side_by_side_every_scenario_has_its_rounds(runs: dict[str, Ended]) -> None:
    run = runs["side by side"]
    assert (run.code, run.words) == (1, {"good": "passed", "red": "failure"}), run.text
    assert {line.name: line.rounds.partition(";")[0] for line in outcomes.read(run.results)} == {
        "good": "3 of 3 rounds green",
        "red": "2 of 3 rounds green",
    }


def test_once_is_told_without_rounds(runs: dict[str, Ended]) -> None:
    (line,) = outcomes.read(runs["once"].results)
    assert (line.rounds, "rounds" in runs["once"].text) == ("", False)


def test_no_rounds_at_all_are_refused(tmp_path: Path) -> None:
    made = Repository(tmp_path)
    made.feature(GOOD)
    run = made.pytest("features", "--count", "0")
    assert (run.code, "how often each scenario is to be run, 1 or more" in run.text) == (4, True), run.text
