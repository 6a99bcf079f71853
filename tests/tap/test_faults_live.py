"""Each fault once between real sockets with TLS on both legs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from rigs.jobs.model import ErrorCode, Kind, Operation, Status
from rigs.mqtt.codec import MalformedPacket
from rigs.mqtt.packets import (
    Connack,
    Connect,
    Disconnect,
    Packet,
    Pingreq,
    Pingresp,
    Puback,
    Publish,
    Suback,
    Subscribe,
    Subscription,
)
from rigs.tap import faults
from rigs.tap.match import Match, Seen
from rigs.trace.records import Fault
from rigs.trace.records import Packet as PacketRecord
from tests.tap.bench import WITHIN, Bench, Device, update

TOPIC = "$aws/things/bench-7/jobs/notify-next"
NOTICE = Publish(topic=TOPIC, payload=b'{"timestamp":5,"u":"https://x/y?X-Amz-Signature=ab"}', qos=1, packet_id=1)
THE_NOTICE = Match(way="down", operation=Operation.NOTIFY_NEXT)
END = Match(way="up", operation=Operation.UPDATE, kind=Kind.REQUEST, statuses=frozenset({Status.SUCCEEDED}))
ANSWER = Match(way="down", operation=Operation.UPDATE, kind=Kind.ACCEPTED)
WISH = Subscribe(packet_id=9, filters=(Subscription(filter=TOPIC, qos=1),))
SHORT = timedelta(milliseconds=40)


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.close()
    assert not bench.wrong, "the loop saw exceptions that nobody took"
    assert not bench.tap.trouble


@pytest.fixture(params=[4, 5], ids=["3.1.1", "5"])
def device(request: pytest.FixtureRequest, bench: Bench) -> Device:
    return bench.device(request.param)


def end(number: int) -> Publish:
    return update(number, status="SUCCEEDED")


def heard(bench: Bench) -> list[Publish]:
    """What the server has got on all its connections."""
    packets = [packet for connection in bench.far.connections for packet in connection.got]
    return [packet for packet in packets if isinstance(packet, Publish)]


def took(device: Device, count: int) -> list[Packet]:
    return [device.receive() for _ in range(count)]


def test_lost_before_the_service_and_acknowledged(bench: Bench, device: Device) -> None:
    bench.tap.arm(faults.Drop(END, acknowledge=True))
    device.connect().send(end(1))
    assert device.receive() == Puback(packet_id=1)
    device.send(Pingreq())
    assert device.receive() == Pingresp()
    assert heard(bench) == []


def test_lost_before_the_service_and_sent_again_after_a_reconnect(bench: Bench, device: Device) -> None:
    bench.tap.arm(faults.Drop(END, acknowledge=False))
    device.connect().send(end(1))
    bench.fault("hit")
    device.reset()
    again = bench.device(device.version).connect()
    again.send(end(1))
    assert again.receive() == Puback(packet_id=1)
    assert len(heard(bench)) == 1


def test_stored_and_the_reply_lost(bench: Bench, device: Device) -> None:
    bench.tap.arm(faults.Drop(ANSWER, acknowledge=False))
    device.connect().send(end(1))
    device.send(Pingreq())
    assert took(device, 2) == [Puback(packet_id=1), Pingresp()]
    assert len(heard(bench)) == 1


def test_late(bench: Bench, device: Device) -> None:
    armed = bench.tap.arm(faults.Delay(END, by=SHORT))
    device.connect().send(end(1))
    assert device.receive() == Puback(packet_id=1)
    released, left = bench.fault("released"), bench.packet(link="cloud", way="up", type="PUBLISH")
    assert [armed.hits[0], released.n, left.n] == sorted([armed.hits[0], released.n, left.n])


def test_held_until_the_device_has_gone_and_come_again(bench: Bench, device: Device) -> None:
    bench.tap.arm(faults.Hold(END, at_end="sent"))
    device.connect().send(end(1))
    bench.fault("hit")
    device.reset()
    bench.link(link="cloud", event="close")
    after = bench.device(device.version).connect()
    reply = after.receive()
    assert isinstance(reply, Publish), "the PUBACK ends at the tap"
    [late] = heard(bench)
    assert (late.packet_id, late.dup, late.payload) == (65535, False, end(1).payload)
    record = bench.packet(link="cloud", way="up", type="PUBLISH")
    assert isinstance(record, PacketRecord)
    assert (record.conn, record.by, record.of) == (2, "hold", bench.packet(link="device", type="PUBLISH").n)


def test_what_waits_for_a_next_connection_is_lost_when_all_is_lifted(bench: Bench, device: Device) -> None:
    bench.tap.arm(faults.Hold(END, at_end="kept"))
    device.connect().send(end(1))
    bench.fault("hit")
    device.reset()
    bench.link(link="cloud", event="close")
    bench.tap.lift_all()
    after = bench.device(device.version).connect()
    after.send(Pingreq())
    assert after.receive() == Pingresp()
    assert heard(bench) == []


def test_copied_under_the_same_id_with_a_fresh_signature(bench: Bench, device: Device) -> None:
    bench.tap.arm(faults.Copy(THE_NOTICE, same_id=True, dup=True, fresh_signature=True))
    device.connect()
    bench.far.send(NOTICE)
    first, second = took(device, 2)
    assert first == NOTICE
    assert isinstance(second, Publish)
    assert (second.packet_id, second.dup, second.payload != NOTICE.payload) == (1, True, True)
    for _ in range(2):
        device.send(Puback(packet_id=1))
    device.send(Pingreq())
    assert device.receive() == Pingresp()
    assert bench.far.connections[0].got.count(Puback(packet_id=1)) == 1


def test_overtaken(bench: Bench, device: Device) -> None:
    failed = Match(way="up", statuses=frozenset({Status.FAILED}))
    bench.tap.arm(faults.Reorder(END, behind=failed, at_most=WITHIN))
    device.connect().send(end(1))
    device.send(update(2, status="FAILED"))
    took(device, 4)
    assert [packet.packet_id for packet in heard(bench)] == [2, 1]


def test_replaced_and_corrupted(bench: Bench, device: Device) -> None:
    bench.tap.arm(faults.Replace(END, edit=lambda payload: {**payload, "more": 1}))
    bench.tap.arm(faults.Corrupt(THE_NOTICE))
    device.connect().send(end(1))
    took(device, 2)
    assert heard(bench)[0].payload == b'{"status":"SUCCEEDED","more":1}'
    bench.far.send(NOTICE)
    assert device.receive() == Publish(topic=TOPIC, payload=NOTICE.payload[:26], qos=1, packet_id=1)


def test_a_stale_notice_beside_a_reply(bench: Bench, device: Device) -> None:
    bench.tap.arm(faults.Insert(ANSWER, message=lambda seen: (TOPIC, {"timestamp": 1}), qos=0, before=True))
    device.connect().send(end(1))
    _, stale, _ = took(device, 3)
    assert stale == Publish(topic=TOPIC, payload=b'{"timestamp":1}')


def test_truncated_towards_the_device(bench: Bench, device: Device) -> None:
    bench.tap.arm(faults.Truncate(THE_NOTICE))
    device.connect()
    bench.far.send(NOTICE)
    with pytest.raises(MalformedPacket):
        device.receive()
    record = bench.packet(type="MALFORMED", link="device")
    assert isinstance(record, PacketRecord)
    assert (record.by, record.of) == ("truncate", bench.packet(link="cloud", type="PUBLISH").n)


def test_truncated_towards_the_cloud_which_hangs_up(bench: Bench, device: Device) -> None:
    bench.tap.arm(faults.Truncate(END))
    device.connect().send(end(1))
    assert device.ended()
    bench.link(link="cloud", event="close", by="cloud")


WITHHELD: dict[str, tuple[Packet, Packet]] = {
    "PUBACK": (end(1), Puback(packet_id=1)),
    "SUBACK": (WISH, Suback(packet_id=9, codes=(1,))),
    "PINGRESP": (Pingreq(), Pingresp()),
    "CONNACK": (Connect(client_id="bench-7"), Connack()),
}


@pytest.mark.parametrize("kind", WITHHELD)
def test_withheld(bench: Bench, kind: str) -> None:
    armed = bench.tap.arm(faults.Hold(Match(type=kind)))
    device = bench.device()
    asked, answered = WITHHELD[kind]
    if kind != "CONNACK":
        device.connect()
    device.send(asked)
    bench.fault("hit")
    assert kind == "CONNACK" or bench.tap.connected
    armed.release()
    got = [device.receive()]
    if kind == "PUBACK":
        got.append(device.receive())
    assert answered in got
    assert [record.of for record in bench.trace.records if isinstance(record, Fault) and record.of] == armed.hits * 2


def test_refused(bench: Bench, device: Device) -> None:
    bench.tap.arm(faults.Refuse(Match(type="SUBSCRIBE"), code=0x80))
    device.connect().send(WISH)
    assert device.receive() == Suback(packet_id=9, codes=(0x80,))
    bench.tap.arm(faults.Refuse(Match(type="CONNECT"), code=3 if device.version == 4 else 0x97))
    second = bench.device(device.version)
    second.send(Connect(version=device.version))
    assert isinstance(second.receive(), Connack)
    assert second.ended()


def test_disconnected_with_a_reason(bench: Bench, device: Device) -> None:
    bench.tap.arm(faults.Goodbye(END, code=0x98))
    device.connect().send(end(1))
    if device.version == 5:
        assert device.receive() == Disconnect(code=0x98)
    assert device.ended()
    bench.link(link="device", event="close", by="tap", reason="close_notify")


@pytest.mark.parametrize("how", ["close_notify", "fin", "reset"])
def test_the_link_ends_at_a_packet(bench: Bench, device: Device, how: str) -> None:
    bench.tap.arm(faults.Cut(END, how=how))  # type: ignore[arg-type]
    device.connect().send(end(1))
    assert device.ended()
    for leg in ("device", "cloud"):
        bench.link(link=leg, event="close", by="tap", reason=how)
    assert heard(bench) == []


def test_silence_behind_a_packet(bench: Bench, device: Device) -> None:
    bench.tap.arm(faults.Cut(END, when="after", silent=True))
    device.connect().send(end(1))
    bench.packet(link="cloud", way="down", type="PUBACK")
    device.send(Pingreq())
    bench.packet(link="device", way="up", type="PINGREQ")
    assert not [record for record in bench.trace.records if getattr(record, "type", "") == "PINGRESP"]
    assert device.socket.pending() == 0
    assert bench.far.connections[0].ended == ""


def test_the_power_is_cut_at_the_report_which_arrives(bench: Bench, device: Device) -> None:
    def power_off(seen: Seen) -> None:
        bench.tap.hush()
        device.reset()

    bench.tap.arm(faults.Act(END, action=power_off, within=WITHIN))
    device.connect().send(end(1))
    bench.packet(link="cloud", way="up", type="PUBLISH")
    assert bench.far.connections[0].ended == ""
    bench.link(link="device", event="close", by="device")


@pytest.mark.parametrize("code", list(faults.answer.FORGEABLE))
def test_answered_in_the_services_place_twice(bench: Bench, code: ErrorCode) -> None:
    bench.tap.arm(faults.Answer(Match(way="up", operation=Operation.UPDATE, times=2), code=code))
    device = bench.device().connect()
    for number in (1, 2, 3):
        device.send(end(number))
    got = took(device, 6)
    replies = [packet.topic.rsplit("/", 1)[1] for packet in got if isinstance(packet, Publish)]
    assert replies == ["rejected", "rejected", "accepted"]
    assert [packet.packet_id for packet in got if isinstance(packet, Puback)] == [1, 2, 3]


def test_forgotten(bench: Bench, device: Device) -> None:
    bench.tap.arm(faults.Forget())
    device.send(Connect(version=device.version, client_id="bench-7", clean_start=False))
    device.receive()
    [connect] = [packet for packet in bench.far.connections[0].got if isinstance(packet, Connect)]
    assert connect.clean_start
