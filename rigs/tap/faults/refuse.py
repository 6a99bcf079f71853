"""The broker says no: to a CONNECT, or to a SUBSCRIBE."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from rigs.mqtt.packets import Connack, Connect, Suback, Subscribe
from rigs.tap.actions import Action, Respond
from rigs.tap.match import Match, Seen


@dataclass(frozen=True, slots=True, repr=False)
class Refuse:
    """Answer the CONNECT or SUBSCRIBE packets of `match` with a refusal; the cloud does not see them.

    `code` is a CONNACK return or reason code (3.1.1: 3, MQTT 5: 0x97) or a SUBACK code (0x80, 0x87) for all filters.
    """

    name: ClassVar[str] = "refuse"
    match: Match
    _: KW_ONLY
    code: int

    def __repr__(self) -> str:
        return f"refuse {self.match!r} with 0x{self.code:02X}"

    def decide(self, seen: Seen) -> Action | None:
        """The refusal goes back."""
        match seen.packet:
            case Connect():
                return Respond(packet=Connack(code=self.code), close=True)
            case Subscribe(packet_id=number, filters=filters):
                return Respond(packet=Suback(packet_id=number, codes=(self.code,) * len(filters)))
            case _:
                return None
