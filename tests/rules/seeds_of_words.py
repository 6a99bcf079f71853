"""Wrongs against what a profile declares, and against what the service says: two and more for each of I15 and on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rigs.jobs.model import Kind, Operation
from rigs.trace.records import Evidence
from rigs.trace.tape import execution
from tests.rules.conversations import Talk
from tests.rules.seeds import SEEDS as OF_THE_PROTOCOL
from tests.rules.seeds import Seed

LATER = 5  # seconds, more than the evidence may lag


def _work(talk: Talk, job: str, sort: Any = "begun") -> int:
    return talk.tape.add(Evidence(job=job, sort=sort, text=f"{sort} {job}", after=talk.tape.at - 0.05)).n


def _work_before(start: Callable[[Talk], Any]) -> Callable[[Talk], int]:
    """Work is seen, and `start` comes much later."""

    def sow(talk: Talk) -> int:
        talk.queued("S")
        seen = _work(talk, "S")
        talk.tape.wait(LATER)
        start(talk)
        talk.ended("S")
        return seen

    return sow


def _refused(talk: Talk) -> None:
    talk.report("S", {"status": "IN_PROGRESS"})


def _told(talk: Talk, **details: str) -> int:
    return talk.update("S", "IN_PROGRESS", statusDetails=details)


def _progress(*values: str) -> Callable[[Talk], int]:
    """The last of the values is the wrong one."""

    def sow(talk: Talk) -> int:
        talk.queued("S")
        talk.taken("S")
        sent = [_told(talk, progress=value) for value in values]
        talk.ended("S")
        return sent[-1]

    return sow


def _alternately(talk: Talk) -> int:
    """S, then T, then S again."""
    for job in ("S", "T"):
        talk.queued(job)
    talk.version = 1
    talk.update("S", "IN_PROGRESS")
    talk.version = 1
    talk.update("T", "IN_PROGRESS")
    talk.version = 2
    sent = talk.update("S", "IN_PROGRESS")
    talk.ended("S")
    talk.version = 2
    talk.ended("T")
    return sent


def _two_works(talk: Talk) -> int:
    talk.queued("S")
    talk.taken("S")
    _work(talk, "S")
    talk.tape.wait(1)
    _work(talk, "T")
    talk.tape.wait(LATER)
    done = _work(talk, "S", "done")
    talk.ended("S")
    return done


def _one_within_the_other(talk: Talk) -> int:
    """T begins and ends while S goes on."""
    talk.queued("S")
    talk.taken("S")
    for job, sort in (("S", "begun"), ("T", "begun"), ("T", "done")):
        _work(talk, job, sort)
        talk.tape.wait(1)
    talk.tape.wait(LATER)
    done = _work(talk, "S", "done")
    talk.ended("S")
    return done


def _handed_out_and_another(talk: Talk) -> int:
    """start-next hands S out; then T is started by an update, and S goes on."""
    for job in ("S", "T"):
        talk.queued(job)
    _started(talk)
    talk.version = 1
    talk.update("T", "IN_PROGRESS")
    talk.version = 2
    sent = talk.update("S", "IN_PROGRESS")
    talk.ended("S")
    talk.version = 2
    talk.ended("T")
    return sent


def _answered_before_its_last(talk: Talk) -> int:
    """As `_alternately`, and T's newest report has no answer yet when S goes on."""
    for job in ("S", "T"):
        talk.queued(job)
    for job in ("S", "T"):
        talk.version = 1
        talk.update(job, "IN_PROGRESS")
    body = {**talk.body("IN_PROGRESS"), **talk.token()}
    talk.tape.update("T", sending={"qos": talk.habits.qos}, **body)
    sent = talk.update("S", "IN_PROGRESS")
    talk.tape.accept("T", **{name: body[name] for name in ("clientToken",) if name in body})
    talk.ended("S")
    talk.version = 3
    talk.ended("T")
    return sent


def _next_execution_too_early(talk: Talk) -> int:
    """The second execution of S is worked on before its start."""
    talk.queued("S")
    talk.taken("S")
    talk.update("S", "FAILED", executionNumber=1)
    talk.number = 2
    talk.queued("S")
    talk.tape.wait(LATER)
    seen = _work(talk, "S")
    talk.tape.wait(LATER)
    talk.taken("S")
    talk.ended("S")
    return seen


def _closed_by_the_cloud(talk: Talk) -> int:
    """The cloud ends each connection, and the device comes again at once: who sends something forbidden does that."""
    talk.tape.wait(20)
    for _ in range(11):
        talk.tape.close(by="cloud")
        sent = talk.tape.wait(0.5).connect(clean=talk.habits.clean)
    return sent


def _connects(talk: Talk) -> int:
    """One a minute, by itself."""
    talk.tape.wait(4000)
    for _ in range(13):
        talk.tape.close(by="device")
        sent = talk.tape.wait(60).connect(clean=talk.habits.clean)
    return sent


def _asks(operation: Operation, gap: float, count: int) -> Callable[[Talk], int]:
    """Questions that are answered with nothing, one right after the other."""

    def sow(talk: Talk) -> int:
        lists = ("inProgressJobs", "queuedJobs") if operation is Operation.GET else ()
        job = "$next" if operation is Operation.DESCRIBE else None
        sent = 0
        for _ in range(count):
            sent = talk.ask(operation, {}, {name: [] for name in lists}, job)
            talk.tape.wait(gap)
        return sent

    return sow


def _goes_on(state: str, code: str, reports: int) -> Callable[[Talk], int]:
    """The service has ended the execution, and the device reports so often after it was told."""

    def sow(talk: Talk) -> int:
        talk.queued("S")
        talk.taken("S")
        sent = 0
        for _ in range(reports + 1):
            sent = talk.tape.wait(0.5).update("S", sending={"qos": talk.habits.qos}, **talk.body("FAILED"))
            over = {"status": state, "versionNumber": talk.version + 1}
            talk.tape.wait(0.05).refuse("S", code, executionState=over)
        return sent

    return sow


def _malformed(operation: Operation, code: str) -> Callable[[Talk], int]:
    def sow(talk: Talk) -> int:
        talk.queued("S")
        job = "S" if operation in (Operation.UPDATE, Operation.DESCRIBE) else None
        body = {"status": "IN_PROGRESS"} if operation is Operation.UPDATE else {}
        talk.tape.wait(1).up(talk.tape.topic(operation, job=job), body, qos=talk.habits.qos)
        refusal = {"code": code, "message": "as it says"}
        talk.tape.wait(0.1).down(talk.tape.topic(operation, Kind.REJECTED, job), refusal)
        return len(talk.tape.records) - 1  # on the cloud's leg

    return sow


def _started(talk: Talk) -> None:
    started = execution("S", status="IN_PROGRESS", versionNumber=2, executionNumber=talk.number)
    talk.version = 2
    talk.ask(Operation.START_NEXT, {}, {"execution": started})


SEEDS = [
    *OF_THE_PROTOCOL,
    Seed(rule="I12", name="the cloud hangs up", sow=_closed_by_the_cloud),
    Seed(rule="I12", name="connects of an hour", sow=_connects, severity="remark"),
    Seed(rule="I15", name="an update comes late", sow=_work_before(lambda talk: talk.update("S", "IN_PROGRESS"))),
    Seed(rule="I15", name="start-next comes late", sow=_work_before(_started)),
    Seed(rule="I15", name="the start is refused", sow=_work_before(_refused)),
    Seed(rule="I15", name="the next execution", sow=_next_execution_too_early),
    Seed(rule="I16", name="a number", sow=_progress("0", "30", "60", "50")),
    Seed(rule="I16", name="of a whole", sow=_progress("0/9", "3/9", "6/9", "4/9")),
    Seed(rule="I16", name="percent", sow=_progress("1 %", "50 %", "80 %", "51 %")),
    Seed(rule="I16", name="more than the whole", sow=_progress("5/9", "10/9")),
    Seed(rule="I16", name="less than nothing", sow=_progress("-1")),
    Seed(rule="I17", name="reports", sow=_alternately),
    Seed(rule="I17", name="start-next and another", sow=_handed_out_and_another),
    Seed(rule="I17", name="an answer is still under way", sow=_answered_before_its_last),
    Seed(rule="I17", name="works", sow=_two_works),
    Seed(rule="I17", name="one within the other", sow=_one_within_the_other),
    Seed(rule="I18", name="get", sow=_asks(Operation.GET, 1, 3), severity="remark"),
    Seed(rule="I18", name="start-next", sow=_asks(Operation.START_NEXT, 5, 3), severity="remark"),
    Seed(rule="I18", name="too many in an hour", sow=_asks(Operation.DESCRIBE, 60, 14), severity="remark"),
    Seed(rule="I19", name="canceled", sow=_goes_on("CANCELED", "InvalidStateTransition", 6)),
    Seed(rule="I19", name="timed out", sow=_goes_on("TIMED_OUT", "VersionMismatch", 6)),
    Seed(rule="I19", name="three more", sow=_goes_on("CANCELED", "VersionMismatch", 3), severity="remark"),
    Seed(rule="I20", name="an update", sow=_malformed(Operation.UPDATE, "InvalidRequest"), severity="remark"),
    Seed(rule="I20", name="a question", sow=_malformed(Operation.DESCRIBE, "InvalidTopic"), severity="remark"),
    Seed(rule="I20", name="no JSON", sow=_malformed(Operation.GET, "InvalidJson"), severity="remark"),
]
