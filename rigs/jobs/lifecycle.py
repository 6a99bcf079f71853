"""The state machine of a job execution as one table (jobs-protocol §4, evidence.md Part 1 c).

Laws: a terminal status has an empty row; what the table does not name is refused as an invalid transition; only QUEUED
and IN_PROGRESS are pending; an unforced cancel never touches work in progress; no timer runs while QUEUED.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from rigs.jobs.model import Status
from rigs.jobs.switches import Switches


class Event(StrEnum):
    """What can happen to an execution: the first four are reports of the device, the rest the service's doing."""

    START = "start"
    SUCCEED = "succeed"
    FAIL = "fail"
    REJECT = "reject"
    CANCEL = "cancel"
    FORCE_CANCEL = "force-cancel"
    EXPIRE = "expire"
    REMOVE = "remove"


Lifecycle = Mapping[Status, Mapping[Event, Status]]

LIFECYCLE: Lifecycle = {
    Status.QUEUED: {
        Event.START: Status.IN_PROGRESS,
        Event.SUCCEED: Status.SUCCEEDED,
        Event.FAIL: Status.FAILED,
        Event.REJECT: Status.REJECTED,
        Event.CANCEL: Status.CANCELED,
        Event.FORCE_CANCEL: Status.CANCELED,
        Event.REMOVE: Status.REMOVED,
    },
    Status.IN_PROGRESS: {
        Event.START: Status.IN_PROGRESS,
        Event.SUCCEED: Status.SUCCEEDED,
        Event.FAIL: Status.FAILED,
        Event.REJECT: Status.REJECTED,
        Event.FORCE_CANCEL: Status.CANCELED,
        Event.EXPIRE: Status.TIMED_OUT,
    },
    Status.SUCCEEDED: {},
    Status.FAILED: {},
    Status.TIMED_OUT: {},
    Status.REJECTED: {},
    Status.REMOVED: {},
    Status.CANCELED: {},
}

REPORTS: Mapping[Status, Event] = {
    Status.IN_PROGRESS: Event.START,
    Status.SUCCEEDED: Event.SUCCEED,
    Status.FAILED: Event.FAIL,
    Status.REJECTED: Event.REJECT,
}


class IllegalTransition(Exception):
    """The table has no way from this status by this event."""


def lifecycle(switches: Switches) -> Lifecycle:
    """The table with the disputed transition in it or not."""
    if switches.rejected_from_in_progress:
        return LIFECYCLE
    row: Mapping[Event, Status] = {
        event: status for event, status in LIFECYCLE[Status.IN_PROGRESS].items() if event is not Event.REJECT
    }
    return {**LIFECYCLE, Status.IN_PROGRESS: row}


def fire(table: Lifecycle, status: Status, event: Event) -> Status:
    """The status after `event`; raises IllegalTransition when the table has none."""
    try:
        return table[status][event]
    except KeyError:
        raise IllegalTransition(f"no {event} from {status}") from None
