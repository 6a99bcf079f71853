"""The broker has forgotten the session, truly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import msgspec

from rigs.mqtt.packets import Connect, Packet
from rigs.tap.actions import Action, Edit
from rigs.tap.match import Match, Seen

CONNECTS = Match(way="up", type="CONNECT")


@dataclass(frozen=True, slots=True, repr=False)
class Forget:
    """Set Clean Start in the next CONNECT towards the cloud, so that its CONNACK says session_present=0 by itself.

    Session present is never forged: the device would be deaf, or deafened (notes L3).
    """

    name: ClassVar[str] = "forget"
    match: Match = CONNECTS

    def __repr__(self) -> str:
        return f"forget the session at {self.match!r}"

    def decide(self, seen: Seen) -> Action | None:
        """The CONNECT changes, unless it is clean already."""
        if not isinstance(seen.packet, Connect) or seen.packet.clean_start:
            return None
        return Edit(change=_clean)


def _clean(packet: Packet) -> Packet:
    return msgspec.structs.replace(packet, clean_start=True) if isinstance(packet, Connect) else packet
