"""Defects of versions and of lost messages (features 05 and 06)."""

from __future__ import annotations

from rigs.agent.mutant import Mutant

LOSS: dict[str, Mutant] = {}
