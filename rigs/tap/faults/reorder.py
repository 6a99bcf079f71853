"""Two packets change places."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from datetime import timedelta
from typing import ClassVar

from rigs.tap.actions import Action, Keep
from rigs.tap.match import Match, Seen


@dataclass(frozen=True, slots=True, repr=False)
class Reorder:
    """Let a packet of `behind` overtake the packet of `match`; order is not guaranteed on AWS (jobs-protocol §6).

    `at_most` bounds the wait for the other one, so that a device that sends nothing more is not stuck for ever.
    """

    name: ClassVar[str] = "reorder"
    match: Match
    _: KW_ONLY
    behind: Match
    at_most: timedelta

    def __repr__(self) -> str:
        return f"let {self.behind.subject} overtake {self.match!r}"

    def decide(self, seen: Seen) -> Action:
        """It waits for the other."""
        return Keep(until=self.behind, at_most=self.at_most)
