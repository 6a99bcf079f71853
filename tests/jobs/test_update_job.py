"""UpdateJob: what may change, for which jobs, and from when on (developer guide, manage-job-cli)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from rigs.jobs.refusals import ApiError
from rigs.jobs.switches import Switches
from tests.jobs.bench import MINUTE, NOON, Bench

LIMIT = {"timeoutConfig": {"inProgressTimeoutInMinutes": 10}}
CRITERION = {"failureType": "FAILED", "action": "CANCEL", "thresholdPercentage": 1, "minNumberOfExecutedThings": 1}
RETRY = {"criteriaList": [{"failureType": "FAILED", "numberOfRetries": 2}]}
NO_RETRY = {"criteriaList": [{"failureType": "FAILED", "numberOfRetries": 0}]}


def update(bench: Bench, **params: Any) -> None:
    assert bench.operate("UpdateJob", jobId="job1", **params) == {}


def test_members_are_replaced_whole() -> None:
    bench = Bench()
    role = {"roleArn": "arn:aws:iam::000000000000:role/x", "expiresInSec": 60}
    bench.fleet(1, description="old", presignedUrlConfig=role, **LIMIT)
    bench.now += 5
    update(bench, description="new", presignedUrlConfig={"expiresInSec": 120})
    job = bench.job()
    assert (job["description"], job["presignedUrlConfig"]) == ("new", {"expiresInSec": 120})
    assert (job["timeoutConfig"], job["lastUpdatedAt"]) == (LIMIT["timeoutConfig"], NOON + 5)


def test_a_time_out_holds_for_what_starts_afterwards() -> None:
    bench = Bench()
    bench.fleet(2, **LIMIT)
    bench.report("t01", "IN_PROGRESS")
    update(bench, timeoutConfig={"inProgressTimeoutInMinutes": 2})
    bench.report("t02", "IN_PROGRESS")
    bench.wait(2)
    assert bench.statuses() == {"t01": "IN_PROGRESS", "t02": "TIMED_OUT"}
    bench.wait(8)
    assert bench.statuses() == {"t01": "TIMED_OUT", "t02": "TIMED_OUT"}


def test_a_roll_out_goes_on_at_the_new_rate() -> None:
    bench = Bench()
    bench.fleet(6, jobExecutionsRolloutConfig={"maximumPerMinute": 1})
    update(bench, jobExecutionsRolloutConfig={"maximumPerMinute": 4})
    assert len(bench.statuses()) == 1
    bench.wait(1)
    assert len(bench.statuses()) == 5


def test_an_abort_can_be_added() -> None:
    bench = Bench()
    bench.fleet(3)
    bench.report("t01", "FAILED")
    update(bench, abortConfig={"criteriaList": [CRITERION]})
    assert bench.job()["status"] == "IN_PROGRESS"
    bench.report("t02", "SUCCEEDED")
    assert (bench.job()["status"], bench.statuses()["t03"]) == ("CANCELED", "CANCELED")


def test_retries_can_be_switched_off() -> None:
    bench = Bench()
    bench.fleet(1, jobExecutionsRetryConfig=RETRY)
    bench.report("t01", "FAILED")
    update(bench, jobExecutionsRetryConfig=NO_RETRY)
    bench.report("t01", "FAILED")
    assert bench.job()["status"] == "COMPLETED"


# what became of the job first; members of UpdateJob; the refusal
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("", {}, "Update Job request for job job1 cannot be empty"),
    ("", {"timeoutConfig": {"inProgressTimeoutInMinutes": 0}}, "must be 1 to 10080"),
    ("", {"jobExecutionsRolloutConfig": {"maximumPerMinute": 0}}, "must be 1 to 1000"),
    ("", {"abortConfig": {"criteriaList": [CRITERION, CRITERION]}}, "cannot have the same failure type"),
    ("", {"jobExecutionsRetryConfig": RETRY}, "cannot be updated to any number other than 0"),
    (
        "",
        {"jobExecutionsRetryConfig": {"criteriaList": [{"failureType": "ALL", "numberOfRetries": 0}]}},
        "FailureTypes must match",
    ),
    ("", {"namespaceId": "aws-gg-deployment", "description": "x"}, "does not play namespaceId of UpdateJob"),
    ("CancelJob", {"description": "x"}, "Job job1 in status CANCELED cannot be updated"),
    ("SUCCEEDED", {"description": "x"}, "Job job1 in status COMPLETED cannot be updated"),
    ("DeleteJob", {"description": "x"}, "ResourceNotFoundException"),
]


@pytest.mark.parametrize(("first", "params", "error"), REFUSED, ids=[row[2][:30] for row in REFUSED])
def test_refusals(first: str, params: dict[str, Any], error: str) -> None:
    bench = Bench()
    bench.fleet(1, jobExecutionsRetryConfig=RETRY)
    if first == "SUCCEEDED":
        bench.report("t01", first)
    elif first:
        bench.operate(first, jobId="job1", force=True)
    with pytest.raises(ApiError, match=error):
        update(bench, **params)


@pytest.mark.parametrize("may", [True, False])
def test_a_scheduled_job_can_be_changed_by_the_switch(may: bool) -> None:
    bench = Bench(Switches(update_scheduled=may))
    start = datetime.fromtimestamp(NOON + 60 * MINUTE, UTC).strftime("%Y-%m-%dT%H:%M")
    bench.fleet(1, schedulingConfig={"startTime": start})
    if may:
        update(bench, description="new")
        assert bench.job()["description"] == "new"
        bench.wait(60)
        assert bench.statuses() == {"t01": "QUEUED"}
    else:
        with pytest.raises(ApiError, match="in status SCHEDULED cannot be updated"):
            update(bench, description="new")
