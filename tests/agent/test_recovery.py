"""What the healthy agent does when messages or connections are lost, and when a job has ended unheard."""

from __future__ import annotations

from pathlib import Path

import pytest

from rigs.agent.events import Connected, Subscribed
from tests.agent.world import ROOT, World, drop_all, drop_first, working


def test_asks_only_after_its_subscriptions_are_answered(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.agent.handle(Connected(session=False))
    assert world.link.filters
    assert world.link.sent == []
    world.agent.handle(Subscribed())
    assert [topic for topic, _ in world.link.sent] == [f"{ROOT}start-next"]


def test_subscribes_again_when_no_suback_comes(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.connected = True
    world.agent.handle(Connected(session=False))
    world.link.filters = []
    world.pass_time(4)
    assert world.link.filters


def test_refused_subscriptions_are_named_and_the_work_goes_on(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.queue("A")
    world.connected = True
    world.agent.handle(Connected(session=False))
    world.agent.handle(Subscribed(refused=(f"{ROOT}notify",)))
    world.pump()
    assert world.state("A") == "SUCCEEDED"
    assert any("may not subscribe" in line for line in world.log)


def test_a_kept_session_is_not_subscribed_a_second_time(tmp_path: Path) -> None:
    world = World(tmp_path, session="persistent")
    world.connect()
    world.cut()
    world.link.filters = []
    world.connect(session=True)
    assert world.link.filters == []
    assert world.requests[-1][0] == f"{ROOT}start-next"


@pytest.mark.parametrize("lost", ["request", "reply"])
def test_an_end_that_got_no_answer_is_told_again(tmp_path: Path, lost: str) -> None:
    world = working(tmp_path)
    word = "A/update" if lost == "request" else "A/update/accepted"
    (world.up if lost == "request" else world.down).append(drop_first(word))
    world.finish("A")
    world.queue("B")
    world.pass_time(2)
    assert [world.state(job) for job in "AB"] == ["SUCCEEDED", "SUCCEEDED"]
    assert world.workshop.done == ["A", "B"]
    assert len(world.reports("A", "SUCCEEDED")) == 2


def test_silence_frees_it_and_the_next_connection_hears_the_result(tmp_path: Path) -> None:
    world = working(tmp_path, repeats_unanswered=False)
    world.up.append(drop_all("A/update"))
    world.finish("A")
    world.pass_time(3)
    assert world.state("A") == "IN_PROGRESS"
    assert len(world.reports("A", "SUCCEEDED")) == 1
    world.up.clear()
    world.reconnect()
    assert world.state("A") == "SUCCEEDED"
    assert world.workshop.began == [("A", False)]


def test_a_result_reached_without_a_connection_is_told_first_of_all(tmp_path: Path) -> None:
    world = working(tmp_path)
    world.cut()
    world.finish("A")
    world.queue("B")
    world.connect()
    world.pump()
    about = [topic.removeprefix(ROOT) for topic, _ in world.requests]
    assert about[-4:] == ["A/update", "start-next", "B/update", "start-next"]


def test_an_ended_execution_2_is_not_credited_with_the_result_of_1(tmp_path: Path) -> None:
    world = World(tmp_path, sends_expected_version="never", sends_execution_number=False)
    world.connect()
    retry = {"criteriaList": [{"failureType": "ALL", "numberOfRetries": 1}]}
    limit = {"inProgressTimeoutInMinutes": 1}
    world.queue("A", "long", jobExecutionsRetryConfig=retry, timeoutConfig=limit)
    world.pump()
    world.cut()
    world.finish("A")
    world.pass_time(70)
    assert world.state("A") == "QUEUED"
    world.connect()
    world.pass_time(1)
    assert world.workshop.begun("A") == 2
    world.finish("A")
    assert world.state("A") == "SUCCEEDED"


@pytest.mark.parametrize("status", ["CANCELED", "TIMED_OUT"])
@pytest.mark.parametrize("stops", [True, False])
def test_work_that_the_service_has_ended_leaves_the_way_for_the_next(tmp_path: Path, status: str, stops: bool) -> None:
    world = World(tmp_path, stops_ended_work=stops)
    world.connect()
    world.queue("A", "long", timeoutConfig={"inProgressTimeoutInMinutes": 1})
    world.queue("B")
    world.pump()
    if status == "CANCELED":
        world.cancel("A")
    world.pass_time(61)
    world.finish("A")
    world.pass_time(1)
    assert [world.state(job) for job in "AB"] == [status, "SUCCEEDED"]
    assert world.workshop.done == (["B"] if stops else ["A", "B"])
    assert len(world.refusals("A")) <= 3


def test_without_tokens_an_answer_that_tells_the_end_is_the_end_s(tmp_path: Path) -> None:
    world = World(tmp_path, takes_jobs="describe", waits_for_start=False, asks_state=True, sends_client_token="never")
    world.connect()
    world.down.append(drop_first("A/update/accepted"))
    world.queue("A")
    world.pass_time(3)
    assert world.state("A") == "SUCCEEDED"
    assert len(world.reports("A", "SUCCEEDED")) == 1
