"""One execution of a job by one thing, and how it looks in messages (jobs-protocol §2.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from rigs.jobs.model import Status
from rigs.jobs.timers import Timers


class Execution(msgspec.Struct, frozen=True, kw_only=True):
    """The state of an execution; instants are seconds since the epoch, `order` is its place in the queue.

    `version` is what expectedVersion is compared with. `failures` are the ends of the executions that it repeats, the
    first one first: kept here, because those may be deleted.
    A msgspec struct and no dataclass: each report makes one, and a frozen dataclass costs ten times as much.
    """

    thing: str
    job: str
    number: int
    order: int
    queued_at: float
    updated_at: float
    started_at: float | None = None
    status: Status = Status.QUEUED
    version: int = 1
    details: Mapping[str, str] = {}
    timers: Timers = msgspec.field(default_factory=Timers)
    failures: tuple[Status, ...] = ()
    force_canceled: bool = False

    def __repr__(self) -> str:
        number = "" if self.number == 1 else f"#{self.number}"
        return f"<Execution {self.job}{number} {self.status} v{self.version}>"

    @property
    def key(self) -> tuple[str, int]:
        """What tells this execution from the others of its thing."""
        return self.job, self.number

    @property
    def attempt(self) -> int:
        """The retries that led to it, 0 for a first try: retryAttempt of the control plane."""
        return len(self.failures)

    @property
    def rank(self) -> tuple[bool, int]:
        """Its place among the pending ones: IN_PROGRESS before QUEUED, then in order queued."""
        return self.status is not Status.IN_PROGRESS, self.order

    def state(self) -> dict[str, Any]:
        """JobExecutionState, as updates and refusals carry it."""
        details = {"statusDetails": dict(self.details)} if self.details else {}
        return {"status": self.status.value, **details, "versionNumber": self.version}

    def summary(self) -> dict[str, Any]:
        """JobExecutionSummary, as the lists carry it; key order as captured."""
        started = {} if self.started_at is None else {"startedAt": int(self.started_at)}
        return {
            "jobId": self.job,
            "queuedAt": int(self.queued_at),
            "lastUpdatedAt": int(self.updated_at),
            **started,
            "executionNumber": self.number,
            "versionNumber": self.version,
        }

    def data(self, now: float) -> dict[str, Any]:
        """JobExecutionData without the document; key order as captured, no thingName (that is for HTTP only)."""
        left = self.timers.seconds_left(now)
        shown: dict[str, Any] = {
            "jobId": self.job,
            "status": self.status.value,
            "statusDetails": dict(self.details) or None,
            "queuedAt": int(self.queued_at),
            "startedAt": None if self.started_at is None else int(self.started_at),
            "lastUpdatedAt": int(self.updated_at),
            "versionNumber": self.version,
            "executionNumber": self.number,
            "approximateSecondsBeforeTimedOut": left,
        }
        return {key: value for key, value in shown.items() if value is not None}
