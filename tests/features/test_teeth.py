"""The scenarios bite: each known bug reddens its own scenario, and the plain ones stay green beside it.

The whole matrix, bug by scenario, is run by hand with `pytest features --bug F02/a`; here is what must never be lost.
"""

from __future__ import annotations

import pytest

from rigs.agent.mutants import MUTANTS
from rigs.trace.records import Verdict
from tests.run.inner import ROOT, Ended, Repository, records

PLAIN = ("S001", "S028")
FEATURES = str(ROOT / "features")
TRIES = ("--profile", "tries=4")
NEEDS_NO_FAULT = {
    "F04": "the operator's cancel is no fault of the network",
    "F05": "the boot is the job's own work",
    "F17": "without the refusal the start is accepted, and then work is right",
    "F57": "the operator's cancel is no fault of the network",
}
"""Bugs whose scenario has no fault that could be switched off, or means nothing without it."""


def bench(made: Repository) -> str:
    """The embedded rig with bounds that a stuck bug need not wait for long."""
    return str(made.folder / "rigs" / "bench.toml")


def verdicts(run: Ended, scenario: str) -> list[Verdict]:
    """The verdicts of all rows of a scenario."""
    every = (record for trace in run.traces for record in records(trace))
    return [record for record in every if isinstance(record, Verdict) and record.scenario == scenario]


def outcomes(run: Ended, scenario: str) -> set[str]:
    """The outcomes of all rows of a scenario."""
    return {verdict.outcome for verdict in verdicts(run, scenario)}


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository(tmp_path_factory.mktemp("teeth"))


@pytest.mark.parametrize("bug", sorted(MUTANTS))
def test_a_bug_reddens_its_own_scenario_and_no_plain_one(bug: str, made: Repository) -> None:
    own = MUTANTS[bug].scenarios[0]
    mark = " or ".join((own, *PLAIN))
    run = made.pytest(FEATURES, "-m", mark, "--bug", bug, *TRIES, rig=bench(made), results=bug.replace("/", "-"))
    assert "failed" in outcomes(run, own), run.text
    assert {outcome for plain in PLAIN for outcome in outcomes(run, plain)} == {"passed"}, run.text
    assert run.code == 1


@pytest.mark.parametrize("bug", ["F02", "F24"])
def test_the_verdict_names_job_packet_and_clause(bug: str, made: Repository) -> None:
    own = MUTANTS[f"{bug}/a"].scenarios[0]
    run = made.pytest(FEATURES, "-m", own, "--bug", bug, *TRIES, rig=bench(made), results=f"told-{bug}")
    assert "DeviceFault" in run.text
    assert "jobs-protocol §" in run.text
    assert "/update" in run.text
    assert any(job in run.text for job in ("succeeds-", "long-"))


@pytest.mark.parametrize("bug", sorted({name[:3] for name in MUTANTS} - NEEDS_NO_FAULT.keys()))
def test_without_its_fault_the_bug_does_not_show(bug: str, made: Repository) -> None:
    own = MUTANTS[f"{bug}/a"].scenarios[0]
    words = (FEATURES, "-m", own, "--bug", bug, "--faults", "off", *TRIES)
    run = made.pytest(*words, rig=bench(made), results=f"dry-{bug}")
    assert outcomes(run, own) <= {"passed", "not reached"}, run.text
    assert "passed" in outcomes(run, own), run.text
