"""Wrongs that are put into a clean talk: two and more for each rule, each with the records that prove it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rigs.jobs.model import Kind, Operation
from rigs.trace.records import Link
from tests.rules.conversations import Talk

PROFILE: dict[str, Any] = {
    "repeats_unanswered": True,
    "waits_for_start": True,
    "one_at_a_time": True,
    "progress_key": "progress",
    "asks_per_hour": 12,
    "connects_per_hour": 12,
    "timing": {"ack": 5, "reply": 2, "retry": 3, "report": 4, "react": 1, "poll": 30},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """A wrong: `sow` puts it into a talk and returns the last record that proves it."""

    rule: str
    name: str
    sow: Callable[[Talk], int]
    severity: str = "violation"

    def __str__(self) -> str:
        return f"{self.rule}-{self.name.replace(' ', '-')}"


def _request(operation: Operation, body: Any, job: str | None = None) -> Callable[[Talk], int]:
    """One request in the midst of a job."""

    def sow(talk: Talk) -> int:
        talk.queued("S")
        topic = talk.tape.topic(operation, job=job)
        return talk.tape.wait(1).up(topic, body, qos=talk.habits.qos)

    return sow


def _publish(topic: str, body: Any) -> Callable[[Talk], int]:
    """One message on any topic."""

    def sow(talk: Talk) -> int:
        talk.queued("S")
        return talk.tape.wait(1).up(topic, body, qos=talk.habits.qos)

    return sow


def _report(**body: Any) -> Callable[[Talk], int]:
    """One wrong report about a running job."""

    def sow(talk: Talk) -> int:
        talk.queued("S")
        talk.taken("S")
        sent = talk.report("S", body)
        talk.ended("S")
        return sent

    return sow


def _start(**body: Any) -> Callable[[Talk], int]:
    return _request(Operation.START_NEXT, body)


def _constant_token(first: Operation, second: Operation) -> Callable[[Talk], int]:
    def sow(talk: Talk) -> int:
        talk.queued("S")
        for operation in (first, second):
            sent = talk.tape.wait(1).up(talk.tape.topic(operation), {"clientToken": "mine"}, qos=talk.habits.qos)
        return sent

    return sow


def _after_the_end(status: str) -> Callable[[Talk], int]:
    """A report after the accepted end; "other": another end than the device's."""

    def sow(talk: Talk) -> int:
        talk.queued("S")
        talk.taken("S")
        talk.ended("S")
        other = "FAILED" if talk.habits.end != "FAILED" else "SUCCEEDED"
        return talk.report("S", {"status": other if status == "other" else status})

    return sow


def _version(change: int, accepted: int = 0) -> Callable[[Talk], int]:
    def sow(talk: Talk) -> int:
        talk.queued("S")
        talk.taken("S")
        for _ in range(accepted):
            talk.update("S", "IN_PROGRESS")
        sent = talk.report("S", {"status": "IN_PROGRESS", "expectedVersion": talk.version + change})
        talk.ended("S")
        return sent

    return sow


def _ended_execution(talk: Talk) -> int:
    talk.queued("S")
    talk.taken("S")
    talk.update("S", "FAILED")
    talk.number = 2
    talk.queued("S")
    sent = talk.report("S", {"status": "FAILED", "executionNumber": 1})
    talk.taken("S")
    talk.ended("S")
    return sent


def _progress_of_the_ended(talk: Talk) -> int:
    talk.queued("S")
    talk.taken("S")
    talk.update("S", "FAILED", executionNumber=1)
    talk.number = 2
    talk.queued("S")
    return talk.report("S", {"status": "IN_PROGRESS", "executionNumber": 1})


def _unacknowledged(operation: Operation) -> Callable[[Talk], int]:
    def sow(talk: Talk) -> int:
        talk.tape.wait(1).down(
            talk.tape.topic(operation, Kind.NOTIFICATION), {"timestamp": 1, "jobs": {}}, qos=1, id=77
        )
        given = len(talk.tape.records)
        talk.tape.wait(6)
        return given

    return sow


def _burst(topic: str) -> Callable[[Talk], int]:
    def sow(talk: Talk) -> int:
        for _ in range(101):
            sent = talk.tape.wait(0.005).up(topic, {"clientToken": str(talk.tape.at)}, qos=0)
        return sent

    return sow


def _connects(talk: Talk) -> int:
    talk.tape.wait(20)
    for _ in range(11):
        talk.tape.close(by="device")
        sent = talk.tape.wait(0.5).connect(clean=talk.habits.clean)
    return sent


def _tries(talk: Talk) -> int:
    talk.tape.wait(20)
    talk.tape.close(by="device")
    for _ in range(11):
        talk.tape.conn += 1
        tried = talk.tape.wait(0.3).add(Link(link="device", conn=talk.tape.conn, event="refused", by="tap")).n
    talk.connect()
    return tried


def _unanswered(reconnects: bool) -> Callable[[Talk], int]:
    """The end goes to the service and nothing comes back, and the device leaves it at that."""

    def sow(talk: Talk) -> int:
        talk.queued("S")
        talk.taken("S")
        sent = talk.tape.update("S", "SUCCEEDED", sending={"qos": talk.habits.qos, "acked": False})
        if reconnects:
            talk.tape.wait(1).close(by="device")
            talk.connect()
        talk.tape.wait(7)
        return sent

    return sow


TOPIC = "$aws/things/bench-7/jobs"
LARGE = {"status": "IN_PROGRESS", "statusDetails": {f"part-{number}": "x" * 1000 for number in range(140)}}

SEEDS = [
    Seed(rule="I1", name="no JSON", sow=_request(Operation.UPDATE, b"{not json", "S")),
    Seed(rule="I1", name="a list", sow=_request(Operation.UPDATE, [1, 2], "S")),
    Seed(rule="I1", name="no status", sow=_report(statusDetails={"step": "copy"})),
    Seed(rule="I1", name="a version in words", sow=_report(status="IN_PROGRESS", expectedVersion="two")),
    Seed(
        rule="I1",
        name="an unknown member",
        sow=_report(status="IN_PROGRESS", jobName="S"),
        severity="remark",
    ),
    Seed(rule="I2", name="a job never given", sow=_publish(f"{TOPIC}/other/update", {"status": "IN_PROGRESS"})),
    Seed(rule="I2", name="an empty job id", sow=_publish(f"{TOPIC}//update", {"status": "IN_PROGRESS"})),
    Seed(rule="I2", name="another thing", sow=_publish("$aws/things/bench-8/jobs/S/update", {"status": "IN_PROGRESS"})),
    Seed(rule="I2", name="next in update", sow=_publish(f"{TOPIC}/$next/update", {"status": "IN_PROGRESS"})),
    Seed(rule="I2", name="no request", sow=_publish(f"{TOPIC}/S/update/accepted", {})),
    Seed(rule="I3", name="canceled", sow=_report(status="CANCELED")),
    Seed(rule="I3", name="small letters", sow=_report(status="succeeded")),
    Seed(rule="I4", name="null", sow=_report(status="IN_PROGRESS", expectedVersion=None)),
    Seed(rule="I4", name="nested", sow=_report(status="IN_PROGRESS", statusDetails={"step": {"name": "copy"}})),
    Seed(rule="I4", name="a key with a space", sow=_report(status="IN_PROGRESS", statusDetails={"two words": "x"})),
    Seed(rule="I4", name="long", sow=_report(status="IN_PROGRESS", statusDetails={"log": "x" * 1025})),
    Seed(rule="I4", name="a number", sow=_report(status="IN_PROGRESS", statusDetails={"up": 1.5}), severity="remark"),
    Seed(rule="I5", name="ask and start", sow=_constant_token(Operation.GET, Operation.START_NEXT), severity="remark"),
    Seed(rule="I5", name="start and ask", sow=_constant_token(Operation.START_NEXT, Operation.GET), severity="remark"),
    Seed(rule="I6", name="another end", sow=_after_the_end("other")),
    Seed(rule="I6", name="one more end", sow=_after_the_end("TIMED_OUT")),
    Seed(rule="I7", name="progress", sow=_after_the_end("IN_PROGRESS")),
    Seed(
        rule="I7",
        name="progress of the ended execution",
        sow=_progress_of_the_ended,
    ),
    Seed(rule="I8", name="too old", sow=_version(-1, accepted=1)),
    Seed(rule="I8", name="too new", sow=_version(+1)),
    Seed(rule="I8", name="far off", sow=_version(+2147483645)),
    Seed(rule="I9", name="never given", sow=_report(status="IN_PROGRESS", executionNumber=7)),
    Seed(rule="I9", name="ended", sow=_ended_execution),
    Seed(rule="I10", name="zero", sow=_report(status="IN_PROGRESS", stepTimeoutInMinutes=0)),
    Seed(rule="I10", name="too long", sow=_report(status="IN_PROGRESS", stepTimeoutInMinutes=10081)),
    Seed(rule="I10", name="no step in start-next", sow=_start(stepTimeoutInMinutes=-1)),
    Seed(rule="I11", name="notify", sow=_unacknowledged(Operation.NOTIFY)),
    Seed(rule="I11", name="notify-next", sow=_unacknowledged(Operation.NOTIFY_NEXT)),
    Seed(rule="I12", name="telemetry", sow=_burst("telemetry")),
    Seed(rule="I12", name="asking", sow=_burst(f"{TOPIC}/get")),
    Seed(rule="I12", name="connects", sow=_connects),
    Seed(rule="I12", name="tries", sow=_tries),
    Seed(rule="I13", name="not repeated", sow=_unanswered(reconnects=False)),
    Seed(rule="I13", name="nor after the link", sow=_unanswered(reconnects=True)),
    Seed(rule="I14", name="payload", sow=_report(**LARGE)),
    Seed(rule="I14", name="topic", sow=_publish("a/" * 100 + "x" * 200, {})),
    Seed(rule="I14", name="slashes", sow=_publish("a/b/c/d/e/f/g/h/i", {})),
]
