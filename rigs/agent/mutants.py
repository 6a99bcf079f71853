"""Defects that were shipped in real agents, to show that the scenarios catch them: one table of all.

A mutant overrides decisions of Policy and nothing else; outside its own trouble it behaves like the healthy agent.
Switched on by `bug` in agent.json: "F02/a", "F02/b", or "F02" for the first way.
"""

from __future__ import annotations

from rigs.agent.config import ConfigError, Settings
from rigs.agent.mutant import Mutant
from rigs.agent.mutants_discovery import DISCOVERY
from rigs.agent.mutants_first import FIRST
from rigs.agent.mutants_loss import LOSS
from rigs.agent.mutants_order import ORDER
from rigs.agent.mutants_reports import REPORTS
from rigs.agent.policy import Policy

MUTANTS: dict[str, Mutant] = {**FIRST, **DISCOVERY, **REPORTS, **LOSS, **ORDER}


def policy_for(settings: Settings) -> Policy:
    """The policy that `bug` names; raises ConfigError for an unknown bug, with the known ones."""
    if settings.bug is None:
        return Policy(settings)
    name = settings.bug if "/" in settings.bug else f"{settings.bug}/a"
    if name not in MUTANTS:
        raise ConfigError(f"agent.json bug: {settings.bug!r} is not known; known: {', '.join(MUTANTS)}")
    return MUTANTS[name].policy(settings)
