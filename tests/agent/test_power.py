"""What comes back after a power cut, a reboot or a restart, and how the agent leaves."""

from __future__ import annotations

from pathlib import Path

from rigs.agent.events import Restart, Stop, Unreached
from tests.agent.world import Message, World, drop_all, working


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
