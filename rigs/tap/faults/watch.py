"""Nothing goes wrong; it is noted when a packet passes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rigs.mqtt.packets import Packet
from rigs.tap.actions import Action, Edit
from rigs.tap.match import Match, Seen


@dataclass(frozen=True, slots=True, repr=False)
class Watch:
    """Count the packets of `match` as hits and let them pass as they are."""

    name: ClassVar[str] = "watch"
    match: Match

    def __repr__(self) -> str:
        return f"watch for {self.match!r}"

    def decide(self, seen: Seen) -> Action:
        """It goes on unchanged."""
        return Edit(change=_same)


def _same(packet: Packet) -> Packet:
    return packet
