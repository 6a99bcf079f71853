"""How jobs and executions look to the operator, in the words of botocore's `iot` model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from rigs.jobs.execution import Execution
from rigs.jobs.ledger import Job
from rigs.jobs.model import Status
from rigs.jobs.names import arn

_COUNTS: Mapping[Status, str] = {
    Status.CANCELED: "numberOfCanceledThings",
    Status.SUCCEEDED: "numberOfSucceededThings",
    Status.FAILED: "numberOfFailedThings",
    Status.REJECTED: "numberOfRejectedThings",
    Status.QUEUED: "numberOfQueuedThings",
    Status.IN_PROGRESS: "numberOfInProgressThings",
    Status.REMOVED: "numberOfRemovedThings",
    Status.TIMED_OUT: "numberOfTimedOutThings",
}


# What DescribeJob shows as {} where nothing was given ([C] MiniStack, captured 2026-09-19).
_EMPTY = ("presignedUrlConfig", "jobExecutionsRolloutConfig", "timeoutConfig", "schedulingConfig")


def job_reply(job: Job) -> dict[str, Any]:
    """What CreateJob, CancelJob and AssociateTargetsWithJob answer."""
    described = {"description": job.config["description"]} if "description" in job.config else {}
    return {"jobArn": arn("job", job.id), "jobId": job.id, **described}


def job_summary(job: Job, concurrent: bool) -> dict[str, Any]:
    """JobSummary, as ListJobs lists it; `concurrent` while executions are rolled out."""
    completed = {} if job.completed_at is None else {"completedAt": job.completed_at}
    return {
        "jobArn": arn("job", job.id),
        "jobId": job.id,
        "targetSelection": "CONTINUOUS" if job.continuous else "SNAPSHOT",
        "status": job.status,
        "createdAt": job.created_at,
        "lastUpdatedAt": job.updated_at,
        **completed,
        "isConcurrent": concurrent,
    }


def job_shown(job: Job, executions: list[Execution], processing: list[str]) -> dict[str, Any]:
    """Job, as DescribeJob shows it: the counts are of executions, each retry its own (evidence.md Part 1 k).

    `processing` are the targets to which it is still being rolled out; processingTargets is absent afterwards.
    """
    found = Counter(execution.status for execution in executions)
    counts: dict[str, Any] = {name: found[status] for status, name in _COUNTS.items()}
    if processing:
        counts["processingTargets"] = processing
    configs = {**{member: {} for member in _EMPTY}, **job.config}
    return {**job_summary(job, bool(processing)), "targets": list(job.targets), **configs, "jobProcessDetails": counts}


def thing_arn(execution: Execution) -> str:
    """The ARN of the execution's thing."""
    return arn("thing", execution.thing)


def execution_summary(execution: Execution) -> dict[str, Any]:
    """JobExecutionSummary of the control plane."""
    started = {} if execution.started_at is None else {"startedAt": execution.started_at}
    retried = {"retryAttempt": execution.attempt} if execution.attempt else {}
    return {
        "status": execution.status.value,
        "queuedAt": execution.queued_at,
        **started,
        "lastUpdatedAt": execution.updated_at,
        "executionNumber": execution.number,
        **retried,
    }


def execution_shown(execution: Execution, now: float) -> dict[str, Any]:
    """JobExecution, as the control plane's DescribeJobExecution shows it.

    statusDetails is {} where there are none (aws-cli, awscli/examples/iot/describe-job-execution.rst).
    """
    summary = execution_summary(execution)
    summary.pop("retryAttempt", None)
    left = execution.timers.seconds_left(now)
    shown = {
        "jobId": execution.job,
        **summary,
        "forceCanceled": True if execution.force_canceled else None,
        "statusDetails": {"detailsMap": dict(execution.details)} if execution.details else {},
        "thingArn": thing_arn(execution),
        "versionNumber": execution.version,
        "approximateSecondsBeforeTimedOut": left,
    }
    return {key: value for key, value in shown.items() if value is not None}
