"""A packet on its way through the tap."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rigs.mqtt.packets import Packet, Publish
from rigs.tap.actions import Again, Beside, Break, Keep
from rigs.tap.match import Seen

if TYPE_CHECKING:
    from rigs.tap.armory import Armed

_REPEATED = frozenset({"PUBLISH", "SUBSCRIBE", "UNSUBSCRIBE"})


@dataclass(slots=True, kw_only=True, eq=False)
class Parcel:
    """What arrived (`seen`), what will leave (`packet`, still with the sender's packet id), and what goes with it.

    While it is kept: `kept_by` whom and on what terms (`keep`), and how often that fault had let go by then
    (`releases`). An `heir` came on an earlier connection and leaves as a message of the tap's own.
    """

    seen: Seen
    packet: Packet
    by: str | None = None
    copies: list[tuple[Again, str]] = field(default_factory=list)
    behind: list[tuple[Beside, str]] = field(default_factory=list)
    cut: tuple[Break, str] | None = None
    kept_by: Armed | None = None
    keep: Keep = field(default_factory=Keep)
    releases: int = 0
    heir: bool = False

    @property
    def takes_window(self) -> bool:
        """Whether it is a PUBLISH that takes a place in the receiver's window."""
        return isinstance(self.packet, Publish) and self.packet.qos > 0

    def repeated_by(self, seen: Seen) -> bool:
        """Whether `seen` is the same packet, sent again while this one has not left yet."""
        return not self.heir and repeats(self.seen, seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """A message of the tap's own: a copy of `seen`, or made `by` a fault or a step.

    `number` is the packet id that it goes out under if it can; otherwise any free one.
    """

    packet: Publish
    by: str
    seen: Seen | None = None
    number: int | None = None


def repeats(first: Seen, later: Seen) -> bool:
    """Whether `later` is the packet `first` sent again under the same packet id, with DUP or without."""
    one, other = first.packet, later.packet
    if first.way != later.way or one.type != other.type or one.type not in _REPEATED or first.packet_id is None:
        return False
    if isinstance(one, Publish) and isinstance(other, Publish):
        return (first.packet_id, first.topic, one.payload) == (later.packet_id, later.topic, other.payload)
    return one == other
