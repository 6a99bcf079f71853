"""Evidence is read now and then: what a reading shows may have happened long before, and is no proof of a lie."""

from __future__ import annotations

import pytest

from rigs.assignment import Job
from rigs.errors import DeviceFault
from rigs.observe import Observer
from rigs.trace.records import Packet
from tests.run.worklog import WorkLog, device_with

LAG = 0.05


def observer(*texts: str) -> tuple[Observer, Job]:
    """A device that has reported the end of its job a second ago, a second after the last reading of its evidence."""
    device, job = device_with(WorkLog(grows=iter(texts)), LAG)
    trace = device.trace
    topic = "$aws/things/bench/jobs/j1/update"
    end = trace.append(Packet(conn=1, type="PUBLISH", topic=topic, payload={"status": "SUCCEEDED"}))
    device.asked = end.at - 1
    return Observer(trace=trace, profile=device.profile, device=device), job


def test_work_that_is_read_late_is_not_said_to_be_late() -> None:
    watching, job = observer("begun abc\ndone abc")
    watching.done_before_end(job)


def test_what_a_reading_after_the_end_does_not_show_was_not_done() -> None:
    watching, job = observer("begun abc")
    with pytest.raises(DeviceFault, match="the end of j1 was reported and no such work was done"):
        watching.done_before_end(job)


def test_what_was_not_there_long_after_the_end_was_reported_before_it_was_done() -> None:
    watching, job = observer("begun abc", "done abc")
    watching.device.read_evidence()
    with pytest.raises(DeviceFault, match="s before its work was done"):
        watching.done_before_end(job)


def test_work_that_is_to_be_read_a_moment_later_is_counted() -> None:
    watching, job = observer("", "", "", "done abc")
    watching.counted(job, "done", 1, 1)


def test_work_that_is_never_to_be_read_is_missed() -> None:
    watching, job = observer()
    with pytest.raises(DeviceFault, match="was done 0 times, expected 1"):
        watching.counted(job, "done", 1, 1)
