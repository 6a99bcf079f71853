"""I17: a device that says it works on one job at a time does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from rigs.jobs.messages import Address
from rigs.jobs.model import ErrorCode, Kind, Operation, Status
from rigs.rules.base import HANDED, REPORT, RESTARTS, Context, Finding, RuleBase, Sort, newest, told
from rigs.rules.i15_starts import LAG
from rigs.rules.knowledge import restarts
from rigs.trace.exchange import Exchange
from rigs.trace.naming import body, named
from rigs.trace.records import AnyRecord, Evidence, Packet

LISTS = (Operation.NOTIFY, Operation.NOTIFY_NEXT, Operation.GET, Operation.START_NEXT)
NEXT = "$next"
GONE = (ErrorCode.RESOURCE_NOT_FOUND, ErrorCode.TERMINAL_STATE_REACHED)


@dataclass(slots=True, kw_only=True)
class _Run:
    """A job in progress: what the device said or asked last about it, and the first of that to be accepted."""

    newest: Exchange
    proof: Exchange | None = None

    @property
    def accepted(self) -> Exchange | None:
        """The request whose acceptance has made the device's run of it sure."""
        if self.proof is None and _accepted(self.newest):
            self.proof = self.newest
        return self.proof


@dataclass(slots=True, repr=False)
class OneJobAtATime(RuleBase):
    """Two jobs at a time are seen where the device comes back to the first one after it has begun the second.

    In requests: IN_PROGRESS about A (or A handed out by start-next), then about B (accepted), then about A again, and
    neither was ended by the device. In evidence: work of A begins, work of B begins, and either is done, by the time
    of the reading before, more than `timing.evidence_lag` after the other was seen to have begun: what was done between
    two readings may be as old as the first. A start that was refused counts for nothing, nor does a job that was named
    no more among the pending ones, as QUEUED again, or as gone, in between.
    """

    id: str = "I17"
    _running: dict[str, _Run] = field(default_factory=dict)
    _begun: dict[str, Evidence] = field(default_factory=dict)
    _over: dict[str, Evidence] = field(default_factory=dict)

    @property
    def hears(self) -> frozenset[Sort]:
        """Reports, work, what the device is told, restarts."""
        return frozenset({REPORT, HANDED, Evidence}) | RESTARTS

    def feed(self, record: AnyRecord, context: Context) -> Iterator[Finding]:
        """Follow which jobs run."""
        if restarts(record) or (isinstance(record, Evidence) and record.sort == "gap"):
            self._running.clear()
            self._begun.clear()
            self._over.clear()
        elif isinstance(record, Evidence):
            yield from self._worked(record, context.bound("evidence_lag", LAG))
        elif context.report is not None:
            yield from self._reported(context.report)
        elif isinstance(record, Packet) and context.address is not None:
            self._told(record, context.address, context.exchange)

    def _told(self, record: Packet, where: Address, exchange: Exchange | None) -> None:
        """What is not pending any more, or pending anew, does not run for the device either."""
        said = list(named(record, where))
        if where.kind is Kind.REJECTED and (body(record) or {}).get("code") in GONE:
            self._running.pop(where.job or "", None)
        elif where.kind is not Kind.REJECTED and (where.operation in LISTS or where.job == NEXT):
            listed = {each.job for each in said}
            self._running = {job: one for job, one in self._running.items() if job in listed}
        for each in said:
            if each.status not in (Status.IN_PROGRESS, None):
                self._running.pop(each.job, None)
            elif where.operation is Operation.START_NEXT and exchange is not None and each.job not in self._running:
                self._running[each.job] = _Run(newest=exchange)

    def _reported(self, report: Exchange) -> Iterator[Finding]:
        self.looked += 1
        job = report.job or ""
        run = self._running.pop(job, None)
        if report.status != Status.IN_PROGRESS:
            return
        self._running[job] = _Run(newest=report, proof=run.accepted if run is not None else None)
        newest(self._running)
        if run is None:
            return
        for name, one in list(self._running.items()):
            other = one.accepted
            if name == job or other is None or one.newest.n < run.newest.n:
                continue
            del self._running[name]  # told once
            said = f"{told(report)} while {name} is in progress too (record {other.n}, accepted)"
            yield self.violation(said, run.newest.n, other.n, report.n)

    def _worked(self, work: Evidence, lag: float) -> Iterator[Finding]:
        self.looked += 1
        if work.sort == "begun":
            self._begun.pop(work.job, None)
            self._over.pop(work.job, None)
            self._begun[work.job] = work
            newest(self._begun)
            return
        first = self._begun.get(work.job)
        if first is None or work.job in self._over:
            return
        self._over[work.job] = work
        newest(self._over)
        if work.sort != "done":
            return
        for other in list(self._begun.values()):
            if other.n > first.n and work.after - other.at > lag:
                del self._begun[other.job]  # told once
                said = f"{work.job} was done (record {work.n}) after work of {other.job} had begun (record {other.n})"
                yield self.violation(said, first.n, other.n, work.n)


def _accepted(request: Exchange) -> bool:
    return any(reply.kind is Kind.ACCEPTED and reply.delivered for reply in request.replies)
