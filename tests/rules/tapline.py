"""A tapped line without sockets: a device, the tap's real session with its faults, a broker with the real service.

Time is the line's own: `advance` lets it pass, with the timers of the tap, of the device and of the broker. What passes
makes the records that the tap makes.
"""

from __future__ import annotations

import heapq
import itertools
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import msgspec

from rigs.jobs.outgoing import Outgoing
from rigs.jobs.service import JobsService
from rigs.mqtt.codec import MalformedPacket, decode, encode
from rigs.mqtt.packets import Connack, Connect, Packet, Puback, Publish, Suback, Subscribe
from rigs.tap import records
from rigs.tap.armory import Armed, Armory
from rigs.tap.commands import Act, CloseBoth, Command, Forward, Note, Send, SendRaw, Wait
from rigs.tap.reader import Arrival, Dialect, Reader, Way
from rigs.tap.session import Session
from rigs.trace.records import AnyRecord, Fault, Link
from rigs.trace.records import Packet as PacketRecord

THING = "bench-7"
NOON = 1_700_000_000.0
HOP = 0.04  # seconds that a packet takes on one leg
RESEND = 30.0  # seconds until a broker sends again what was not acknowledged (evidence.md, Part 2 c)


class Receiver(Protocol):
    """An end of the line."""

    def receive(self, packet: Packet) -> None: ...

    def lost(self) -> None: ...


@dataclass(slots=True)
class Connected:
    """What belongs to one connection."""

    number: int
    session: Session
    dialect: Dialect
    readers: dict[Way, Reader]
    open: bool = True
    muted: bool = False


class Line:
    """`records` is the trace; `down` says that connections are refused."""

    def __init__(self) -> None:
        self.records: list[AnyRecord] = []
        self.at = 0.0
        self.down = False
        self.armory = Armory(release=self._release, lift=self._lift)
        self.cloud = Cloud(self)
        self.device: Receiver | None = None
        self.now: Connected | None = None
        self._all: list[Connected] = []
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._under_way: deque[Callable[[], None]] = deque()

    def __repr__(self) -> str:
        return f"<Line {len(self.records)} records at {self.at:.3f}>"

    def add(self, record: Any) -> Any:
        """Number and stamp a record."""
        stored = msgspec.structs.replace(record, n=len(self.records) + 1, at=round(self.at, 6))
        self.records.append(stored)
        return stored

    def later(self, seconds: float, do: Callable[[], None]) -> None:
        """Do something when so much time has passed."""
        heapq.heappush(self._timers, (self.at + seconds, next(self._order), do))

    def advance(self, seconds: float) -> None:
        """Time passes, and everything that falls into it happens."""
        end = self.at + seconds
        self._settle()
        while self._timers and self._timers[0][0] <= end:
            due, _, do = heapq.heappop(self._timers)
            self.at = max(self.at, due)
            do()
            self._settle()
        self.at = max(self.at, end)

    def dial(self, version: int) -> bool:
        """A connection of the device; False when it is refused."""
        number = len(self._all) + 1
        self.add(Link(link="device", conn=number, event="open", by="device"))
        if self.down:
            self.add(Link(link="device", conn=number, event="close", by="tap"))
            self._all.append(Connected(number, Session(self.armory, int), Dialect(), {}, open=False))
            return False
        self.hang_up()
        dialect = Dialect()
        readers: dict[Way, Reader] = {"up": Reader("up", dialect), "down": Reader("down", dialect)}
        dialect.version = version
        session = Session(self.armory, lambda: int(NOON + self.at))
        self.now = Connected(number, session, dialect, readers)
        self._all.append(self.now)
        return True

    def hang_up(self, by: str = "device") -> None:
        """The connection ends."""
        conn, self.now = self.now, None
        if conn is None or not conn.open:
            return
        conn.open = False
        conn.session.stop()
        for link in ("cloud", "device"):
            self.add(Link(link=link, conn=conn.number, event="close", by=by))
        self.cloud.lost()
        if self.device is not None and by != "device":
            self.later(HOP, self.device.lost)

    def send(self, way: Way, packet: Packet) -> None:
        """One end sends."""
        conn = self.now
        if conn is not None:
            raw = encode(packet, conn.dialect.version)
            self._under_way.append(lambda: self._arrives(conn, way, raw))

    def work(self, record: AnyRecord) -> None:
        """What is seen of the device besides."""
        self.add(record)

    def _settle(self) -> None:
        while self._under_way:
            self.at = round(self.at + HOP, 6)
            self._under_way.popleft()()

    def _arrives(self, conn: Connected, way: Way, raw: bytes) -> None:
        if conn.open:
            for arrival in conn.readers[way].feed(raw):
                self._arrived(conn, arrival)

    def _arrived(self, conn: Connected, arrival: Arrival) -> None:
        record = self.add(records.arrived(arrival, conn.number))
        self._do(conn, conn.session.arrive(arrival, record.n))

    def _release(self, armed: Armed) -> None:
        for conn in self._all:
            if conn.open:
                self._do(conn, conn.session.released(armed))

    def _lift(self, armed: Armed) -> None:
        self._release(armed)

    def _do(self, conn: Connected, commands: list[Command]) -> None:
        for command in commands:
            match command:
                case Forward() | Send() | SendRaw():
                    self._leaves(conn, command)
                case Note(armed=armed, event=event, of=of):
                    self.add(Fault(event=event, fault=armed.name, text=repr(armed.fault), of=of))
                case Act(token=token):
                    command.action(command.seen)
                    self._do(conn, conn.session.acted(token))
                case Wait(token=token, by=by):
                    self.later(by.total_seconds(), partial(self._due, conn, token))
                case CloseBoth():
                    self._closes(conn, command)

    def _due(self, conn: Connected, token: int) -> None:
        if conn.open:
            self._do(conn, conn.session.timer(token))

    def _closes(self, conn: Connected, command: CloseBoth) -> None:
        self.down = self.down or command.down
        if command.silent:
            conn.muted = True
        elif conn is self.now:
            self.hang_up("tap")

    def _leaves(self, conn: Connected, command: Forward | Send | SendRaw) -> None:
        if not conn.open or conn.muted:
            return
        raw = encode(command.packet, conn.dialect.version) if isinstance(command, Send) else command.raw
        self.add(self._left(conn, command, len(raw)))
        end = self.cloud if command.way == "up" else self.device
        self._under_way.append(lambda: self._reaches(conn, end, raw))

    def _left(self, conn: Connected, command: Forward | Send | SendRaw, size: int) -> PacketRecord:
        match command:
            case SendRaw():
                return records.spoilt(command.raw, command.way, conn.number, command.of, command.by)
            case Send(way=way, of=of, by=by):
                return records.sent(command.packet, command.topic, size, way, conn.number, of, by)
            case Forward(of=of):
                arrival = self.records[of - 1]
                assert isinstance(arrival, PacketRecord)
                return records.forwarded(arrival)

    def _reaches(self, conn: Connected, end: Receiver | None, raw: bytes) -> None:
        if conn is not self.now or end is None:
            return
        try:
            packet = decode(raw, conn.dialect.version)
        except (MalformedPacket, ValueError):
            self.hang_up("device" if end is self.device else "cloud")
            if end is self.device:
                self.later(HOP, end.lost)
            return
        end.receive(packet)


class Cloud:
    """A broker for one device with the service behind it: replies at QoS 0, notifications at QoS 1, sent again once."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.service = JobsService(None, 0)
        self.operate("CreateThing", thingName=THING)
        self._ids = itertools.count(1)
        self._open: dict[int, Publish] = {}
        self._granted: dict[str, int] = {}
        self._session = False
        self._here = False

    def operate(self, call: str, **params: Any) -> Any:
        """One of the operator's calls; its notifications go out."""
        answer, notices = self.service.operations.by_name[call](params, NOON + self.line.at)
        self._send(notices)
        return answer

    def queue(self, job: str) -> None:
        """A job for the device."""
        document, targets = json.dumps({"do": job}), [f"arn:aws:iot:x:0:thing/{THING}"]
        self.operate("CreateJob", jobId=job, targets=targets, document=document)

    def another_client(self, job: str) -> None:
        """Somebody else reports progress."""
        found = self.service.handle("another", topic(f"{job}/update"), b'{"status":"IN_PROGRESS"}', self._now)
        self._send([one for one in found or [] if one.to is None])

    def status(self, job: str) -> str:
        """What the service has."""
        found = self.service.operations.by_name["DescribeJobExecution"]({"jobId": job, "thingName": THING}, self._now)
        return str(found[0]["execution"]["status"])

    @property
    def _now(self) -> float:
        return NOON + self.line.at

    def lost(self) -> None:
        """The connection has ended."""
        self._here = False

    def receive(self, packet: Packet) -> None:
        """A packet from the tap."""
        match packet:
            case Connect(clean_start=clean):
                self._here, present = True, self._session and not clean
                self._session = not clean
                if not present:
                    self._granted, self._open = {}, {}
                self._say(Connack(session_present=present))
                for again in list(self._open.values()):
                    self._say(again)
            case Subscribe(packet_id=number, filters=filters):
                self._granted |= {wish.filter: min(wish.qos, 1) for wish in filters}
                self._say(Suback(packet_id=number, codes=tuple(min(wish.qos, 1) for wish in filters)))
            case Puback(packet_id=number):
                self._open.pop(number, None)
            case Publish(packet_id=number, topic=topic, payload=payload):
                if number is not None:
                    self._say(Puback(packet_id=number))
                self._send(self.service.handle(THING, topic, payload, self._now) or [])

    def _send(self, outgoing: list[Outgoing]) -> None:
        for one in outgoing:
            payload = msgspec.json.encode(one.payload)
            if one.to is not None:
                self._say(Publish(topic=one.topic, payload=payload))
            elif one.topic in self._granted:
                number = next(self._ids)
                self._open[number] = Publish(topic=one.topic, payload=payload, qos=1, packet_id=number)
                self._say(self._open[number])
                self.line.later(RESEND, partial(self._again, number))

    def _again(self, number: int) -> None:
        if number in self._open:
            self._say(self._open[number])

    def _say(self, packet: Packet) -> None:
        if self._here:
            self.line.send("down", packet)


def topic(words: str) -> str:
    """A Jobs topic of the thing."""
    return f"$aws/things/{THING}/jobs/{words}"
