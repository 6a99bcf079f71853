"""A run that is killed leaves a trace that can be read, no process, and a rig that is free at once."""

from __future__ import annotations

import os
import select
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from rigs.trace.records import Scenario
from tests.run.inner import GOOD, Ended, Repository, await_none, records

BOUND_SECONDS = 30.0
"""A worker of xdist gives up its controller after 5 s, and closes its rig."""

MIDDLE = """
import os

from pytest_bdd import when

@when("the run is at its middle")
def middle(request):
    with open("middle", "w") as told:
        told.write(f"{os.getpid()}\\n")
    go = os.open("go", os.O_RDONLY)
    os.read(go, 1)
    os.close(go)
"""

HALVES = """
    @S001
    Scenario Outline: half <number>
      Given the device works on a "long" job
      When the run is at its middle
      And the work is let end
      Then the job execution ends as SUCCEEDED

      Examples: halves
        | number |
        | 1      |
        | 2      |
        | 3      |
        | 4      |
"""


@dataclass
class Middle:
    """A run that waits in the middle of a scenario on each of its processes; their numbers came through a pipe."""

    repository: Repository
    run: subprocess.Popen[str]
    pids: list[int]
    fds: list[int]

    def go_on(self) -> None:
        """Let it go on, now and at later scenarios."""
        self.fds.append(os.open(self.repository.folder / "go", os.O_RDWR))
        os.write(self.fds[-1], b"go" * 10)


def begun(folder: Path, *words: str, processes: int) -> Middle:
    """A run in its middle."""
    repository = Repository(folder)
    repository.feature(HALVES, GOOD)
    repository.write("steps/middle.py", MIDDLE)
    for name in ("middle", "go"):
        os.mkfifo(folder / name)
    told = os.open(folder / "middle", os.O_RDWR)
    run = repository.start("features", "-m", "S001", "--results", "out", *words)
    text = b""
    while text.count(b"\n") < processes:
        ready, _, _ = select.select([told], [], [], BOUND_SECONDS)
        assert ready, "the run did not reach its middle"
        text += os.read(told, 100)
    return Middle(repository, run, [int(line) for line in text.split()], [told])


@pytest.fixture
def clean() -> Iterator[list[Middle]]:
    """What tests have begun ends with them."""
    made: list[Middle] = []
    yield made
    for middle in made:
        middle.run.communicate()
        for fd in middle.fds:
            os.close(fd)


def starts(trace: Path) -> list[str]:
    """The scenarios that a trace has, read to its last whole line."""
    return [record.id for record in records(trace) if isinstance(record, Scenario) and record.event == "start"]


def good(repository: Repository, *words: str) -> Ended:
    """The next run on the same rig."""
    return repository.pytest("features", "-m", "S009", *words, results="next")


def test_a_killed_run_is_gone_at_once_and_its_trace_reads_to_the_end(tmp_path: Path, clean: list[Middle]) -> None:
    middle = begun(tmp_path, processes=1)
    clean.append(middle)
    assert len(middle.repository.left_over()) >= 3, "pytest, the board and its agent"
    os.kill(middle.pids[0], signal.SIGKILL)
    assert middle.run.wait() == -signal.SIGKILL
    assert await_none(str(tmp_path), BOUND_SECONDS) == []
    assert starts(tmp_path / "out" / "trace-bench.jsonl") == ["S001"]
    following = good(middle.repository)
    assert (following.code, following.counts) == (0, (1, 0, 0, 0)), following.text


def test_the_workers_of_a_killed_controller_end_with_their_boards(tmp_path: Path, clean: list[Middle]) -> None:
    middle = begun(tmp_path, "-n", "2", processes=2)
    clean.append(middle)
    middle.run.kill()
    assert await_none(str(tmp_path), BOUND_SECONDS) == []
    traces = sorted((tmp_path / "out").glob("trace-*"))
    assert [path.name for path in traces] == ["trace-bench-gw0.jsonl", "trace-bench-gw1.jsonl"]
    assert [starts(path) for path in traces] == [["S001"], ["S001"]]


def test_a_killed_worker_is_broken_and_another_one_takes_the_rest(tmp_path: Path, clean: list[Middle]) -> None:
    middle = begun(tmp_path, "-n", "2", processes=2)
    clean.append(middle)
    os.kill(middle.pids[0], signal.SIGKILL)
    middle.go_on()
    text, _ = middle.run.communicate(timeout=BOUND_SECONDS * 2)
    run = Ended(middle.run.returncode, text, tmp_path / "out")
    assert (run.code, run.counts) == (10, (3, 0, 0, 1)), text
    assert "broken: features/bench.feature::half" in text
    assert "crashed while running" in text
    assert len(run.traces) in (2, 3)
    assert await_none(str(tmp_path), BOUND_SECONDS) == []
