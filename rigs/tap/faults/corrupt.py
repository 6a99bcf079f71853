"""A message arrives whole, and its payload is broken."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar, Literal

import msgspec

from rigs.mqtt.packets import Packet, Publish
from rigs.tap.actions import Action, Edit
from rigs.tap.match import Match, Seen

How = Literal["cut", "bytes"]
_WORDS: dict[How, str] = {"cut": "cut the payload off in the middle of", "bytes": "spoil a byte of"}


@dataclass(frozen=True, slots=True, repr=False)
class Corrupt:
    """Break the JSON payload of the packets of `match`: sound MQTT, which the receiver acknowledges and cannot parse.

    "cut" ends the text in its middle; "bytes" puts a byte that no UTF-8 text has there, and the length stays. A spoilt
    request is refused by the service itself with InvalidJson. A message without a payload is no hit.
    """

    name: ClassVar[str] = "corrupt"
    match: Match
    _: KW_ONLY
    how: How = "cut"

    def __repr__(self) -> str:
        return f"{_WORDS[self.how]} {self.match!r}"

    def decide(self, seen: Seen) -> Action | None:
        """The payload changes."""
        spoil = {"cut": _cut, "bytes": _spoil}[self.how]
        return Edit(change=spoil) if isinstance(seen.packet, Publish) and seen.packet.payload else None


def _cut(packet: Packet) -> Packet:
    if not isinstance(packet, Publish):
        return packet
    return msgspec.structs.replace(packet, payload=packet.payload[: len(packet.payload) // 2])


def _spoil(packet: Packet) -> Packet:
    if not isinstance(packet, Publish):
        return packet
    middle = len(packet.payload) // 2
    return msgspec.structs.replace(
        packet, payload=b"\xff".join((packet.payload[:middle], packet.payload[middle + 1 :]))
    )
