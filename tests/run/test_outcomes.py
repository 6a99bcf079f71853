"""verdicts.jsonl: one line a scenario, whatever became of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from rigs import outcomes
from rigs.outcomes import Line
from tests.run.inner import GOOD, Ended, Repository

OTHERS = (
    """
    @S010 @safe
    Scenario: red
      Given the device is idle
      And the announcement of the job is delivered twice
      When a "succeeds" job is queued for the device
      Then the device is at fault
""",
    """
    @S011 @policy.heeds_time_left
    Scenario: skipped
      Given the device is idle
      Then the device is at fault
""",
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    made = Repository(tmp_path_factory.mktemp("outcomes"))
    made.feature(GOOD, *OTHERS)
    return made.pytest("features", "--profile", "heeds_time_left=false")


@pytest.fixture(scope="module")
def lines(run: Ended) -> dict[str, Line]:
    return {line.name: line for line in outcomes.read(run.results)}


def test_every_scenario_has_a_line(run: Ended, lines: dict[str, Line]) -> None:
    assert {name: line.outcome for name, line in lines.items()} == {
        "good": "passed",
        "red": "failed",
        "skipped": "skipped",
    }, run.text


def test_a_good_one_says_where_it_stands_and_what_it_queued(lines: dict[str, Line]) -> None:
    good = lines["good"]
    assert (good.id, good.place, good.error, good.armed) == ("S009", "bench.feature:7", "", False)
    assert [job.startswith("succeeds-") for job in good.jobs] == [True]


def test_a_red_one_says_what_was_not_true_and_that_the_network_acted(lines: dict[str, Line]) -> None:
    red = lines["red"]
    assert (red.error, red.step, red.armed, red.red) == ("AssertionError", "Then the device is at fault", True, True)
    assert "this step" in red.text


def test_a_skipped_one_says_why(lines: dict[str, Line]) -> None:
    assert "heeds_time_left" in lines["skipped"].text


def test_a_line_that_is_not_whole_is_left_out(run: Ended, tmp_path: Path) -> None:
    whole = (run.results / outcomes.NAME).read_bytes()
    (tmp_path / outcomes.NAME).write_bytes(whole[:-20])
    assert len(outcomes.read(tmp_path)) == 2


def test_a_later_line_of_a_scenario_stands(tmp_path: Path) -> None:
    for outcome in ("passed", "broken"):
        outcomes.write(tmp_path, {"id": "S001", "name": "x", "outcome": outcome, "tags": [], "place": "a.feature:1"})
    assert [line.outcome for line in outcomes.read(tmp_path)] == ["broken"]


def test_a_run_that_left_nothing_has_no_lines(tmp_path: Path) -> None:
    assert outcomes.read(tmp_path) == []


def test_a_folder_that_is_used_again_holds_the_last_run_alone(tmp_path: Path) -> None:
    made = Repository(tmp_path)
    made.feature(GOOD, *OTHERS)
    made.pytest("features")
    again = made.pytest("features", "-k", "good")
    assert [line.name for line in outcomes.read(again.results)] == ["good"], again.text
    assert len(list((again.results / "allure").glob("*-result.json"))) == 1
