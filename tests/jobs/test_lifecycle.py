"""The table against the transitions of jobs-protocol §4, written down a second time, cell by cell."""

from __future__ import annotations

import pytest

from rigs.jobs.lifecycle import LIFECYCLE, REPORTS, Event, IllegalTransition, fire, lifecycle
from rigs.jobs.model import DEVICE_STATUSES, Status
from rigs.jobs.switches import Switches

EVENTS = ("start", "succeed", "fail", "reject", "cancel", "force-cancel", "expire", "remove")
CELLS = {
    "QUEUED": "IN_PROGRESS SUCCEEDED FAILED REJECTED CANCELED CANCELED - REMOVED",
    "IN_PROGRESS": "IN_PROGRESS SUCCEEDED FAILED REJECTED - CANCELED TIMED_OUT -",
    "SUCCEEDED": "- - - - - - - -",
    "FAILED": "- - - - - - - -",
    "TIMED_OUT": "- - - - - - - -",
    "REJECTED": "- - - - - - - -",
    "REMOVED": "- - - - - - - -",
    "CANCELED": "- - - - - - - -",
}
ROWS = [(s, e, after) for s, row in CELLS.items() for e, after in zip(EVENTS, row.split(), strict=True)]


@pytest.mark.parametrize(("status", "event", "after"), ROWS)
def test_cell(status: str, event: str, after: str) -> None:
    if after == "-":
        with pytest.raises(IllegalTransition, match=f"no {event} from {status}"):
            fire(LIFECYCLE, Status(status), Event(event))
    else:
        assert fire(LIFECYCLE, Status(status), Event(event)) == after


def test_every_status_has_a_row_and_terminal_rows_are_empty() -> None:
    assert set(LIFECYCLE) == set(Status)
    assert {status for status, row in LIFECYCLE.items() if not row} == {one for one in Status if one.terminal}


def test_every_status_a_device_may_send_is_an_event() -> None:
    assert set(REPORTS) == DEVICE_STATUSES


def test_disputed_rejection_can_be_switched_off() -> None:
    table = lifecycle(Switches(rejected_from_in_progress=False))
    with pytest.raises(IllegalTransition):
        fire(table, Status.IN_PROGRESS, Event.REJECT)
    assert fire(table, Status.QUEUED, Event.REJECT) is Status.REJECTED
    assert fire(table, Status.IN_PROGRESS, Event.SUCCEED) is Status.SUCCEEDED
