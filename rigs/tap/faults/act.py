"""Somebody does something at the very moment when a packet passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from datetime import timedelta
from typing import ClassVar

from rigs.tap.actions import Action, Run
from rigs.tap.match import Match, Seen


@dataclass(frozen=True, slots=True, repr=False)
class Act:
    """Keep the packets of `match` while `action` runs on the rig's worker thread, then let them go on.

    This is how another client is faster than the device (notes S037). An action that raises, or is not back `within`
    its bound, is kept as a RigFault in the worker's `trouble`; the packet goes on all the same.
    """

    name: ClassVar[str] = "act"
    match: Match
    _: KW_ONLY
    action: Callable[[Seen], None]
    within: timedelta
    says: str = "act"

    def __repr__(self) -> str:
        return f"{self.says} before {self.match!r}"

    def decide(self, seen: Seen) -> Action:
        """The action comes first."""
        return Run(action=self.action, within=self.within)
