"""The agent in a world without network or time: the pure Jobs service answers, the test moves the clock."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from rigs.agent import config
from rigs.agent.agent import Agent
from rigs.agent.events import Alive, Arrived, Connected, Disconnected, Finished, Restart, Sent, Subscribed
from rigs.agent.link import FakeLink
from rigs.agent.mutants import policy_for
from rigs.agent.store import Flash
from rigs.agent.timers import Timers
from rigs.agent.work import FakeWorkshop
from rigs.jobs.service import JobsService
from rigs.jobs.switches import Switches
from rigs.mqtt.topics import matches

THING = "bench-7"
ROOT = f"$aws/things/{THING}/jobs/"
Message = dict[str, Any]
Filter = Callable[[str, Message], bool]
"""Says whether a message passes."""

OUTCOMES = {"succeed": "SUCCEEDED", "fail": "FAILED", "noisy": "FAILED"}


class BenchWorkshop(FakeWorkshop):
    """Short work ends at once; held work ends when the test says so; begun and done are counted by nonce."""

    def __init__(self) -> None:
        super().__init__()
        self.documents: dict[int, Message] = {}
        self.running: set[int] = set()
        self.done: list[str] = []

    def begin(self, document: Message, *, resume: bool) -> int:
        run = super().begin(document, resume=resume)
        self.documents[run] = document
        self.running.add(run)
        return run

    def stop(self, run: int, *, dropped: bool) -> None:
        super().stop(run, dropped=dropped)
        self.running.discard(run)

    def end(self, run: int) -> Finished:
        self.running.discard(run)
        document = self.documents[run]
        self.done.append(document["nonce"])
        return Finished(run=run, status=OUTCOMES.get(document["op"], "SUCCEEDED"), details=(("result", "over"),))

    def begun(self, nonce: str) -> int:
        return sum(word == nonce and not resumed for word, resumed in self.began)


class World:
    """One device, one service, one clock; `up` and `down` say what passes, and everything sent is kept."""

    def __init__(self, flash: Path, *, bug: str | None = None, switches: Switches | None = None, **words: Any) -> None:
        self.flash, self.now = flash, 1_700_000_000.0
        raw = {"endpoint": "localhost", "port": 8883, "thing": THING, "ca": "ca", "certificate": "c", "key": "k"}
        times = words.pop("timing", {})
        self.settings = config.settings({**raw, "bug": bug, "habits": words, "timing": times}, flash)
        self.service = JobsService(switches)
        self.operate("CreateThing", thingName=THING)
        self.up: list[Filter] = []
        self.down: list[Filter] = []
        self.requests: list[tuple[str, Message]] = []
        self.answers: list[tuple[str, Message]] = []
        self.log: list[str] = []
        self.held: list[tuple[str, Message]] = []
        self.connected = False
        self.boot()

    def boot(self) -> None:
        """A new process on the same flash."""
        self.workshop = BenchWorkshop()
        self.link = FakeLink()
        self.connected = False
        self.agent = Agent(
            settings=self.settings,
            link=self.link,
            workshop=self.workshop,
            flash=Flash(self.flash),
            policy=policy_for(self.settings),
            timers=Timers(lambda: self.now),
            chance=Random(1),
            say=self.log.append,
        )

    # operator

    def operate(self, call: str, **params: Any) -> Message:
        reply, notices = self.service.operations.by_name[call](params, self.now)
        for notice in notices:
            self.hear(notice.topic, notice.payload, subscribed_only=True)
        return reply

    def queue(self, job: str, op: str = "succeed", **params: Any) -> None:
        document = {"op": op, "nonce": job, **params.pop("more", {})}
        arn = f"arn:aws:iot:x:0:thing/{THING}"
        self.operate("CreateJob", jobId=job, targets=[arn], document=json.dumps(document), **params)

    def cancel(self, job: str) -> None:
        self.operate("CancelJobExecution", jobId=job, thingName=THING, force=True)

    def state(self, job: str) -> str:
        shown = self.operate("DescribeJobExecution", jobId=job, thingName=THING)["execution"]
        return str(shown["status"])

    def rival(self, job: str) -> None:
        """Another client reports progress."""
        self.service.handle("rival", f"{ROOT}{job}/update", b'{"status":"IN_PROGRESS"}', self.now)

    # network

    def connect(self, *, session: bool = False) -> None:
        self.connected = True
        self.agent.handle(Connected(session=session))
        if self.link.filters:
            self.agent.handle(Subscribed())
        self.pump()

    def cut(self) -> None:
        self.connected = False
        self.agent.handle(Disconnected(reason="cut"))

    def reconnect(self) -> None:
        self.cut()
        self.connect()

    def hear(self, topic: str, payload: Message, *, subscribed_only: bool = False) -> None:
        known = not subscribed_only or any(matches(name, topic) for name in self.link.filters)
        if self.connected and known and all(passes(topic, payload) for passes in self.down):
            self.answers.append((topic, payload))
            self.agent.handle(Arrived(topic=topic, payload=json.dumps(payload).encode()))

    def pump(self) -> None:
        """Until nothing is under way."""
        while self._serve() or self._finish_short_work():
            pass

    def _serve(self) -> bool:
        taken, self.link.sent = self.link.sent, []
        tickets, self.link.tickets = self.link.tickets[-len(taken) :], []
        for (topic, body), ticket in zip(taken if self.connected else [], tickets, strict=False):
            self.requests.append((topic, body))
            if all(passes(topic, body) for passes in self.up):
                self.agent.handle(Sent(ticket=ticket, ok=True))
                for out in self.service.handle(THING, topic, json.dumps(body).encode(), self.now) or []:
                    self.hear(out.topic, out.payload, subscribed_only=out.to is None)
        return bool(taken)

    def _finish_short_work(self) -> bool:
        short = [run for run in self.workshop.running if self.workshop.documents[run]["op"] in OUTCOMES]
        for run in short:
            self.agent.handle(self.workshop.end(run))
        return bool(short)

    # work

    def finish(self, nonce: str) -> None:
        """Held work ends by itself, in every run of it."""
        for run in [each for each in self.workshop.running if self.workshop.documents[each]["nonce"] == nonce]:
            self.agent.handle(self.workshop.end(run))
        self.pump()

    def restart_wanted(self, nonce: str) -> None:
        run = next(each for each in self.workshop.running if self.workshop.documents[each]["nonce"] == nonce)
        self.agent.handle(Restart(run=run, board=True))

    # time

    def pass_time(self, seconds: float) -> None:
        """Let time pass; held work shows that it is alive, the service's timers fire."""
        end = self.now + seconds
        while self.now < end and self.agent.left is None:
            pause = self.agent.timers.pause()
            self.now = min(end, self.now + max(0.001, min(0.1, pause if pause is not None else 0.1)))
            for run in self.workshop.running:
                if self.workshop.documents[run]["op"] == "long":
                    self.agent.handle(Alive(run=run, percent=int(self.now) % 100))
            for out in self.service.expire(self.now):
                self.hear(out.topic, out.payload, subscribed_only=True)
            self.agent.timers.fire()
            self.pump()

    # looking

    def reports(self, job: str, *statuses: str) -> list[Message]:
        """Updates about a job, in the order of sending."""
        found = [body for topic, body in self.requests if topic == f"{ROOT}{job}/update"]
        return [body for body in found if not statuses or body["status"] in statuses]

    def refusals(self, job: str) -> list[str]:
        """Codes of the refused updates of a job."""
        return [body.get("code", "") for topic, body in self.answers if topic == f"{ROOT}{job}/update/rejected"]


def drop_first(word: str, times: int = 1, **members: Any) -> Filter:
    """Lets the first messages pass away whose topic ends with `word` and that have these members."""
    left = [times]

    def passes(topic: str, body: Message) -> bool:
        fits = topic.endswith(word) and all(body.get(name) == value for name, value in members.items())
        if fits and left[0]:
            left[0] -= 1
            return False
        return True

    return passes


def drop_all(word: str) -> Filter:
    """Lets nothing pass whose topic ends with `word`."""
    return lambda topic, body: not topic.endswith(word)


def refuse(word: str, code: str, world: World, times: int = 99) -> Filter:
    """Answers requests in the service's place with a refusal; they do not reach it."""
    left = [times]

    def passes(topic: str, body: Message) -> bool:
        if not topic.endswith(word) or not left[0]:
            return True
        left[0] -= 1
        token = {"clientToken": body["clientToken"]} if "clientToken" in body and code != "InvalidJson" else {}
        world.hear(f"{topic}/rejected", {"code": code, "message": "no", "timestamp": 1, **token})
        return False

    return passes


def working(tmp_path: Path, **words: Any) -> World:
    """A device that works on the held job A."""
    world = World(tmp_path, **words)
    world.connect()
    world.queue("A", "long")
    world.pump()
    assert world.state("A") == "IN_PROGRESS"
    return world
