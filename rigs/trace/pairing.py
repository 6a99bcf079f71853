"""Requests of the device and what became of them: PUBACK, reply, delivery of the reply, repeats.

The device leg of the tap decides what the device sent and was given; the cloud leg what the service was asked and said.
Pure and incremental: each record costs the same, however long the trace is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from rigs.jobs.messages import Address
from rigs.jobs.model import Kind, Operation
from rigs.trace.exchange import Exchange, Reply
from rigs.trace.naming import Delivery, address, body, named, to_device
from rigs.trace.records import AnyRecord, Packet

_REPLIES = (Kind.ACCEPTED, Kind.REJECTED)


@dataclass(slots=True, eq=False)
class _Waiting:
    """One sending of a request that the service may answer once."""

    exchange: Exchange
    conn: int
    done: bool = False


class Pairing:
    """Fed record by record; keeps the exchanges and says which are open.

    A reply belongs to the oldest sending on its topic with its clientToken, where it has one, else to the oldest on its
    topic; only what was passed on to the cloud can be answered by it (jobs-protocol §2: the token is echoed).

    `keep` bounds the memory: at least so many of the newest exchanges are known, what is older may be forgotten; None
    keeps all. `marks_repeats` is False for a log that does not say what was sent again: then equal bytes are another
    request, and `perhaps_repeated` says that it may be an earlier one once more.
    """

    def __init__(self, keep: int | None = None, marks_repeats: bool = True) -> None:
        self.exchanges: list[Exchange] = []
        self.strays: list[int] = []
        self.repeated = False
        self.perhaps_repeated = False
        self.address: Address | None = None
        self._keep = keep
        self._marks_repeats = marks_repeats
        self._open: dict[int, Exchange] = {}
        self._by_n: dict[int, Exchange] = {}
        self._by_bytes: dict[tuple[str, bytes], Exchange] = {}
        self._by_packet_id: dict[tuple[int, int], Exchange] = {}
        self._waiting: dict[tuple[str, str | None], deque[_Waiting]] = {}
        self._kept_back: dict[int, _Waiting] = {}
        self._replies: dict[int, tuple[Exchange, Reply]] = {}

    def __repr__(self) -> str:
        return f"<Pairing {len(self.exchanges)} exchanges, {len(self._open)} open>"

    @property
    def open_requests(self) -> list[Exchange]:
        """The requests of which no reply has reached the device, oldest first."""
        return list(self._open.values())

    def feed(self, record: AnyRecord) -> Exchange | None:
        """Take the next record; returns the exchange that it began or added to, None when it has none.

        `repeated` says whether the record was a repeat of a request, `address` is the record's own.
        """
        self.repeated = self.perhaps_repeated = False
        where = self.address = address(record)
        if not isinstance(record, Packet):
            return None
        if where is None:
            return self._acknowledge(record) if record.type == "PUBACK" else None
        if where.kind is Kind.REQUEST and record.way == "up":
            return self._sent(record, where) if record.link == "device" else self._forwarded(record)
        if where.kind in _REPLIES and record.way == "down":
            return self._said(record, where) if record.link == "cloud" else self._delivered(record, where)
        return None

    def _acknowledge(self, record: Packet) -> Exchange | None:
        if record.link != "device" or record.way != "down" or record.id is None:
            return None
        exchange = self._by_packet_id.pop((record.conn, record.id), None)
        if exchange is not None and exchange.puback is None:
            exchange.puback = record.n
        return exchange

    def _sent(self, record: Packet, where: Address) -> Exchange:
        key = (record.topic or "", _bytes(record))
        exchange = self._by_bytes.get(key)
        self.perhaps_repeated = exchange is not None and not self._marks_repeats
        if exchange is not None and (_resent(record, exchange) if self._marks_repeats else record.dup):
            exchange.copies.append(record.n)
            self.repeated = True
        else:
            exchange = Exchange(
                n=record.n,
                at=record.at,
                conn=record.conn,
                address=where,
                body=body(record),
                qos=record.qos,
                id=record.id,
                dup=record.dup,
            )
            self._remember(exchange)
            self._open[exchange.n] = exchange
            self._by_bytes[key] = exchange
        self._by_n[record.n] = exchange
        self._kept_back[record.n] = _Waiting(exchange, record.conn)
        if record.id is not None:
            self._by_packet_id[record.conn, record.id] = exchange
        return exchange

    def _remember(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)
        if self._keep is not None and len(self.exchanges) > 2 * self._keep:
            self._forget(before=self.exchanges[self._keep].n)

    def _forget(self, before: int) -> None:
        """Let go of the exchanges that began before the record of this number: seldom, and all of them at once."""
        self.exchanges = [one for one in self.exchanges if one.n >= before]
        self.strays = [n for n in self.strays if n >= before]
        self._open = {n: one for n, one in self._open.items() if one.n >= before}
        self._by_n = {n: one for n, one in self._by_n.items() if one.n >= before}
        self._by_bytes = {key: one for key, one in self._by_bytes.items() if one.n >= before}
        self._by_packet_id = {key: one for key, one in self._by_packet_id.items() if one.n >= before}
        self._replies = {n: pair for n, pair in self._replies.items() if pair[0].n >= before}
        self._kept_back = {n: one for n, one in self._kept_back.items() if one.exchange.n >= before}
        waiting = ((key, [one for one in queue if not one.done]) for key, queue in self._waiting.items())
        fresh = ((key, deque(one for one in queue if one.exchange.n >= before)) for key, queue in waiting)
        self._waiting = {key: queue for key, queue in fresh if queue}

    def _forwarded(self, record: Packet) -> Exchange | None:
        exchange = self._by_n.get(record.of or 0)
        if exchange is None:
            return None
        waiting = self._kept_back.pop(record.of or 0, None) or _Waiting(exchange, record.conn)
        waiting.conn = record.conn  # what the tap kept may leave on a later connection
        if exchange.forwarded is None:
            exchange.forwarded = record.n
        exchange.changed = exchange.changed or record.by is not None
        topic = str(exchange.address)
        self._waiting.setdefault((topic, None), deque()).append(waiting)
        if exchange.token is not None:
            self._waiting.setdefault((topic, exchange.token), deque()).append(waiting)
        return exchange

    def _said(self, record: Packet, where: Address) -> Exchange | None:
        said = body(record) or {}
        exchange = self._next_waiting(record, said)
        if exchange is None:
            self.strays.append(record.n)
            return None
        reply = Reply(kind=where.kind, body=said, n=record.n, at=record.at)
        exchange.replies.append(reply)
        self._replies[record.n] = (exchange, reply)
        return exchange

    def _next_waiting(self, record: Packet, said: dict[str, Any]) -> Exchange | None:
        """The oldest sending of this connection: an answer does not survive the link (evidence.md, replies)."""
        topic = (record.topic or "").rpartition("/")[0]  # a reply's topic is the request's and one word more
        token = said.get("clientToken")
        queue = self._waiting.get((topic, token if isinstance(token, str) else None))
        earlier: _Waiting | None = None
        while queue:
            waiting = queue.popleft()
            if not waiting.done and waiting.conn == record.conn:
                waiting.done = True
                return waiting.exchange
            if not waiting.done:
                earlier = earlier or waiting
        return earlier.exchange if earlier is not None else None

    def _delivered(self, record: Packet, where: Address) -> Exchange | None:
        told = body(record) or {}
        if record.of in self._replies:
            exchange, reply = self._replies[record.of]
        else:
            found = self._forged(record, where, told)
            if found is None:
                self.strays.append(record.n)
                return None
            exchange, reply = found, Reply(kind=where.kind, body=told, n=None, at=record.at)
            exchange.replies.append(reply)
        if reply.delivered is None:
            reply.kind, reply.delivered, reply.told = where.kind, record.n, told
            reply.delivered_at = record.at
        self._open.pop(exchange.n, None)
        return exchange

    def _forged(self, record: Packet, where: Address, told: dict[str, Any]) -> Exchange | None:
        """The request that a reply of the tap answers: the one it names, else the oldest kept back, else by topic."""
        if (exchange := self._by_n.get(record.of or 0)) is not None:
            return exchange
        for n, waiting in self._kept_back.items():
            exchange = waiting.exchange
            same = (exchange.address.operation, exchange.job) == (where.operation, where.job)
            if same and told.get("clientToken") in (None, exchange.token):
                del self._kept_back[n]
                return exchange
        return self._next_waiting(record, told)


def _bytes(record: Packet) -> bytes:
    if record.payload is msgspec.UNSET:
        return (record.raw or "").encode()
    return msgspec.json.encode(record.payload)


def _resent(record: Packet, earlier: Exchange) -> bool:
    """Whether equal bytes are the same PUBLISH once more: DUP, or not acknowledged and the same id or a later link."""
    if record.qos == 0 or earlier.qos == 0:
        return False
    if record.dup:
        return True
    same_id = record.id is not None and record.id == earlier.id
    return earlier.puback is None and (same_id or record.conn != earlier.conn)


def paired(records: Iterable[AnyRecord]) -> Pairing:
    """All records at once."""
    pairing = Pairing()
    for record in records:
        pairing.feed(record)
    return pairing


def updates(records: Iterable[AnyRecord], job: str | None = None) -> list[Exchange]:
    """The reports (UpdateJobExecution) of the device, repeats folded, for one job or for all."""
    return [
        exchange
        for exchange in paired(records).exchanges
        if exchange.operation is Operation.UPDATE and job in (None, exchange.job)
    ]


def refusals(records: Iterable[AnyRecord], job: str) -> list[Exchange]:
    """The reports about the job whose rejection reached the device, in the order of that delivery."""
    refused = [
        (reply.delivered, exchange)
        for exchange in updates(records, job)
        for reply in exchange.replies
        if reply.kind is Kind.REJECTED and reply.delivered is not None
    ]
    return [exchange for _, exchange in sorted(refused, key=lambda pair: pair[0])]


def deliveries(records: Iterable[AnyRecord]) -> Iterator[Delivery]:
    """Every naming of an execution towards the device, in order."""
    for record in records:
        if isinstance(record, Packet) and to_device(record) and (where := address(record)) is not None:
            yield from named(record, where)


__all__ = [
    "Delivery",
    "Exchange",
    "Pairing",
    "Reply",
    "deliveries",
    "paired",
    "refusals",
    "updates",
]
