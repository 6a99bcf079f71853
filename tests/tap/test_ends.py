"""Ends of living connections that a step asks for: what the device sees, and what the trace says."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from rigs.errors import UsageFault
from rigs.mqtt.packets import Disconnect, Puback
from rigs.net.tls import Ending
from rigs.trace.records import Link, Packet
from tests.tap.bench import Bench, Device, update

VERSIONS = pytest.mark.parametrize("version", [4, 5])
LEGS = ("device", "cloud")


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.close()
    assert not bench.wrong, "the loop saw exceptions that nobody took"


def seen_by(device: Device) -> str:
    """How the connection ends for the device, read below its TLS: Python tells a reset and a bare FIN alike."""
    with socket.socket(fileno=os.dup(device.socket.fileno())) as plain:
        plain.settimeout(10)
        words = b""
        try:
            while data := plain.recv(65536):
                words += data
        except ConnectionResetError:
            return "reset"
        return "close_notify" if words else "fin"


@VERSIONS
@pytest.mark.parametrize("how", list(Ending))
def test_every_living_connection_ends_in_the_way_that_is_asked_for(bench: Bench, version: int, how: Ending) -> None:
    devices = [bench.device(version).connect(), bench.device(version).connect("bench-8")]
    bench.tap.cut(how)
    assert [seen_by(device) for device in devices] == [how.value] * 2
    for conn in (1, 2):
        for leg in LEGS:
            bench.link(link=leg, conn=conn, event="close", by="tap", reason=how.value)


def test_a_device_on_mqtt_5_is_told_why(bench: Bench) -> None:
    device = bench.device(5).connect()
    bench.tap.cut(code=0x8B)
    assert device.receive() == Disconnect(code=0x8B)
    assert seen_by(device) == "close_notify"
    told = bench.packet(type="DISCONNECT")
    assert isinstance(told, Packet)
    assert (told.link, told.way, told.by, told.more) == ("device", "down", "cut", {"code": 0x8B})
    bench.link(since=told.n, link="device", event="close", by="tap", reason="close_notify")


def test_a_server_of_3_1_1_has_no_disconnect_and_nothing_is_cut(bench: Bench) -> None:
    old, new = bench.device(4).connect(), bench.device(5).connect("bench-8")
    with pytest.raises(UsageFault, match=r"3\.1\.1, in which a server has no DISCONNECT .* cut without code=0x8b"):
        bench.tap.cut(code=0x8B)
    for device in (old, new):
        device.send(update(1, status="SUCCEEDED"))
        assert device.receive() == Puback(packet_id=1)


def test_before_its_connack_no_device_is_sent_a_disconnect(bench: Bench) -> None:
    device = bench.device(5)
    bench.link(link="cloud", event="tls")
    bench.tap.cut(code=0x98)
    assert seen_by(device) == "close_notify"
    assert not [record for record in bench.trace.records if isinstance(record, Packet)]


@VERSIONS
def test_a_silence_is_on_the_trace_and_nothing_closes(bench: Bench, version: int) -> None:
    device = bench.device(version).connect()
    bench.tap.cut(silent=True)
    silent = [record for record in bench.trace.records if isinstance(record, Link) and record.event == "silent"]
    assert [(record.link, record.conn, record.by) for record in silent] == [("device", 1, "tap"), ("cloud", 1, "tap")]
    device.send(update(1, status="SUCCEEDED"))
    bench.packet(link="device", type="PUBLISH")
    bench.device(version).connect()
    assert not [one for one in bench.trace.records if isinstance(one, Link) and one.event == "close"]


def test_the_far_end_of_a_silent_connection_is_seen_and_not_passed_on(bench: Bench) -> None:
    device = bench.device().connect()
    bench.tap.cut(silent=True)
    bench.loop.call(bench.far.listener.cut)
    bench.link(link="cloud", event="close", by="cloud")
    device.send(update(1, status="SUCCEEDED"))
    bench.packet(link="device", type="PUBLISH")
