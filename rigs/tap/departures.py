"""How packets leave the tap, so that each side goes on seeing one consistent MQTT peer.

Nothing is changed unless it must be: another packet id when the tap's own packet has taken it, the full topic where the
receiver does not know the alias, a wait when the tap's own packets have used up the receiver's window or when CONNECT
or CONNACK, which come first on their way, are kept back.
"""

from __future__ import annotations

from collections import deque

import msgspec

from rigs.errors import RigFault
from rigs.jobs.messages import parse_topic
from rigs.jobs.model import Kind
from rigs.mqtt.packets import Connack, Connect, Packet, Publish, Pubrel, Suback, Subscribe, Unsubscribe
from rigs.mqtt.topics import matches
from rigs.tap.actions import Again, Narrow
from rigs.tap.commands import Command, Forward, Send
from rigs.tap.flow import HIGHEST, Flight, Flow
from rigs.tap.match import Seen
from rigs.tap.parcel import Own, Parcel, repeats
from rigs.tap.pending import Pending
from rigs.tap.reader import Arrival, Way
from rigs.tap.sizes import Sizes

_CLOSERS = frozenset({"PUBACK", "PUBCOMP", "SUBACK", "UNSUBACK"})
_REPLIES = frozenset({Kind.ACCEPTED, Kind.REJECTED})
_GREETINGS = frozenset({"CONNECT", "CONNACK"})
REFUSED = 0x80  # SUBACK codes from here on (MQTT-3.9.3)


class Departures:
    """What both receivers of a connection know and have in flight."""

    def __init__(self) -> None:
        self.connected = False
        self.pending = Pending()
        self.sizes = Sizes()
        self._flows: dict[Way, Flow] = {"up": Flow(), "down": Flow()}
        self._queues: dict[Way, deque[Parcel | Own | Send]] = {"up": deque(), "down": deque()}
        self._barred: set[Way] = set()
        self._answered = False
        self._aliases: dict[Way, dict[int, str]] = {"up": {}, "down": {}}
        self._newest: dict[Way, dict[int, Seen]] = {"up": {}, "down": {}}
        self._granted: dict[str, int] = {}
        self._narrowed: dict[int, tuple[str, list[int | None]]] = {}

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

    def seen(self, arrival: Arrival, packet: Packet, n: int, flight: Flight | None) -> Seen:
        """The arrival with what is known of it: the request that it answers, the packet that it acknowledges."""
        address = parse_topic(arrival.topic) if arrival.topic else None
        is_reply = address is not None and arrival.way == "down" and address.kind in _REPLIES
        return Seen(
            n=n,
            way=arrival.way,
            raw=arrival.raw,
            packet=packet,
            topic=arrival.topic,
            body=arrival.body,
            address=address,
            answers=self.pending.answered(address, arrival.body) if address is not None and is_reply else None,
            acknowledges=flight.seen if flight is not None else None,
        )

    def came(self, seen: Seen) -> None:
        """Learn what a sender means by a packet id from now on."""
        if seen.packet_id is not None and seen.packet.type in ("PUBLISH", "SUBSCRIBE", "UNSUBSCRIBE"):
            self._newest[seen.way][seen.packet_id] = seen

    def greets(self, packet: Connect | Connack) -> None:
        """Learn how much the receivers take."""
        limit = packet.properties.get("receive_maximum", HIGHEST)
        if isinstance(packet, Connect):
            self._flows["down"].limit = limit
            self.sizes.learn("down", packet.version, packet.properties)
        else:
            self._answered = True
            self._flows["up"].limit = limit
            self.sizes.learn("up", self.sizes.version, packet.properties)

    def outdated(self, parcel: Parcel) -> bool:
        """Whether the packet that this one acknowledges has been acknowledged otherwise, and its id stands for another.

        Such a late acknowledgement would end a message that nobody has acknowledged.
        """
        meant, number = parcel.seen.acknowledges, getattr(parcel.packet, "packet_id", None)
        if meant is None or number is None:
            return False
        newest = self._newest[meant.way].get(number, meant)
        return newest is not meant and not repeats(meant, newest)

    def queued(self) -> list[Parcel]:
        """Genuine packets that wait for their turn."""
        return [entry for queue in self._queues.values() for entry in queue if isinstance(entry, Parcel)]

    def bar(self, parcel: Parcel) -> None:
        """The packet is kept back or lost: where it is a greeting, what comes after it has to wait for it."""
        if parcel.packet.type in _GREETINGS:
            self._barred.add(parcel.seen.way)

    def must_wait(self, parcel: Parcel) -> bool:
        """Put the packet into its queue, if it has to wait for a greeting or for a place in the receiver's window."""
        way = parcel.seen.way
        if parcel.packet.type in _GREETINGS:
            return False
        full = parcel.takes_window and (self._queues[way] or self._flows[way].full)
        if way not in self._barred and not full:
            return False
        self._queues[way].append(parcel)
        return True

    def next_queued(self, way: Way) -> Parcel | Own | Send | None:
        """What may leave now."""
        queue = self._queues[way]
        if not queue or way in self._barred:
            return None
        first, flow = queue[0], self._flows[way]
        match first:
            case Own():
                waits = self._waits(way, first)
            case Send():
                waits = self._too_early(way)
            case _:
                waits = first.takes_window and flow.full
        return None if waits else queue.popleft()

    def depart(self, parcel: Parcel) -> Command:
        """The packet leaves: its own bytes, or a changed packet."""
        seen = parcel.seen
        packet = self._with_topic(seen, self._with_id(seen, parcel.packet))
        self._learn(seen, packet)
        if packet is seen.packet:
            return Forward(way=seen.way, raw=seen.raw, of=seen.n)
        return Send(way=seen.way, packet=packet, topic=seen.topic, of=seen.n, by=parcel.by)

    def narrow(self, parcel: Parcel, narrow: Narrow, by: str) -> None:
        """Refused filters do not go on. Raises RigFault where none is left: who refuses all of them answers himself."""
        packet = parcel.seen.packet
        if not isinstance(packet, Subscribe):
            raise RigFault(f"{packet!r} has no filters that could be refused")
        _, codes = self._narrowed.get(parcel.seen.n, (by, [None] * len(packet.filters)))
        pairs = list(zip(packet.filters, codes, strict=True))
        codes = [narrow.code if code is None and narrow.refused(wish.filter) else code for wish, code in pairs]
        left = tuple(wish for wish, code in zip(packet.filters, codes, strict=True) if code is None)
        if not left:
            raise RigFault(f"no filter is left of {packet!r}; refuse them all by one fault")
        self._narrowed[parcel.seen.n] = by, codes
        parcel.packet, parcel.by = msgspec.structs.replace(packet, filters=left), by

    def widened(self, parcel: Parcel) -> Parcel:
        """The SUBACK of a narrowed SUBSCRIBE says no in the places of the filters that did not go on."""
        packet, asked = parcel.packet, parcel.seen.acknowledges
        if isinstance(packet, Suback) and asked is not None and asked.n in self._narrowed:
            parcel.by, codes = self._narrowed.pop(asked.n)
            granted = iter(packet.codes)
            whole = tuple(next(granted, REFUSED) if code is None else code for code in codes)
            parcel.packet = msgspec.structs.replace(packet, codes=whole)
        return parcel

    def own(self, parcel: Parcel, by: str) -> Own | None:
        """A kept PUBLISH as a message of the tap's own: DUP 0, an id of its own, no alias."""
        packet, seen = parcel.packet, parcel.seen
        if not isinstance(packet, Publish):
            return None
        properties = {name: value for name, value in packet.properties.items() if name != "topic_alias"}
        topic = packet.topic or seen.topic or ""
        plain = msgspec.structs.replace(packet, topic=topic, packet_id=None, dup=False, properties=properties)
        return Own(packet=plain, by=by, seen=seen)

    def copies(self, parcel: Parcel, again: Again, by: str) -> list[Own]:
        """More of a PUBLISH; under its own id they are what a sender sends who was not acknowledged."""
        own, out = self.own(parcel, by), []
        if own is None:
            return []
        number = None
        if again.same_id and own.packet.qos > 0 and not parcel.heir and parcel.seen.packet_id is not None:
            number = self._flows[parcel.seen.way].towards_receiver(parcel.seen.packet_id)
        packet: Packet = msgspec.structs.replace(own.packet, dup=again.dup and own.packet.qos > 0)
        for _ in range(again.times):
            packet = again.change(packet) if again.change is not None else packet
            if isinstance(packet, Publish):
                out.append(Own(packet=packet, by=by, seen=parcel.seen, number=number))
        return out

    def send_own(self, way: Way, own: Own) -> list[Command]:
        """A message of the tap's own leaves, or waits for its turn.

        Raises RigFault if its receiver takes none so large.
        """
        self.sizes.check(way, own.packet)
        if self._waits(way, own) or (self._queues[way] and own.packet.qos > 0):
            self._queues[way].append(own)
            return []
        return [self.depart_own(way, own)]

    def answer(self, sends: list[Send]) -> list[Send]:
        """What the tap says in a receiver's place leaves, a CONNACK at once and others behind the greeting.

        Raises RigFault if its receiver takes none so large.
        """
        for send in sends:
            self.sizes.check(send.way, send.packet)
        early = [send for send in sends if self._too_early(send.way) and send.packet.type != "CONNACK"]
        for send in early:
            self._queues[send.way].append(send)
        return [send for send in sends if send not in early]

    def depart_own(self, way: Way, own: Own) -> Send:
        """A message of the tap's own leaves."""
        number = self._flows[way].depart_own(own.seen, own.number) if own.packet.qos > 0 else None
        if way == "up" and own.seen is not None:
            self.pending.sent(own.seen)
        packet = msgspec.structs.replace(own.packet, packet_id=number)
        return Send(way=way, packet=packet, topic=packet.topic, of=own.seen.n if own.seen else None, by=own.by)

    def granted(self, topic: str) -> int:
        """The QoS of the device's subscription; 1 where none was seen (a session kept from before)."""
        return max((qos for wish, qos in self._granted.items() if matches(wish, topic)), default=1)

    def _waits(self, way: Way, own: Own) -> bool:
        """Whether it is too early, the cloud's window is not known yet, or there is no place in the window."""
        unknown = not self._answered or self._flows[way].full_for_own
        return self._too_early(way) or (own.packet.qos > 0 and unknown)

    def _too_early(self, way: Way) -> bool:
        """Whether the greeting, which comes first, has not left yet."""
        return way in self._barred or (way == "down" and not self.connected)

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
            case Connect():
                self._barred.discard("up")
            case Connack(code=code):
                self._barred.discard("down")
                self.connected = code == 0
            case Suback(codes=codes) if seen.acknowledges and isinstance(seen.acknowledges.packet, Subscribe):
                wishes = seen.acknowledges.packet.filters
                self._granted |= {
                    wish.filter: code for wish, code in zip(wishes, codes, strict=False) if code < REFUSED
                }


def renamed(packet: Packet, number: int) -> Packet:
    """The packet under another id; itself when it has that id already."""
    if getattr(packet, "packet_id", None) == number:
        return packet
    return msgspec.structs.replace(packet, packet_id=number)
