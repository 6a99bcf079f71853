"""Defects of the update request and of completion (features 03 and 04)."""

from __future__ import annotations

from rigs.agent.mutant import Mutant

REPORTS: dict[str, Mutant] = {}
