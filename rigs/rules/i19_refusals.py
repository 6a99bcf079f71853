"""I19: a refusal that says the execution is over is taken as the last word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from rigs.jobs.model import Kind, Operation, Status
from rigs.rules.base import HANDED, REPORT, RESTARTS, Context, Finding, RuleBase, Sort, newest, told
from rigs.rules.i13_answers import TRIES
from rigs.rules.knowledge import READING, restarts
from rigs.trace.exchange import Exchange
from rigs.trace.naming import Delivery, named
from rigs.trace.records import AnyRecord, Packet

FREE = 2  # reports after the first refusal that said so (notes K2)
TERMINAL = frozenset(status.value for status in Status if status.terminal)


@dataclass(slots=True, kw_only=True)
class _Over:
    """The first refusal that said it, and how many reports came after."""

    n: int
    at: float
    status: str
    more: int = 0


@dataclass(slots=True, repr=False)
class EndIsBelieved(RuleBase):
    """A remark from the third report on, a violation where it goes on beyond the profile's `tries`.

    The refusal carries the state (VersionMismatch and InvalidStateTransition both do, notes K1). Repeats of a packet
    are no reports, and those that were under way when it came are free. A message that names the execution as pending
    again ends it, and so does a restart.
    """

    id: str = "I19"
    _over: dict[str, _Over] = field(default_factory=dict)

    @property
    def hears(self) -> frozenset[Sort]:
        """Reports, what the device is told, restarts."""
        return frozenset({REPORT, HANDED}) | RESTARTS

    def feed(self, record: AnyRecord, context: Context) -> Iterator[Finding]:
        """Count the reports after the refusal."""
        if restarts(record):
            self._over.clear()
        elif context.report is not None:
            self.looked += 1
            if self._over and not context.perhaps_repeated:
                yield from self._reported(context.report, record.at, context)
        elif isinstance(record, Packet) and context.address is not None:
            where = context.address
            if self._over or (where.operation, where.kind) == (Operation.UPDATE, Kind.REJECTED):
                for delivery in named(record, where):
                    self._told(delivery, record)

    def _told(self, delivery: Delivery, record: Packet) -> None:
        if delivery.status not in TERMINAL:
            self._over.pop(delivery.job, None)
        elif delivery.kind is Kind.REJECTED:
            self._over.setdefault(delivery.job, _Over(n=record.n, at=record.at, status=delivery.status or ""))
            newest(self._over)

    def _reported(self, report: Exchange, at: float, context: Context) -> Iterator[Finding]:
        over = self._over.get(report.job or "")
        if over is None or at - over.at <= READING or _of_another(report, context):
            return
        over.more += 1
        tries = max(FREE, int(context.profile.get("tries", TRIES)))
        said = f"{told(report)} is report {over.more} after a refusal that says {over.status} (record {over.n})"
        if over.more > tries:
            yield from self.once(f"{report.job} {over.n} more", self.violation(said, over.n, report.n))
        elif over.more > FREE:
            yield from self.once(f"{report.job} {over.n}", self.remark(said, over.n, report.n))


def _of_another(report: Exchange, context: Context) -> bool:
    """Whether a later execution of the job is meant, which the refusal did not speak of."""
    about = context.known.about(report)
    return about is not None and about.number is not None and (report.execution or 0) > about.number
