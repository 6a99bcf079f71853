"""Waiting for facts: they win, and a doubt in the rig ends the wait."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from rigs.errors import DeviceFault, RigError, ServiceFault
from rigs.trace.facts import Connected
from rigs.trace.records import Header, Packet, Step
from rigs.trace.store import Trace

LONG = timedelta(hours=1)
CONNACK = Packet(link="device", way="down", type="CONNACK", more={"code": 0})


@pytest.fixture
def doubts() -> list[RigError]:
    return []


@pytest.fixture
def trace(doubts: list[RigError]) -> Trace:
    trace = Trace(Header())
    trace.doubted(lambda: doubts)
    return trace


def later(do: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=do)
    thread.start()
    return thread


def test_a_doubt_ends_a_wait_that_is_under_way(trace: Trace, doubts: list[RigError]) -> None:
    lost = ServiceFault("the cloud is away")
    looked = threading.Event()

    def doubt() -> None:
        looked.wait()
        doubts.append(lost)
        trace.wake()

    def look(record: object) -> bool:
        looked.set()
        return False

    trace.append(Step(text="begun"))
    thread = later(doubt)
    with pytest.raises(ServiceFault) as told:
        trace.wait_for(look, since=0, within=LONG)
    thread.join()
    assert told.value is lost


def test_a_doubt_from_before_ends_a_wait_at_once(trace: Trace, doubts: list[RigError]) -> None:
    doubts.append(ServiceFault("the cloud is away"))
    with pytest.raises(ServiceFault, match="the cloud is away"):
        trace.wait_for(Connected(), since=0, within=LONG)


def test_a_fact_that_is_there_is_found_all_the_same(trace: Trace, doubts: list[RigError]) -> None:
    doubts.append(ServiceFault("the cloud is away"))
    assert trace.append(CONNACK) == trace.wait_for(Connected(), since=0, within=LONG)


def test_who_is_patient_waits_on(trace: Trace, doubts: list[RigError]) -> None:
    doubts.append(ServiceFault("the cloud is away"))
    thread = later(lambda: trace.append(CONNACK))
    assert trace.wait_for(Connected(), since=0, within=LONG, patient=True).n == 1
    thread.join()
    with pytest.raises(DeviceFault, match="no CONNACK delivered to the device within 0 s"):
        trace.wait_for(Connected(), since=1, within=timedelta(0), patient=True)
