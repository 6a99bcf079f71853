"""Defects of finding and starting jobs (features 01 and 02)."""

from __future__ import annotations

from rigs.agent.mutant import Mutant

DISCOVERY: dict[str, Mutant] = {}
