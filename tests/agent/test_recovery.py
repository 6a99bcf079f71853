"""What the healthy agent does when messages are lost, late, doubled, refused, or cannot be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rigs.agent.events import Arrived, Connected, Restart, Stop, Subscribed, Unreached
from tests.agent.world import ROOT, THING, Message, World, drop_all, drop_first


def refuse(word: str, code: str, world: World, times: int = 99) -> Any:
    """Answers requests in the service's place with a refusal; they do not reach it."""
    left = [times]

    def passes(topic: str, body: Message) -> bool:
        if not topic.endswith(word) or not left[0]:
            return True
        left[0] -= 1
        token = {"clientToken": body["clientToken"]} if "clientToken" in body and code != "InvalidJson" else {}
        world.hear(f"{topic}/rejected", {"code": code, "message": "no", "timestamp": 1, **token})
        return False

    return passes


def working(tmp_path: Path, **words: Any) -> World:
    """A device that works on the held job A."""
    world = World(tmp_path, **words)
    world.connect()
    world.queue("A", "long")
    world.pump()
    assert world.state("A") == "IN_PROGRESS"
    return world


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


def test_an_empty_notification_during_its_own_report_is_nothing_special(tmp_path: Path) -> None:
    world = working(tmp_path)
    world.hear(f"{ROOT}notify-next", {"timestamp": 1})
    world.pump()
    world.pass_time(1)
    world.finish("A")
    assert world.state("A") == "SUCCEEDED"
    assert world.workshop.stopped == []


def test_a_stale_announcement_does_not_stop_the_work(tmp_path: Path) -> None:
    world = working(tmp_path)
    old = {"jobId": "old", "status": "QUEUED", "queuedAt": 1, "executionNumber": 1, "versionNumber": 1}
    world.hear(f"{ROOT}notify-next", {"timestamp": 1, "execution": {**old, "jobDocument": {"op": "succeed"}}})
    world.pass_time(1)
    world.finish("A")
    assert world.state("A") == "SUCCEEDED"
    assert world.workshop.done == ["A"]


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
    from rigs.jobs.switches import Switches

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


def test_copies_of_every_message_change_nothing(tmp_path: Path) -> None:
    world = World(tmp_path, told_by="both")

    def twice(topic: str, body: Message) -> bool:
        world.agent.handle(Arrived(topic=topic, payload=json.dumps(body).encode()))
        return True

    world.down.append(twice)
    world.connect()
    world.queue("A", "long")
    world.pass_time(1)
    world.queue("B")
    world.finish("A")
    world.pass_time(1)
    assert world.workshop.began == [("A", False), ("B", False)]
    assert [world.state(job) for job in "AB"] == ["SUCCEEDED", "SUCCEEDED"]


def test_a_finished_execution_is_not_run_again_but_its_successor_is(tmp_path: Path) -> None:
    world = World(tmp_path, takes_jobs="notify", reports_start=False)
    world.connect()
    world.queue("A", "fail", jobExecutionsRetryConfig={"criteriaList": [{"failureType": "ALL", "numberOfRetries": 1}]})
    first = next(body for topic, body in world.answers if topic.endswith("notify-next"))
    world.pass_time(1)
    assert world.workshop.begun("A") == 2
    world.hear(f"{ROOT}notify-next", first)
    world.pass_time(1)
    assert world.workshop.begun("A") == 2


def test_a_job_made_anew_under_an_old_name_is_run(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.connect()
    world.queue("A")
    world.pass_time(2)
    world.operate("DeleteJob", jobId="A", force=True)
    world.queue("A")
    world.pass_time(1)
    assert world.workshop.begun("A") == 2
    assert world.state("A") == "SUCCEEDED"


def test_asks_again_when_the_first_answer_is_not_there_yet(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.connect()
    empty: list[int] = []

    def swallow(topic: str, body: Message) -> bool:
        if empty or not topic.endswith("start-next"):
            return True
        empty.append(1)
        world.hear(f"{topic}/accepted", {"timestamp": 1, "clientToken": body["clientToken"]})
        return False

    world.up.append(swallow)
    world.queue("A")
    world.pass_time(2)
    assert empty
    assert world.state("A") == "SUCCEEDED"


def test_an_idle_device_does_not_ask_again_and_again(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.connect()
    world.pass_time(60)
    assert len(world.requests) == 1


BROKEN = [
    b"",
    b"{",
    b"[]",
    b"\xff\xfe",
    b'"x"',
    b"[" * 5000,
    b'{"execution": "x"}',
    b'{"execution": {"jobId": 7}}',
    b'{"execution": {"jobId": "../A", "jobDocument": {"op": "succeed"}}}',
    b'{"execution": {"jobId": "ghost", "status": "QUEUED", "executionNumber": "x", "jobDocument": 7}}',
    b'{"jobs": []}',
    b'{"jobs": {"QUEUED": [7]}}',
    b'{"jobs": {"QUEUED": [{"jobId": "ghost", "executionNumber": 1e400}]}}',
]


@pytest.mark.parametrize("takes", ["start-next", "notify"])
@pytest.mark.parametrize("payload", BROKEN, ids=lambda payload: repr(payload[:40]))
@pytest.mark.parametrize("topic", ["notify", "notify-next", "start-next/accepted", "x/y"])
def test_unreadable_messages_harm_nothing(tmp_path: Path, takes: str, payload: bytes, topic: str) -> None:
    world = World(tmp_path, takes_jobs=takes, told_by="both")
    world.connect()
    world.agent.handle(Arrived(topic=ROOT + topic, payload=payload))
    world.pump()
    world.queue("A")
    world.pass_time(1)
    assert world.state("A") == "SUCCEEDED"
    assert world.workshop.began == [("A", False)]


def test_a_reboot_is_done_when_the_device_is_back_and_only_once(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.connect()
    world.queue("A", "reboot")
    world.pump()
    world.restart_wanted("A")
    assert world.workshop.rebooted == [1]
    world.boot()
    world.connect()
    assert world.state("A") == "SUCCEEDED"
    assert world.workshop.noted == ["A"]
    assert world.workshop.began == []
    world.boot()
    world.connect()
    assert world.workshop.noted == []
    assert len(world.reports("A", "SUCCEEDED")) == 1


def test_a_result_survives_a_power_cut_before_its_report(tmp_path: Path) -> None:
    world = working(tmp_path)
    world.up.append(drop_all("A/update"))
    world.finish("A")
    world.boot()
    world.up.clear()
    world.connect()
    assert world.state("A") == "SUCCEEDED"
    assert world.workshop.began == []


def test_an_execution_that_was_cancelled_while_off_is_not_gone_on_with(tmp_path: Path) -> None:
    world = working(tmp_path)
    world.connected = False
    world.cancel("A")
    world.queue("B")
    world.boot()
    world.connect()
    world.pass_time(1)
    assert world.workshop.began == [("B", False)]
    assert world.state("B") == "SUCCEEDED"


def test_damaged_memory_does_not_stop_the_device(tmp_path: Path) -> None:
    world = working(tmp_path)
    (tmp_path / "state.json").write_bytes(b'{"tasks": [{"jo')
    world.boot()
    world.connect()
    world.pump()
    world.finish("A")
    world.queue("B")
    world.pass_time(1)
    assert [world.state(job) for job in "AB"] == ["SUCCEEDED", "SUCCEEDED"]


def test_asked_to_stop_it_waits_for_the_answer_to_its_last_report(tmp_path: Path) -> None:
    world = working(tmp_path, reports_progress="none")
    held: list[tuple[str, Message]] = []

    def hold(topic: str, body: Message) -> bool:
        held.append((topic, body))
        return False

    world.down.append(hold)
    world.finish("A")
    world.agent.handle(Stop())
    assert world.agent.left is None
    world.down.clear()
    world.hear(*held[0])
    assert world.agent.left == 0
    assert world.link.closed


def test_asked_to_stop_it_does_not_wait_for_ever(tmp_path: Path) -> None:
    world = working(tmp_path)
    world.up.append(drop_all("A/update"))
    world.finish("A")
    world.agent.handle(Stop())
    world.pass_time(5)
    assert world.agent.left == 0
    world.boot()
    world.up.clear()
    world.connect()
    assert world.state("A") == "SUCCEEDED"


def test_a_restart_of_the_agent_leaves_with_its_code(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.connect()
    world.queue("A", "restart")
    world.pump()
    world.agent.handle(Restart(run=1, board=False))
    assert world.agent.left == 75
    world.boot()
    world.connect()
    assert world.state("A") == "SUCCEEDED"


def test_tries_to_connect_have_growing_pauses(tmp_path: Path) -> None:
    world = World(tmp_path, timing={"reconnect_min": 1, "reconnect_max": 8})
    pauses = []
    for _ in range(5):
        world.agent.handle(Unreached(reason="refused", again=True))
        pause = world.agent.timers.pause()
        assert pause is not None
        pauses.append(pause)
        world.pass_time(pause)
    assert world.link.opened == 5
    assert pauses[0] <= 1 < pauses[2] <= 4 <= pauses[4] <= 8
