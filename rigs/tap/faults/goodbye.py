"""The broker ends the connection and says why."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar, Literal

from rigs.tap.actions import Action, Break
from rigs.tap.match import Match, Seen


@dataclass(frozen=True, slots=True, repr=False)
class Goodbye:
    """Send the device a DISCONNECT with reason `code` `when` a packet of `match` is about to leave ("before": it is
    lost) or has left, and end both legs in good order.

    AWS says so 0x8E on take-over, 0x98 on an administrative action, 0x89 and 0x8B when it is busy or shuts down (MQTT 5
    3.14.2.1). In 3.1.1 a server has no DISCONNECT: the device sees the end alone, which is what AWS does (notes S110).
    Before its CONNACK nobody is sent a DISCONNECT (MQTT 5 3.14).
    """

    name: ClassVar[str] = "goodbye"
    match: Match
    _: KW_ONLY
    code: int
    when: Literal["before", "after"] = "after"

    def __repr__(self) -> str:
        return f"disconnect the device with 0x{self.code:02X} {self.when} {self.match!r}"

    def decide(self, seen: Seen) -> Action:
        """The connection ends."""
        return Break(before=self.when == "before", how="close_notify", goodbye=self.code)
