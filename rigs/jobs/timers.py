"""The step timer and the in-progress timer of an execution; the one that ends first counts (jobs-protocol §4)."""

from __future__ import annotations

import math
from typing import Literal

import msgspec
from msgspec.structs import replace

TimerName = Literal["step", "in-progress"]
MINUTE = 60.0


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """When a timer ends (seconds since the epoch) and which one it is."""

    at: float
    timer: TimerName


class Timers(msgspec.Struct, frozen=True, kw_only=True):
    """When the two timers of an execution end, in seconds since the epoch; None where one does not run."""

    step: float | None = None
    in_progress: float | None = None

    @property
    def running(self) -> bool:
        """Whether one of them runs."""
        return self.step is not None or self.in_progress is not None

    @property
    def next(self) -> Deadline | None:
        """The one that ends first: a step timer cannot outlive the in-progress timer."""
        if self.step is not None and (self.in_progress is None or self.step < self.in_progress):
            return Deadline(at=self.step, timer="step")
        return None if self.in_progress is None else Deadline(at=self.in_progress, timer="in-progress")

    def begun(self, now: float, in_progress_minutes: int | None) -> Timers:
        """The work begins: the in-progress timer, if the job has one, is set once and for all."""
        end = None if in_progress_minutes is None else now + in_progress_minutes * MINUTE
        return replace(self, in_progress=end)

    def stepped(self, now: float, step_minutes: int) -> Timers:
        """A new step: the old step timer is discarded; -1 sets none."""
        return replace(self, step=None if step_minutes == -1 else now + step_minutes * MINUTE)

    def seconds_left(self, now: float) -> int | None:
        """approximateSecondsBeforeTimedOut: 599 right after a 10-minute step (evidence.md, Part 2 f)."""
        deadline = self.next
        return None if deadline is None else max(0, math.ceil(deadline.at - now) - 1)
