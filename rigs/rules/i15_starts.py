"""I15: where a device says that it waits for its start, no work begins before it was told that the job is its."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from rigs.jobs.model import Kind, Operation, Status
from rigs.rules.base import HANDED, Context, Finding, RuleBase, Sort, newest
from rigs.trace.naming import named
from rigs.trace.records import AnyRecord, Evidence, Packet

LAG = 1.0  # seconds, where no profile says timing.evidence_lag


@dataclass(slots=True, repr=False)
class WorkAfterStart(RuleBase):
    """Evidence is never older than what it shows; its record may come `timing.evidence_lag` before the packet's.

    Started is what any message to the device says to be IN_PROGRESS, and what it reported and had accepted: so a
    restart, a start that somebody else made, and a mismatch that its own lost start has brought about (notes S012) are
    no wrongs. Once started a job stays so. What the device was never told of is I2's.
    """

    clocked: ClassVar[bool] = True
    id: str = "I15"
    _started: dict[str, None] = field(default_factory=dict)
    _early: dict[str, Evidence] = field(default_factory=dict)

    @property
    def hears(self) -> frozenset[Sort]:
        """What the device is told, and its work."""
        return frozenset({HANDED, Evidence})

    def feed(self, record: AnyRecord, context: Context) -> Iterator[Finding]:
        """Take starts and work; judge what is overdue by now."""
        match record:
            case Packet(link="device", way="down"):
                self._told(record, context)
            case Evidence(sort="begun" | "done", job=job):
                self.looked += 1
                if job in context.known.given and job not in self._started:
                    self._early.setdefault(job, record)
        yield from self._overdue(record.at, context)

    def close(self, now: float, context: Context) -> Iterator[Finding]:
        """Work whose start was not even accepted by now."""
        yield from self._overdue(now, context)

    def _told(self, record: Packet, context: Context) -> None:
        where = context.address
        if where is None:
            return
        started = [each.job for each in named(record, where) if each.status == Status.IN_PROGRESS]
        if (where.operation, where.kind) == (Operation.UPDATE, Kind.ACCEPTED) and where.job:
            started.append(where.job)
        for job in started:
            early = self._early.get(job)
            if early is None or record.at - early.at <= context.bound("evidence_lag", LAG):
                self._early.pop(job, None)
            self._started[job] = None
        newest(self._started)

    def _overdue(self, now: float, context: Context) -> Iterator[Finding]:
        lag = context.bound("evidence_lag", LAG)
        for job, early in list(self._early.items()):
            if now - early.at > lag:
                del self._early[job]
                self._started[job] = None  # told once
                said = f"{job}: work was seen {early.sort} (record {early.n}) before a start of it was accepted"
                yield self.violation(said, context.known.given[job], early.n)
        self.due = min([early.at + lag for early in self._early.values()], default=math.inf)
