"""A fault that is hit and does nothing: shows what a scenario proves without it."""

from __future__ import annotations

from dataclasses import dataclass

from rigs.mqtt.packets import Packet
from rigs.tap.actions import Action, Edit, Pass, Rider
from rigs.tap.armory import Fault
from rigs.tap.match import Match, Seen


@dataclass(frozen=True, slots=True, repr=False)
class Dry:
    """Count the packets of another fault, but let them pass as they are (`--faults off`)."""

    fault: Fault

    def __repr__(self) -> str:
        return f"only watch instead of: {self.fault!r}"

    @property
    def name(self) -> str:
        return self.fault.name

    @property
    def match(self) -> Match:
        return self.fault.match

    def decide(self, seen: Seen) -> Action | None:
        """Nothing changes, and it counts as a hit; where the fault would have been the last asked, so is this."""
        action = self.fault.decide(seen)
        if action is None:
            return None
        return Edit(change=_same) if isinstance(action, Rider) else Pass()


def _same(packet: Packet) -> Packet:
    return packet
