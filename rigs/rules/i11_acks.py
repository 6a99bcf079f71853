"""I11: every QoS 1 message to the device is acknowledged while its connection lasts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from rigs.rules.base import Context, Finding, RuleBase
from rigs.trace.records import AnyRecord, Link, Packet, Power

DEFAULT_BOUND = 30.0  # seconds, where the profile has no timing.ack


@dataclass(slots=True, repr=False)
class Acknowledgements(RuleBase):
    """What was under way when the link or the power went counts for nothing; a repeat keeps the first one's time."""

    id: str = "I11"
    _open: dict[tuple[int, int], Packet] = field(default_factory=dict)

    def feed(self, record: AnyRecord, context: Context) -> Iterator[Finding]:
        """Take deliveries, acknowledgements and ends of connections; judge what is overdue by now."""
        match record:
            case Packet(link="device", way="down", type="PUBLISH", qos=1, id=int(identifier)):
                self.looked += 1
                self._open.setdefault((record.conn, identifier), record)
            case Packet(link="device", way="up", type="PUBACK", id=int(identifier)):
                self._open.pop((record.conn, identifier), None)
            case Packet(link="device", way="up", type="DISCONNECT") | Link(link="device", event="close"):
                self._drop(record.conn)
            case Power(event="off" | "reset"):
                self._open.clear()
            case Packet(link="device", way="up", type="CONNECT"):
                self._open = {key: packet for key, packet in self._open.items() if key[0] == record.conn}
        yield from self.close(record.at, context)

    def close(self, now: float, context: Context) -> Iterator[Finding]:
        """Judge what is overdue: the oldest come first, so that the look is short."""
        bound = context.bound("ack", DEFAULT_BOUND)
        while self._open:
            key, packet = next(iter(self._open.items()))
            if now - packet.at <= bound:
                return
            del self._open[key]
            said = f"record {packet.n} ({packet.topic}, packet id {packet.id}) was not acknowledged within {bound:g} s"
            yield self.violation(said, packet.n)

    def _drop(self, conn: int) -> None:
        for key in [key for key in self._open if key[0] == conn]:
            del self._open[key]
