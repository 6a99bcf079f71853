"""The shapes of Jobs messages, as rows expect them; members in the order of the captures (jobs-protocol §2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.contract.moves import DOCUMENT, Ask, Move, Notice, accepted, operate, passes, queue, rejected
from tests.contract.shapes import SECONDS, TEXT, Part, part

STAMP = {"timestamp": SECONDS}
RUNNING = {"status": "IN_PROGRESS"}
GROUP = {"thingGroupName": "@group"}
MEMBER = {"thingGroupName": "@group", "thingName": "@thing"}
ONE = {"jobId": "@one", "thingName": "@thing"}
CONTINUOUS: Mapping[str, Any] = {"targets": ["@grouparn"], "targetSelection": "CONTINUOUS"}
UNSTARTED = ("QUEUED", "REJECTED")


def summary(job: str, version: int = 1, *, number: int = 1) -> dict[str, Any]:
    """JobExecutionSummary over MQTT; a version above 1 has begun."""
    started = {"startedAt": SECONDS} if version > 1 else {}
    head = {"jobId": f"@{job}", "queuedAt": SECONDS, "lastUpdatedAt": SECONDS}
    return {**head, **started, "executionNumber": number, "versionNumber": version}


def data(
    job: str,
    status: str = "QUEUED",
    version: int = 1,
    *,
    number: int = 1,
    details: Mapping[str, str] | None = None,
    left: Any = None,
    document: Any = DOCUMENT,
) -> dict[str, Any]:
    """JobExecutionData over MQTT: no thingName, the document as an object."""
    shown = {
        "jobId": f"@{job}",
        "status": status,
        "statusDetails": details,
        "queuedAt": SECONDS,
        "startedAt": SECONDS if status == "IN_PROGRESS" else None,
        "lastUpdatedAt": SECONDS,
        "versionNumber": version,
        "executionNumber": number,
        "approximateSecondsBeforeTimedOut": left,
        "jobDocument": document,
    }
    return {key: value for key, value in shown.items() if value is not None}


def execution(*args: Any, **more: Any) -> dict[str, Any]:
    """A reply that holds an execution."""
    return {**STAMP, "execution": data(*args, **more)}


def state(status: str, version: int, details: Mapping[str, str] | None = None) -> dict[str, Any]:
    """JobExecutionState."""
    shown = {"status": status, "statusDetails": details, "versionNumber": version}
    return {key: value for key, value in shown.items() if value is not None}


def refusal(code: str, message: Any = TEXT, **more: Any) -> dict[str, Any]:
    """A rejected reply."""
    return {**STAMP, "code": code, "message": message, **more}


def notify(*, running: tuple[dict[str, Any], ...] = (), queued: tuple[dict[str, Any], ...] = ()) -> Notice:
    """JobExecutionsChanged; a status without executions is not named."""
    lists = {"IN_PROGRESS": list(running), "QUEUED": list(queued)}
    return Notice(topic="notify", shape={**STAMP, "jobs": {name: rows for name, rows in lists.items() if rows}})


def notify_next(*args: Any, **more: Any) -> Notice:
    """NextJobExecutionChanged; without arguments: nothing is pending."""
    return Notice(topic="notify-next", shape=execution(*args, **more) if args else STAMP)


# moves that many plays make


def report(status: str = "IN_PROGRESS", *, job: str = "one", **members: Any) -> Ask:
    """The device reports, and it is accepted."""
    return accepted(f"@{job}/update", {"status": status, **members}, Part(STAMP))


def shows(status: str, version: int, *, job: str = "one", **members: Any) -> Move:
    """The operator sees the execution so."""
    found = part(status=status, versionNumber=version, **members)
    return operate("describe_job_execution", jobId=f"@{job}", thingName="@thing", answer={"execution": found})


def refused(code: str, body: Any, *, job: str = "one", message: Any = TEXT, **more: Any) -> Ask:
    """An update is refused with this code, message and no other members than these."""
    return rejected(f"@{job}/update", body, refusal(code, message, **more))


def grouped(job: str = "one") -> tuple[Move, ...]:
    """A CONTINUOUS job of a group that the thing has joined."""
    return (
        operate("create_thing_group", **GROUP),
        queue(job, **CONTINUOUS),
        operate("add_thing_to_thing_group", **MEMBER),
    )


# How an execution of job "one" comes into each status.
REACH: Mapping[str, tuple[Move, ...]] = {
    "QUEUED": (queue("one"),),
    "IN_PROGRESS": (queue("one"), report()),
    "SUCCEEDED": (queue("one"), report("SUCCEEDED")),
    "FAILED": (queue("one"), report("FAILED")),
    "REJECTED": (queue("one"), report("REJECTED")),
    "TIMED_OUT": (queue("one", timeoutConfig={"inProgressTimeoutInMinutes": 1}), report(), passes(minutes=1)),
    "CANCELED": (queue("one"), operate("cancel_job_execution", **ONE)),
    "REMOVED": (*grouped(), operate("remove_thing_from_thing_group", **MEMBER)),
}
