"""I18: while nothing happens, a device asks no more often than its profile says."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from rigs.jobs.model import Kind, Operation
from rigs.rules.base import HANDED, REQUEST, RESTARTS, Context, Finding, RuleBase, Sort, told
from rigs.rules.i13_answers import TRIES
from rigs.rules.knowledge import restarts
from rigs.trace.exchange import Exchange
from rigs.trace.records import AnyRecord

HOUR = 3600.0
GRACE = 0.9  # of timing.poll (notes S008)
MOST_WATCHED = 3600  # asks an hour that can be declared: one a second
ASKS = frozenset({Operation.GET, Operation.START_NEXT, Operation.DESCRIBE})


@dataclass(slots=True, repr=False)
class IdleAsks(RuleBase):
    """A remark. `timing.poll` bounds the gap, `asks_per_hour` the hour; 0 is not declared, and nothing is said.

    An ask counts when the service itself answered the one before it with nothing pending. What may make a device ask
    starts the count anew: a connection, a notification, a report of its own, a restart. One early ask is free, and
    `tries` of a device that has a `timing.reask`: the service may be behind its own notification (jobs-protocol §4,
    notes S201).
    """

    id: str = "I18"
    _newest: dict[Operation, Exchange] = field(default_factory=dict)
    _early: int = 0
    _hour: deque[Exchange] = field(default_factory=lambda: deque(maxlen=MOST_WATCHED + 1))

    @property
    def hears(self) -> frozenset[Sort]:
        """Requests, and whatever may be a reason for them."""
        return frozenset({REQUEST, HANDED, ("device", "down", "CONNACK")}) | RESTARTS

    def feed(self, record: AnyRecord, context: Context) -> Iterator[Finding]:
        """Count the asks between two happenings."""
        request = context.request
        if request is not None and request.operation in ASKS:
            self.looked += 1
            yield from self._asked(request, context)
        elif context.report is not None or _happening(record, context):
            self._newest.clear()
            self._hour.clear()
            self._early = 0

    def _asked(self, request: Exchange, context: Context) -> Iterator[Finding]:
        poll, most = context.bound("poll", 0), int(context.profile.get("asks_per_hour", 0))
        before = self._newest.get(request.operation)
        self._newest[request.operation] = request
        if before is None or not _in_vain(before):
            return
        self._hour.append(request)
        gap = request.at - before.at
        self._early = self._early + 1 if gap < GRACE * poll else 0
        if self._early > (int(context.profile.get("tries", TRIES)) if context.bound("reask", 0) else 1):
            said = f"{told(request)} {gap:.1f} s after the one that was answered with nothing (record {before.n})"
            yield from self.once("gap", self.remark(f"{said}; timing.poll is {poll:g} s", before.n, request.n))
        if 0 < most < len(self._hour) and (taken := request.at - self._hour[-most - 1].at) < HOUR:
            said = f"{most + 1} asks in {taken:.0f} s in which nothing happened; asks_per_hour is {most}"
            yield from self.once("hour", self.remark(said, self._hour[-most - 1].n, request.n))


def _in_vain(ask: Exchange) -> bool:
    """Whether the service itself said that nothing is pending."""
    told = [reply for reply in ask.replies if reply.delivered is not None]
    return bool(told) and all(reply.n is not None and _empty(reply.told) and _empty(reply.body) for reply in told)


def _empty(said: dict[str, object]) -> bool:
    return not any(said.get(name) for name in ("execution", "inProgressJobs", "queuedJobs", "code"))


def _happening(record: AnyRecord, context: Context) -> bool:
    where = context.address
    if where is not None:
        return where.kind is Kind.NOTIFICATION or where.operation is Operation.UPDATE
    return restarts(record) or getattr(record, "type", "") == "CONNACK"
