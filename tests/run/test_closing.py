"""What a scenario leaves behind is put right before the next one, whatever became of its steps."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from rigs.trace.records import AnyRecord, Console, Fault, Operator, Power, Scenario
from rigs.trace.views import sent
from tests.run.inner import GOOD, Ended, Repository, records, together

AGENT = """
import json
import os
import pathlib
import signal
import sys

# Broken from the boot on that the file names, until so many boots later; "for good" is broken for ever.
flash = pathlib.Path(sys.argv[1])
note = flash / "broken"
boots = int((flash / "boots").read_text())
if note.exists() and note.read_text() in ("for good", str(boots)):
    while True:
        signal.pause()
os.execv(sys.executable, [sys.executable, "-u", "-m", "rigs.agent.worker", str(flash)])
"""

BREAKS = """
import base64
import threading

import pytest
from pytest_bdd import step

@step("the agent ends")
def ends(course):
    course.rig.console.run("agent stop")

@step("the agent hangs until the next boot")
def hangs(course):
    broken(course, str(course.rig.device.boots()))

@step("the agent hangs for good")
def hangs_for_good(course):
    broken(course, "for good")

def broken(course, how):
    course.rig.console.run("put broken " + base64.b64encode(how.encode()).decode())
    course.rig.console.run("agent stop")
    course.rig.console.run("agent start")

@step("this machine stands still")
def stands_still(course):
    rig = course.rig
    rig.loop.loop.call_soon_threadsafe(threading.Event().wait, 2 * rig.profile.timing.reply.total_seconds())
    rig.loop.call(int)

@step("the user's step skips")
def skips(course):
    pytest.skip("nothing to see here")

@step("the user's step fails")
def fails(course):
    pytest.fail("the lamp is dark")
"""

HANGING_RIG = """
[rig]
name = "hanging"
like = "bench"

[device]
thing = "hanging"

[board]
agent = [{python!r}, {agent!r}, "{{flash}}"]

[profile.timing]
boot = 3
connect = 1
reconnect = 1
"""

UNTIDY = """
    @S001
    Scenario: untidy
      Given the device works on a "long" job
      And a second "succeeds" job is queued for the device
      And the report of the end is held up
      Then the device is at fault

    @S002
    Scenario: skips
      Given the device works on a "long" job
      When the user's step skips

    @S003
    Scenario: fails
      Given the device works on a "long" job
      When the user's step fails
"""
ENDS = """
    @S004
    Scenario: ends
      When the agent ends
"""
HANGS = """
    @S005
    Scenario: hangs
      When the agent hangs until the next boot
      Then the device is at fault
"""
FOR_GOOD = """
    @S006
    Scenario: for good
      When the agent hangs for good
"""
MISSED = """
    @S007
    Scenario: contradiction
      Given the answer to the start is held up

    @S008
    Scenario: owed
      Given the report of the end is held up
      When a "long" job is queued for the device
"""
SLOW = """
    @S011
    Scenario: slow
      When this machine stands still
      Then the device is at fault

    @S012
    Scenario: slow and good
      When this machine stands still
      And a "succeeds" job is queued for the device
      Then the job execution ends as SUCCEEDED
"""


def repository(folder: Path, *scenarios: str) -> Repository:
    """A repository with steps that break the agent."""
    folder.mkdir()
    made = Repository(folder)
    agent = made.write("agent.py", AGENT)
    made.write("rigs/hanging.toml", HANGING_RIG.format(python=made.python, agent=str(agent)))
    made.write("steps/breaks.py", BREAKS)
    made.feature(*scenarios)
    return made


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Ended]:
    """Untidy scenarios, faults that are missed, an agent that comes back, and one that does not."""
    folder = tmp_path_factory.mktemp("closing")
    tidy = repository(folder / "tidy", UNTIDY, MISSED, SLOW, GOOD)
    healed = repository(folder / "healed", ENDS, HANGS, GOOD)
    stuck = repository(folder / "stuck", FOR_GOOD, GOOD, GOOD.replace("good", "another").replace("S009", "S010"))
    return together(
        lambda: tidy.pytest("features"),
        lambda: healed.pytest("features", rig="hanging"),
        lambda: stuck.pytest("features", rig="hanging"),
    )


def closing(run: Ended, scenario: str) -> list[AnyRecord]:
    """The records of a scenario after its steps: from the first fault lifted or call made to its end."""
    (trace,) = run.traces
    found = records(trace)
    marks = [record for record in found if isinstance(record, Scenario) and record.id == scenario]
    begin = next(mark.n for mark in marks if mark.event == "run")
    return found[begin : next(mark.n for mark in marks if mark.event == "closed")]


def sent_to(found: list[AnyRecord]) -> list[str]:
    """What was sent to the device's console."""
    return [one.text for one in found if isinstance(one, Console) and one.way == "sent"]


def calls(found: list[AnyRecord], call: str) -> list[Operator]:
    """The operator's calls of that name."""
    return [one for one in found if isinstance(one, Operator) and one.event == "called" and one.call == call]


def test_a_step_that_fails_still_lifts_faults_clears_the_queue_and_lets_work_end(runs: list[Ended]) -> None:
    found = closing(runs[0], "S001")
    assert [record.event for record in found if isinstance(record, Fault)] == ["armed", "missed"]
    created, untouched = [one.arguments["jobId"] for one in calls(found, "create_job")]
    assert [one.arguments["jobId"] for one in calls(found, "cancel_job_execution")] == [untouched]
    assert {one.arguments["jobId"] for one in calls(found, "delete_job")} == {created, untouched}
    assert len([text for text in sent_to(found) if text.startswith("release ")]) == 1
    assert (runs[0].verdicts["S001"].outcome, runs[0].verdicts["S009"].outcome) == ("failed", "passed")


def test_what_a_scenario_has_begun_is_over_before_the_next_one(runs: list[Ended]) -> None:
    (trace,) = runs[0].traces
    own: set[str] = set()
    for record in records(trace):
        if isinstance(record, Scenario) and record.event == "start":
            own.clear()
        if isinstance(record, Operator) and record.event == "called" and record.call == "create_job":
            own.add(record.arguments["jobId"])
        message = sent(record)
        assert message is None or message.job in {None, *own}, record


def test_a_step_that_skips_has_not_reached_the_case_and_one_that_fails_accuses(runs: list[Ended]) -> None:
    verdicts = runs[0].verdicts
    assert (verdicts["S002"].outcome, verdicts["S002"].text) == ("not reached", "nothing to see here")
    assert (verdicts["S003"].outcome, verdicts["S003"].text) == ("failed", "the lamp is dark")
    for scenario in ("S002", "S003"):
        assert any(text.startswith("release ") for text in sent_to(closing(runs[0], scenario)))


def test_a_fault_that_was_not_hit_is_not_green(runs: list[Ended]) -> None:
    verdicts = runs[0].verdicts
    assert verdicts["S007"].outcome == "broken"
    assert "profile reports_start contradicts what was seen" in verdicts["S007"].text
    assert verdicts["S008"].outcome == "failed"
    assert "the device sent no report of the end" in verdicts["S008"].text


def test_a_rig_that_stood_still_accuses_nobody_and_says_how_long(runs: list[Ended]) -> None:
    verdicts = runs[0].verdicts
    assert (verdicts["S011"].outcome, verdicts["S012"].outcome) == ("broken", "passed")
    assert re.match(
        r"the rig's loop stood still for \d\.\d s, a device waits \d\.\d s for a reply", verdicts["S011"].text
    )
    assert re.search(r"longest turn of the rig's loop: \d{4} ms", runs[0].text)


def test_a_device_that_does_not_come_to_rest_is_named_and_brought_back_by_the_mildest_rung(runs: list[Ended]) -> None:
    run = runs[1]
    assert (run.code, run.counts) == (1, (3, 0, 0, 0)), run.text
    assert run.verdicts["S004"].outcome == "failed"
    assert "the device does not come to rest after the scenario: it is not connected" in run.verdicts["S004"].text
    assert [text for text in sent_to(closing(run, "S004")) if "agent" in text] == [
        "agent stop",
        "agent stop",
        "agent start",
    ]
    assert run.verdicts["S009"].outcome == "passed"


def test_where_the_agent_does_not_start_the_device_boots(runs: list[Ended]) -> None:
    found = closing(runs[1], "S005")
    rungs = [text for text in sent_to(found) if text in ("agent stop", "agent start", "reboot")]
    assert rungs == ["agent stop", "agent start", "agent stop", "agent start", "reboot"]
    assert not any(isinstance(one, Power) for one in found)
    first, _, then = runs[1].verdicts["S005"].text.partition("; ")
    assert first == "assert 'this step' == 'passes'"
    assert then.startswith("the device does not come to rest after the scenario: it is not connected")


def test_a_device_that_no_rung_brings_back_ends_the_run(runs: list[Ended]) -> None:
    run = runs[2]
    assert (run.code, run.counts) == (1, (1, 2, 0, 0)), run.text
    found = closing(run, "S006")
    rungs = [one for one in found if (isinstance(one, Console) and one.text == "reboot") or isinstance(one, Power)]
    assert all(earlier.n < later.n for earlier, later in pairwise(rungs))
    assert [type(one).__name__ for one in rungs] == ["Console", "Power", "Power"]
    told = (run.results / "junit.xml").read_text()
    assert told.count('message="device stuck since S006"') == 2
