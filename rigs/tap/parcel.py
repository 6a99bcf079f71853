"""A packet on its way through the tap."""

from __future__ import annotations

from dataclasses import dataclass, field

from rigs.mqtt.packets import Packet, Publish
from rigs.tap.actions import Beside, Break
from rigs.tap.armory import Armed
from rigs.tap.match import Match, Seen


@dataclass(slots=True, kw_only=True)
class Parcel:
    """What arrived (`seen`), what will leave (`packet`, still with the sender's packet id), and what goes with it."""

    seen: Seen
    packet: Packet
    by: str | None = None
    copies: list[str] = field(default_factory=list)
    behind: list[tuple[Beside, str]] = field(default_factory=list)
    cut: tuple[Break, str] | None = None
    kept_by: Armed | None = None
    until: Match | None = None

    @property
    def takes_window(self) -> bool:
        """Whether it is a PUBLISH that takes a place in the receiver's window."""
        return isinstance(self.packet, Publish) and self.packet.qos > 0

    def repeated_by(self, seen: Seen) -> bool:
        """Whether `seen` is the same QoS 1 message, sent again while this one has not left yet."""
        mine, other = self.seen.packet, seen.packet
        if not isinstance(mine, Publish) or not isinstance(other, Publish) or self.seen.way != seen.way:
            return False
        return mine.qos > 0 and (mine.packet_id, mine.payload, self.seen.topic) == (
            other.packet_id,
            other.payload,
            seen.topic,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """A message of the tap's own: a copy of `seen`, or made `by` a fault or a step."""

    packet: Publish
    by: str
    seen: Seen | None = None
