"""Scenarios against a `jobrig cloud` in another process, on its own address and with its own CA: as AWS would look."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rigs.trace.records import Clock, Link, Service
from tests.run.inner import GOOD, ROOT, Ended, Repository, records

TIMES_OUT = """
    @S066
    Scenario: times out
      Given the device works on a "long" job that may be in progress for 1 minute
      When 2 minutes pass for the service
      And the work is let end
      And the device has finished or dropped its work
      Then the job execution is TIMED_OUT
      And the device takes the next job
"""
RENEWS = """
    @S070
    Scenario: the clock runs faster
      Given the service clock runs so fast that a step lasts twice as long as the device takes to renew it
      When a "succeeds" job is queued for the device
      Then the job execution ends as SUCCEEDED
"""
KILLS = """
    @S071
    Scenario: the cloud dies
      Given the device works on a "long" job
      When the cloud dies
      And the work is let end
      Then the job is done soon
"""
STEPS = """
import os
import signal

from pytest_bdd import when

@when("the cloud dies")
def dies():
    os.kill(int(os.environ["CLOUD"]), signal.SIGKILL)
"""


class Cloud:
    """The process and the line that it printed."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "rigs.cli", "cloud", str(folder), "--host", "127.0.0.2", "--with-parent"]
        self.process = subprocess.Popen(
            [*command, "--mqtt-port", "0", "--http-port", "0", "--data-port", "0", "--quiet", "--thing", "bench"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline()

    def end(self) -> int:
        """End it as an operator would."""
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate()
        return self.process.returncode


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A cloud with the rig's thing."""
    made = Cloud(tmp_path_factory.mktemp("cloud"))
    yield made
    made.end()


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory, cloud: Cloud) -> Repository:
    """A repository that keeps the cloud's line in a file."""
    made = Repository(tmp_path_factory.mktemp("elsewhere"))
    made.feature(GOOD, TIMES_OUT, RENEWS)
    made.write("cloud.json", cloud.line)
    return made


@pytest.fixture(scope="module")
def run(repository: Repository) -> Ended:
    """Three scenarios, two of which move the clock."""
    return repository.pytest("features", "--cloud", "cloud.json")


def test_scenarios_run_against_a_cloud_in_another_process(run: Ended, cloud: Cloud) -> None:
    assert (run.code, run.counts) == (0, (3, 0, 0, 0)), run.text
    assert cloud.process.poll() is None, "it was there before, and stays"


def test_only_what_the_operator_asks_and_the_wire_tells_is_known(run: Ended) -> None:
    found = [record for record in records(run.traces[0]) if isinstance(record, Service)]
    assert {record.source for record in found} == {"asked", "told"}
    assert "TIMED_OUT" in {record.status for record in found}


def test_the_tap_shows_the_certificate_of_that_cloud(run: Ended, cloud: Cloud) -> None:
    links = [record for record in records(run.traces[0]) if isinstance(record, Link) and record.link == "cloud"]
    secured = [record for record in links if record.event == "tls"]
    assert secured
    assert {record.peer.rpartition(":")[0] for record in secured} == {"127.0.0.2"}


def test_its_clock_is_stepped_and_scaled_from_here(run: Ended) -> None:
    moved = [record for record in records(run.traces[0]) if isinstance(record, Clock)]
    assert [record.stepped for record in moved] == [120.0, 0.0, 0.0]
    assert moved[1].rate > 1
    assert moved[2].rate == 1
    stamps = [record.stamp for record in moved]
    assert stamps == sorted(stamps)


def test_workers_do_not_share_one_thing(repository: Repository) -> None:
    run = repository.pytest("features", "--cloud", "cloud.json", "-n", "2")
    assert run.code == 4
    assert "-n 2: all workers would be the thing 'bench' at one cloud (cloud.json); leave -n away" in run.text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "No such file or directory"),
        ("jobrig cloud", "JSON is malformed"),
        ('{"mqtt": "127.0.0.2:8883"}', "Expected `object`, got `str` - at `$.mqtt`"),
    ],
)
def test_a_file_that_is_not_what_the_cloud_prints_is_a_usage_error(
    tmp_path: Path, text: str | None, words: str
) -> None:
    made = Repository(tmp_path)
    made.feature(GOOD)
    if text is not None:
        made.write("wrong.json", text)
    run = made.pytest("features", "--cloud", "wrong.json")
    assert (run.code, "--cloud wrong.json" in run.text, words in run.text) == (4, True, True), run.text


def test_a_thing_that_the_cloud_does_not_know_is_named(repository: Repository, cloud: Cloud) -> None:
    addresses: dict[str, Any] = json.loads(cloud.line)
    repository.write("other.json", json.dumps({**addresses, "things": {"lamp": addresses["things"]["bench"]}}))
    run = repository.pytest("features", "-m", "S009", "--cloud", "other.json", results="other")
    assert (run.code, run.counts) == (10, (0, 0, 0, 1))
    assert "has no certificate for 'bench' (known: lamp); start it with `jobrig cloud --thing bench`" in run.text


def test_a_cloud_that_dies_is_broken_and_ends_the_run_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dying = Cloud(tmp_path / "cloud")
    made = Repository(tmp_path)
    made.write("steps/kills.py", STEPS)
    made.write("cloud.json", dying.line)
    made.feature(KILLS, *(GOOD.replace("S009", f"S10{n}").replace("good", f"good {n}") for n in range(4)))
    monkeypatch.setenv("CLOUD", str(dying.process.pid))
    run = made.pytest("features", "--cloud", "cloud.json")
    assert dying.end() == -signal.SIGKILL
    assert (run.code, run.counts) == (10, (0, 2, 0, 3)), run.text
    assert run.verdicts["S071"].outcome == "broken"
