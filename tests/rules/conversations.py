"""Devices of many habits in talk with the service: clean from the first record to the last, on purpose."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from rigs.jobs.model import Kind, Operation
from rigs.trace.records import Header, encoder
from rigs.trace.tape import Tape, execution

TAKES = ("start-next", "describe", "next", "list", "notice")
VERSIONS = ("never", "always", "end", "text")
TOKENS = ("never", "unique", "constant")
TROUBLES = (
    "none",
    "told twice",
    "answer lost",
    "sent again",
    "another writer",
    "reconnect",
    "reboot",
    "cancelled",
    "next execution",
    "late answer",
)
DETAILS: tuple[dict[str, str] | None, ...] = (None, {}, {"step": "copy", "log": "one\ntwo"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How a healthy device does it, and what happens to it."""

    takes: str = "start-next"
    progress: int = 1
    version: str = "always"
    token: str = "unique"
    qos: int = 1
    clean: bool = True
    numbers: bool = True
    details: int = 0
    end: str = "SUCCEEDED"
    trouble: str = "none"

    def __str__(self) -> str:
        said = (self.takes, self.progress, self.version, self.token, self.qos, self.clean, self.end, self.trouble)
        return "-".join(str(word).replace(" ", "_") for word in said)


class Talk:
    """A device with these habits; `tape` holds what was said. Each method leaves it clean."""

    def __init__(self, habits: Habits) -> None:
        self.habits = habits
        self.tape = Tape()
        self.version = 0
        self.number = 1
        self._tokens = itertools.count(1)
        self._ids = itertools.count(1)
        self.connect()

    def connect(self, present: bool = False) -> None:
        """A connection, as far as the first answer: nothing is pending."""
        self.tape.wait(2)
        self.tape.connect(clean=self.habits.clean, present=present)

    def token(self) -> dict[str, str]:
        """The clientToken of the next request."""
        if self.habits.token == "never":
            return {}
        return {"clientToken": "bench-7" if self.habits.token == "constant" else f"token-{next(self._tokens)}"}

    def tell(self, operation: Operation, body: dict[str, Any], *, lost: bool = False, by: str | None = None) -> None:
        """A notice at QoS 1, acknowledged."""
        topic = self.tape.topic(operation, Kind.NOTIFICATION)
        number = next(self._ids)
        if self.tape.down(topic, body, qos=1, id=number, lost=lost, by=by):
            self.tape.wait(0.01).both("up", "PUBACK", id=number)

    def queued(self, job: str) -> None:
        """The service tells of the job, by both notices."""
        self.version = 1
        entry = {"jobId": job, "versionNumber": 1, "executionNumber": self.number}
        self.tell(Operation.NOTIFY, {"timestamp": 1, "jobs": {"QUEUED": [entry]}})
        said = {"timestamp": 1, "execution": execution(job, executionNumber=self.number)}
        self.tell(Operation.NOTIFY_NEXT, said)
        if self.habits.trouble == "told twice":
            self.tell(Operation.NOTIFY_NEXT, said)

    def ask(self, operation: Operation, body: dict[str, Any], answer: dict[str, Any], job: str | None = None) -> int:
        """A request that is answered, and the answer read; returns its record."""
        token = self.token()
        sent = self.tape.up(self.tape.topic(operation, job=job), {**body, **token}, qos=self.habits.qos)
        said = {"timestamp": 1, **answer, **token}
        self.tape.wait(0.05).down(self.tape.topic(operation, Kind.ACCEPTED, job), said)
        self.tape.wait(0.5)
        return sent

    def taken(self, job: str) -> None:
        """The device takes the job its way, until it is IN_PROGRESS."""
        started = {"status": "IN_PROGRESS", "versionNumber": 2, "executionNumber": self.number}
        here = execution(job, executionNumber=self.number)
        match self.habits.takes:
            case "start-next":
                self.version = 2
                self.ask(Operation.START_NEXT, {}, {"execution": execution(job, **started)})
                return
            case "describe":
                self.ask(Operation.DESCRIBE, {"includeJobDocument": True}, {"execution": here}, job)
            case "next":
                self.ask(Operation.DESCRIBE, {}, {"execution": here}, "$next")
            case "list":
                entry = {"jobId": job, "versionNumber": 1, "executionNumber": self.number}
                self.ask(Operation.GET, {}, {"inProgressJobs": [], "queuedJobs": [entry]})
        self.update(job, "IN_PROGRESS")

    def body(self, status: str) -> dict[str, Any]:
        """What a report of this status says, the token left out."""
        words: dict[str, Any] = {"status": status}
        ends = status != "IN_PROGRESS"
        if self.habits.version in ("always", "text") or (self.habits.version == "end" and ends):
            words["expectedVersion"] = str(self.version) if self.habits.version == "text" else self.version
        if self.habits.numbers:
            words["executionNumber"] = self.number
        if (details := DETAILS[self.habits.details]) is not None:
            words["statusDetails"] = details
        return words

    def update(self, job: str, status: str, **more: Any) -> int:
        """A report that is accepted; returns its record."""
        sent = self.ask(Operation.UPDATE, {**self.body(status), **more}, {}, job)
        self.version += 1
        return sent

    def report(self, job: str, body: dict[str, Any]) -> int:
        """A report as it stands, which is refused; returns its record."""
        sent = self.tape.wait(0.5).update(job, sending={"qos": self.habits.qos}, **body)
        self.tape.wait(0.05).refuse(job, "InvalidRequest")
        self.tape.wait(0.5)
        return sent

    def job(self, job: str) -> None:
        """One job from its notice to its end, with the habit's trouble on the way."""
        self.queued(job)
        self.taken(job)
        for _ in range(self.habits.progress):
            self.update(job, "IN_PROGRESS")
        getattr(self, f"_{self.habits.trouble.replace(' ', '_')}", self.ended)(job)
        self.tape.wait(0.5)
        self.tell(Operation.NOTIFY, {"timestamp": 1, "jobs": {}})
        self.tell(Operation.NOTIFY_NEXT, {"timestamp": 1})

    def ended(self, job: str) -> int:
        """The end, accepted."""
        return self.update(job, self.habits.end)

    def _answer_lost(self, job: str) -> None:
        """The end is applied and the answer lost; said again, it is refused with the state."""
        body = {**self.body(self.habits.end), **self.token()}
        sending = {"qos": self.habits.qos}
        self.tape.update(job, sending=sending, **body)
        self.tape.accept(job, lost=True)
        self.tape.wait(20).update(job, sending=sending, **body)
        ended = {"status": self.habits.end, "versionNumber": self.version + 1}
        self.tape.wait(0.1).refuse(job, "InvalidStateTransition", executionState=ended)
        self.tape.wait(1)

    def _sent_again(self, job: str) -> None:
        """The end at QoS 1 gets no PUBACK, and is sent again with DUP on the next connection."""
        body = {**self.body(self.habits.end), **self.token()}
        self.tape.update(job, sending={"id": 900, "acked": False}, **body)
        self.tape.accept(job)
        self.tape.close(by="device")
        self.connect(present=not self.habits.clean)
        self.tape.update(job, sending={"id": 900, "dup": True}, **body)
        ended = {"status": self.habits.end, "versionNumber": self.version + 1}
        self.tape.wait(0.1).refuse(job, "InvalidStateTransition", executionState=ended)
        self.tape.wait(1)

    def _another_writer(self, job: str) -> None:
        """Somebody else has counted the version up: the device learns it and ends with the new one."""
        if self.habits.version != "never":
            body = {**self.body(self.habits.end), **self.token()}
            self.tape.update(job, sending={"qos": self.habits.qos}, **body)
            self.version += 3
            state = {"status": "IN_PROGRESS", "versionNumber": self.version}
            self.tape.wait(0.1).refuse(job, "VersionMismatch", executionState=state)
            self.tape.wait(1)
        self.ended(job)

    def _reconnect(self, job: str) -> None:
        """The link goes and comes again; the device asks where it stands."""
        self.tape.close(by="tap")
        self.connect()
        running = {"status": "IN_PROGRESS", "versionNumber": self.version, "executionNumber": self.number}
        self.ask(Operation.DESCRIBE, {}, {"execution": execution(job, **running)}, "$next")
        self.ended(job)

    def _reboot(self, job: str) -> None:
        """The device restarts in the middle of its job, and goes on from what it is told."""
        self.tape.close(by="device")
        self.connect()
        running = {"status": "IN_PROGRESS", "versionNumber": self.version, "executionNumber": self.number}
        self.ask(Operation.START_NEXT, {}, {"execution": execution(job, **running)})
        self.ended(job)

    def _cancelled(self, job: str) -> None:
        """The operator cancels by force; the device reports once more and is told so."""
        self.tell(Operation.NOTIFY, {"timestamp": 1, "jobs": {}})
        self.tape.update(job, sending={"qos": self.habits.qos}, **{**self.body("FAILED"), **self.token()})
        state = {"status": "CANCELED", "versionNumber": self.version + 1}
        self.tape.wait(0.1).refuse(job, "InvalidStateTransition", executionState=state)
        self.tape.wait(1)

    def _next_execution(self, job: str) -> None:
        """FAILED, and the service tries it again under the next number."""
        self.update(job, "FAILED")
        self.number += 1
        self.queued(job)
        self.taken(job)
        self.ended(job)
        self.number = 1

    def _late_answer(self, job: str) -> None:
        """The answer comes after the device has said the same once more."""
        body = {**self.body("IN_PROGRESS"), **self.token()}
        self.tape.update(job, sending={"qos": self.habits.qos}, **body)
        self.tape.wait(15).update(job, sending={"qos": self.habits.qos}, **body)
        self.tape.wait(0.1).accept(job)
        self.tape.refuse(job, "VersionMismatch", executionState={"status": "IN_PROGRESS", "versionNumber": 9})
        self.version = 9
        self.tape.wait(1)
        self.ended(job)


def every_habit(count: int, seed: int = 14) -> Iterator[Habits]:
    """So many different combinations, each trouble with each way of taking a job among them."""
    rng = Random(seed)
    for number in range(count):
        trouble = TROUBLES[number % len(TROUBLES)]
        takes = TAKES[number // len(TROUBLES) % len(TAKES)]
        habits = Habits(
            takes=takes,
            trouble=trouble,
            progress=rng.randrange(3),
            version=rng.choice(VERSIONS),
            token=rng.choice(TOKENS),
            qos=rng.randrange(2),
            clean=rng.random() < 0.5,
            numbers=rng.random() < 0.5,
            details=rng.randrange(len(DETAILS)),
            end=rng.choice(("SUCCEEDED", "FAILED", "REJECTED")),
        )
        yield replace(habits, qos=1) if trouble == "sent again" else habits


def written(path: Path, tape: Tape, **header: Any) -> Path:
    """The tape as a trace file."""
    head = Header(thing="bench-7", **header)
    path.write_bytes(b"".join(encoder.encode(each) + b"\n" for each in (head, *tape.records)))
    return path
