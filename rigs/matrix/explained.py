"""Scenarios that kill none of the bugs, and why they are right all the same."""

from __future__ import annotations

KILLS_NOTHING: dict[str, str] = {}
