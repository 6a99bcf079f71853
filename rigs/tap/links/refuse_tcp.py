"""Nobody listens."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from rigs.tap.terms import Door, Moment, Terms


@dataclass(frozen=True, slots=True, repr=False)
class RefuseTcp:
    """Have no listening socket: the system answers each try with RST ("connection refused").

    The tap does not see those tries, so this fault never hits and its end is always `missed`: where tries are to be
    counted, or a fault must have been felt, use `TurnAway` (notes L1). Living connections go on: `Tap.cut()` ends them.
    """

    name: ClassVar[str] = "refuse TCP"
    moment: ClassVar[Moment] = "accepted"
    times: ClassVar[int | None] = None

    def __repr__(self) -> str:
        return "have no listening socket"

    def spoil(self, terms: Terms) -> Terms:
        """Another door."""
        return replace(terms, door=Door.SHUT)
