"""A packet is late."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from datetime import timedelta
from typing import ClassVar

from rigs.tap.actions import Action, Keep
from rigs.tap.match import Match, Seen


@dataclass(frozen=True, slots=True, repr=False)
class Delay:
    """Let the packets of `match` go on `by` later, in the order in which they came; others are not delayed.

    So the acknowledgement and the answer to one request can each have their own delay: arm two. What is still delayed
    when its connection ends is lost with it.
    """

    name: ClassVar[str] = "delay"
    match: Match
    _: KW_ONLY
    by: timedelta

    def __repr__(self) -> str:
        return f"delay {self.match!r} by {self.by.total_seconds():g} s"

    def decide(self, seen: Seen) -> Action:
        """It waits."""
        return Keep(at_most=self.by)
