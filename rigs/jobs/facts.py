"""What the service itself knows about executions, for the `inside` records of the local cloud."""

from __future__ import annotations

from typing import Literal

import msgspec

from rigs.jobs.execution import Execution
from rigs.jobs.timers import Deadline, TimerName

FactEvent = Literal["queued", "started", "reported", "ended", "canceled", "timed out", "removed", "deleted"]


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """An execution changed at `stamp` (service seconds since the epoch).

    `timer` and `deadline` tell the timer that would end it next, or, when it timed out, the one that did.
    """

    event: FactEvent
    job: str
    thing: str
    execution: int
    status: str
    version: int
    stamp: float
    timer: TimerName | Literal[""] = ""
    deadline: float | None = None


def fact_of(event: FactEvent, execution: Execution, stamp: float, deadline: Deadline | None = None) -> Fact:
    """The fact that `event` happened to what is now `execution`."""
    shown = deadline or execution.timers.next
    return Fact(
        event=event,
        job=execution.job,
        thing=execution.thing,
        execution=execution.number,
        status=execution.status.value,
        version=execution.version,
        stamp=stamp,
        timer="" if shown is None else shown.timer,
        deadline=None if shown is None else shown.at,
    )
