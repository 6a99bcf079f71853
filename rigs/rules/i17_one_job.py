"""I17: a device that says it works on one job at a time does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from rigs.jobs.messages import Address
from rigs.jobs.model import Kind, Operation, Status
from rigs.rules.base import HANDED, REPORT, RESTARTS, Context, Finding, RuleBase, Sort, newest, told
from rigs.rules.i15_starts import LAG
from rigs.rules.knowledge import restarts
from rigs.trace.exchange import Exchange
from rigs.trace.naming import named
from rigs.trace.records import AnyRecord, Evidence, Packet

LISTS = (Operation.NOTIFY, Operation.NOTIFY_NEXT, Operation.GET)


@dataclass(slots=True, repr=False)
class OneJobAtATime(RuleBase):
    """Two jobs at a time are seen where the device comes back to the first one after it has begun the second.

    In reports: IN_PROGRESS about A, then about B (accepted), then about A again, and neither was ended by the device.
    In evidence: work of A is done more than `timing.evidence_lag` after work of B has begun. A start that was refused
    counts for nothing, nor does a job that was named no more among the pending ones, or as QUEUED again, in between.
    """

    id: str = "I17"
    _running: dict[str, Exchange] = field(default_factory=dict)
    _begun: dict[str, Evidence] = field(default_factory=dict)

    @property
    def hears(self) -> frozenset[Sort]:
        """Reports, work, what the device is told, restarts."""
        return frozenset({REPORT, HANDED, Evidence}) | RESTARTS

    def feed(self, record: AnyRecord, context: Context) -> Iterator[Finding]:
        """Follow which jobs run."""
        if restarts(record) or (isinstance(record, Evidence) and record.sort == "gap"):
            self._running.clear()
            self._begun.clear()
        elif isinstance(record, Evidence):
            yield from self._worked(record, context.bound("evidence_lag", LAG))
        elif context.report is not None:
            yield from self._reported(context.report)
        elif isinstance(record, Packet) and context.address is not None and self._running:
            self._told(record, context.address)

    def _told(self, record: Packet, where: Address) -> None:
        """What is not pending any more, or pending anew, does not run for the device either."""
        said = list(named(record, where))
        if where.operation in LISTS and where.kind is not Kind.REJECTED:
            listed = {each.job for each in said}
            self._running = {job: one for job, one in self._running.items() if job in listed}
        for each in said:
            if each.status != Status.IN_PROGRESS:
                self._running.pop(each.job, None)

    def _reported(self, report: Exchange) -> Iterator[Finding]:
        self.looked += 1
        job = report.job or ""
        before = self._running.pop(job, None)
        if report.status != Status.IN_PROGRESS:
            return
        between = [one for one in self._running.values() if before is not None and one.n > before.n and _accepted(one)]
        self._running[job] = report
        newest(self._running)
        for other in between:
            del self._running[other.job or ""]  # told once
            said = f"{told(report)} while {other.job} is in progress too (record {other.n}, accepted)"
            yield self.violation(said, before.n if before is not None else other.n, other.n, report.n)

    def _worked(self, work: Evidence, lag: float) -> Iterator[Finding]:
        self.looked += 1
        if work.sort == "begun":
            self._begun.pop(work.job, None)
            self._begun[work.job] = work
            newest(self._begun)
            return
        first = self._begun.pop(work.job, None)
        if work.sort != "done" or first is None:
            return
        beside = [one for one in self._begun.values() if one.n > first.n and work.at - one.at > lag]
        for other in beside:
            del self._begun[other.job]
            said = f"{work.job} was done (record {work.n}) after work of {other.job} had begun (record {other.n})"
            yield self.violation(said, first.n, other.n, work.n)


def _accepted(report: Exchange) -> bool:
    return any(reply.kind is Kind.ACCEPTED and reply.delivered for reply in report.replies)
