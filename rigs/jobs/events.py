"""Event messages of jobs and executions, off until the operator turns them on (jobs-protocol §1.1).

Members and units are those of AWS's examples (developer guide, events-jobs): `timestamp` in seconds, createdAt,
lastUpdatedAt and completedAt in milliseconds; no member that the examples do not show. Starting and reporting progress
have no event.
"""

from __future__ import annotations

import uuid
from collections import Counter
from typing import Any, Literal

from rigs.jobs.execution import Execution
from rigs.jobs.ledger import EventSettings, Job, Ledger
from rigs.jobs.model import Status
from rigs.jobs.names import arn
from rigs.jobs.outgoing import Outgoing

SETTINGS = "all"  # the key of the one row of settings
JobOperation = Literal["completed", "canceled", "deleted", "cancellation_in_progress", "deletion_in_progress"]
COUNTS = {
    "numberOfCanceledThings": Status.CANCELED,
    "numberOfRejectedThings": Status.REJECTED,
    "numberOfFailedThings": Status.FAILED,
    "numberOfRemovedThings": Status.REMOVED,
    "numberOfSucceededThings": Status.SUCCEEDED,
}
COMMENTED = ("deleted", "cancellation_in_progress", "deletion_in_progress")


class Events:
    """Collects the events of a change until `drain` takes them."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._told: list[Outgoing] = []

    def on(self, sort: str) -> bool:
        """Whether events of this type are wanted."""
        settings: EventSettings | None = self._ledger.event_settings.get(SETTINGS)
        return settings is not None and sort in settings.enabled

    def drain(self) -> list[Outgoing]:
        """What was told since the last time."""
        if not self._told:
            return []
        told, self._told = self._told, []
        return told

    def execution(self, execution: Execution, now: float, *, deleted: bool = False) -> None:
        """An execution has reached an end, or is deleted."""
        if not self.on("JOB_EXECUTION"):
            return
        status = "DELETED" if deleted else execution.status.value
        mark = f"{execution.thing} {execution.number} {execution.version} {execution.order}"
        details = {"statusDetails": dict(execution.details)} if execution.details else {}
        members = {"thingArn": arn("thing", execution.thing), "status": status, **details}
        self._say("JOB_EXECUTION", f"jobExecution/{execution.job}", status.lower(), mark, now, members)

    def job(self, job: Job, operation: JobOperation, now: float) -> None:
        """A job has ended, or begins to be canceled or deleted."""
        if not self.on("JOB"):
            return
        shown = {
            "status": operation.upper(),
            "targetSelection": "CONTINUOUS" if job.continuous else "SNAPSHOT",
            "targets": list(job.targets),
            "description": job.config.get("description"),
            "completedAt": _milliseconds(job.completed_at) if operation == "completed" else None,
            "createdAt": _milliseconds(job.created_at),
            "lastUpdatedAt": _milliseconds(job.updated_at),
            "comment": job.config.get("comment") if operation in COMMENTED else None,
            "jobProcessDetails": self._counts(job) if operation == "completed" else None,
        }
        members = {key: value for key, value in shown.items() if value is not None}
        self._say("JOB", f"job/{job.id}", operation, repr(job.created_at), now, members)

    def _counts(self, job: Job) -> dict[str, int]:
        found = Counter(execution.status for execution in self._ledger.of_job(job.id))
        return {name: found[status] for name, status in COUNTS.items()}

    def _say(self, sort: str, about: str, operation: str, mark: str, now: float, members: dict[str, Any]) -> None:
        """`mark` tells this event from others about the same subject: the id is made of it, without any chance."""
        head = {
            "eventType": sort,
            "eventId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{about} {operation} {mark} {now!r}")),
            "timestamp": int(now),
            "operation": operation,
            "jobId": about.partition("/")[2],
        }
        self._told.append(Outgoing(topic=f"$aws/events/{about}/{operation}", payload={**head, **members}))


def _milliseconds(instant: float | None) -> int | None:
    return None if instant is None else int(instant * 1000)
