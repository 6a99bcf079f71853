"""A healthy device in small: it does jobs whatever the network does, each habit its own way."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgspec

from rigs.mqtt.packets import Connack, Connect, Disconnect, Packet, Puback, Publish, Suback, Subscribe, Subscription
from rigs.trace.records import Evidence
from tests.rules.tapline import THING, Line, topic

PATIENCE = 10.0  # seconds for a reply
TRIES = 3
POLL = 60.0  # seconds between two looks while nothing happens
AFTER_THE_END = {"progress after the end": "IN_PROGRESS", "another end": "FAILED"}
TERMINAL = ("SUCCEEDED", "FAILED", "REJECTED", "CANCELED", "TIMED_OUT", "REMOVED")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How it does things."""

    name: str
    version: int = 4
    qos: int = 1
    clean: bool = True
    starts_next: bool = True
    versions: bool = True
    tokens: bool = True
    by_token: bool = True
    defect: str = ""

    def __str__(self) -> str:
        return self.name


@dataclass(slots=True)
class Work:
    """The job in hand."""

    job: str
    version: int
    done: bool = False
    steps: int = 0


@dataclass(slots=True)
class Asked:
    """A request that waits for its reply."""

    topic: str
    body: dict[str, Any]
    tries: int = 1


@dataclass(slots=True)
class Device:
    """One request at a time: take the job, two reports of progress, the work, the end, the next."""

    line: Line
    ways: Ways
    work: Work | None = None
    asked: Asked | None = None
    finished: list[str] = field(default_factory=list)
    _ids: Any = field(default_factory=lambda: itertools.count(1))
    _unacked: dict[int, Publish] = field(default_factory=dict)
    _round: int = 0
    _ready: bool = False

    def __post_init__(self) -> None:
        self.line.device = self

    def connect(self) -> None:
        """Connect, or try again a little later."""
        self._round += 1
        self._ready = False
        if self.line.dial(self.ways.version):
            keeps = {} if self.ways.clean or self.ways.version == 4 else {"session_expiry_interval": 3600}
            self.send(
                Connect(version=self.ways.version, client_id=THING, clean_start=self.ways.clean, properties=keeps)
            )
            self._until(self._round, PATIENCE)
        else:
            self.line.later(5, self.connect)

    def _until(self, present: int, seconds: float) -> None:
        self.line.later(seconds, lambda: self._impatient(present))

    def lost(self) -> None:
        """The connection has ended: another one, two seconds later."""
        self.asked = None
        self._round += 1
        self.line.later(2, self.connect)

    def send(self, packet: Packet) -> None:
        self.line.send("up", packet)

    def receive(self, packet: Packet) -> None:
        """A packet from the tap."""
        match packet:
            case Connack(code=0, session_present=present):
                if present:
                    for again in list(self._unacked.values()):
                        self.send(msgspec.structs.replace(again, dup=True))
                else:
                    self._unacked.clear()
                wishes = tuple(Subscription(filter=topic(word), qos=1) for word in ("notify", "notify-next"))
                self.send(Subscribe(packet_id=next(self._ids), filters=wishes))
            case Connack() | Disconnect():
                self._again()
            case Suback(codes=codes):
                if max(codes) >= 0x80:
                    self._again()
                else:
                    self._ready = True
                    self._look()
            case Puback(packet_id=number):
                self._unacked.pop(number, None)
            case Publish():
                self._hears(packet)

    def _again(self) -> None:
        self.line.hang_up()
        self.lost()

    def _impatient(self, present: int) -> None:
        """The connection is dead or deaf: nothing came of it in time."""
        if present != self._round:
            return
        asked = self.asked
        if not self._ready or (asked is not None and asked.tries >= TRIES):
            self._again()
            return
        if asked is None:
            return
        asked.tries += 1
        self._say(asked)

    def _look(self) -> None:
        """Is there something to do?"""
        if self.work is not None:
            self._goes_on()
        elif self.ways.starts_next:
            self.ask("start-next", {})
        else:
            self.ask("$next/get", {})

    def ask(self, words: str, body: dict[str, Any]) -> None:
        """A request, the one that waits now."""
        token = {"clientToken": f"t{next(self._ids)}"} if self.ways.tokens else {}
        self.asked = Asked(topic(words), {**body, **token})
        self._say(self.asked)

    def _say(self, asked: Asked) -> None:
        number = next(self._ids) if self.ways.qos else None
        payload = json.dumps(asked.body).encode()
        packet = Publish(topic=asked.topic, payload=payload, qos=self.ways.qos, packet_id=number)
        if number is not None:
            self._unacked[number] = packet
        self.send(packet)
        self._round += 1
        self._until(self._round, PATIENCE)

    def report(self, status: str, **more: Any) -> None:
        """A report of the job in hand."""
        assert self.work is not None
        version = {"expectedVersion": self.work.version} if self.ways.versions else {}
        if self.ways.defect == "constant version":
            version = {"expectedVersion": 1}
        self.ask(f"{self.work.job}/update", {"status": status, **version, **more})

    def _hears(self, packet: Publish) -> None:
        if packet.packet_id is not None and self.ways.defect != "no acknowledgement":
            self.send(Puback(packet_id=packet.packet_id))
        try:
            body = json.loads(packet.payload)
        except ValueError:
            return
        words = packet.topic.removeprefix(topic(""))
        if words.startswith("notify"):
            if self.work is None and (self.asked is None or self.asked.tries > 1):
                self._look()
            return
        asked = self.asked
        if asked is None or not packet.topic.startswith(f"{asked.topic}/"):
            return
        if self.ways.by_token and body.get("clientToken") != asked.body.get("clientToken"):
            return
        self.asked = None
        self._round += 1
        (self._accepted if packet.topic.endswith("/accepted") else self._refused)(asked, body)

    def _accepted(self, asked: Asked, body: dict[str, Any]) -> None:
        if "execution" in body or not asked.topic.endswith("/update"):
            self._given(body.get("execution"))
            return
        assert self.work is not None
        self.work.version += 1
        if asked.body["status"] == "IN_PROGRESS":
            self._goes_on()
            return
        self._over()

    def _given(self, execution: dict[str, Any] | None) -> None:
        if not execution or execution["jobId"] in self.finished:
            self.line.later(POLL, self._look_again)
            return
        self.work = Work(execution["jobId"], execution.get("versionNumber", 1))
        if execution["status"] == "IN_PROGRESS":
            self._goes_on()
        else:
            self.report("IN_PROGRESS")

    def _goes_on(self) -> None:
        work = self.work
        assert work is not None
        if work.steps < 2:
            work.steps += 1
            self.report("IN_PROGRESS", statusDetails={"step": f"{work.steps}"})
            return
        if not work.done:
            self.line.work(Evidence(job=work.job, sort="begun"))
            work.done = True
            self.line.later(1, self._works)
            return
        if self.asked is None:
            self.report("SUCCEEDED")

    def _works(self) -> None:
        if self.work is not None and self.asked is None:
            self.line.work(Evidence(job=self.work.job, sort="done"))
            self.report("SUCCEEDED")

    def _over(self) -> None:
        assert self.work is not None
        self.finished.append(self.work.job)
        wrong = AFTER_THE_END.get(self.ways.defect)
        if wrong is not None:
            self.line.later(3, partial(self._says_more, self.work.job, wrong))
        self.work = None
        self._look()

    def _says_more(self, job: str, status: str) -> None:
        """A wrong: a report about what is over, whose answer nobody waits for."""
        payload = json.dumps({"status": status, "clientToken": f"t{next(self._ids)}"}).encode()
        self.send(Publish(topic=topic(f"{job}/update"), payload=payload))

    def _refused(self, asked: Asked, body: dict[str, Any]) -> None:
        state = body.get("executionState", {})
        if not asked.topic.endswith("/update"):
            self.line.later(5, self._look_again)
        elif state.get("status") in TERMINAL:
            self._over()
        elif "versionNumber" in state and self.work is not None and asked.tries <= TRIES:
            self.work.version = state["versionNumber"]
            self._repeat(asked)
        elif asked.tries < TRIES:
            self.line.later(3, lambda: self._repeat(asked))
        elif self.work is not None:
            self.work = None

    def _look_again(self) -> None:
        if self.asked is None and self.work is None:
            self._look()

    def _repeat(self, asked: Asked) -> None:
        if self.work is None or self.asked is not None:
            return
        body = {name: value for name, value in asked.body.items() if name not in ("clientToken", "expectedVersion")}
        self.report(body.pop("status"), **body)
        if self.asked is not None:
            self.asked.tries = asked.tries + 1
