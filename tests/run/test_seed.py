"""`--seed`: what is left to chance hangs on it and on nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from rigs.trace.records import Operator, Packet, Scenario
from rigs.trace.store import read
from tests.run.inner import GOOD, ROOT, Ended, Repository, records, together

SECOND = GOOD.replace("@S009", "@S010").replace("Scenario: good", "Scenario: also good")
RUNS: dict[str, tuple[str, ...]] = {
    "first": ("--seed", "7"),
    "again": ("--seed", "7"),
    "one of them": ("--seed", "7", "-k", "also"),
    "side by side": ("--seed", "7", "-n", "2"),
    "another seed": ("--seed", "8"),
    "no seed": (),
}

NO_CHOICE: dict[str, str] = {
    "jobs/groups.py": "uuid5, an id made of names",
    "jobs/events.py": "uuid5, an id made of names",
    "mqtt/connecting.py": "the client id of a client without one, which only has to be new",
    "cloud/listener.py": "the id of an HTTP request, which only has to be new",
    "report/bridge.py": "names of Allure's files, which must be new in every run",
    "run.py": "where the seed itself comes from when none is given",
}
"""Modules that import random, uuid or secrets and leave nothing of a run to chance."""
SEEDED = {
    "assignment.py", "rig.py", "jobs/notices.py", "jobs/changes.py", "agent/worker.py", "agent/agent.py",
}  # fmt: skip
IMPORTS = re.compile(r"^\s*(?:import|from) (random|uuid|secrets)\b", re.MULTILINE)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ended]:
    made = Repository(tmp_path_factory.mktemp("seed"))
    made.feature(GOOD, SECOND)
    calls = [
        lambda name=name, words=words: made.pytest("features", *words, results=name.replace(" ", "-"))
        for name, words in RUNS.items()
    ]
    return dict(zip(RUNS, together(*calls), strict=True))


def documents(run: Ended) -> dict[str, Any]:
    """The job of each scenario, its name and its document, by the scenario's name."""
    found, name = {}, ""
    for record in (record for trace in run.traces for record in records(trace)):
        if isinstance(record, Scenario):
            name = record.name
        if isinstance(record, Operator) and record.event == "called" and record.call == "create_job":
            found[name] = record.arguments["jobId"], record.arguments["document"]
    return found


def tokens(run: Ended) -> list[str]:
    """The tokens that the device sent."""
    packets = (record for trace in run.traces for record in records(trace) if isinstance(record, Packet))
    sent = [packet.payload for packet in packets if packet.link == "device" and packet.way == "up" and packet.topic]
    return [body["clientToken"] for body in sent if isinstance(body, dict) and "clientToken" in body]


def test_all_went_well(runs: dict[str, Ended]) -> None:
    assert {name: run.code for name, run in runs.items()} == dict.fromkeys(RUNS, 0), runs
    assert all(len(documents(run)) == (1 if name == "one of them" else 2) for name, run in runs.items())


@pytest.mark.parametrize("other", ["again", "side by side"])
def test_one_seed_gives_the_same_jobs(runs: dict[str, Ended], other: str) -> None:
    assert documents(runs[other]) == documents(runs["first"])


def test_a_scenario_alone_has_the_jobs_that_it_has_among_others(runs: dict[str, Ended]) -> None:
    assert documents(runs["one of them"])["also good"] == documents(runs["first"])["also good"]


@pytest.mark.parametrize("other", ["another seed", "no seed"])
def test_another_seed_gives_other_jobs(runs: dict[str, Ended], other: str) -> None:
    assert not {job for job, _ in documents(runs[other]).values()} & {
        job for job, _ in documents(runs["first"]).values()
    }


def test_the_agent_s_tokens_hang_on_the_seed(runs: dict[str, Ended]) -> None:
    first = tokens(runs["first"])
    assert first
    assert tokens(runs["again"])[:3] == first[:3]
    assert not set(tokens(runs["another seed"])) & set(first)


def test_the_seed_is_in_the_header_also_where_none_was_given(runs: dict[str, Ended]) -> None:
    seeds = {name: read(run.traces[0])[0].seed for name, run in runs.items()}
    assert (seeds["first"], seeds["another seed"]) == (7, 8)
    assert seeds["no seed"] > 0


def test_nothing_else_is_left_to_chance() -> None:
    rigs: Path = ROOT / "rigs"
    users = {file.relative_to(rigs).as_posix() for file in rigs.rglob("*.py") if IMPORTS.search(file.read_text())}
    assert users == SEEDED | NO_CHOICE.keys()
