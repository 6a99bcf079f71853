"""The transition table: every status, and every status that a device may try to report then (jobs-protocol §4)."""

from __future__ import annotations

from tests.contract.moves import Ask, Move, accepted, rejected
from tests.contract.row import Row, open_row, row
from tests.contract.shapes import SECONDS, TEXT, Part
from tests.contract.words import REACH, STAMP, refusal, state

STATUSES = ("QUEUED", "IN_PROGRESS", "SUCCEEDED", "FAILED", "REJECTED", "TIMED_OUT", "CANCELED", "REMOVED")
REPORTED = ("IN_PROGRESS", "SUCCEEDED", "FAILED", "REJECTED")  # by a device; the others are the service's
PENDING = ("QUEUED", "IN_PROGRESS")
DISPUTED = ("IN_PROGRESS", "REJECTED")
SOURCES = {"QUEUED": "jobs-protocol §4; evidence.md Part 1 c", "IN_PROGRESS": "jobs-protocol §4"}
CODE = "InvalidStateTransition"


def _body(status: str) -> dict[str, object]:
    return {"status": status, "includeJobExecutionState": True}


def _taken(before: str, after: str) -> Ask:
    version = 2 if before == "QUEUED" else 3
    return accepted("@one/update", _body(after), {**STAMP, "executionState": state(after, version)})


def _refused(before: str, after: str) -> Ask:
    """A finished execution tells its state; a status that is not for a device is refused whatever it finds."""
    if after not in REPORTED:
        return rejected("@one/update", _body(after), Part({"timestamp": SECONDS, "code": CODE, "message": TEXT}))
    told = Part({"status": before})
    return rejected("@one/update", _body(after), refusal(CODE, executionState=told))


def _disputed() -> Row:
    moves: tuple[Move, ...] = REACH["IN_PROGRESS"]
    still = state("IN_PROGRESS", 2)
    return open_row(
        "TAB-IN_PROGRESS-REJECTED",
        "A device may report REJECTED about an execution that is IN_PROGRESS",
        "jobs-protocol §4; evidence.md Part 1 c",
        "rejected_from_in_progress",
        (True, (*moves, _taken(*DISPUTED))),
        (False, (*moves, rejected("@one/update", _body("REJECTED"), refusal(CODE, executionState=still)))),
    )


def _cell(before: str, after: str) -> Row:
    if (before, after) == DISPUTED:
        return _disputed()
    legal = before in PENDING and after in REPORTED
    verb = "may report" if legal else "may not report"
    return row(
        f"TAB-{before}-{after}",
        f"A device {verb} {after} about an execution that is {before}",
        SOURCES.get(before, "jobs-protocol §4; evidence.md Part 1 a, b"),
        "A" if after in REPORTED else "C",
        *REACH[before],
        _taken(before, after) if legal else _refused(before, after),
    )


ROWS = tuple(_cell(before, after) for before in STATUSES for after in STATUSES)
