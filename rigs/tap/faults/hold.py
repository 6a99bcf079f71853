"""A packet is kept back; what comes after it goes on."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from datetime import timedelta
from typing import ClassVar

from rigs.tap.actions import Action, Keep
from rigs.tap.match import Match, Seen


@dataclass(frozen=True, slots=True, repr=False)
class Hold:
    """Keep the packets of `match` until `Armed.release()`, until a packet that fits `until` has left the tap, or until
    `at_most` has passed, whichever is first. The sender is not acknowledged meanwhile, and what it sends again of a
    kept packet is swallowed. A packet that is still kept when its connection ends is lost with it.
    """

    name: ClassVar[str] = "hold"
    match: Match
    _: KW_ONLY
    until: Match | None = None
    at_most: timedelta | None = None

    def __repr__(self) -> str:
        until = f" until {self.until.subject} has passed" if self.until is not None else ""
        at_most = f" for at most {self.at_most.total_seconds():g} s" if self.at_most is not None else ""
        return f"hold {self.match!r}{until}{at_most}"

    def decide(self, seen: Seen) -> Action:
        """It stays."""
        return Keep(until=self.until, at_most=self.at_most)
