"""The books of a tap: every packet that reaches it leaves exactly once, unless a fault that hit it says otherwise.

A world is one client with one connection after another, two peers, and whatever faults are armed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from rigs.errors import RigFault
from rigs.mqtt.codec import decode, encode
from rigs.mqtt.packets import Connack, Connect, Pingreq, Publish, Subscribe
from rigs.tap import faults
from rigs.tap.armory import Armed, Armory, Fault
from rigs.tap.commands import Act, Blame, CloseBoth, Command, Forward, Leaving, Note, SendRaw, Wait
from rigs.tap.reader import Arrival, Dialect, Reader, Way
from rigs.tap.session import OTHER, Session
from tests.tap.peers import Fact, Message, Owed, Peer

GONE = (faults.Drop, faults.Answer, faults.AnswerEmpty, faults.Refuse)
KEPT = (faults.Hold, faults.Delay, faults.Reorder, faults.Act)
ROOT = "$aws/things/bench-7/jobs"
TOPICS: dict[Way, list[str]] = {
    "up": [f"{ROOT}/job-1/update", f"{ROOT}/get", f"{ROOT}/start-next", "a/b"],
    "down": [f"{ROOT}/notify-next", f"{ROOT}/job-1/update/accepted", f"{ROOT}/get/accepted", "a/b"],
}


@dataclass
class Limits:
    """Receive Maximum and Maximum Packet Size (0: none) of both sides."""

    window: dict[Way, int] = field(default_factory=lambda: {"up": 65535, "down": 65535})
    most: dict[Way, int] = field(default_factory=lambda: {"up": 0, "down": 0})


class World:
    """Everything that can happen to a tapped client, and the books of it."""

    def __init__(self, version: int, limits: Limits) -> None:
        self.version, self.limits = version, limits
        self.armory = Armory()
        self.armed: list[Armed] = []
        self.facts: dict[int, Fact] = {}
        self.conn = 0
        self.waits: list[tuple[int, Wait]] = []
        self.acts: list[tuple[int, Act]] = []
        self.blamed: list[Blame] = []
        self.open = False
        self.connect()

    # what may happen

    def connect(self) -> None:
        """The client comes (again)."""
        if self.open:
            self.end()
        self.conn += 1
        self.open, self.own = True, False
        self.freed: dict[Armed, int] = {}
        self.session = Session(self.armory, lambda: 9)
        dialect = Dialect()
        self.readers: dict[Way, Reader] = {way: Reader(way, dialect) for way in OTHER}
        self.peers: dict[Way, Peer] = {way: self._peer(way) for way in OTHER}
        connect = Connect(version=self.version, client_id="bench-7", properties=self._named("down"))
        self.peers["up"].wire.append((connect, None, None))
        self.flush()

    def send(self, way: Way, topic: int, qos: int, alias: int) -> None:
        """A peer sends a message."""
        payload = b'{"status":"SUCCEEDED","clientToken":"%d","u":"https://s/x?X-Amz-Signature=ab%d"}' % (
            len(self.facts),
            qos,
        )
        if self.open and (way == "up" or self.peers["down"].greeted):
            self.peers[way].publish(TOPICS[way][topic], payload, qos, alias, high=topic == 0)
            self.flush()

    def broken(self, way: Way, raw: bytes) -> None:
        """A peer sends what is no MQTT; it passes as it is."""
        if self.open:
            [arrival] = self.readers[way].feed(raw)
            fact = self._arrival(arrival, way, None, None)
            assert fact.left == 1 or not self.open or self.session.stopped

    def arm(self, fault: Fault) -> Armed:
        self.armed.append(self.armory.arm(fault))
        return self.armed[-1]

    def release(self, armed: Armed) -> None:
        armed.release()
        self._do(self.session.released(armed))
        self.flush()

    def lift(self, armed: Armed) -> None:
        self.armory.remove(armed)
        self.release(armed)

    def pass_time(self, which: int) -> None:
        """One of the timers goes off, in any order."""
        if self.waits:
            conn, wait = self.waits.pop(which % len(self.waits))
            if conn == self.conn:
                self._do(self.session.timer(wait.token))
                self.flush()

    def act(self) -> None:
        """The worker is done with the first of its tasks."""
        if self.acts:
            conn, act = self.acts.pop(0)
            if conn == self.conn:
                self._do(self.session.acted(act.token))
                self.flush()

    def ping(self) -> None:
        self.peers["up"].wire.append((Pingreq(), None, None))
        self.flush()

    def inject(self, way: Way, qos: int) -> None:
        if self.session.connected:
            try:
                self._do(self.session.inject(way, f"{ROOT}/notify", b'{"own":1}', qos))
            except RigFault:
                assert self.limits.most[OTHER[way]]
            self.flush()

    def end(self) -> None:
        """The connection ends; what a fault or a full window keeps is lost with it, or outlives it."""
        self.open = False
        self.session.stop()
        for fact in self.facts.values():
            if not fact.left and (fact.let_go == self.conn or (fact.conn == self.conn and not self._outlives(fact))):
                fact.lost = True
                assert self._explained(fact), f"{fact.packet!r} is lost, and no fault explains it"

    def calm(self) -> None:
        """Every fault is lifted and everybody acknowledges: whatever was kept comes out, and the books must balance."""
        for armed in self.armed:
            self.lift(armed)
        settled = False
        while not settled:
            if not self.open or self.session.stopped or not all(peer.greeted for peer in self.peers.values()):
                self.connect()
            self._settle()
            settled = self.open  # a packet that waited for its place may have ended the connection
        self._balance()
        for way in OTHER:
            before = len(self.facts)
            self.send(way, 0, 1, 0)
            sent = [fact for fact in self.facts.values() if fact.n > before and fact.way == way and fact.message]
            assert all(fact.left for fact in sent), "the window is not free again"

    def _settle(self) -> None:
        while self.waits or self.acts or any(peer.owed for peer in self.peers.values()):
            self.pass_time(0)
            self.act()
            for peer in self.peers.values():
                peer.acknowledge(0)
            self.flush()

    # the wire

    def flush(self) -> None:
        """What the peers have put on the wire reaches the tap, cut where the numbers happen to fall."""
        while self.open and any(peer.wire for peer in self.peers.values()):
            for way, peer in self.peers.items():
                if self.open and peer.wire:
                    packet, message, owed = peer.wire.popleft()
                    raw = encode(packet, self.version)
                    cut = (len(self.facts) * 7) % len(raw)
                    arrivals = self.readers[way].feed(raw[:cut]) + self.readers[way].feed(raw[cut:])
                    [arrival] = arrivals
                    self._arrival(arrival, way, message, owed)

    def _arrival(self, arrival: Arrival, way: Way, message: Message | None, owed: Owed | None) -> Fact:
        n = len(self.facts) + 1
        first = [old for old in self.facts.values() if message is not None and old.message is message]
        fact = self.facts[n] = Fact(n, way, self.conn, arrival.packet, message)
        fact.may_be_swallowed = any(not old.left for old in first)
        if owed is not None:
            fact.acks, fact.own = owed.message, owed.own
        sure, stopped = self.session.transparent, self.session.stopped
        commands = self.session.arrive(arrival, n)
        assert not sure or commands == [Forward(way=way, raw=arrival.raw, of=n)]
        fact.lost = stopped
        self._do(commands)
        return fact

    def _do(self, commands: list[Command]) -> None:
        ended = hangs_up = False
        for command in commands:
            match command:
                case Note(armed=armed, event="hit", of=of):
                    self.facts[of].hits.append(armed.fault)
                case Note(armed=armed, of=of):
                    assert self.facts[of].conn < self.conn or self.freed.get(armed, 0) < of, "out of order"
                    self.facts[of].let_go = self.conn
                    self.freed[armed] = of if isinstance(armed.fault, faults.Delay) else 0
                case Blame():
                    self.blamed.append(command)
                case Act():
                    self.acts.append((self.conn, command))
                case Wait():
                    self.waits.append((self.conn, command))
                case CloseBoth():
                    ended = True
                case _:
                    assert not ended, "something leaves after the end"
                    hangs_up = self._left(command) or hangs_up
        if (ended or hangs_up) and self.open:
            self.end()

    def _left(self, command: Leaving) -> bool:
        """Book what leaves and hand it over; whether its receiver has to hang up."""
        fact = self.facts[command.of] if command.of is not None else None
        onward = fact is not None and fact.way == command.way
        own = fact is None or fact.conn != self.conn or not onward or (onward and fact.left > 0)
        self.own = self.own or own
        if fact is not None and onward:
            fact.left += 1
        if isinstance(command, SendRaw):
            return True
        if fact is not None and fact.packet is None:
            return False
        raw = command.raw if isinstance(command, Forward) else encode(command.packet, self.version)
        packet = decode(raw, self.version)
        self.peers[OTHER[command.way]].receive(packet, fact, own)
        if fact is not None and not onward and not isinstance(packet, Publish):
            assert any(isinstance(hit, GONE) and getattr(hit, "acknowledge", True) for hit in fact.hits)
        if isinstance(packet, Connect):
            self.peers["down"].wire.append((Connack(properties=self._named("up")), None, None))
        if isinstance(packet, Connack):
            return packet.code != 0
        return False

    # the books

    def _balance(self) -> None:
        for fact in self.facts.values():
            least, most = self._expected(fact)
            assert least <= fact.left <= most, f"{fact!r} has left {fact.left} times, not {least} to {most}"
        for peer in self.peers.values():
            for message in peer.in_use.values():
                assert self._unacknowledged(message), f"{message!r} was never acknowledged, and no fault explains it"

    def _expected(self, fact: Fact) -> tuple[int, int]:
        """How often the packet leaves by what has hit it."""
        copies = sum(hit.times for hit in fact.hits if isinstance(hit, faults.Copy) and _is_publish(fact))
        fate = next((hit for hit in fact.hits if isinstance(hit, (*GONE, *KEPT, faults.Cut, faults.Goodbye))), None)
        unsaid = isinstance(fate, faults.Answer | faults.AnswerEmpty) and self.blamed  # the answer was too large
        if fact.lost or fact.own or isinstance(fate, GONE):
            return 0, 1 + copies if fact.lost or unsaid else 0
        if isinstance(fate, faults.Cut | faults.Goodbye):
            return (0, 0) if fate.when == "before" else (1, 1 + copies)
        if any(isinstance(hit, faults.Truncate) for hit in fact.hits):
            return 1, 1
        swallowed = fact.may_be_swallowed or (isinstance(fate, KEPT) and fact.acks is not None and fact.acks.repeated)
        cut_short = swallowed or self._barred(fact) or (self.blamed and isinstance(fate, KEPT))
        fewer = self.blamed or fact.conn < self.conn  # too large for its receiver, or its connection is over
        return (0 if cut_short else 1 if fewer else 1 + copies), 1 + copies

    def _unacknowledged(self, message: Message) -> bool:
        about = [fact for fact in self.facts.values() if message in (fact.message, fact.acks)]
        hits = [hit for fact in about for hit in fact.hits]
        return (
            any(isinstance(hit, faults.Truncate | faults.Drop) for hit in hits)
            or any(self._barred(fact) for fact in about)
            or isinstance(message.packet, Subscribe)
        )

    def _barred(self, fact: Fact) -> bool:
        """Whether the greeting that comes first on its way was lost on this connection."""
        greetings = [one for one in self.facts.values() if one.conn == fact.conn and one.way == fact.way and one.hits]
        return any(isinstance(one.packet, Connect | Connack) and not one.left for one in greetings)

    def _outlives(self, fact: Fact) -> bool:
        return any(isinstance(hit, faults.Hold) and hit.at_end != "lost" for hit in fact.hits) and _is_publish(fact)

    def _explained(self, fact: Fact) -> bool:
        return bool(fact.hits or fact.own or fact.may_be_swallowed or self.own or self._barred(fact) or fact.lost)

    def _peer(self, way: Way) -> Peer:
        peer = Peer(way, self.version, self.limits.window[way], self.limits.most[way])
        peer.their_window = self.limits.window[OTHER[way]]
        return peer

    def _named(self, towards: Way) -> dict[str, Any]:
        """What the receiver of a way says of itself."""
        side = OTHER[towards]
        named = {"receive_maximum": self.limits.window[side], "maximum_packet_size": self.limits.most[side]}
        return {name: value for name, value in named.items() if value} if self.version == 5 else {}


def _is_publish(fact: Fact) -> bool:
    return isinstance(fact.packet, Publish)
