"""What a deliberate defect is."""

from __future__ import annotations

from dataclasses import dataclass

from rigs.agent.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One way of one defect: what it does wrong, where it was seen, and the scenarios that must turn red by it.

    The first scenario is its own. `survives` says why a scenario that is green with it is right to be.
    """

    sentence: str
    source: str
    scenarios: tuple[str, ...]
    policy: type[Policy]
    survives: str = ""
