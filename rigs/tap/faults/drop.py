"""A packet is lost on its way."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from rigs.tap.actions import Action, Lose
from rigs.tap.match import Match, Seen


@dataclass(frozen=True, slots=True, repr=False)
class Drop:
    """Swallow the packets of `match`.

    With `acknowledge` the tap sends the PUBACK in the receiver's place, so that a QoS 1 sender takes it for delivered
    (without, AWS sends it again after about 30 s under the same packet id: evidence.md, Part 2 b; notes K5).
    """

    name: ClassVar[str] = "drop"
    match: Match
    _: KW_ONLY
    acknowledge: bool

    def __repr__(self) -> str:
        return f"drop {self.match!r}" + (", acknowledged" if self.acknowledge else "")

    def decide(self, seen: Seen) -> Action:
        """Nothing goes on."""
        return Lose(acknowledge=self.acknowledge)
