"""How jobs and executions look to the operator, in the words of botocore's `iot` model."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from rigs.jobs.execution import Execution
from rigs.jobs.ledger import Job, Retry
from rigs.jobs.model import Status
from rigs.jobs.names import arn
from rigs.jobs.refusals import ApiError

# Members of CreateJob that the local cloud does not play; refusing them is better than to ignore them in silence.
NOT_PLAYED = (
    "documentSource",
    "jobTemplateArn",
    "documentParameters",
    "schedulingConfig",
    "jobExecutionsRolloutConfig",
    "abortConfig",
    "destinationPackageVersions",
    "namespaceId",
)
_KEPT = ("description", "presignedUrlConfig", "timeoutConfig", "jobExecutionsRetryConfig")
MOST_RETRIES = 10
MINUTES = range(1, 10081)
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


def job_from(params: Mapping[str, Any], now: float) -> Job:
    """The job that CreateJob asks for; raises ApiError InvalidRequestException."""
    unplayed = [member for member in NOT_PLAYED if member in params]
    if unplayed:
        text = f"the local cloud does not play {', '.join(unplayed)} of CreateJob; use a plain job with a document"
        raise ApiError("InvalidRequestException", text)
    return Job(
        id=params["jobId"],
        targets=tuple(params["targets"]),
        document=_document(params),
        created_at=now,
        updated_at=now,
        continuous=params.get("targetSelection") == "CONTINUOUS",
        in_progress_minutes=_minutes(params),
        retries=_retries(params),
        config={key: params[key] for key in _KEPT if key in params},
    )


def _document(params: Mapping[str, Any]) -> str:
    text = str(params.get("document", ""))
    try:
        if isinstance(json.loads(text), dict):
            return text
    except ValueError as wrong:
        raise ApiError("InvalidRequestException", f"Job document must be JSON: {wrong}") from wrong
    raise ApiError("InvalidRequestException", "Job document must be a JSON object")


def _minutes(params: Mapping[str, Any]) -> int | None:
    minutes = params.get("timeoutConfig", {}).get("inProgressTimeoutInMinutes")
    if minutes is not None and minutes not in MINUTES:
        raise ApiError("InvalidRequestException", f"inProgressTimeoutInMinutes must be 1 to 10080, not {minutes}")
    return minutes if minutes is None else int(minutes)


def _retries(params: Mapping[str, Any]) -> tuple[Retry, ...]:
    criteria = params.get("jobExecutionsRetryConfig", {}).get("criteriaList", [])
    retries = tuple(Retry(failure=one["failureType"], times=one["numberOfRetries"]) for one in criteria)
    if sum(retry.times for retry in retries) > MOST_RETRIES or any(retry.times < 0 for retry in retries):
        raise ApiError("InvalidRequestException", f"numberOfRetries must be 0 to {MOST_RETRIES} for all failure types")
    return retries


def job_reply(job: Job) -> dict[str, Any]:
    """What CreateJob, CancelJob and AssociateTargetsWithJob answer."""
    described = {"description": job.config["description"]} if "description" in job.config else {}
    return {"jobArn": arn("job", job.id), "jobId": job.id, **described}


def job_summary(job: Job) -> dict[str, Any]:
    """JobSummary, as ListJobs lists it."""
    completed = {} if job.completed_at is None else {"completedAt": job.completed_at}
    return {
        "jobArn": arn("job", job.id),
        "jobId": job.id,
        "targetSelection": "CONTINUOUS" if job.continuous else "SNAPSHOT",
        "status": job.status,
        "createdAt": job.created_at,
        "lastUpdatedAt": job.updated_at,
        **completed,
        "isConcurrent": False,
    }


def job_shown(job: Job, executions: list[Execution]) -> dict[str, Any]:
    """Job, as DescribeJob shows it: the counts are of executions, each retry its own (evidence.md Part 1 k)."""
    found = Counter(execution.status for execution in executions)
    counts = {name: found[status] for status, name in _COUNTS.items()}
    return {**job_summary(job), "targets": list(job.targets), **job.config, "jobProcessDetails": counts}


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
    """JobExecution, as the control plane's DescribeJobExecution shows it."""
    summary = execution_summary(execution)
    summary.pop("retryAttempt", None)
    left = execution.timers.seconds_left(now)
    shown = {
        "jobId": execution.job,
        **summary,
        "forceCanceled": True if execution.force_canceled else None,
        "statusDetails": {"detailsMap": dict(execution.details)} if execution.details else None,
        "thingArn": thing_arn(execution),
        "versionNumber": execution.version,
        "approximateSecondsBeforeTimedOut": left,
    }
    return {key: value for key, value in shown.items() if value is not None}
