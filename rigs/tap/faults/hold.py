"""A packet is kept back; what comes after it goes on."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from datetime import timedelta
from typing import ClassVar

from rigs.tap.actions import Action, AtEnd, Keep
from rigs.tap.match import Match, Seen

_AT_END: dict[AtEnd, str] = {"lost": "", "sent": ", or until the next connection", "kept": ", over connections too"}


@dataclass(frozen=True, slots=True, repr=False)
class Hold:
    """Keep the packets of `match` until `Armed.release()`, until a packet that fits `until` has left the tap, or until
    `at_most` has passed, whichever is first. The sender is not acknowledged meanwhile, and what it sends again of a
    kept packet is swallowed. What comes after a kept CONNECT or CONNACK on its way waits for it.

    `at_end` says what becomes of a PUBLISH that is still kept when its connection ends: "lost" with it, "sent" right
    after the CONNACK of the same client's next connection, or "kept" there until it is let go; let go in between, it is
    sent after that CONNACK. It then has a packet id of its own, DUP 0, and its PUBACK ends at the tap: so "the stored
    report arrives after the device has gone" (notes S033, S256) and "the reply comes on the next connection" (S054).

    Think of the session. What the other side sends again by itself comes too: a device that got no PUBACK its report, a
    broker with a persistent session its notification. A clean session has subscribed to nothing when its CONNACK comes:
    a *notification* that is "sent" then is one that no broker sends (take "kept", and let it go after the SUBACK); a
    reply needs no subscription (evidence.md, Part 2 a). A client without a client id has no next connection. What still
    waits for one when the scenario is closed (`Tap.lift_all`) is lost.
    """

    name: ClassVar[str] = "hold"
    match: Match
    _: KW_ONLY
    until: Match | None = None
    at_most: timedelta | None = None
    at_end: AtEnd = "lost"

    def __repr__(self) -> str:
        until = f" until {self.until.subject} has passed" if self.until is not None else ""
        at_most = f" for at most {self.at_most.total_seconds():g} s" if self.at_most is not None else ""
        return f"hold {self.match!r}{until}{at_most}{_AT_END[self.at_end]}"

    def decide(self, seen: Seen) -> Action:
        """It stays."""
        return Keep(until=self.until, at_most=self.at_most, at_end=self.at_end)
