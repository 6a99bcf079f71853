"""Faults of the link before and after TLS: doors, throttle, latency; on real sockets."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from paho.mqtt.enums import MQTTProtocolVersion

from rigs.errors import UsageFault
from rigs.mqtt.codec import encode
from rigs.mqtt.packets import Puback, Publish
from rigs.tap.links import Latency, OnlyTls, RefuseTcp, Throttle, TurnAway
from rigs.tap.links.dry import DryLink
from rigs.tap.terms import LinkFault
from rigs.trace.records import Fault, Link, Packet
from tests.tap.bench import HOST, Bench, Device, update
from tests.tap.pahodesk import VERSIONS, client

BOTH = pytest.mark.parametrize("version", VERSIONS)
TLS_1_3_EXTRA = 22  # bytes that a record adds: its head, its inner type and its tag
AN_HOUR = timedelta(hours=1)


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.close()
    assert not bench.wrong, "the loop saw exceptions that nobody took"


def events(bench: Bench) -> list[str]:
    return [record.event for record in bench.trace.records if isinstance(record, Fault)]


# doors


@pytest.mark.parametrize("how", ["fin", "reset"])
def test_the_next_two_connections_are_turned_away(bench: Bench, how: str) -> None:
    armed = bench.tap.arm_link(TurnAway("fin" if how == "fin" else "reset", times=2))
    for number in (1, 2):
        with pytest.raises(OSError, match=r"."):
            bench.device()
        refused = bench.link(conn=number, event="refused", link="device", by="tap")
        assert isinstance(refused, Link)
        assert refused.reason.endswith(how)
    bench.device().connect()
    assert len(armed.hits) == 2
    assert len(bench.far.connections) == 1


def test_a_connection_that_is_never_answered_stays_so_until_the_device_gives_up(bench: Bench) -> None:
    armed = bench.tap.arm_link(TurnAway("silent"))
    with socket.create_connection((HOST, bench.tap.port), timeout=10) as plug:
        plug.sendall(b"\x16\x03\x01")
        bench.fault("hit")
        armed.lift()
        bench.device().connect()
        assert not [one for one in bench.trace.records if isinstance(one, Link) and one.event == "refused"]
        plug.setblocking(False)
        with pytest.raises(BlockingIOError):
            plug.recv(1)
    given_up = bench.link(event="refused", conn=1, by="device")
    assert isinstance(given_up, Link)
    assert events(bench) == ["armed", "hit", "lifted"]


def test_living_connections_go_on_when_others_are_turned_away(bench: Bench) -> None:
    device = bench.device().connect()
    bench.tap.arm_link(TurnAway())
    device.send(update(1, status="SUCCEEDED"))
    assert device.receive() == Puback(packet_id=1)


def test_a_port_where_nobody_listens_is_kept(bench: Bench) -> None:
    bench.tap.arm_link(RefuseTcp())
    with socket.socket() as thief, pytest.raises(OSError, match="in use"):
        thief.bind((HOST, bench.tap.port))


def test_nobody_listens_and_living_connections_go_on(bench: Bench) -> None:
    device = bench.device().connect()
    armed = bench.tap.arm_link(RefuseTcp())
    with pytest.raises(ConnectionRefusedError):
        bench.device()
    device.send(update(1, status="SUCCEEDED"))
    assert device.receive() == Puback(packet_id=1)
    bench.tap.lift_all()
    bench.device().connect()
    assert events(bench) == ["armed", "missed"]
    assert not armed.hit


# pace


@BOTH
def test_a_slow_and_long_link_carries_the_handshake_and_a_report(bench: Bench, version: MQTTProtocolVersion) -> None:
    slow = bench.tap.arm_link(Throttle(up=40_000, down=40_000, handshake=True))
    late = bench.tap.arm_link(Latency(timedelta(milliseconds=10), handshake=True))
    with client(bench, version) as device:
        device.connect()
        device.report()
    bench.link(link="cloud", event="close")
    assert len(slow.hits) == len(late.hits) == 1


@pytest.mark.parametrize("fault", [Throttle(up=0.1, handshake=True), Latency(AN_HOUR, handshake=True)])
def test_a_handshake_can_be_slow_too(bench: Bench, fault: LinkFault) -> None:
    old = bench.device().connect()
    armed = bench.tap.arm_link(fault)
    secured: list[Device] = []
    shaking = threading.Thread(target=lambda: secured.append(bench.device()))
    shaking.start()
    bench.fault("hit")
    old.send(update(1, status="SUCCEEDED"))
    assert old.receive() == Puback(packet_id=1)
    assert not secured
    armed.lift()
    shaking.join(10)
    secured[0].connect()


def test_what_is_throttled_down_waits_while_the_other_way_is_free(bench: Bench) -> None:
    device = bench.device().connect()
    armed = bench.tap.arm_link(Throttle(down=0.1))
    device.send(update(1, status="SUCCEEDED"))
    bench.packet(link="cloud", way="up", type="PUBLISH")
    bench.packet(link="device", way="down", type="PUBLISH")  # has left the tap, and is on the slow link
    assert nothing_for(device)
    armed.lift()
    assert device.receive() == Puback(packet_id=1)
    assert isinstance(device.receive(), Publish)
    assert events(bench) == ["armed", "hit", "lifted"]


def test_what_is_throttled_up_waits_while_the_other_way_is_free(bench: Bench) -> None:
    device = bench.device().connect()
    bench.tap.arm_link(Throttle(up=0.1))
    device.send(update(1, status="SUCCEEDED"))
    bench.far.send(Publish(topic="down", payload=b"{}"))
    assert device.receive() == Publish(topic="down", payload=b"{}")
    assert not bench.far.connections[0].got[1:]
    bench.tap.lift_all()
    assert device.receive() == Puback(packet_id=1)


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("how", ["fin", "reset"])
def test_on_a_long_link_the_end_does_not_overtake_either(bench: Bench, version: int, how: str) -> None:
    device = bench.device(version).connect()
    armed = bench.tap.arm_link(Latency(AN_HOUR))
    for number in (1, 2, 3):
        device.send(update(number, status="IN_PROGRESS"))
    await_on_the_link(bench, 3 * (len(encode(update(1, status="IN_PROGRESS"), version)) + TLS_1_3_EXTRA))
    device.reset() if how == "reset" else device.socket.close()
    other = bench.device().connect()
    assert not bench.far.connections[0].got[1:]
    mark = bench.trace.mark
    armed.lift()
    bench.link(link="cloud", event="close", conn=1)
    cloud = [one for one in bench.trace.records if isinstance(one, Packet | Link) and one.link == "cloud"]
    left = [one.id if isinstance(one, Packet) else one.event for one in cloud if one.conn == 1 and one.n > mark]
    assert left == [1, 2, 3, "close"]
    other.send(update(1, status="SUCCEEDED"))
    assert other.receive() == Puback(packet_id=1)


def test_the_end_of_a_long_link_comes_after_what_was_sent_before(bench: Bench) -> None:
    device = bench.device().connect()
    armed = bench.tap.arm_link(Latency(AN_HOUR))
    bench.far.send(Publish(topic="down", payload=b"last words"))
    bench.loop.call(bench.far.listener.cut)
    bench.link(link="device", event="close", by="tap")
    armed.lift()
    assert device.ended()


@pytest.mark.parametrize("fault", [Latency(timedelta(milliseconds=1200)), Throttle(down=20_000)])
def test_an_end_in_good_order_loses_no_words_that_need_longer_than_a_peer_has_for_its_goodbye(
    bench: Bench, fault: LinkFault
) -> None:
    device, words = bench.device().connect(), Publish(topic="down", payload=b"x" * 30_000)
    bench.tap.arm_link(fault)
    link = bench.far.connections[0].link
    assert link is not None
    bench.far.send(words)
    bench.loop.call(link.close)
    assert device.receive() == words
    assert device.ended()


def test_a_throttle_and_a_latency_can_be_changed_one_by_one(bench: Bench) -> None:
    device = bench.device().connect()
    slow, late = bench.tap.arm_link(Throttle(down=0.1)), bench.tap.arm_link(Latency(AN_HOUR))
    device.send(update(1, status="SUCCEEDED"))
    late.lift()
    bench.packet(link="device", way="down", type="PUBLISH")
    assert nothing_for(device)
    slow.lift()
    assert device.receive() == Puback(packet_id=1)


def test_a_large_message_on_a_slow_link_does_not_fill_memory(bench: Bench) -> None:
    device = bench.device().connect()
    armed = bench.tap.arm_link(Throttle(down=0.1))
    words = [Publish(topic="down", payload=bytes([number]) * 60_000) for number in range(100)]
    for message in words:
        bench.far.send(message)
    bench.link(link="device", event="stalled")
    armed.lift()
    for message in words:
        assert device.receive() == message
    bench.link(link="device", event="flowing")


def await_on_the_link(bench: Bench, count: int) -> None:
    """Wait until so many bytes of the device are under way: a reset would else drop them on its own side."""
    line: Any = getattr(bench.tap._connections[0].device.link, "_transport", None)
    looks = (bench.loop.call(lambda: line._incoming.size) for _ in range(100_000))  # each waits for a turn of the loop
    assert any(size == count for size in looks)


def nothing_for(device: Device) -> bool:
    device.socket.setblocking(False)
    try:
        return not device.socket.recv(1)
    except OSError:
        return True
    finally:
        device.socket.settimeout(10)


# what all have in common


def test_an_armed_fault_reads_like_a_sentence(bench: Bench) -> None:
    armed = bench.tap.arm_link(Throttle(up=2000, down=500, times=2))
    assert repr(armed) == "<ArmedLink: let pass 2000 B/s up and 500 B/s down from the CONNACK on, 2 times; 0 hits>"
    bench.device().connect()
    bench.device().connect()
    bench.device().connect()
    assert repr(armed).endswith("2 hits>")
    assert armed.name == "throttle"
    record = bench.fault("hit")
    assert isinstance(record, Fault)
    assert record.of == armed.hits[0]


def test_terms_that_nothing_could_pass_are_refused(bench: Bench) -> None:
    with pytest.raises(UsageFault, match=r"the fault .* cannot be armed: a rate is more than 0 bytes a second"):
        bench.tap.arm_link(Throttle(up=0))
    with pytest.raises(ValueError, match="a throttle needs a rate: up, down or both"):
        Throttle()
    with pytest.raises(ValueError, match="a latency is more than 0 s, not 0"):
        Latency(timedelta(0))
    with pytest.raises(ValueError, match="unknown way to turn away 'slam'; known: fin, reset, silent"):
        TurnAway("slam")  # type: ignore[arg-type]
    assert not bench.tap._linkage.shut


def test_a_dry_fault_is_hit_and_changes_nothing(bench: Bench) -> None:
    armed = bench.tap.arm_link(DryLink(TurnAway("reset")))
    hello = bench.tap.arm_link(DryLink(OnlyTls("TLSv1.2")))
    assert bench.device().connect().socket.version() == "TLSv1.3"
    assert repr(armed.fault) == "only watch instead of: accept connections and reset them, every time"
    assert len(armed.hits) == len(hello.hits) == 1
