"""What a deliberate defect is."""

from __future__ import annotations

from dataclasses import dataclass

from rigs.agent.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One way of one defect: what it does wrong, where it was seen, and the scenarios that must turn red by it.

    The first scenario is its own. `survives` says why a scenario that is green with it is right to be; `unfaulted` why
    its own is red also when the network only watches.
    """

    sentence: str
    source: str
    scenarios: tuple[str, ...]
    policy: type[Policy]
    survives: str = ""
    unfaulted: str = ""
    habits: tuple[str, ...] = ()
    """Words of the profile with which its own scenario is played, where the plain device has no part in it."""
