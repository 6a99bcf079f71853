"""Connections are accepted and not served."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, replace
from typing import ClassVar, Literal

from rigs.tap.terms import Door, Moment, Terms, often

How = Literal["fin", "reset", "silent"]
_VERBS: dict[How, str] = {
    "fin": "accept connections and close them",
    "reset": "accept connections and reset them",
    "silent": "accept connections and never answer",
}


@dataclass(frozen=True, slots=True, repr=False)
class TurnAway:
    """Accept new TCP connections and end them at once, or never answer, so that each try is on the trace (notes L1).

    One that is not answered is not closed either, also not when the fault is lifted: whether the device gives up by
    itself is what is to be seen (notes S105). Living connections go on: `Tap.cut()` ends them.
    """

    name: ClassVar[str] = "turn away"
    moment: ClassVar[Moment] = "accepted"
    how: How = "fin"
    _: KW_ONLY
    times: int | None = None

    def __post_init__(self) -> None:
        if self.how not in _VERBS:
            raise ValueError(f"unknown way to turn away {self.how!r}; known: {', '.join(_VERBS)}")

    def __repr__(self) -> str:
        return f"{_VERBS[self.how]}, {often(self.times)}"

    def spoil(self, terms: Terms) -> Terms:
        """Another door."""
        return replace(terms, door=Door(self.how))
