"""Shapes of notices that several rows expect."""

from __future__ import annotations

from tests.contract.words import (
    notify,
    notify_next,
)

EMPTY = (notify(), notify_next())
