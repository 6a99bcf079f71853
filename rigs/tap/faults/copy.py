"""A packet arrives more than once."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from rigs.tap.actions import Action, Again
from rigs.tap.faults.signature import is_signed, signed_anew
from rigs.tap.match import Match, Seen


@dataclass(frozen=True, slots=True, repr=False)
class Copy:
    """Send `times` more copies right behind the packets of `match`.

    Plain, as AWS does when it repeats a message (jobs-protocol §6): another packet id, DUP 0, the same bytes otherwise.
    With `same_id` it is a redelivery, which is what a sender does who got no PUBACK: AWS so after about 30 s with DUP 0
    (evidence.md, Part 2 c), other brokers with `dup`; MQTT 3.1.1 asks for DUP 1 (MQTT-3.3.1-1), MQTT 5 allows it only
    after a reconnect (MQTT-4.4.0-1). A receiver may take either for a new message (MQTT 5 4.3.2). At QoS 0 there is
    neither id nor DUP. With `fresh_signature` each copy has another signature in its presigned URLs, as two deliveries
    of one job have on AWS (notes S057); a packet without such a URL is no hit.

    Each copy has its own place in the receiver's Receive Maximum, and the PUBACK for it ends at the tap (notes G6).
    """

    name: ClassVar[str] = "copy"
    match: Match
    _: KW_ONLY
    times: int = 1
    same_id: bool = False
    dup: bool = False
    fresh_signature: bool = False

    def __repr__(self) -> str:
        same = " under the same packet id" if self.same_id else ""
        dup = " with DUP" if self.dup else ""
        fresh = " with a fresh signature each" if self.fresh_signature else ""
        return f"send {self.times + 1} of {self.match!r}{same}{dup}{fresh}"

    def decide(self, seen: Seen) -> Action | None:
        """It goes on, and again."""
        if self.fresh_signature and not is_signed(seen.packet):
            return None
        change = signed_anew if self.fresh_signature else None
        return Again(times=self.times, same_id=self.same_id, dup=self.dup, change=change)
