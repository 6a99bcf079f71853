"""What examples about the profile's words are made of."""

from __future__ import annotations

from typing import Any

from rigs.jobs.model import Kind, Operation
from rigs.trace.records import Evidence
from rigs.trace.tape import Tape


def work(tape: Tape, job: str, sort: Any = "begun", unread: float = 0.0) -> int:
    """Work is read from the evidence, which was read `unread` seconds ago for the last time."""
    return tape.add(Evidence(job=job, sort=sort, after=tape.at - unread)).n


def given(*jobs: str) -> Tape:
    """A device that is told of these jobs."""
    tape = Tape()
    tape.connect()
    for job in jobs:
        tape.notify_next(job)
    tape.wait(1)
    return tape


def report(tape: Tape, job: str, **body: Any) -> int:
    """IN_PROGRESS, accepted."""
    sent = tape.wait(1).update(job, "IN_PROGRESS", **body)
    tape.wait(0.1).accept(job)
    return sent


def progress(tape: Tape, *values: Any, job: str = "A", **beside: str) -> None:
    """One report of progress after the other, each accepted."""
    for value in values:
        report(tape, job, statusDetails={"progress": value, **beside})


def refused(tape: Tape, times: int, state: str = "CANCELED", **more: Any) -> None:
    """So many reports, each refused with the state."""
    for _ in range(times):
        tape.wait(1).update("A", "FAILED", **more)
        tape.wait(0.1).refuse("A", "InvalidStateTransition", executionState={"status": state, "versionNumber": 3})


def listed(tape: Tape, **jobs: str) -> None:
    """A list of what is pending: job by status."""
    by_status: dict[str, list[dict[str, Any]]] = {}
    for job, status in jobs.items():
        by_status.setdefault(status, []).append({"jobId": job, "executionNumber": 1})
    tape.down(tape.topic(Operation.NOTIFY, Kind.NOTIFICATION), {"timestamp": 1, "jobs": by_status})


def handed(tape: Tape, execution: dict[str, Any] | None = None) -> None:
    """The device asks with start-next and is given that, or nothing."""
    tape.wait(1).up(tape.topic(Operation.START_NEXT), {})
    said = {"timestamp": 1} if execution is None else {"timestamp": 1, "execution": execution}
    tape.wait(0.1).down(tape.topic(Operation.START_NEXT, Kind.ACCEPTED), said)
