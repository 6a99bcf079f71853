"""Announcements that come twice, late, empty, or cannot be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rigs.agent.events import Arrived
from tests.agent.world import ROOT, Message, World, working


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
@pytest.mark.parametrize("topic", ["notify", "notify-next", "start-next/accepted"])
def test_unreadable_messages_harm_nothing(tmp_path: Path, takes: str, payload: bytes, topic: str) -> None:
    world = World(tmp_path, takes_jobs=takes, told_by="both")
    world.connect()
    world.agent.handle(Arrived(topic=ROOT + topic, payload=payload))
    world.pump()
    world.queue("A")
    world.pass_time(1)
    assert world.state("A") == "SUCCEEDED"
    assert world.workshop.began == [("A", False)]
