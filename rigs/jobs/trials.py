"""What each transition does, found out by letting the service make it; docs/lifecycle.md shows it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from rigs.jobs.execution import Execution
from rigs.jobs.lifecycle import LIFECYCLE, Event
from rigs.jobs.model import Status
from rigs.jobs.names import arn
from rigs.jobs.outgoing import Outgoing
from rigs.jobs.service import JobsService

NOON = 1_700_049_600.0  # 2023-11-15, 12:00 UTC
THING, GROUP, JOB, OTHER = "device", "group", "job", "other"
Place: TypeAlias = Literal["alone", "before another", "behind another"]
CONFIGS: Mapping[str, Any] = {
    JOB: {"timeoutConfig": {"inProgressTimeoutInMinutes": 20}},
    OTHER: {"targets": [arn("thing", THING)], "targetSelection": "SNAPSHOT"},
}
PLACES: tuple[Place, ...] = ("alone", "before another", "behind another")


class Trial:
    """A service with one thing in one group, and a clock that begins at noon."""

    def __init__(self) -> None:
        self.service, self.now = JobsService(), NOON
        self.operate("CreateThing", thingName=THING)
        self.operate("CreateThingGroup", thingGroupName=GROUP)
        self.operate("AddThingToThingGroup", thingName=THING, thingGroupName=GROUP)
        self.operate("UpdateEventConfigurations", eventConfigurations={"JOB_EXECUTION": {"Enabled": True}})

    def __repr__(self) -> str:
        return f"<Trial {self.service!r}>"

    def operate(self, call: str, **params: Any) -> list[Outgoing]:
        """One of the operator's calls; what it publishes."""
        return self.service.operations.by_name[call](params, self.now)[1]

    def create(self, job: str = JOB, **params: Any) -> None:
        """A continuous job for the group, so that the thing can leave it, unless `params` say otherwise."""
        common = {"targets": [arn("thinggroup", GROUP)], "document": "{}", "targetSelection": "CONTINUOUS"}
        self.operate("CreateJob", **{"jobId": job, **common, **params})

    def update(self, status: Status, job: str = JOB, **members: Any) -> list[Outgoing]:
        """A report of the device, which is accepted; what it publishes."""
        payload = json.dumps({"status": status, **members}).encode()
        reply, *rest = self.service.handle(THING, f"$aws/things/{THING}/jobs/{job}/update", payload, self.now) or []
        assert reply.topic.endswith("/accepted"), reply
        return rest

    def cancel(self, force: bool) -> list[Outgoing]:
        """The operator cancels the execution."""
        return self.operate("CancelJobExecution", jobId=JOB, thingName=THING, force=force)

    def expire(self) -> list[Outgoing]:
        """Time passes until a timer ends."""
        self.now = self.service.next_deadline() or self.now
        return self.service.expire(self.now)

    def leave(self) -> list[Outgoing]:
        """The thing leaves the group."""
        return self.operate("RemoveThingFromThingGroup", thingName=THING, thingGroupName=GROUP)

    def version(self) -> int:
        """Of the job's first execution."""
        params = {"jobId": JOB, "thingName": THING, "executionNumber": 1}
        shown, _ = self.service.operations.by_name["DescribeJobExecution"](params, self.now)
        return int(shown["execution"]["versionNumber"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """Who makes an event happen, by what, where that stands, and how a trial does it."""

    by: Literal["device", "service"]
    how: str
    clause: str
    act: Callable[[Trial], list[Outgoing]]


DOINGS: Mapping[Event, Doing] = {
    Event.START: Doing(
        by="device",
        how="start-next, or update IN_PROGRESS",
        clause="jobs-protocol §2.2, §2.4",
        act=lambda trial: trial.update(Status.IN_PROGRESS),
    ),
    Event.SUCCEED: Doing(
        by="device",
        how="update SUCCEEDED",
        clause="jobs-protocol §4; evidence.md Part 1 c",
        act=lambda trial: trial.update(Status.SUCCEEDED),
    ),
    Event.FAIL: Doing(
        by="device",
        how="update FAILED",
        clause="jobs-protocol §4; evidence.md Part 1 c",
        act=lambda trial: trial.update(Status.FAILED),
    ),
    Event.REJECT: Doing(
        by="device",
        how="update REJECTED",
        clause="jobs-protocol §4; evidence.md Part 1 c",
        act=lambda trial: trial.update(Status.REJECTED),
    ),
    Event.CANCEL: Doing(
        by="service",
        how="CancelJob, CancelJobExecution, abort",
        clause="jobs-protocol §4, Cancel",
        act=lambda trial: trial.cancel(force=False),
    ),
    Event.FORCE_CANCEL: Doing(
        by="service",
        how="CancelJob or CancelJobExecution by force",
        clause="jobs-protocol §4, Cancel",
        act=lambda trial: trial.cancel(force=True),
    ),
    Event.EXPIRE: Doing(
        by="service",
        how="step timer or in-progress timer",
        clause="jobs-protocol §4, timers",
        act=lambda trial: trial.expire(),
    ),
    Event.REMOVE: Doing(
        by="service",
        how="the thing leaves the group of a continuous job",
        clause="jobs-protocol §4, Continuous job",
        act=lambda trial: trial.leave(),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a transition did: how far the version went, the event that it had, and by place what was published."""

    counted: int
    event: str
    published: Mapping[Place, str]


def edges() -> Iterator[tuple[Status, Event, Status]]:
    """Every transition of the table, in its order."""
    for source, row in LIFECYCLE.items():
        for event, target in row.items():
            yield source, event, target


def effect(source: Status, event: Event) -> Effect:
    """Let a fresh service make the transition, once for each place of the execution among the pending ones."""
    found = {place: _tried(source, event, place) for place in PLACES}
    counted, told, _ = found["alone"]
    return Effect(counted=counted, event=told, published={place: words for place, (_, _, words) in found.items()})


def _tried(source: Status, event: Event, place: Place) -> tuple[int, str, str]:
    """The version's step, the event's name, the notices."""
    trial = Trial()
    for job in {"alone": (JOB,), "before another": (JOB, OTHER), "behind another": (OTHER, JOB)}[place]:
        trial.create(job, **CONFIGS[job])
        if source is Status.IN_PROGRESS:
            trial.update(source, job)
    before = trial.version()
    outgoing = DOINGS[event].act(trial)
    return trial.version() - before, _event(outgoing), _notices(outgoing)


def retried() -> Iterator[tuple[Status, str, str]]:
    """Each end of a running execution whose job has a retry left: the execution that follows, what was published."""
    config = {"criteriaList": [{"failureType": "ALL", "numberOfRetries": 1}]}
    for event in (Event.FAIL, Event.EXPIRE, Event.REJECT):
        trial = Trial()
        trial.create(jobExecutionsRetryConfig=config, **CONFIGS[JOB])
        trial.update(Status.IN_PROGRESS)
        outgoing = DOINGS[event].act(trial)
        pending = trial.service.ledger.pending(THING)
        yield LIFECYCLE[Status.IN_PROGRESS][event], ", ".join(map(_shown, pending)) or "none", _notices(outgoing)


def _shown(execution: Execution) -> str:
    return f"{execution.job}, number {execution.number}, {execution.status}, version {execution.version}"


def timed() -> Iterator[tuple[str, str, str]]:
    """AWS's worked example of the two timers (jobs-protocol §4): clock, what the device says, when it is timed out."""
    trial = Trial()
    trial.create(**CONFIGS[JOB])
    for minute, step in ((0, None), (5, 7), (10, 5), (11, None), (12, -1), (13, 9)):
        trial.now = NOON + minute * 60
        members: dict[str, Any] = {} if step is None else {"stepTimeoutInMinutes": step}
        trial.update(Status.IN_PROGRESS, **members)
        said = "no step" if step is None else f"step {step}"
        yield _clock(trial.now), f"IN_PROGRESS, {said}", _clock(trial.service.next_deadline() or 0)


def _clock(instant: float) -> str:
    return f"{12 + int(instant - NOON) // 3600}:{int(instant - NOON) // 60 % 60:02}"


def _notices(outgoing: list[Outgoing]) -> str:
    """notify and notify-next with the jobs that they name, in the order in which they went out."""
    return ", ".join(filter(None, map(_notice, outgoing))) or "nothing"


def _notice(outgoing: Outgoing) -> str:
    word = outgoing.topic.rpartition("/")[2]
    if word == "notify":
        return f"notify ({' '.join(row['jobId'] for rows in outgoing.payload['jobs'].values() for row in rows) or '–'})"
    if word == "notify-next":
        return f"notify-next ({outgoing.payload.get('execution', {}).get('jobId', '–')})"
    return ""


def _event(outgoing: list[Outgoing]) -> str:
    return next((one.topic.rpartition("/")[2] for one in outgoing if one.topic.startswith("$aws/events/")), "–")
