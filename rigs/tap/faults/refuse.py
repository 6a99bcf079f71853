"""The broker says no: to a CONNECT, or to a SUBSCRIBE."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from rigs.mqtt.packets import Connack, Connect, Suback, Subscribe
from rigs.tap.actions import Action, Narrow, Respond
from rigs.tap.match import Match, Seen


@dataclass(frozen=True, slots=True, repr=False)
class Refuse:
    """Answer the CONNECT or SUBSCRIBE packets of `match` with a refusal; the cloud does not see them.

    `code` is a CONNACK return or reason code (3.1.1: 3, MQTT 5: 0x97) or a SUBACK code (3.1.1: 0x80, MQTT 5: 0x80 or
    0x87). `filters` says which ones of a SUBSCRIBE are refused, by default all: the others go on to the cloud, and the
    SUBACK has its answer for them (notes S110). A SUBSCRIBE without such a filter is no hit.
    """

    name: ClassVar[str] = "refuse"
    match: Match
    _: KW_ONLY
    code: int
    filters: Callable[[str], bool] | None = None

    def __repr__(self) -> str:
        some = "some filters of " if self.filters is not None else ""
        return f"refuse {some}{self.match!r} with 0x{self.code:02X}"

    def decide(self, seen: Seen) -> Action | None:
        """The refusal goes back, or with the SUBACK of the other filters."""
        match seen.packet:
            case Connect() if self.filters is None:
                return Respond(packet=Connack(code=self.code), close=True)
            case Subscribe(packet_id=number, filters=filters):
                refused = [self.filters is None or self.filters(wish.filter) for wish in filters]
                if all(refused):
                    return Respond(packet=Suback(packet_id=number, codes=(self.code,) * len(filters)))
                if self.filters is not None and any(refused):
                    return Narrow(refused=self.filters, code=self.code)
        return None
