"""A side that reads slowly holds up the other side, and fills no memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from rigs.mqtt.packets import Packet, Publish
from rigs.net.tls import TlsLink, listen
from rigs.tap.connection import HELD_BACK
from rigs.tap.links import Throttle
from rigs.trace.records import AnyRecord
from rigs.trace.records import Packet as PacketRecord
from tests.tap.bench import HOST, Bench, FarConnection

MESSAGE = Publish(topic="t", payload=b"x" * 65536)
COUNT = 400  # 26 MB: far more than the system's own buffers between two sockets take
MOST = 1_000_000  # bytes that may wait in the tap: asyncio's mark and what one turn of the loop reads


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.close()
    assert not bench.wrong, "the loop saw exceptions that nobody took"


class Peak:
    """The most that waited for a link's peer, looked at with each record of an arrival."""

    def __init__(self, bench: Bench, leg: str) -> None:
        self.most, self._leg, self._bench = 0, leg, bench
        bench.trace.listen(self._look)

    def _look(self, record: AnyRecord) -> None:
        if isinstance(record, PacketRecord) and record.type == "PUBLISH":
            connection = self._bench.tap._connections[0]
            link = (connection.device if self._leg == "device" else connection.cloud).link
            self.most = max(self.most, link.backlog if link is not None else 0)


def flood(send: Callable[[Packet], None]) -> None:
    for _ in range(COUNT):
        send(MESSAGE)


def far_link(bench: Bench) -> TlsLink:
    link = bench.far.connections[0].link
    assert link is not None
    return link


@pytest.mark.parametrize("version", [4, 5])
def test_a_device_that_reads_nothing_holds_up_the_cloud(bench: Bench, version: int) -> None:
    device, peak = bench.device(version).connect(), Peak(bench, "device")
    bench.loop.call(flood, bench.far.connections[0].send)
    bench.link(link="device", event="stalled", by="device")
    assert bench.loop.call(lambda: far_link(bench).backlog) > 0, "the cloud still has what the tap does not read"
    for _ in range(COUNT):
        assert device.receive() == MESSAGE
    bench.link(link="device", event="flowing", by="device")
    assert peak.most < MOST


@pytest.mark.parametrize("version", [4, 5])
def test_a_cloud_that_reads_nothing_holds_up_the_device(bench: Bench, version: int) -> None:
    device, peak = bench.device(version).connect(), Peak(bench, "cloud")
    bench.loop.call(lambda: far_link(bench).pause())
    sender = threading.Thread(target=flood, args=[device.send])
    sender.start()
    stalled = bench.link(link="cloud", event="stalled", by="cloud")
    bench.loop.call(lambda: far_link(bench).resume())
    sender.join(10)
    bench.link(since=stalled.n, link="cloud", event="flowing")
    device.socket.close()
    bench.link(link="cloud", event="close")
    passed = [one for one in bench.trace.records if isinstance(one, PacketRecord) and one.type == "PUBLISH"]
    assert len([one for one in passed if one.link == "cloud"]) == COUNT
    assert peak.most < MOST


def test_a_cloud_that_is_not_there_yet_holds_up_the_device(bench: Bench) -> None:
    waiting: list[TlsLink] = []
    there = threading.Event()

    def keep_waiting(link: TlsLink) -> None:
        waiting.append(link)
        link.pause()
        there.set()

    slow = bench.loop.run(listen(HOST, 0, bench.terms.context(), lambda: FarConnection(bench.far), meet=keep_waiting))
    object.__setattr__(bench.tap._hub.upstream, "port", slow.port)
    device = bench.device()
    sender = threading.Thread(target=flood, args=[device.send])
    sender.start()
    bench.link(link="cloud", event="stalled")
    assert bench.loop.call(lambda: bench.tap._connections[0]._held_back) < HELD_BACK + MOST
    assert there.wait(10)
    bench.loop.call(waiting[0].resume)
    sender.join(10)
    bench.link(link="cloud", event="flowing")
    bench.loop.call(slow.close)
    bench.loop.call(slow.cut)


def test_a_slow_link_reads_no_more_than_it_can_pass_on(bench: Bench) -> None:
    device = bench.device().connect()
    bench.tap.arm_link(Throttle(up=0.1))
    line = bench.tap._connections[0].device.link._transport  # type: ignore[union-attr]
    sender = threading.Thread(target=flood, args=[device.send])
    sender.start()

    looks = (bench.loop.call(lambda: line._reading) for _ in range(100_000))  # each waits for a turn of the loop
    assert not all(looks), "the tap never stopped reading"
    assert bench.loop.call(lambda: line._incoming.size) < MOST
    bench.tap.lift_all()
    sender.join(10)
    assert not sender.is_alive()


def test_a_device_that_goes_while_it_is_waited_for_leaves_nobody_waiting(bench: Bench) -> None:
    device = bench.device().connect()
    bench.loop.call(flood, bench.far.connections[0].send)
    bench.link(link="device", event="stalled")
    bench.tap.hush()
    device.reset()
    bench.link(link="device", event="close")
    bench.loop.call(far_link(bench).close)
    bench.link(link="cloud", event="close", by="cloud")
