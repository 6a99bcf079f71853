"""How packets leave the tap, so that each side goes on seeing one consistent MQTT peer.

Nothing is changed unless it must be: another packet id when the tap's own packet has taken it, the full topic where the
receiver does not know the alias, a wait when the tap's own packets have used up the receiver's window.
"""

from __future__ import annotations

from collections import deque

import msgspec

from rigs.mqtt.packets import Connack, Connect, Packet, Publish, Pubrel, Suback, Subscribe, Unsubscribe
from rigs.mqtt.topics import matches
from rigs.tap.commands import Command, Forward, Send
from rigs.tap.flow import Flight, Flow
from rigs.tap.match import Seen
from rigs.tap.parcel import Own, Parcel
from rigs.tap.pending import Pending
from rigs.tap.reader import Way

_CLOSERS = frozenset({"PUBACK", "PUBCOMP", "SUBACK", "UNSUBACK"})


class Departures:
    """What both receivers of a connection know and have in flight."""

    def __init__(self) -> None:
        self.connected = False
        self.pending = Pending()
        self._flows: dict[Way, Flow] = {"up": Flow(), "down": Flow()}
        self._queues: dict[Way, deque[Parcel | Own]] = {"up": deque(), "down": deque()}
        self._aliases: dict[Way, dict[int, str]] = {"up": {}, "down": {}}
        self._granted: dict[str, int] = {}

    def __repr__(self) -> str:
        return f"<Departures up {self._flows['up']!r}, down {self._flows['down']!r}>"

    def acknowledged(self, packet: Packet, way: Way) -> Flight | None:
        """What a packet from the receiver of `way` acknowledges; what it ends is in flight no more."""
        number: int | None = getattr(packet, "packet_id", None)
        if number is None:
            return None
        if packet.type == "PUBREC" and getattr(packet, "code", 0) < 0x80:
            return self._flows[way].in_flight(number)
        return self._flows[way].arrive(number) if packet.type in (*_CLOSERS, "PUBREC") else None

    def queued(self) -> list[Parcel]:
        """Genuine packets that wait for a place in a window."""
        return [entry for queue in self._queues.values() for entry in queue if isinstance(entry, Parcel)]

    def must_wait(self, parcel: Parcel) -> bool:
        """Put the packet into its queue, if the tap's own packets have used up the window."""
        way = parcel.seen.way
        if not parcel.takes_window or not (self._queues[way] or self._flows[way].full):
            return False
        self._queues[way].append(parcel)
        return True

    def next_queued(self, way: Way) -> Parcel | Own | None:
        """What may leave now that a place is free."""
        queue, flow = self._queues[way], self._flows[way]
        if not queue or (flow.full_for_own if isinstance(queue[0], Own) else flow.full):
            return None
        return queue.popleft()

    def depart(self, parcel: Parcel) -> Command:
        """The packet leaves: its own bytes, or a changed packet."""
        seen = parcel.seen
        packet = self._with_topic(seen, self._with_id(seen, parcel.packet))
        self._learn(seen, packet)
        if packet is seen.packet:
            return Forward(way=seen.way, raw=seen.raw, of=seen.n)
        return Send(way=seen.way, packet=packet, topic=seen.topic, of=seen.n, by=parcel.by)

    def copy(self, parcel: Parcel, by: str) -> list[Command]:
        """One more of a PUBLISH: DUP 0, an id of its own, no alias."""
        packet, seen = parcel.packet, parcel.seen
        if not isinstance(packet, Publish):
            return []
        if seen.way == "up":
            self.pending.sent(seen)
        properties = {name: value for name, value in packet.properties.items() if name != "topic_alias"}
        topic = packet.topic or seen.topic or ""
        plain = msgspec.structs.replace(packet, topic=topic, packet_id=None, dup=False, properties=properties)
        return self.send_own(seen.way, Own(packet=plain, by=by, seen=seen))

    def send_own(self, way: Way, own: Own) -> list[Command]:
        """A message of the tap's own leaves, or waits for a place in the window."""
        if own.packet.qos > 0 and (self._queues[way] or self._flows[way].full_for_own):
            self._queues[way].append(own)
            return []
        return [self.depart_own(way, own)]

    def depart_own(self, way: Way, own: Own) -> Send:
        """A message of the tap's own leaves."""
        number = self._flows[way].depart_own(own.seen) if own.packet.qos > 0 else None
        packet = msgspec.structs.replace(own.packet, packet_id=number)
        return Send(way=way, packet=packet, topic=packet.topic, of=own.seen.n if own.seen else None, by=own.by)

    def granted(self, topic: str) -> int:
        """The QoS of the device's subscription; 1 where none was seen (a session kept from before)."""
        return max((qos for wish, qos in self._granted.items() if matches(wish, topic)), default=1)

    def _with_id(self, seen: Seen, packet: Packet) -> Packet:
        flow = self._flows[seen.way]
        match packet:
            case Publish(packet_id=None):
                return packet
            case Publish(packet_id=int(number)) | Subscribe(packet_id=number) | Unsubscribe(packet_id=number):
                return renamed(packet, flow.depart(number, seen))
            case Pubrel(packet_id=number):
                return renamed(packet, flow.towards_receiver(number))
        return packet

    def _with_topic(self, seen: Seen, packet: Packet) -> Packet:
        if not isinstance(packet, Publish) or not seen.topic or "topic_alias" not in packet.properties:
            return packet
        known, alias = self._aliases[seen.way], packet.properties["topic_alias"]
        if not packet.topic and known.get(alias) != seen.topic:
            packet = msgspec.structs.replace(packet, topic=seen.topic)
        known[alias] = packet.topic or seen.topic
        return packet

    def _learn(self, seen: Seen, packet: Packet) -> None:
        match packet:
            case Publish() if seen.way == "up":
                self.pending.sent(seen)
            case Connect(properties=properties):
                self._flows["down"].limit = properties.get("receive_maximum", self._flows["down"].limit)
            case Connack(code=code, properties=properties):
                self._flows["up"].limit = properties.get("receive_maximum", self._flows["up"].limit)
                self.connected = code == 0
            case Suback(codes=codes) if seen.acknowledges and isinstance(seen.acknowledges.packet, Subscribe):
                wishes = seen.acknowledges.packet.filters
                self._granted |= {wish.filter: code for wish, code in zip(wishes, codes, strict=False) if code < 0x80}


def renamed(packet: Packet, number: int) -> Packet:
    """The packet under another id; itself when it has that id already."""
    if getattr(packet, "packet_id", None) == number:
        return packet
    return msgspec.structs.replace(packet, packet_id=number)
