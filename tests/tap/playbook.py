"""A playbook for one tapped connection without sockets: packets in, what leaves the tap out.

`up(packet)` is a packet from the device, `down(packet)` one from the cloud; both return what leaves because of it, as
("up" | "down", packet) pairs in the words of the side that gets it. Bytes pass a real codec on every leg.
"""

from __future__ import annotations

from typing import Any

import msgspec

from rigs.jobs.model import Kind, Operation, Status
from rigs.mqtt.codec import decode, encode
from rigs.mqtt.packets import Connack, Connect, Packet, Puback, Publish
from rigs.tap.armory import Armed, Armory, Fault
from rigs.tap.commands import Act, Blame, CloseBoth, Command, Forward, Note, Send, SendRaw, Wait
from rigs.tap.match import Match
from rigs.tap.reader import Arrival, Dialect, Reader, Way
from rigs.tap.session import Session

STAMP = 1_700_000_000
ROOT = "$aws/things/bench-7/jobs"
Left = list[tuple[Way, Packet]]


def report(status: str, packet_id: int | None = 1, job: str = "job-1", **members: Any) -> Publish:
    """An update of the device."""
    return message(f"{ROOT}/{job}/update", packet_id, status=status, **members)


def accepted(packet_id: int | None = None, job: str = "job-1", **members: Any) -> Publish:
    """The reply to an update."""
    return message(f"{ROOT}/{job}/update/accepted", packet_id, timestamp=STAMP, **members)


def notice(packet_id: int | None = 1, job: str = "job-1", version: int = 1, **members: Any) -> Publish:
    """A notify-next."""
    execution = {"jobId": job, "status": "QUEUED", "versionNumber": version, "executionNumber": 1, **members}
    return message(f"{ROOT}/notify-next", packet_id, timestamp=STAMP, execution=execution)


def message(topic: str, packet_id: int | None = 1, **body: Any) -> Publish:
    """A PUBLISH with a JSON payload; QoS 1 when it has a packet id."""
    return Publish(
        topic=topic, payload=msgspec.json.encode(body), qos=0 if packet_id is None else 1, packet_id=packet_id
    )


def body(packet: Packet) -> Any:
    """The JSON payload of a PUBLISH."""
    assert isinstance(packet, Publish)
    return msgspec.json.decode(packet.payload)


def the_end(**more: Any) -> Match:
    """The report of the end."""
    wanted = {"way": "up", "operation": Operation.UPDATE, "kind": Kind.REQUEST, **more}
    return Match(statuses=frozenset({Status.SUCCEEDED}), **wanted)


def the_notice(**more: Any) -> Match:
    """The announcement."""
    return Match(way="down", operation=Operation.NOTIFY_NEXT, **more)


class Playbook:
    """A session, its armory, and what it has commanded so far.

    `limits` are the properties of CONNECT and, as they stand, of CONNACK; `greeted` is what left when CONNACK came.
    """

    def __init__(
        self, version: int, *, armory: Armory | None = None, greet: bool = True, client: str = "bench-7", **limits: int
    ) -> None:
        self.version = version
        self.armory = Armory() if armory is None else armory
        self.session = Session(self.armory, lambda: STAMP)
        self.acts: list[Act] = []
        self.waits: list[Wait] = []
        self.closed: list[CloseBoth] = []
        self.released: list[int] = []
        self.blamed: list[Blame] = []
        self.spoilt: list[tuple[Way, bytes]] = []
        self._dialect = Dialect()
        self._readers: dict[Way, Reader] = {way: Reader(way, self._dialect) for way in ("up", "down")}
        self._n = 0
        self.connect = Connect(version=version, client_id=client, properties=limits)
        self.connack = Connack(properties=limits)
        self.greeted: Left = self.up(self.connect) + self.down(self.connack) if greet else []

    def arm(self, fault: Fault) -> Armed:
        """Put a fault in place."""
        return self.armory.arm(fault)

    def up(self, packet: Packet) -> Left:
        """The device sends."""
        return self.feed("up", encode(packet, self.version))

    def down(self, packet: Packet) -> Left:
        """The cloud sends."""
        return self.feed("down", encode(packet, self.version))

    def feed(self, way: Way, data: bytes) -> Left:
        """Bytes come."""
        left: Left = []
        for arrival in self._readers[way].feed(data):
            left += self._arrive(arrival)
        return left

    def end(self) -> None:
        """The connection ends."""
        self.session.stop()

    def again(self) -> Playbook:
        """The same client's next connection."""
        return Playbook(self.version, armory=self.armory, client=self.connect.client_id)

    def release(self, armed: Armed) -> Left:
        """A step lets go."""
        armed.release()
        return self._play(self.session.released(armed))

    def timer(self, wait: Wait) -> Left:
        """Time passes."""
        return self._play(self.session.timer(wait.token))

    def acted(self, act: Act) -> Left:
        """The worker is done."""
        return self._play(self.session.acted(act.token))

    def inject(self, way: Way, packet: Publish) -> Left:
        """A step sends a message of its own."""
        return self._play(self.session.inject(way, packet.topic, packet.payload, packet.qos))

    def _arrive(self, arrival: Arrival) -> Left:
        self._n += 1
        sure = self.session.transparent
        commands = self.session.arrive(arrival, self._n)
        assert not sure or commands == [Forward(way=arrival.way, raw=arrival.raw, of=self._n)]
        return self._play(commands)

    def _play(self, commands: list[Command]) -> Left:
        left: Left = []
        for command in commands:
            match command:
                case Forward(way=way, raw=raw):
                    left.append((way, decode(raw, self.version)))
                case Send(way=way, packet=packet):
                    left.append((way, decode(encode(packet, self.version), self.version)))
                case Act():
                    self.acts.append(command)
                case Wait():
                    self.waits.append(command)
                case CloseBoth():
                    self.closed.append(command)
                case SendRaw(way=way, raw=raw):
                    self.spoilt.append((way, raw))
                case Blame():
                    self.blamed.append(command)
                case Note(event="released", of=of):
                    self.released.append(of)
        return left


def ack(packet: Packet) -> Puback:
    """The PUBACK that a receiver gives for a PUBLISH."""
    assert isinstance(packet, Publish)
    assert packet.packet_id is not None
    return Puback(packet_id=packet.packet_id)
