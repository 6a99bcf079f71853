"""The device hears something beside what it was sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from datetime import timedelta
from typing import Any, ClassVar

import msgspec

from rigs.tap.actions import Action, Beside
from rigs.tap.match import Match, Seen


@dataclass(frozen=True, slots=True, repr=False)
class Insert:
    """Hand the device a message of the tap's own when a packet of `match` passes.

    `message` makes topic and payload from the packet (None: nothing, and no hit). It goes out right `before` the
    packet, or right behind it, or `later`. Messages that are not bound to a packet are `Tap.inject`'s.
    """

    name: ClassVar[str] = "insert"
    match: Match
    _: KW_ONLY
    message: Callable[[Seen], tuple[str, dict[str, Any] | bytes] | None]
    qos: int = 1
    before: bool = False
    later: timedelta | None = None
    says: str = "a message"

    def __repr__(self) -> str:
        place = "before" if self.before else "after"
        return f"insert {self.says} {place} {self.match!r}"

    def decide(self, seen: Seen) -> Action | None:
        """The packet goes on, and the message too."""
        made = self.message(seen)
        if made is None:
            return None
        topic, body = made
        payload = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return Beside(topic=topic, payload=payload, qos=self.qos, before=self.before, later=self.later)
