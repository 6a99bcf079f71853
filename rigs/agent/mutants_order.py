"""Defects of duplicates, order and time (features 07 and 08)."""

from __future__ import annotations

from rigs.agent.mutant import Mutant

ORDER: dict[str, Mutant] = {}
