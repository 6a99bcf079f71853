"""What Allure's results say of a run of scenarios: read back as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rigs.report.session_files import executor, properties
from tests.project import Run

Result = Callable[[str], dict[str, Any]]


def labels(result: dict[str, Any]) -> dict[str, str]:
    """The labels of a result, tags apart."""
    return {each["name"]: each["value"] for each in result["labels"] if each["name"] != "tag"}


def steps(result: dict[str, Any]) -> list[tuple[str, str]]:
    """Names and statuses of the steps."""
    return [(each["name"], each["status"]) for each in result["steps"]]


def test_the_inner_run_ended_as_meant(run: tuple[Run, Path]) -> None:
    assert "3 failed, 2 passed, 3 skipped, 1 error" in run[0].text, run[0]


@pytest.mark.parametrize(
    ("name", "status", "blame"),
    [
        ("A good end", "passed", None),
        ("No beginning", "broken", "rig"),
        ("Not for us", "skipped", None),
        ("The end is device", "failed", "device"),
        ("The end is service", "broken", "service"),
        ("The end is skip", "skipped", None),
        ("The end is not reached", "skipped", None),
        ("The end is bug", "broken", "rig"),
        ("Told with a table", "passed", None),
    ],
)
def test_the_class_of_the_error_is_the_verdict(result: Result, name: str, status: str, blame: str | None) -> None:
    found = result(name)
    assert (found["status"], labels(found).get("fault of")) == (status, blame)


def test_labels_and_path_are_the_features(result: Result) -> None:
    found = result("A good end")
    assert found["titlePath"] == ["Tales", "A tale has an end"]
    assert labels(found) | {"language": "", "package": ""} == {
        "feature": "Tales",
        "story": "A tale has an end",
        "parentSuite": "Tales",
        "suite": "A tale has an end",
        "host": "bench-1",
        "thread": "board-7",
        "firmware": "1.2",
        "framework": "pytest",
        "language": "",
        "package": "",
    }
    assert {each["value"] for each in found["labels"] if each["name"] == "tag"} == {"S900", "F01"}


def test_messages_stand_under_their_steps(result: Result, results: Path) -> None:
    found = result("A good end")
    assert steps(found) == [
        ("Arranged", "passed"),
        ("Given the device is at rest", "passed"),
        ("When it ends with joy", "passed"),
        ("Then all is told", "passed"),
        ("Closing", "passed"),
    ]
    [message] = found["steps"][2]["steps"]
    [attachment] = message["attachments"]
    assert message["name"] == attachment["name"] == "update"
    assert json.loads((results / attachment["source"]).read_text()) == {"status": "FAILED"}


def test_what_a_step_attaches_lands_in_the_step(result: Result, results: Path) -> None:
    [note] = result("A good end")["steps"][1]["attachments"]
    assert (results / note["source"]).read_text() == "mine"


def test_a_failed_step_has_its_error_and_those_after_it_are_skipped(result: Result) -> None:
    found = result("The end is device")
    assert steps(found)[1:4] == [
        ("Given the device is at rest", "passed"),
        ("When it ends with device", "failed"),
        ("Then all is told", "skipped"),
    ]
    assert found["steps"][2]["statusDetails"]["message"] == "sent FAILED"
    assert "_pytest" not in found["statusDetails"]["trace"]
    assert "in ends_with" in found["statusDetails"]["trace"]
    assert found["statusDetails"]["trace"].endswith("fault of: device")


def test_a_set_up_that_fails_shows_all_steps_as_skipped(result: Result) -> None:
    found = result("No beginning")
    assert steps(found) == [("Given the device is at rest", "skipped"), ("When it ends with joy", "skipped")]
    assert found["statusDetails"]["message"] == "the port is gone"


def test_a_skip_at_set_up_keeps_its_reason(result: Result) -> None:
    assert result("Not for us")["statusDetails"] == {"message": "not declared: told_by"}


def test_a_skip_in_a_step_closes_the_step(result: Result) -> None:
    assert steps(result("The end is skip"))[1:4] == [
        ("Given the device is at rest", "passed"),
        ("When it ends with skip", "skipped"),
        ("Then all is told", "skipped"),
    ]


def test_not_reached_says_so(result: Result) -> None:
    found = result("The end is not reached")
    assert found["statusDetails"]["message"] == "not reached: learnt by a poll"
    assert steps(found)[2] == ("When it ends with not reached", "skipped")


def test_expected_and_actual_make_a_difference(result: Result) -> None:
    details = result("The end is device")["statusDetails"]
    assert (details["expected"], details["actual"]) == ("SUCCEEDED", "FAILED")


def test_rows_are_parameters_with_a_history_each(result: Result) -> None:
    names = ("device", "service", "skip", "not reached", "bug")
    found = [result(f"The end is {name}") for name in names]
    assert [each["parameters"] for each in found] == [[{"name": "end", "value": name}] for name in names]
    assert len({each["historyId"] for each in found}) == 5


def test_the_top_of_the_page_has_verdict_picture_and_table(result: Result) -> None:
    top = result("The end is device")["descriptionHtml"]
    order = [
        "Failed: two &lt;versions&gt; &amp; more",
        "data:image/svg+xml;base64,",
        "<h4>Versions</h4>",
        "--rig bench-1",
    ]
    assert [top.find(each) for each in order] == sorted(top.find(each) for each in order)
    assert min(top.find(each) for each in order) > 0
    assert "<svg" not in top


def test_the_story_is_attached_for_our_own_page(result: Result, results: Path) -> None:
    names = {each["name"]: each["source"] for each in result("The end is device")["attachments"]}
    assert set(names) == {"sequence", "console", "jobrig story"}
    story = json.loads((results / names["jobrig story"]).read_text())
    assert (story["outcome"], story["blame"], story["rig"]) == ("failed", "device", "bench-1")
    assert (results / names["console"]).read_bytes() == b"boot 1 complete"


def test_tables_and_texts_of_steps_are_attached(result: Result, results: Path) -> None:
    one, two = (step["attachments"][0] for step in result("Told with a table")["steps"][1:3])
    assert (results / one["source"]).read_text().splitlines() == ["a,b", "1,2"]
    assert (two["name"], two["type"]) == ("text", "application/json")


def test_containers_hold_the_rigs_fixtures_only(results: Path) -> None:
    read = [json.loads(file.read_text()) for file in results.glob("*-container.json")]
    names = {each["name"] for container in read for each in container.get("befores", [])}
    assert names == {"rig", "_setup"}
    assert all(container.get("befores") or container.get("afters") for container in read)


def test_the_environment_names_the_rig(results: Path) -> None:
    lines = (results / "environment.properties").read_text().splitlines()
    assert {"Rig=bench-1", "Device=board"} <= set(lines)
    assert any(line.startswith("pytest-bdd=9") for line in lines)


def test_properties_stay_one_line_each() -> None:
    assert properties({"a b": "one\ntwo", "c": "\\"}) == "a_b=one\\ntwo\nc=\\\\\n"


def test_the_executor_is_named_where_a_ci_says_so() -> None:
    assert executor({}) is None
    found = executor({"GITLAB_CI": "true", "CI_PIPELINE_IID": "7", "CI_PIPELINE_URL": "https://ci/7"})
    assert found == {"name": "GitLab CI", "type": "gitlab", "buildName": "7", "buildUrl": "https://ci/7"}
