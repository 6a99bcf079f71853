"""I11: every QoS 1 message to the device is acknowledged while its connection lasts."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from rigs.rules.base import HANDED, RESTARTS, Context, Finding, RuleBase, Sort
from rigs.rules.knowledge import restarts
from rigs.trace.records import AnyRecord, Link, Packet

USUAL = 30.0  # seconds, where no profile says timing.ack
EARLY = 1e-6  # seconds; the exact comparison is made at the look


@dataclass(slots=True, repr=False)
class Acknowledgements(RuleBase):
    """What was under way when the link or the power went counts for nothing; a repeat keeps the first one's time.

    A device without a declared bound may take its time, since MQTT sets none: it is judged when its connection ends.
    """

    clocked: ClassVar[bool] = True
    id: str = "I11"
    _open: dict[tuple[int, int], Packet] = field(default_factory=dict)
    _bound: float | None = None

    @property
    def hears(self) -> frozenset[Sort]:
        """Deliveries, acknowledgements, ends of connections."""
        acks = (("device", "up", name) for name in ("PUBACK", "DISCONNECT", "CONNECT"))
        return frozenset({HANDED, *acks, Link}) | RESTARTS

    def feed(self, record: AnyRecord, context: Context) -> Iterator[Finding]:
        """Take deliveries, acknowledgements and ends of connections; judge what is overdue by now."""
        match record:
            case Packet(link="device", way="down", type="PUBLISH", qos=1, id=int(identifier)):
                self.looked += 1
                self._open.setdefault((record.conn, identifier), record)
            case Packet(link="device", way="up", type="PUBACK", id=int(identifier)):
                self._open.pop((record.conn, identifier), None)
            case Packet(link="device", way="up", type="DISCONNECT") | Link(link="device", event="close"):
                yield from self._drop([key for key in self._open if key[0] == record.conn], record.at, context)
            case Packet(link="device", way="up", type="CONNECT"):
                yield from self._drop([key for key in self._open if key[0] != record.conn], record.at, context)
            case _ if restarts(record):
                self._open.clear()
        yield from self._overdue(record.at, context)

    def close(self, now: float, context: Context) -> Iterator[Finding]:
        """What is still open has not been acknowledged."""
        yield from self._overdue(now, context)
        yield from self._drop(list(self._open), now, context)

    def _overdue(self, now: float, context: Context) -> Iterator[Finding]:
        """Judge by the declared bound: the oldest come first, so that the look is short."""
        if self._bound is None:
            self._bound = context.bound("ack", math.inf)
        while self._open:
            key, packet = next(iter(self._open.items()))
            self.due = packet.at + self._bound - EARLY
            if now - packet.at <= self._bound:
                return
            del self._open[key]
            yield self._complaint(packet, self._bound)
        self.due = math.inf

    def _drop(self, keys: list[tuple[int, int]], now: float, context: Context) -> Iterator[Finding]:
        """The connection has ended: without a bound this is when it is judged, else nothing is overdue."""
        for key in keys:
            packet = self._open.pop(key)
            if now - packet.at > USUAL and context.bound("ack", math.inf) == math.inf:
                yield self._complaint(packet, USUAL)

    def _complaint(self, packet: Packet, bound: float) -> Finding:
        said = f"record {packet.n} ({packet.topic}, packet id {packet.id}) was not acknowledged within {bound:g} s"
        return self.violation(said, packet.n)
