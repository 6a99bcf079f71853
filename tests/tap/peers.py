"""A device and a cloud that keep to MQTT to the letter, and notice when the other side, which is the tap, does not."""

from __future__ import annotations

import itertools
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from rigs.mqtt.codec import encode
from rigs.mqtt.packets import (
    Connack,
    Connect,
    Packet,
    Pingreq,
    Pingresp,
    Puback,
    Pubcomp,
    Publish,
    Pubrec,
    Pubrel,
    Suback,
    Subscribe,
    Subscription,
)
from rigs.tap.reader import Way


@dataclass(eq=False)
class Message:
    """One that a peer has sent under a packet id, however often."""

    packet: Publish | Subscribe
    topic: str = ""
    repeated: bool = False


@dataclass(eq=False)
class Fact:
    """A packet that reached the tap: what became of it. `acks` is what it acknowledges, `own` if that was the tap's."""

    n: int
    way: Way
    conn: int
    packet: Packet | None
    message: Message | None = None
    acks: Message | None = None
    own: bool = False
    hits: list[Any] = field(default_factory=list)
    left: int = 0
    may_be_swallowed: bool = False
    lost: bool = False
    let_go: int = 0


@dataclass
class Owed:
    """An acknowledgement that a receiver still owes."""

    packet: Packet
    message: Message | None
    own: bool


class Peer:
    """One side of one connection. What it sends is put on `wire`, with what it knows of it."""

    def __init__(self, way: Way, version: int, window: int, most: int) -> None:
        self.way, self.version, self.window, self.most = way, version, window, most
        self.their_window = 65535
        self.wire: deque[tuple[Packet, Message | None, Owed | None]] = deque()
        self.in_use: dict[int, Message] = {}
        self.retired: set[int] = set()
        self.owed: list[Owed] = []
        self.greeted = False
        self._aliases: dict[int, str] = {}
        self._told: dict[int, str] = {}

    def publish(self, topic: str, payload: bytes, qos: int, alias: int, *, high: bool = False) -> None:
        """Send a message, if the window of the other side has a place; under a low id, or one that the tap may take."""
        if qos and len(self.in_use) >= min(self.their_window, 20):
            return
        number = self._free(65535 if high else 1, -1 if high else 1) if qos else None
        properties = {"topic_alias": alias} if alias and self.version == 5 else {}
        short = bool(properties) and self._told.get(alias) == topic
        if properties:
            self._told[alias] = topic
        packet = Publish(
            topic="" if short else topic, payload=payload, qos=qos, packet_id=number, properties=properties
        )
        message = Message(packet, topic)
        if number is not None:
            self.in_use[number] = message
        self.wire.append((packet, message, None))

    def subscribe(self) -> None:
        number = self._free(1, 1)
        packet = Subscribe(packet_id=number, filters=(Subscription(filter="a/#", qos=1),))
        self.in_use[number] = Message(packet)
        self.wire.append((packet, self.in_use[number], None))

    def _free(self, start: int, step: int) -> int:
        return next(n for n in itertools.count(start, step) if n not in self.in_use and n not in self.retired)

    def repeat(self, which: int) -> None:
        """Send something that was not acknowledged again, as 3.1.1 allows at any time; its id is not used again."""
        waiting = [one for one in self.in_use.values() if isinstance(one.packet, Publish) and one.packet.qos == 1]
        if waiting and self.version == 4:
            message = waiting[which % len(waiting)]
            packet = message.packet
            assert isinstance(packet, Publish)
            message.repeated = True
            again = Publish(topic=message.topic, payload=packet.payload, qos=1, packet_id=packet.packet_id, dup=True)
            self.wire.append((again, message, None))

    def acknowledge(self, which: int) -> None:
        """Pay what is owed; under one id in the order in which it came."""
        if not self.owed:
            return
        chosen = self.owed[which % len(self.owed)]
        first = next(one for one in self.owed if _number(one.packet) == _number(chosen.packet))
        self.owed.remove(first)
        self.wire.append((first.packet, None, first))

    def receive(self, packet: Packet, cause: Fact | None, own: bool) -> None:
        """A packet from the tap; `cause` is the arrival that it came of, `own` if it is the tap's own message."""
        match packet:
            case Connect() | Connack():
                assert not self.greeted
                self.greeted = True
            case Publish():
                self._deliver(packet, cause, own)
            case Subscribe(packet_id=number):
                assert cause is not None
                self.owed.append(Owed(Suback(packet_id=number, codes=(1,)), cause.message, own))
            case Pubrel(packet_id=number):
                self.wire.append((Pubcomp(packet_id=number), None, None))
            case Pubrec(packet_id=number):
                assert number in self.in_use
                self.wire.append((Pubrel(packet_id=number), None, None))
            case Pingreq():
                self.wire.append((Pingresp(), None, None))
            case Puback(packet_id=number) | Suback(packet_id=number) | Pubcomp(packet_id=number):
                self._acknowledged(number, cause)
        assert self.greeted, f"{packet!r} came before the greeting"

    def _deliver(self, packet: Publish, cause: Fact | None, own: bool) -> None:
        assert not own or not self.most or len(encode(packet, self.version)) <= self.most
        alias = packet.properties.get("topic_alias")
        topic = packet.topic or self._aliases.get(alias or 0, "")
        if alias is not None:
            self._aliases[alias] = topic
        assert topic, f"{packet!r} names an alias that its receiver does not know"
        genuine = cause is not None and cause.message is not None and cause.way != self.way
        if cause is not None and cause.message is not None and genuine:
            assert topic == cause.message.topic
        message = cause.message if cause is not None and not own else None
        if packet.qos == 1:
            assert packet.packet_id is not None
            self.owed.append(Owed(Puback(packet_id=packet.packet_id), message, own))
            assert self._taken <= self.window, "more than the Receive Maximum"
        elif packet.qos == 2:
            assert packet.packet_id is not None
            self.wire.append((Pubrec(packet_id=packet.packet_id), None, None))

    @property
    def _taken(self) -> int:
        """Places in use: a repeat of a message that has not been acknowledged takes none."""
        pubacks = [one for one in self.owed if isinstance(one.packet, Puback)]
        return sum(one.own for one in pubacks) + len({id(one.message) for one in pubacks if not one.own})

    def _acknowledged(self, number: int, cause: Fact | None) -> None:
        assert cause is not None
        message = cause.acks if cause.way != self.way else cause.message
        if cause.packet is not None and cause.packet.type == "PUBCOMP":
            message = self.in_use[number]
        assert message is not None, f"an acknowledgement of {number} that nobody gave"
        if message.repeated:
            self.retired.add(number)
        assert self.in_use.get(number) is message or (message.repeated and number not in self.in_use)
        self.in_use.pop(number, None)


def _number(packet: Packet) -> int | None:
    return getattr(packet, "packet_id", None)
