"""Evidence that was read and is there no more: nothing can be counted, and nobody is accused."""

from __future__ import annotations

import pytest

from rigs.errors import RigFault
from rigs.trace.records import Evidence
from rigs.trace.store import Trace
from tests.run.worklog import WorkLog, device_with

GAP = r"the evidence has a gap \(record \d+\): 'begun abc' was read and is there no more, so work cannot be counted"


def sorts(trace: Trace) -> list[str]:
    return [record.sort for record in trace.records if isinstance(record, Evidence)]


@pytest.mark.parametrize("left", ["", "done abc\n", "a line of another day, and a longer one\ndone abc\n"])
def test_a_log_that_was_cut_off_cannot_be_counted(left: str) -> None:
    log = WorkLog(text="booted\nbegun abc\n")
    device, job = device_with(log)
    assert device.count(job, "begun") == 1
    log.text = left
    with pytest.raises(RigFault, match=GAP):
        device.count(job, "done", least=1)
    assert sorts(device.trace) == ["begun", "gap"]


def test_the_next_scenario_counts_again() -> None:
    log = WorkLog(text="begun abc\n")
    device, job = device_with(log)
    device.read_evidence()
    log.text = "of another device\n"
    with pytest.raises(RigFault, match=GAP):
        device.read_evidence()
    log.text += "begun abc\ndone abc\n"
    assert (device.count(job, "begun"), device.count(job, "done")) == (2, 1)


def test_a_log_that_is_rotated_between_two_scenarios_is_whole() -> None:
    log = WorkLog(text="begun abc\ndone abc\n")
    device, job = device_with(log)
    device.read_evidence()
    device.jobs.clear()
    log.text = ""
    device.read_evidence()
    device.jobs[job.id] = job
    log.text = "begun abc\n"
    assert device.count(job, "begun") == 2
    assert "gap" not in sorts(device.trace)


def test_what_the_command_says_while_there_is_no_log_is_no_gap() -> None:
    log = WorkLog(text="cat: work.log: no such file\n")
    device, job = device_with(log)
    device.read_evidence()
    device.read_evidence()
    log.text = "begun abc\n"
    assert device.count(job, "begun") == 1


def test_a_line_that_was_half_written_is_read_whole() -> None:
    log = WorkLog(text="booted\nbegun a")
    device, job = device_with(log)
    assert device.count(job, "begun") == 0
    log.text += "bc\ndone abc\n"
    assert (device.count(job, "begun"), device.count(job, "done")) == (1, 1)


def test_what_a_console_swallows_or_adds_is_no_gap() -> None:
    """A byte of each line, or a message of the system amid the answer: the offset is wrong then."""
    log = WorkLog(text="")

    class Console:
        def run(self, command: str) -> str:
            return log.run(command).replace("\r", "").replace("booted", "booted\nkernel: a message amid it all")

    device, job = device_with(Console())
    for number in range(40):
        log.text += f"booted\r\nstep {number}\r\n"
        device.read_evidence()
    log.text += "begun abc\r\n"
    device.read_evidence()
    log.text += "booted\r\ndone abc\r\nidle\r\n"
    for _ in range(3):
        assert (device.count(job, "begun"), device.count(job, "done")) == (1, 1)
    assert "gap" not in sorts(device.trace)


def test_lines_that_are_alike_are_counted_each() -> None:
    log = WorkLog(text="")
    device, job = device_with(log)
    for number in range(1, 4):
        log.text += "done abc\n"
        assert device.count(job, "done") == number
