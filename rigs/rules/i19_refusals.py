"""I19: a refusal that says the execution is over is taken as the last word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from rigs.jobs.messages import Address
from rigs.jobs.model import Kind, Operation, Status
from rigs.rules.base import HANDED, REPORT, RESTARTS, Context, Finding, RuleBase, Sort, newest, told
from rigs.rules.i13_answers import TRIES
from rigs.rules.knowledge import restarts
from rigs.trace.exchange import Exchange
from rigs.trace.naming import named
from rigs.trace.records import AnyRecord, Link, Packet

FREE = 2  # reports after the first refusal that said so (notes K2)
TERMINAL = frozenset(status.value for status in Status if status.terminal)


@dataclass(slots=True, kw_only=True)
class _Over:
    """The first refusal that said it, and how many reports came after."""

    n: int
    at: float
    status: str
    execution: int | None
    more: int = 0


@dataclass(slots=True, repr=False)
class EndIsBelieved(RuleBase):
    """A remark from the third report on, a violation where it goes on beyond the profile's `tries`.

    The refusal carries the state (VersionMismatch and InvalidStateTransition both do, notes K1) and answers a report
    for the first time: a copy of it, or one with a strange token, need not be believed. Repeats of a packet are no
    reports, and those that were under way when it came are free. It ends with a message that names the job as pending
    again, with an acceptance, with a restart, and where the link broke before it can have been read.
    """

    id: str = "I19"
    _over: dict[str, _Over] = field(default_factory=dict)

    @property
    def hears(self) -> frozenset[Sort]:
        """Reports, what the device is told, restarts, ends of the link."""
        return frozenset({REPORT, HANDED, Link}) | RESTARTS

    def feed(self, record: AnyRecord, context: Context) -> Iterator[Finding]:
        """Count the reports after the refusal."""
        if restarts(record):
            self._over.clear()
        elif isinstance(record, Link):
            if record.link == "device" and record.event == "close":
                unread = [job for job, over in self._over.items() if record.at - over.at <= context.known.reading]
                self._over = {job: over for job, over in self._over.items() if job not in unread}
        elif context.report is not None:
            self.looked += 1
            if self._over and not context.perhaps_repeated:
                yield from self._reported(context.report, record.at, context)
        elif isinstance(record, Packet) and context.address is not None:
            self._told(record, context.address, context.exchange)

    def _told(self, record: Packet, where: Address, exchange: Exchange | None) -> None:
        refused = where.operation is Operation.UPDATE and where.kind is Kind.REJECTED
        if where.operation is Operation.UPDATE and where.kind is Kind.ACCEPTED:
            self._over.pop(where.job or "", None)
        for each in named(record, where) if self._over or refused else ():
            if each.status not in TERMINAL:
                self._over.pop(each.job, None)
            elif refused and exchange is not None and any(one.delivered == record.n for one in exchange.replies):
                over = _Over(n=record.n, at=record.at, status=each.status or "", execution=exchange.execution)
                self._over.setdefault(each.job, over)
                newest(self._over)

    def _reported(self, report: Exchange, at: float, context: Context) -> Iterator[Finding]:
        over = self._over.get(report.job or "")
        if over is None or at - over.at <= context.known.reading or _of_another(report, over, context):
            return
        over.more += 1
        tries = max(FREE, int(context.profile.get("tries", TRIES)))
        said = f"{told(report)} is report {over.more} after a refusal that says {over.status} (record {over.n})"
        if over.more > tries:
            yield from self.once(f"{report.job} {over.n} more", self.violation(said, over.n, report.n))
        elif over.more > FREE:
            yield from self.once(f"{report.job} {over.n}", self.remark(said, over.n, report.n))


def _of_another(report: Exchange, over: _Over, context: Context) -> bool:
    """Whether a later execution of the job is meant, announced before the refusal of the earlier one came (S084)."""
    about = context.known.about(report)
    return about is not None and over.execution is not None and (about.number or 0) > over.execution
