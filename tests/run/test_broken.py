"""What is lost in mid-scenario and was no fault of the network is our affair or the cloud's: broken, not failed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.run.inner import GOOD, Ended, Repository, together

LOSSES = """
import os
import signal

from pytest_bdd import step

from rigs.boards.processes import members
from rigs.run import RUN

@step("the cloud goes away")
def cloud_goes(course):
    course.rig.cloud.local.close_listener()

@step("the serial port goes away")
def port_goes(course):
    course.rig.power._board.close()

@step("the SSH server dies")
def server_dies(course):
    for pid in members(course.rig.power._board.pid):
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            if b"rigs.boards.sshd" in file.read():
                os.kill(pid, signal.SIGKILL)
"""

RETURNS = """
from rigs.run import RUN

def pytest_runtest_teardown(item):
    item.config.stash[RUN].rig.cloud.local.open_listener()
"""

SSH_RIG = """
[rig]
name = "ssh"
like = "bench"

[device]
thing = "ssh"

[ssh]
host = "board"
follow = "follow"
"""

PORT, SERVER, CLOUD = "the serial port goes away", "the SSH server dies", "the cloud goes away"
RIGS = {PORT: "bench", SERVER: "ssh", CLOUD: "bench"}


def before(loss: str) -> str:
    """The loss before the device has work."""
    return f"""
    @S001
    Scenario: before
      Given {loss}
      When a "succeeds" job is queued for the device
      Then the job is done soon
"""


def during(loss: str) -> str:
    """The loss while the device works."""
    return f"""
    @S002
    Scenario: during
      Given the device works on a "long" job
      When {loss}
      And the work is let end
      Then the job is done soon
"""


def after(loss: str) -> str:
    """The loss when all is done: every step is good, the closing phase is not."""
    return f"""
    @S003
    Scenario: after
      Given a "succeeds" job is queued for the device
      And the job execution has ended as SUCCEEDED
      When {loss}
"""


MOMENTS: tuple[Callable[[str], str], ...] = (before, during, after)


def repository(folder: Path, *scenarios: str) -> Repository:
    """A repository with the steps that lose something."""
    folder.mkdir()
    made = Repository(folder)
    made.write("rigs/ssh.toml", SSH_RIG)
    made.write("steps/losses.py", LOSSES)
    made.feature(*scenarios)
    return made


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ended]:
    """All runs, by loss and moment; after a cloud's return the same run goes on with the next scenario."""
    folder = tmp_path_factory.mktemp("broken")
    made = {
        f"{loss}, {moment.__name__}": (repository(folder / f"{number}-{moment.__name__}", moment(loss), GOOD), loss)
        for number, loss in enumerate((SERVER, PORT))
        for moment in MOMENTS
    }
    returning = repository(folder / "returning", *(moment(CLOUD) for moment in MOMENTS), GOOD)
    returning.write("steps/returns.py", RETURNS)
    more = [GOOD.replace("S009", f"S10{n}").replace("good", f"good {n}") for n in range(4)]
    made |= {
        "returning": (returning, CLOUD),
        "for good": (repository(folder / "for-good", during(CLOUD), *more), CLOUD),
    }
    calls = [lambda repo=repo, loss=loss: repo.pytest("features", rig=RIGS[loss]) for repo, loss in made.values()]
    ended = dict(zip(made, together(*calls, at_once=len(calls)), strict=True))
    assert [line for repo, _ in made.values() for line in repo.left_over()] == []
    return ended


@pytest.mark.parametrize("moment", [moment.__name__ for moment in MOMENTS])
def test_a_lost_serial_port_is_broken_and_what_follows_is_skipped(runs: dict[str, Ended], moment: str) -> None:
    run = runs[f"{PORT}, {moment}"]
    assert (run.code, run.counts) == (10, (0, 1, 0, 1)), run.text
    assert set(run.words.values()) == {"skipped", "failure"}
    (verdict,) = run.verdicts.values()
    assert verdict.outcome == "broken"
    assert "serial" in verdict.text
    assert f"console lost since {verdict.scenario}" in (run.results / "junit.xml").read_text()


@pytest.mark.parametrize("moment", [moment.__name__ for moment in MOMENTS])
def test_a_dead_ssh_server_is_broken_and_comes_back_with_the_power(runs: dict[str, Ended], moment: str) -> None:
    run = runs[f"{SERVER}, {moment}"]
    assert (run.code, run.counts) == (10, (1, 0, 0, 1)), run.text
    lost, good = run.verdicts.values()
    assert (lost.outcome, good.outcome) == ("broken", "passed")
    assert "ssh: 127.0.0.1 is away" in lost.text


def test_a_cloud_that_goes_is_broken_at_any_moment_and_the_run_goes_on_when_it_is_back(runs: dict[str, Ended]) -> None:
    run = runs["returning"]
    assert (run.code, run.counts) == (10, (1, 0, 0, 3)), run.text
    assert {name: verdict.outcome for name, verdict in run.verdicts.items()} == {
        "S001": "broken",
        "S002": "broken",
        "S003": "broken",
        "S009": "passed",
    }
    assert all("the cloud at 127.0.0.1" in run.verdicts[name].text for name in ("S001", "S002", "S003"))


def test_a_cloud_that_stays_away_is_waited_for_twice_and_then_the_rest_is_skipped(runs: dict[str, Ended]) -> None:
    run = runs["for good"]
    assert (run.code, run.counts) == (10, (0, 2, 0, 3)), run.text
    assert "rig not ready since S101: the cloud at 127.0.0.1" in (run.results / "junit.xml").read_text()


def test_what_the_device_seems_to_have_done_meanwhile_is_told_but_not_held_against_it(runs: dict[str, Ended]) -> None:
    text = runs[f"{PORT}, before"].text
    assert "seen besides, and not held against the device: DeviceFault: no SUCCEEDED of succeeds-" in text
