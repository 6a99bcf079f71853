"""Retries of executions (jobs-protocol §4, evidence.md Part 1 k)."""

from __future__ import annotations

from typing import Any

from tests.contract.moves import Forget, accepted, heard, operate, passes, queue
from tests.contract.row import row
from tests.contract.shapes import part
from tests.contract.words import (
    ONE,
    STAMP,
    execution,
    notify,
    notify_next,
    report,
    summary,
)


def retried(kind: str, times: int) -> dict[str, Any]:
    return {"jobExecutionsRetryConfig": {"criteriaList": [{"failureType": kind, "numberOfRetries": times}]}}


AGAIN = "jobs-protocol §4 retry; evidence.md Part 1 k"

ROWS = (
    row(
        "RET-01",
        "A FAILED execution that may be retried is queued again: number 2, version 1",
        AGAIN,
        "A",
        queue("one", **retried("FAILED", 1)),
        report("FAILED"),
        accepted("@one/get", {}, execution("one", number=2)),
        ordered=True,
    ),
    row(
        "RET-02",
        "Its notices show the new execution",
        "jobs-protocol §4 time-out, §10.17",
        "?",
        queue("one", **retried("FAILED", 1)),
        Forget(),
        report("FAILED"),
        heard(notify(queued=(summary("one", number=2),)), notify_next("one", number=2)),
    ),
    row(
        "RET-03",
        "The retries are as many as the job says",
        AGAIN,
        "A",
        queue("one", **retried("FAILED", 1)),
        report("FAILED"),
        report("FAILED"),
        accepted("get", {}, {**STAMP, "inProgressJobs": [], "queuedJobs": []}),
        operate("describe_job", jobId="@one", answer=part(job=part(jobProcessDetails=part(numberOfFailedThings=2)))),
    ),
    row(
        "RET-04",
        "A REJECTED execution is never retried",
        AGAIN,
        "A",
        queue("one", **retried("ALL", 3)),
        report("REJECTED"),
        accepted("$next/get", {}, STAMP),
    ),
    row(
        "RET-05",
        "ALL covers FAILED",
        AGAIN,
        "A",
        queue("one", **retried("ALL", 1)),
        report("FAILED"),
        accepted("$next/get", {}, execution("one", number=2)),
    ),
    row(
        "RET-06",
        "A retry of TIMED_OUT ends does not cover FAILED",
        AGAIN,
        "A",
        queue("one", **retried("TIMED_OUT", 1)),
        report("FAILED"),
        accepted("$next/get", {}, STAMP),
    ),
    row(
        "RET-07",
        "A TIMED_OUT execution is retried",
        AGAIN,
        "A",
        queue("one", timeoutConfig={"inProgressTimeoutInMinutes": 1}, **retried("TIMED_OUT", 1)),
        report(),
        passes(minutes=1),
        accepted("$next/get", {}, execution("one", number=2)),
    ),
    row(
        "RET-08",
        "The first execution stays FAILED beside its retry",
        AGAIN,
        "A",
        queue("one", **retried("FAILED", 1)),
        report("FAILED"),
        operate("describe_job_execution", **ONE, executionNumber=1, answer=part(execution=part(status="FAILED"))),
        operate("describe_job_execution", **ONE, answer=part(execution=part(status="QUEUED", executionNumber=2))),
    ),
    row(
        "RET-09",
        "A retry takes its place behind what was queued meanwhile: its queuedAt is newer",
        AGAIN,
        "A-",
        queue("one", **retried("FAILED", 1)),
        queue("two"),
        passes(seconds=2),
        report("FAILED"),
        accepted("$next/get", {}, execution("two")),
    ),
    row(
        "RET-10",
        "More than 10 retries are refused",
        "jobs-protocol §4 retry",
        "A",
        operate(
            "create_job",
            jobId="@one",
            targets=["@arn"],
            document="{}",
            **retried("ALL", 11),
            refused="InvalidRequestException",
        ),
    ),
)
