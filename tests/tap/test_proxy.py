"""The tap on real sockets with real TLS on both legs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from rigs.errors import RigFault, ServiceFault
from rigs.jobs.model import Kind, Operation, Status
from rigs.mqtt.packets import Disconnect, Puback, Publish, Subscribe, Subscription
from rigs.tap.faults import Act, Cut, Drop, Hold
from rigs.tap.match import Match
from rigs.tap.proxy import Tap
from rigs.trace.records import Fault, Link, Packet, Service
from tests.tap.bench import HOST, WITHIN, Bench, Device, update

END = Match(way="up", operation=Operation.UPDATE, kind=Kind.REQUEST, statuses=frozenset({Status.SUCCEEDED}))
NOTICE = Publish(topic="$aws/things/bench-7/jobs/notify-next", payload=b'{"timestamp":5}', qos=1, packet_id=1)


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.close()
    assert not bench.wrong, "the loop saw exceptions that nobody took"


def shown(bench: Bench, kind: str) -> list[tuple[str, str, int | None, bool]]:
    found = [record for record in bench.trace.records if isinstance(record, Packet) and record.type == kind]
    return [(record.link, record.way, record.id, record.of is not None) for record in found]


@pytest.mark.parametrize("version", [4, 5])
def test_both_legs_are_recorded(bench: Bench, version: int) -> None:
    device = bench.device(version).connect()
    device.send(update(7, status="SUCCEEDED"))
    assert device.receive() == Puback(packet_id=7)
    reply = device.receive()
    assert isinstance(reply, Publish)
    assert reply.topic.endswith("/update/accepted")
    assert bench.tap.connected
    bench.packet(link="device", way="down", type="PUBLISH")  # the device may have it before its record is written
    assert shown(bench, "PUBACK") == [("cloud", "down", 7, False), ("device", "down", 7, True)]
    arrival = bench.packet(link="device", type="PUBLISH")
    assert isinstance(arrival, Packet)
    assert (arrival.payload, arrival.qos, arrival.conn) == ({"status": "SUCCEEDED"}, 1, 1)
    told = [record for record in bench.trace.records if isinstance(record, Service)]
    assert [(record.source, record.job, record.status, record.stamp) for record in told] == [
        ("told", "job-1", "SUCCEEDED", 9)
    ]
    connect = bench.packet(link="cloud", way="up", type="CONNECT")
    assert isinstance(connect, Packet)
    assert connect.more == {"client_id": "bench-7", "clean": True, "keep_alive": 60, "version": version}


def test_tls_facts_of_both_legs(bench: Bench) -> None:
    bench.device().connect()
    device, cloud = bench.link(link="device", event="tls"), bench.link(link="cloud", event="tls")
    assert isinstance(device, Link)
    assert isinstance(cloud, Link)
    assert (device.tls, device.sni, cloud.tls) == ("TLSv1.3", "tap.test", "TLSv1.3")
    assert device.certificate
    assert cloud.certificate != device.certificate


def test_a_certificate_that_is_not_known_is_refused_and_recorded(bench: Bench) -> None:
    stranger = Device(bench.tap.port, bench.strangers)
    bench.devices.append(stranger)
    assert stranger.ended()
    record = bench.link(event="refused")
    assert isinstance(record, Link)
    assert (record.link, record.alert) == ("device", "unknown_ca")
    assert not bench.far.connections


def test_a_broken_packet_is_recorded_and_passed_on(bench: Bench) -> None:
    device = bench.device().connect()
    device.socket.sendall(b"\xf1\x02ab")
    record = bench.packet(type="MALFORMED", link="cloud")
    assert isinstance(record, Packet)
    assert record.raw == "8QJhYg=="
    assert "problem" in record.more


def test_paho_works_through_the_tap(bench: Bench) -> None:
    client = paho.Client(CallbackAPIVersion.VERSION2, "bench-7", protocol=paho.MQTTv5)
    client.tls_set_context(bench.client)
    client.tls_insecure_set(True)
    replied = threading.Event()

    def ask(*_: object) -> None:
        client.publish("$aws/things/bench-7/jobs/get", b"{}", qos=1)

    client.on_connect = ask
    client.on_message = lambda *_: replied.set()
    bench.client.check_hostname = False
    client.connect(HOST, bench.tap.port)
    client.loop_start()
    assert replied.wait(WITHIN.total_seconds())
    client.disconnect()
    client.loop_stop()
    bench.packet(link="cloud", way="up", type="DISCONNECT")


def test_a_held_report_goes_on_when_it_is_released(bench: Bench) -> None:
    armed = bench.tap.arm(Hold(END))
    device = bench.device().connect()
    device.send(update(1, status="SUCCEEDED"))
    hit = bench.fault("hit")
    assert isinstance(hit, Fault)
    assert (hit.fault, hit.text) == ("hold", "hold the update SUCCEEDED, once")
    device.send(update(2, status="FAILED"))
    assert device.receive() == Puback(packet_id=2)
    device.receive()
    armed.release()
    assert device.receive() == Puback(packet_id=1)
    assert armed.hits == [hit.of]
    bench.tap.lift_all()
    events = [record.event for record in bench.trace.records if isinstance(record, Fault)]
    assert events == ["armed", "hit", "released", "lifted"]


def test_a_fault_that_hit_nothing_says_so(bench: Bench) -> None:
    armed = bench.tap.arm(Drop(END, acknowledge=False))
    armed.lift()
    armed.lift()
    assert not armed.hit
    bench.fault("missed")


def test_a_cut_ends_both_legs_abruptly(bench: Bench) -> None:
    device = bench.device().connect()
    bench.tap.cut()
    assert device.ended()
    for leg in ("device", "cloud"):
        bench.link(link=leg, event="close", by="tap", reason="reset")
    assert not bench.tap.connected


def test_a_link_that_is_kept_down_lets_each_try_be_seen(bench: Bench) -> None:
    bench.tap.arm(Cut(END, down=True))
    device = bench.device().connect()
    device.send(update(1, status="SUCCEEDED"))
    assert device.ended()
    for _ in range(2):
        mark = bench.trace.mark
        with pytest.raises(OSError, match=r"."):
            bench.device().connect()
        bench.link(since=mark, link="device", event="refused", by="tap")
    bench.tap.allow()
    bench.device().connect()
    assert len(bench.far.connections) == 2


def test_a_silent_link_stays_open_and_new_ones_pass(bench: Bench) -> None:
    silent = bench.device().connect()
    bench.tap.cut(silent=True)
    silent.send(update(1, status="SUCCEEDED"))
    bench.packet(link="device", type="PUBLISH")
    other = bench.device().connect()
    other.send(update(2, status="SUCCEEDED"))
    assert other.receive() == Puback(packet_id=2)
    silent.reset()
    bench.link(link="device", event="close", by="device", conn=1)
    assert shown(bench, "PUBLISH")[0:2] == [("device", "up", 1, False), ("device", "up", 2, False)]
    assert bench.far.connections[0].ended == ""


def test_a_power_cut_is_not_seen_by_the_cloud(bench: Bench) -> None:
    device = bench.device().connect()
    bench.tap.hush()
    device.send(Disconnect())
    device.reset()
    bench.link(link="device", event="close")
    bench.far.send(NOTICE)
    bench.packet(link="cloud", way="down", type="PUBLISH")
    assert bench.far.connections[0].ended == ""
    assert shown(bench, "PUBLISH") == [("cloud", "down", 1, False)]
    bench.device().connect()
    assert bench.tap.connected


def test_an_end_without_a_power_cut_is_passed_on(bench: Bench) -> None:
    device = bench.device().connect()
    device.reset()
    bench.link(link="cloud", event="close", by="tap", reason="reset")


def test_the_cloud_ends_the_connection(bench: Bench) -> None:
    device = bench.device().connect()
    bench.loop.call(bench.far.listener.cut)
    assert device.ended()
    bench.link(link="cloud", event="close", by="cloud")


def test_the_cloud_is_away(bench: Bench) -> None:
    bench.far.stop()
    assert bench.device().ended()
    bench.link(link="cloud", event="refused", by="cloud")
    [trouble] = bench.tap.trouble
    assert isinstance(trouble, ServiceFault)
    assert "cannot be reached" in str(trouble)


def test_an_injected_message_reaches_the_device(bench: Bench) -> None:
    with pytest.raises(RigFault, match="no device is connected"):
        bench.tap.inject(NOTICE.topic, {})
    device = bench.device().connect()
    device.send(Subscribe(packet_id=1, filters=(Subscription(filter=NOTICE.topic, qos=1),)))
    device.receive()
    n = bench.tap.inject(NOTICE.topic, {"timestamp": 5})
    got = device.receive()
    assert got == Publish(topic=NOTICE.topic, payload=b'{"timestamp":5}', qos=1, packet_id=65535)
    device.send(Puback(packet_id=65535))
    device.send(update(2, status="SUCCEEDED"))
    assert device.receive() == Puback(packet_id=2)
    record = bench.trace.records[n - 1]
    assert isinstance(record, Packet)
    assert (record.link, record.way, record.by) == ("device", "down", "inject")
    assert not [packet for packet in bench.far.connections[0].got if isinstance(packet, Puback)]


def test_an_action_runs_on_the_worker_before_the_packet_goes_on(bench: Bench) -> None:
    threads: list[str] = []

    def act(seen: object) -> None:
        threads.append(threading.current_thread().name)
        bench.tap.arm(Drop(replace(END, statuses=frozenset({Status.FAILED})), acknowledge=True))

    bench.tap.arm(Act(END, action=act, within=WITHIN))
    device = bench.device().connect()
    device.send(update(1, status="SUCCEEDED"))
    assert device.receive() == Puback(packet_id=1)
    assert threads == ["tap-test-worker"]
    assert not bench.worker.trouble


@pytest.mark.parametrize("way", ["raises", "hangs"])
def test_an_action_that_fails_is_the_rigs_fault_and_the_packet_goes_on(bench: Bench, way: str) -> None:
    let_go = threading.Event()

    def act(seen: object) -> None:
        if way == "raises":
            raise ValueError("no such job")
        let_go.wait(WITHIN.total_seconds())

    bench.tap.arm(Act(END, action=act, within=timedelta(milliseconds=50) if way == "hangs" else WITHIN))
    device = bench.device().connect()
    device.send(update(1, status="SUCCEEDED"))
    assert device.receive() == Puback(packet_id=1)
    let_go.set()
    [trouble] = bench.worker.trouble
    assert isinstance(trouble, RigFault)
    assert ("no such job" if way == "raises" else "not back within 0.05 s") in str(trouble)


def test_a_fault_that_cannot_decide_is_the_rigs_fault_and_the_packet_goes_on(bench: Bench) -> None:
    def wrong(seen: object) -> bool:
        raise KeyError("no such member")

    bench.tap.arm(Drop(replace(END, where=wrong), acknowledge=False))
    device = bench.device().connect()
    device.send(update(1, status="SUCCEEDED"))
    assert device.receive() == Puback(packet_id=1)
    [trouble] = bench.tap.trouble
    assert isinstance(trouble, RigFault)
    assert "no such member" in str(trouble)


def test_two_connections_are_tapped_apart(bench: Bench) -> None:
    first, second = bench.device().connect(), bench.device().connect()
    first.send(update(1, status="FAILED"))
    second.send(update(1, status="SUCCEEDED"))
    assert [first.receive(), second.receive()] == [Puback(packet_id=1)] * 2
    sent = [record for record in bench.trace.records if isinstance(record, Packet) and record.type == "PUBLISH"]
    assert {record.conn for record in sent} == {1, 2}


def test_a_port_that_is_taken_is_the_rigs_fault(bench: Bench) -> None:
    second = Tap(
        bench.loop,
        bench.trace,
        host=HOST,
        port=bench.tap.port,
        terms=bench.terms,
        upstream=bench.tap._hub.upstream,
        worker=bench.worker,
    )
    with pytest.raises(RigFault, match="cannot listen"):
        second.start()
