"""A packet arrives more than once."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from rigs.tap.actions import Action, Again
from rigs.tap.match import Match, Seen


@dataclass(frozen=True, slots=True, repr=False)
class Copy:
    """Send `times` more copies right behind the packets of `match`.

    As AWS does when it repeats a message (jobs-protocol §6): another packet id, DUP 0, the same bytes otherwise. The
    receiver's PUBACK for a copy ends at the tap, its Receive Maximum is kept (notes G6).
    """

    name: ClassVar[str] = "copy"
    match: Match
    _: KW_ONLY
    times: int = 1

    def __repr__(self) -> str:
        return f"send {self.times + 1} of {self.match!r}"

    def decide(self, seen: Seen) -> Action:
        """It goes on, and again."""
        return Again(times=self.times)
