"""AWS IoT Jobs as this device understands it: what it hears, and what it asks.

Written from AWS's pages "Jobs device MQTT API" and "Using the AWS IoT Jobs APIs"; requests are built with awsiotsdk's
model classes. Messages are read from the raw JSON, because the SDK's JobExecutionData loses
approximateSecondsBeforeTimedOut and raises on numbers that are no dates.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from awsiot.iotjobs import JobStatus

Key = tuple[str, int | None]
"""Job id and execution number: one execution of one job for this thing."""

ENDED = frozenset(
    {
        JobStatus.SUCCEEDED,
        JobStatus.FAILED,
        JobStatus.REJECTED,
        JobStatus.CANCELED,
        JobStatus.REMOVED,
        JobStatus.TIMED_OUT,
    }
)
"""Statuses after which nothing can be reported any more (developer guide, "Job execution states")."""

JOB_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One job execution as a message named it; `document` is None where the message had none."""

    job_id: str
    number: int | None
    status: str
    version: int | None = None
    document: Any = field(default=None, repr=False)
    queued_at: int | None = None
    started_at: int | None = None
    seconds_left: int | None = None
    details: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> Key:
        """What identifies it."""
        return (self.job_id, self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A `rejected` message; the state only comes with InvalidStateTransition and VersionMismatch."""

    code: str
    message: str = ""
    status: str | None = None
    version: int | None = None

    @property
    def over(self) -> str | None:
        """The end that it tells of, if it tells one."""
        return self.status if self.status in ENDED else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A message on one of this thing's Jobs topics.

    `about` is the request's topic for replies, "notify" or "notify-next" for notifications; `verdict` is "accepted",
    "rejected" or "" for a notification.
    """

    about: str
    verdict: str
    body: Mapping[str, Any]

    @property
    def token(self) -> str | None:
        """The clientToken that came back."""
        token = self.body.get("clientToken")
        return token if isinstance(token, str) else None


class NotUnderstood(Exception):
    """A message that is not what AWS sends; says what is wrong with it."""


def base(thing: str) -> str:
    """Where all Jobs topics of a thing begin."""
    return f"$aws/things/{thing}/jobs/"


def read(thing: str, topic: str, payload: bytes) -> Heard:
    """Read one arrived message; raise NotUnderstood, whatever the bytes are."""
    if not topic.startswith(base(thing)):
        raise NotUnderstood(f"{topic} is no Jobs topic of {thing}")
    about, verdict = topic.removeprefix(base(thing)), ""
    head, _, tail = about.rpartition("/")
    if tail in ("accepted", "rejected"):
        about, verdict = head, tail
    elif about not in ("notify", "notify-next"):
        raise NotUnderstood(f"{topic} is neither a reply nor a notification")
    return Heard(about=about, verdict=verdict, body=_body(payload, verdict))


def _body(payload: bytes, verdict: str) -> Mapping[str, Any]:
    try:
        body = json.loads(payload) if payload else {}
    except (ValueError, RecursionError) as error:
        if verdict == "rejected":
            return {"code": "", "message": f"no JSON: {error}"}
        raise NotUnderstood(f"no JSON: {error}") from error
    if not isinstance(body, dict):
        raise NotUnderstood(f"a JSON object is expected, this is {type(body).__name__}")
    return body


def execution(body: Mapping[str, Any]) -> Execution | None:
    """The `execution` member; None when it is absent: nothing is pending."""
    raw = body.get("execution")
    if raw is None:
        return None
    if not isinstance(raw, dict):
        _bad("execution", raw)
    return _execution(raw, str(raw.get("status", "")))


def listed(body: Mapping[str, Any]) -> list[Execution]:
    """The executions of a `get` answer or a `notify`, those IN_PROGRESS first; it has no documents."""
    jobs = body.get("jobs", body)
    if not isinstance(jobs, dict):
        _bad("jobs", jobs)
    names = (("IN_PROGRESS", ("IN_PROGRESS", "inProgressJobs")), ("QUEUED", ("QUEUED", "queuedJobs")))
    found: list[Execution] = []
    for status, members in names:
        for member in members:
            rows = jobs.get(member, [])
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                _bad(member, rows)
            found += [_execution(row, status) for row in rows]
    return found


def _execution(raw: Mapping[str, Any], status: str) -> Execution:
    job_id = raw.get("jobId")
    if not isinstance(job_id, str) or not JOB_ID.fullmatch(job_id):
        _bad("jobId", job_id)
    details = raw.get("statusDetails")
    return Execution(
        job_id=job_id,
        number=_number(raw.get("executionNumber")),
        status=status,
        version=_number(raw.get("versionNumber")),
        document=raw.get("jobDocument"),
        queued_at=_number(raw.get("queuedAt")),
        started_at=_number(raw.get("startedAt")),
        seconds_left=_number(raw.get("approximateSecondsBeforeTimedOut")),
        details=tuple((str(k), str(v)) for k, v in details.items()) if isinstance(details, dict) else (),
    )


def refusal(body: Mapping[str, Any]) -> Refusal:
    """Read a `rejected` message; strange members become empty, never an error."""
    state = body.get("executionState")
    state = state if isinstance(state, dict) else {}
    status = state.get("status")
    return Refusal(
        code=str(body.get("code") or ""),
        message=str(body.get("message") or ""),
        status=status if isinstance(status, str) else None,
        version=_number(state.get("versionNumber")),
    )


def state_version(body: Mapping[str, Any]) -> int | None:
    """The versionNumber in an accepted update's executionState, where it was asked for."""
    state = body.get("executionState")
    return _number(state.get("versionNumber")) if isinstance(state, dict) else None


def state_ended(body: Mapping[str, Any]) -> bool:
    """Whether the executionState, where there is one, is an end."""
    state = body.get("executionState")
    return isinstance(state, dict) and state.get("status") in ENDED


def _number(value: object) -> int | None:
    if isinstance(value, str) and value.isdecimal() and len(value) < 20:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _bad(member: str, value: object) -> NoReturn:
    raise NotUnderstood(f"{member} is {value!r:.60}")
