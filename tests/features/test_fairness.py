"""The clean agent with other habits is green, or skipped with its reason, wherever the habit matters most.

`jobrig mutants --habits` runs all scenarios in a table of all habits and makes docs/habits.md.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.run.inner import ROOT, Repository

FEATURES = str(ROOT / "features")
HABITS: dict[str, tuple[str, ...]] = {
    "describe and update": ("takes_jobs=describe", "told_by=both"),
    "no expectedVersion": ("sends_expected_version=never",),
    "no progress": ("reports_progress=none",),
    "finishes expired work": ("stops_ended_work=false",),
    "drops the version": ("after_mismatch=drops",),
    "MQTT 3.1.1, persistent": ("mqtt=3.1.1", "session=persistent"),
}
SHARP = "S010 or S012 or S035 or S037 or S038 or S047 or S056 or S067 or S076"
"""Scenarios with many healthy roads; `pytest features --profile …` runs them all."""


@pytest.mark.parametrize("habits", HABITS.values(), ids=HABITS)
def test_a_healthy_habit_is_never_accused(habits: tuple[str, ...], tmp_path: Path) -> None:
    made = Repository(tmp_path)
    words = [word for habit in habits for word in ("--profile", habit)]
    run = made.pytest(FEATURES, "-m", SHARP, *words, rig="embedded")
    judged, _, _, broken = run.counts
    assert (run.code, broken) == (0, 0), run.text
    assert judged >= 10
