"""I13: the report of an end is answered, or repeated."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from rigs.jobs.model import ENDS_BY_DEVICE, Kind, Operation
from rigs.rules.base import HANDED, RESTARTS, SENT, Context, Finding, RuleBase, Sort, newest, told
from rigs.rules.knowledge import restarts
from rigs.trace.exchange import Exchange
from rigs.trace.naming import named, to_device
from rigs.trace.records import AnyRecord, Link, Packet

TRIES = 5  # where the profile says nothing (notes G9)


@dataclass(slots=True, kw_only=True)
class _Unanswered:
    """An end without answer. `deadline` is None while the device is not connected."""

    report: Exchange
    conn: int
    deadline: float | None
    tries: int = 1
    renewed: bool = False
    overdue: bool = False


@dataclass(slots=True, repr=False)
class EndsAreAnswered(RuleBase):
    """A violation where the profile promises `repeats_unanswered`, else a remark; two rungs, notes G1.

    A rejection is an answer, and so is a list in which the job is gone, also to what then repeats the end. QoS 1 in a
    persistent session is proof enough
    once PUBACKed. A device that was switched off, booted or was told to stop owes nothing; after `tries` repeats it may
    give up.
    """

    clocked: ClassVar[bool] = True
    id: str = "I13"
    _open: dict[str, _Unanswered] = field(default_factory=dict)
    _gone: dict[str, bool] = field(default_factory=dict)
    _persistent: dict[int, bool] = field(default_factory=dict)

    @property
    def hears(self) -> frozenset[Sort]:
        """Reports, answers, acknowledgements, connections that begin and end."""
        up = (("device", "up", name) for name in ("CONNECT", "DISCONNECT"))
        down = (("device", "down", name) for name in ("CONNACK", "PUBACK"))
        return frozenset({SENT, HANDED, *up, *down, Link}) | RESTARTS

    def feed(self, record: AnyRecord, context: Context) -> Iterator[Finding]:
        """Take reports, answers and the device's comings and goings; judge what is overdue by now."""
        if record.at > self.due:
            yield from self._overdue(record.at, context)
        if isinstance(record, Packet):
            if record.link == "device":
                self._packet(record, context)
        elif isinstance(record, Link):
            if (record.link, record.event) == ("device", "close"):
                self._suspend(record.conn)
        elif restarts(record):
            self._open = {job: one for job, one in self._open.items() if one.overdue}
        self.due = math.inf
        if self._open:
            pending = (one.deadline for one in self._open.values() if one.deadline is not None and not one.overdue)
            self.due = min(pending, default=math.inf)

    def close(self, now: float, context: Context) -> Iterator[Finding]:
        """A bound that has passed without repeat or renewed link is told now."""
        yield from self._overdue(now, context)
        for one in self._open.values():
            if one.overdue:
                yield self._complaint(one, promised=False)
        self._open.clear()

    def _packet(self, record: Packet, context: Context) -> None:
        match record.way, record.type:
            case "up", "CONNECT":
                self._persistent[record.conn] = _persistent(record)
                newest(self._persistent)
                for one in self._open.values():
                    one.deadline = None
            case "up", "DISCONNECT":
                self._suspend(record.conn)
            case "down", "CONNACK" if record.more.get("code", 0) == 0:
                for one in self._open.values():
                    one.conn, one.renewed = record.conn, True
                    one.deadline = record.at + context.bound("report", 10) + context.bound("react", 10)
            case "down", "PUBACK" if context.exchange is not None and self._persistent.get(record.conn):
                self._answered(context.exchange)
            case "up", "PUBLISH" if context.exchange is not None:
                self._reported(record, context.exchange, context)
            case "down", "PUBLISH" if to_device(record):
                self._told(record, context)

    def _reported(self, record: Packet, report: Exchange, context: Context) -> None:
        if report.operation is not Operation.UPDATE or report.status not in ENDS_BY_DEVICE or report.answered:
            return
        self.looked += 1
        if report.job in self._gone:
            return
        earlier = self._open.pop(report.job or "", None)
        self._open[report.job or ""] = _Unanswered(
            report=report,
            conn=record.conn,
            deadline=record.at + context.bound("reply", 30) + context.bound("retry", 30),
            tries=earlier.tries + 1 if earlier is not None else 1,
        )

    def _told(self, record: Packet, context: Context) -> None:
        if context.exchange is not None and context.exchange.operation is Operation.UPDATE:
            self._answered(context.exchange)
        where = context.address
        if where is None or not (self._open or self._gone):
            return
        if where.operation is Operation.DESCRIBE and where.kind is Kind.REJECTED:
            self._open.pop(where.job or "", None)
        if where.kind is Kind.REJECTED:
            return
        listed = {delivery.job for delivery in named(record, where)}
        whole = (
            (Operation.NOTIFY, Operation.GET) if listed else (Operation.NOTIFY, Operation.GET, Operation.NOTIFY_NEXT)
        )
        if where.operation in whole:
            self._gone.update(dict.fromkeys(self._open.keys() - listed, True))
            self._open = {job: one for job, one in self._open.items() if job in listed}
        self._gone = {job: True for job in self._gone if job not in listed}
        newest(self._gone)

    def _answered(self, exchange: Exchange) -> None:
        if (one := self._open.get(exchange.job or "")) is not None and one.report.status == exchange.status:
            del self._open[exchange.job or ""]

    def _suspend(self, conn: int) -> None:
        for one in self._open.values():
            if one.conn == conn:
                one.deadline = None

    def _overdue(self, now: float, context: Context) -> Iterator[Finding]:
        promised = context.profile.get("repeats_unanswered") in (True, "yes")
        for job, one in list(self._open.items()):
            if one.deadline is None or now <= one.deadline or one.overdue:
                continue
            if one.tries >= (int(context.profile.get("tries", TRIES)) if promised else 2):
                del self._open[job]
            elif promised or one.renewed:
                del self._open[job]
                yield self._complaint(one, promised)
            else:
                one.overdue = True

    def _complaint(self, one: _Unanswered, promised: bool) -> Finding:
        after = " nor after the link was renewed" if one.renewed else ""
        said = f"{told(one.report)} got no answer and was not repeated within the bound{after}"
        return self.violation(said, *one.report.sent) if promised else self.remark(said, *one.report.sent)


def _persistent(connect: Packet) -> bool:
    """MQTT 3.1.1: clean session 0; MQTT 5: a session expiry above 0."""
    if connect.more.get("version") == 5:
        return bool(connect.props.get("session_expiry_interval", 0))
    return connect.more.get("clean") is False
