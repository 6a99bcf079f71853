"""What the healthy agent does with a refusal: correct, repeat a bounded number of times, or let go."""

from __future__ import annotations

from pathlib import Path

import pytest

from rigs.jobs.switches import Switches
from tests.agent.world import ROOT, THING, Message, World, drop_all, refuse, working


def test_a_rival_that_always_wins_is_given_up_against(tmp_path: Path) -> None:
    world = working(tmp_path, reports_progress="none")

    def rival(topic: str, body: Message) -> bool:
        if topic.endswith("A/update") and "expectedVersion" in body:
            world.rival("A")
        return True

    world.up.append(rival)
    world.finish("A")
    world.pass_time(5)
    assert 2 <= len(world.reports("A", "SUCCEEDED")) <= 5
    world.cancel("A")
    world.queue("B")
    world.pass_time(2)
    assert world.state("B") == "SUCCEEDED"
    assert world.workshop.began.count(("A", False)) == 1


def test_a_device_that_drops_the_version_wins_at_once(tmp_path: Path) -> None:
    world = working(tmp_path, after_mismatch="drops", reports_progress="none")
    world.rival("A")
    world.finish("A")
    world.pass_time(0.1)
    assert [("expectedVersion" in body) for body in world.reports("A", "SUCCEEDED")] == [True, False]
    assert world.state("A") == "SUCCEEDED"


@pytest.mark.parametrize("takes", ["start-next", "describe"])
@pytest.mark.parametrize("code", ["InvalidRequest", "InvalidTopic", "InvalidJson", "InternalError", "RequestThrottled"])
def test_a_refused_start_means_no_work_and_a_bounded_number_of_tries(tmp_path: Path, takes: str, code: str) -> None:
    world = World(tmp_path, takes_jobs=takes)
    world.connect()
    word = "start-next" if takes == "start-next" else "A/update"
    world.up.append(refuse(word, code, world))
    before = len(world.requests)
    world.queue("A")
    world.pass_time(10)
    tries = [topic for topic, _ in world.requests[before:] if topic.endswith(word)]
    assert 1 <= len(tries) <= 5
    assert world.workshop.began == []
    world.up.clear()
    world.operate("CancelJobExecution", jobId="A", thingName=THING)
    world.queue("B")
    world.pass_time(2)
    assert world.state("B") == "SUCCEEDED"


@pytest.mark.parametrize("code", ["InternalError", "RequestThrottled", "SomethingNew", ""])
def test_a_refusal_that_may_pass_is_repeated_after_a_pause(tmp_path: Path, code: str) -> None:
    world = working(tmp_path)
    world.up.append(refuse("A/update", code, world, times=2))
    world.finish("A")
    assert world.state("A") == "IN_PROGRESS"
    world.pass_time(2)
    assert world.state("A") == "SUCCEEDED"


@pytest.mark.parametrize("code", ["InvalidRequest", "InvalidTopic", "InvalidJson"])
def test_a_refusal_for_good_is_not_repeated_and_frees_it(tmp_path: Path, code: str) -> None:
    world = working(tmp_path)
    world.up.append(refuse("A/update", code, world))
    world.finish("A")
    world.pass_time(5)
    assert len(world.reports("A", "SUCCEEDED")) == 1
    world.cancel("A")
    world.queue("B")
    world.pass_time(2)
    assert world.state("B") == "SUCCEEDED"
    assert world.workshop.done == ["A", "B"]


def test_an_unsuitable_job_that_cannot_be_rejected_any_more_fails(tmp_path: Path) -> None:
    world = World(tmp_path, switches=Switches(rejected_from_in_progress=False))
    world.connect()
    world.queue("A", "no-such-operation")
    world.pump()
    assert world.state("A") == "FAILED"
    assert [body["status"] for body in world.reports("A")] == ["REJECTED", "FAILED"]


def test_a_stranger_s_refusal_is_ignored(tmp_path: Path) -> None:
    world = working(tmp_path, reports_progress="none")
    world.down.append(drop_all("A/update/accepted"))
    world.finish("A")
    state = {"status": "CANCELED", "versionNumber": 9}
    strange = {"code": "InvalidStateTransition", "clientToken": "not-mine", "executionState": state, "timestamp": 1}
    world.hear(f"{ROOT}A/update/rejected", strange)
    world.down.clear()
    world.pass_time(1)
    assert any("nobody waits" in line for line in world.log)
    assert len(world.reports("A")) == 2
    assert world.state("A") == "SUCCEEDED"
