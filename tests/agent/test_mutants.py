"""Each deliberate defect shows in its own trouble, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rigs.agent.config import ConfigError
from rigs.agent.mutants_first import FIRST
from tests.agent.world import ROOT, Message, World, drop_all, drop_first, refuse, working

Trouble = Callable[[Path, str | None], bool]
"""Plays one trouble with a bug (None: the healthy agent); whether all went well."""

LIMIT = {"inProgressTimeoutInMinutes": 1}


def next_is_done(world: World, job: str = "next") -> bool:
    """The operator has cleared the queue; the next job is taken."""
    world.queue(job)
    world.pass_time(3)
    return world.state(job) == "SUCCEEDED" and world.workshop.begun(job) == 1


def begins_at_five(path: Path, bug: str | None) -> bool:
    """S040: the device lives with versions that are four higher than the service's."""
    world = World(path, bug=bug, reports_progress="none")

    def lower(topic: str, body: Message) -> bool:
        if "expectedVersion" in body:
            body["expectedVersion"] -= 4
        return True

    def higher(topic: str, body: Message) -> bool:
        for part in (body, body.get("execution", {}), body.get("executionState", {})):
            if "versionNumber" in part:
                part["versionNumber"] += 4
        return True

    world.up.append(lower)
    world.down.append(higher)
    world.connect()
    world.queue("A")
    world.pass_time(3)
    return world.state("A") == "SUCCEEDED" and not world.refusals("A")


def rival_always_wins(path: Path, bug: str | None) -> bool:
    """S037"""
    world = working(path, bug=bug, reports_progress="none")

    def rival(topic: str, body: Message) -> bool:
        if topic.endswith("A/update") and "expectedVersion" in body and len(world.requests) < 200:
            world.rival("A")
        return True

    world.up.append(rival)
    world.finish("A")
    world.pass_time(5)
    return len(world.reports("A", "SUCCEEDED")) <= 5


def cancelled_unheard(path: Path, bug: str | None) -> bool:
    """S038"""
    world = working(path, bug=bug, stops_ended_work=False, reports_progress="none")
    world.down.append(drop_all("notify-next"))
    world.cancel("A")
    world.finish("A")
    world.pass_time(2)
    world.down.clear()
    ends = len(world.reports("A", "SUCCEEDED", "FAILED"))
    return ends <= 2 and next_is_done(world)


def reboots(path: Path, bug: str | None) -> bool:
    """S041"""
    world = World(path, bug=bug)
    world.connect()
    world.queue("A", "reboot")
    world.pump()
    world.restart_wanted("A")
    world.boot()
    world.connect()
    world.pass_time(2)
    return world.state("A") == "SUCCEEDED" and len(world.refusals("A")) <= 1


def power_cut(path: Path, bug: str | None) -> bool:
    """S041, second row"""
    world = working(path, bug=bug)
    world.boot()
    world.connect()
    world.pass_time(1)
    world.finish("A")
    world.pass_time(2)
    return world.state("A") == "SUCCEEDED" and len(world.refusals("A")) <= 1


def accepted_lost(path: Path, bug: str | None) -> bool:
    """S047"""
    world = working(path, bug=bug)
    world.down.append(drop_first("A/update/accepted", times=1))
    world.finish("A")
    world.pass_time(3)
    return next_is_done(world)


def start_refused(path: Path, bug: str | None) -> bool:
    """S010, taken by start-next"""
    world = World(path, bug=bug)
    world.connect()
    world.up.append(refuse("start-next", "InternalError", world))
    world.queue("A")
    world.pass_time(5)
    return world.workshop.began == []


def start_report_refused(path: Path, bug: str | None) -> bool:
    """S010, taken by describe"""
    world = World(path, bug=bug, takes_jobs="describe")
    world.connect()
    world.up.append(refuse("A/update", "InvalidRequest", world))
    world.queue("A")
    world.pass_time(5)
    return world.workshop.began == []


def announcement(world: World) -> Message:
    """A notify-next as it came, without what the device did meanwhile."""
    return next(body for topic, body in world.answers if topic.endswith("notify-next") and "execution" in body)


def doubled_at_once(path: Path, bug: str | None) -> bool:
    """S056"""
    world = World(path, bug=bug)
    world.connect()
    copied: list[int] = []

    def twice(topic: str, body: Message) -> bool:
        if topic.endswith("notify-next") and "execution" in body and not copied:
            copied.append(1)
            world.hear(topic, body)
        return True

    world.down.append(twice)
    world.queue("A")
    world.pass_time(2)
    return world.workshop.begun("A") == 1 and next_is_done(world)


def doubled_while_working(path: Path, bug: str | None) -> bool:
    """S056"""
    world = working(path, bug=bug)
    world.hear(f"{ROOT}notify-next", announcement(world))
    world.pass_time(1)
    world.finish("A")
    world.pass_time(1)
    world.finish("A")
    return world.workshop.begun("A") == 1


def doubled_afterwards(path: Path, bug: str | None) -> bool:
    """S056"""
    world = World(path, bug=bug)
    world.connect()
    world.queue("A")
    world.pass_time(1)
    world.hear(f"{ROOT}notify-next", announcement(world))
    world.pass_time(1)
    return world.workshop.begun("A") == 1


def cancelled_while_working(path: Path, bug: str | None) -> bool:
    """S075"""
    world = working(path, bug=bug)
    world.cancel("A")
    world.pass_time(0.5)
    world.finish("A")
    world.pass_time(1)
    return world.workshop.done == []


def timed_out_unheard(path: Path, bug: str | None) -> bool:
    """S067"""
    world = World(path, bug=bug)
    world.connect()
    world.queue("A", "long", timeoutConfig=LIMIT)
    world.queue("B")
    world.down.append(drop_all("notify-next"))
    world.pass_time(61)
    world.finish("A")
    world.pass_time(5)
    return len(world.refusals("A")) <= 3 and world.state("B") == "SUCCEEDED"


def timed_out_and_looked_after(path: Path, bug: str | None) -> bool:
    """S067, where a later notification makes the device look after the kept result."""
    world = World(path, bug=bug, reports_progress="none")
    world.connect()
    world.queue("A", "long", timeoutConfig=LIMIT)
    world.down.append(drop_all("notify-next"))
    world.pass_time(61)
    world.down.clear()
    world.finish("A")
    world.queue("B")
    world.pass_time(5)
    return len(world.refusals("A")) <= 3 and world.state("B") == "SUCCEEDED"


TROUBLES: dict[str, tuple[Trouble, ...]] = {
    "F02/a": (begins_at_five,),
    "F02/b": (begins_at_five,),
    "F03/a": (rival_always_wins,),
    "F03/b": (rival_always_wins,),
    "F04/a": (cancelled_unheard,),
    "F04/b": (cancelled_unheard,),
    "F05/a": (reboots, power_cut),
    "F05/b": (reboots, power_cut),
    "F13/a": (accepted_lost,),
    "F13/b": (accepted_lost,),
    "F17/a": (start_refused, start_report_refused),
    "F17/b": (start_refused, start_report_refused),
    "F24/a": (doubled_at_once, doubled_while_working, doubled_afterwards),
    "F24/b": (doubled_at_once, doubled_while_working, doubled_afterwards),
    "F57/a": (cancelled_while_working,),
    "F57/b": (cancelled_while_working,),
    "F65/a": (timed_out_unheard, timed_out_and_looked_after),
    "F65/b": (timed_out_unheard, timed_out_and_looked_after),
}
PAIRS = [(bug, trouble) for bug, troubles in TROUBLES.items() for trouble in troubles]
ALL = sorted({trouble for _, trouble in PAIRS}, key=lambda trouble: trouble.__name__)


@pytest.mark.parametrize("trouble", ALL, ids=lambda trouble: trouble.__name__)
def test_the_healthy_agent_comes_through(trouble: Trouble, tmp_path: Path) -> None:
    assert trouble(tmp_path, None)


@pytest.mark.parametrize(("bug", "trouble"), PAIRS, ids=lambda value: getattr(value, "__name__", value))
def test_the_defect_shows(bug: str, trouble: Trouble, tmp_path: Path) -> None:
    assert not trouble(tmp_path, bug)


@pytest.mark.parametrize("bug", FIRST)
@pytest.mark.parametrize("takes", ["start-next", "describe"])
@pytest.mark.parametrize("told", ["notify-next", "both"])
def test_a_mutant_is_healthy_where_there_is_no_trouble(bug: str, takes: str, told: str, tmp_path: Path) -> None:
    world = World(tmp_path, bug=bug, takes_jobs=takes, told_by=told)
    world.connect()
    world.queue("A")
    world.pass_time(1)
    world.queue("B")
    world.pass_time(1)
    assert [world.state(job) for job in "AB"] == ["SUCCEEDED", "SUCCEEDED"]
    assert world.workshop.began == [("A", False), ("B", False)]
    assert world.refusals("A") == world.refusals("B") == []
    assert [len(world.reports(job, "SUCCEEDED")) for job in "AB"] == [1, 1]


def test_every_defect_has_two_ways_and_a_trouble_that_shows_it() -> None:
    assert sorted(FIRST) == sorted(TROUBLES)
    assert {name[:3] for name in FIRST} == {"F02", "F03", "F04", "F05", "F13", "F17", "F24", "F57", "F65"}
    assert all(f"{name[:3]}/{way}" in FIRST for name in FIRST for way in "ab")


def test_a_bug_without_its_way_is_the_first_way(tmp_path: Path) -> None:
    assert World(tmp_path, bug="F02").agent.policy.__class__ is FIRST["F02/a"].policy


def test_an_unknown_bug_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="F65/b"):
        World(tmp_path, bug="F99")
