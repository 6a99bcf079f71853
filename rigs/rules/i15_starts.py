"""I15: where a device says that it waits for its start, no work begins before it was told that the job is its."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from rigs.jobs.messages import Address
from rigs.jobs.model import Kind, Operation, Status
from rigs.rules.base import HANDED, Context, Finding, RuleBase, Sort, newest
from rigs.trace.naming import Delivery, named
from rigs.trace.records import AnyRecord, Evidence, Packet

LAG = 1.0  # seconds, where no profile says timing.evidence_lag


@dataclass(slots=True, repr=False)
class WorkAfterStart(RuleBase):
    """What is in evidence happened no later than `at`: proof where the start was told `timing.evidence_lag` after that.

    Started is what any message to the device says to be IN_PROGRESS, what start-next hands out, and what the device
    reported and had accepted: so a restart, a start that somebody else made, and a mismatch that its own lost start has
    brought about (notes S012) are no wrongs. Once started an execution stays so; a later one that is announced after
    the device's own end needs a start of its own. What the device was never told of is I2's.
    """

    clocked: ClassVar[bool] = True
    id: str = "I15"
    _started: dict[str, None] = field(default_factory=dict)
    _anew: dict[str, float] = field(default_factory=dict)
    _early: dict[str, Evidence] = field(default_factory=dict)

    @property
    def hears(self) -> frozenset[Sort]:
        """What the device is told, and its work."""
        return frozenset({HANDED, Evidence})

    def feed(self, record: AnyRecord, context: Context) -> Iterator[Finding]:
        """Take starts and work; judge what is overdue by now."""
        match record:
            case Packet(link="device", way="down") if context.address is not None:
                self._told(record, context.address, context)
            case Evidence(sort="begun" | "done", job=job):
                self.looked += 1
                if job in context.known.given and job not in self._started and self._of_now(record, context):
                    self._early.setdefault(job, record)
        yield from self._overdue(record.at, context)

    def close(self, now: float, context: Context) -> Iterator[Finding]:
        """Work whose start was not even accepted by now."""
        yield from self._overdue(now, context)

    def _of_now(self, work: Evidence, context: Context) -> bool:
        """Not of an earlier execution, whose work may still go on or have been read late."""
        since = self._anew.get(work.job)
        return since is None or (work.sort == "begun" and work.after - since > context.bound("evidence_lag", LAG))

    def _told(self, record: Packet, where: Address, context: Context) -> None:
        accepted = where.operation is Operation.UPDATE and where.kind is Kind.ACCEPTED
        started = {where.job or ""} if accepted else set()
        for each in named(record, where):
            if each.status == Status.IN_PROGRESS or where.operation is Operation.START_NEXT:
                started.add(each.job)
            elif each.job in self._started and _next_execution(each, context):
                del self._started[each.job]
                self._anew[each.job] = record.at
                newest(self._anew)
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


def _next_execution(said: Delivery, context: Context) -> bool:
    """Whether it is QUEUED under a higher number than the one that the device has ended."""
    before = context.known.latest(said.job)
    if said.status != Status.QUEUED or said.execution is None or before is None or before.ended is None:
        return False
    return said.execution > (before.number or said.execution)
