"""A message says something else than it did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

import msgspec

from rigs.mqtt.packets import Packet, Publish
from rigs.tap.actions import Action, Edit
from rigs.tap.match import Match, Seen
from rigs.tap.reader import parse


@dataclass(frozen=True, slots=True, repr=False)
class Replace:
    """Put `edit(payload)` in the place of the JSON payload of the packets of `match`.

    `edit` gets the payload as a dict of its own and returns the new one; a str or bytes that it returns goes out as it
    is (spoilt JSON). It runs on the tap's thread and must be quick. `says` tells in words what it does.
    """

    name: ClassVar[str] = "replace"
    match: Match
    _: KW_ONLY
    edit: Callable[[dict[str, Any]], dict[str, Any] | str | bytes]
    says: str = "its payload"

    def __repr__(self) -> str:
        return f"replace {self.says} in {self.match!r}"

    def decide(self, seen: Seen) -> Action | None:
        """The payload changes, if it is a JSON object."""
        return Edit(change=self._change) if isinstance(seen.body, dict) else None

    def _change(self, packet: Packet) -> Packet:
        body = parse(packet.payload) if isinstance(packet, Publish) else None
        if not isinstance(body, dict):
            return packet
        return msgspec.structs.replace(packet, payload=_written(self.edit(body)))


def _written(value: dict[str, Any] | str | bytes) -> bytes:
    if isinstance(value, bytes):
        return value
    return value.encode() if isinstance(value, str) else msgspec.json.encode(value)
