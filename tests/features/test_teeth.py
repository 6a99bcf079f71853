"""The scenarios bite: each known bug reddens its own scenario, and the plain ones stay green beside it.

`jobrig mutants` runs every scenario with every bug and makes docs/kill-matrix.md; here is what must never be lost,
asked of all bugs the quick way (`--own`).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from rigs.agent.mutants import MUTANTS
from rigs.matrix.command import RIG, matrix
from rigs.matrix.kills import Row
from rigs.matrix.plan import Plan
from rigs.matrix.runs import Bench
from rigs.matrix.trials import PLAIN
from tests.run.inner import ROOT

FEATURES = ROOT / "features"
JOBS = 4
"""Most of a run with a bug is waiting for a stuck device."""


def test_every_bug_is_killed_by_its_own_scenario_and_reddens_no_plain_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed by a DeviceFault that names job, packet and clause; and green with the network's faults off."""
    monkeypatch.chdir(tmp_path)
    rows = _matrix(tmp_path, list(MUTANTS))
    assert "\n".join(f"{row.bug}: {problem}" for row in rows for problem in row.problems()) == ""
    assert [row.bug for row in rows] == list(MUTANTS)
    assert [row.bug for row in rows if not _met_the_plain_ones(row)] == []


def test_what_has_not_changed_is_not_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (first,) = _matrix(tmp_path, ["F24/a"])
    runs = sorted(path.stat().st_mtime_ns for path in tmp_path.rglob("junit.xml"))
    (again,) = _matrix(tmp_path, ["F24/a"])
    assert (again, len(runs)) == (first, 1)
    assert sorted(path.stat().st_mtime_ns for path in tmp_path.rglob("junit.xml")) == runs


def _matrix(results: Path, bugs: list[str]) -> list[Row]:
    plan = Plan(features=FEATURES, rig=RIG)
    return matrix(plan, Bench(results=results / "mutants", features=FEATURES, jobs=JOBS), bugs, whole=False)


def _met_the_plain_ones(row: Row) -> bool:
    met = {tag for line in row.trials if line.outcome == "passed" for tag in line.tags}
    return met.issuperset(set(PLAIN).difference(row.mutant.scenarios))
