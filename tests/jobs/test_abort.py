"""Abort: failures that end a job (developer guide, job-configurations-api)."""

from __future__ import annotations

from typing import Any

import pytest

from rigs.jobs.switches import Switches
from tests.jobs.bench import Bench


def criterion(sort: str, threshold: float, least: int) -> dict[str, Any]:
    return {
        "failureType": sort,
        "action": "CANCEL",
        "thresholdPercentage": threshold,
        "minNumberOfExecutedThings": least,
    }


# name, criteria, the ends of t01, t02 … (of 6 things), whether the job is aborted after the last one and not before
CASES: list[tuple[str, list[dict[str, Any]], list[str], bool]] = [
    ("one of one", [criterion("FAILED", 100, 1)], ["FAILED"], True),
    ("too few yet", [criterion("FAILED", 1, 2)], ["FAILED"], False),
    ("at the least number", [criterion("FAILED", 50, 2)], ["FAILED", "SUCCEEDED"], True),
    ("under the threshold", [criterion("FAILED", 50.01, 2)], ["FAILED", "SUCCEEDED"], False),
    ("a success may complete the number", [criterion("FAILED", 33.33, 3)], ["FAILED", "SUCCEEDED", "SUCCEEDED"], True),
    ("another failure", [criterion("FAILED", 1, 1)], ["REJECTED", "TIMED_OUT", "SUCCEEDED"], False),
    ("rejected", [criterion("REJECTED", 50, 1)], ["SUCCEEDED", "REJECTED"], True),
    ("timed out", [criterion("TIMED_OUT", 50, 1)], ["SUCCEEDED", "TIMED_OUT"], True),
    ("all together", [criterion("ALL", 75, 4)], ["SUCCEEDED", "FAILED", "REJECTED", "TIMED_OUT"], True),
    ("the second", [criterion("FAILED", 100, 1), criterion("TIMED_OUT", 50, 2)], ["SUCCEEDED", "TIMED_OUT"], True),
    ("none", [criterion("ALL", 0.01, 1)], ["SUCCEEDED", "SUCCEEDED"], False),
]


def end(bench: Bench, thing: str, status: str) -> None:
    if status == "TIMED_OUT":
        bench.report(thing, "IN_PROGRESS")
        bench.wait(1)
    else:
        bench.report(thing, status)


@pytest.mark.parametrize(("name", "criteria", "ends", "aborted"), CASES, ids=[row[0] for row in CASES])
def test_criteria(name: str, criteria: list[dict[str, Any]], ends: list[str], aborted: bool) -> None:
    bench = Bench()
    bench.fleet(6, abortConfig={"criteriaList": criteria}, timeoutConfig={"inProgressTimeoutInMinutes": 1})
    for number, status in enumerate(ends, start=1):
        assert bench.job()["status"] == "IN_PROGRESS"
        end(bench, f"t{number:02}", status)
    left = ["CANCELED" if aborted else "QUEUED"] * (6 - len(ends))
    assert list(bench.statuses().values()) == ends + left
    assert bench.job()["status"] == ("CANCELED" if aborted else "IN_PROGRESS")


def test_work_in_progress_is_left_alone_and_what_waits_never_comes() -> None:
    """The guide: only QUEUED executions are canceled, and the service says why in comment and reasonCode."""
    bench = Bench()
    config = {"criteriaList": [criterion("FAILED", 20, 1)]}
    bench.fleet(5, abortConfig=config, jobExecutionsRolloutConfig={"maximumPerMinute": 3})
    bench.report("t01", "IN_PROGRESS")
    bench.told()
    bench.report("t02", "FAILED")
    assert bench.told() == ["notify", "notify-next"] * 2
    assert bench.statuses() == {"t01": "IN_PROGRESS", "t02": "FAILED", "t03": "CANCELED"}
    job = bench.job()
    assert (job["status"], job["reasonCode"], job["isConcurrent"]) == ("CANCELED", "ABORT_CANCEL", False)
    assert job["comment"].startswith("Abort criteria for failure type FAILED with threshold 20.00% met.")
    bench.wait(5)
    assert len(bench.statuses()) == 3
    bench.report("t01", "SUCCEEDED")
    assert bench.statuses()["t01"] == "SUCCEEDED"


def test_an_abort_leaves_no_retry() -> None:
    """The guide: queued retries will not be attempted."""
    bench = Bench()
    retry = {"criteriaList": [{"failureType": "FAILED", "numberOfRetries": 5}]}
    bench.fleet(2, abortConfig={"criteriaList": [criterion("FAILED", 100, 2)]}, jobExecutionsRetryConfig=retry)
    bench.report("t01", "FAILED")
    assert bench.statuses() == {"t02": "QUEUED", "t01": "QUEUED"}
    bench.report("t01", "FAILED")
    assert bench.statuses() == {"t01": "FAILED", "t02": "CANCELED"}
    assert len(bench.operate("ListJobExecutionsForJob", jobId="job1")["executionSummaries"]) == 3


def test_a_time_out_aborts_before_the_next_batch_of_the_same_instant() -> None:
    bench = Bench()
    config = {"criteriaList": [criterion("TIMED_OUT", 1, 1)]}
    rate, limit = {"maximumPerMinute": 1}, {"inProgressTimeoutInMinutes": 1}
    bench.fleet(2, abortConfig=config, jobExecutionsRolloutConfig=rate, timeoutConfig=limit)
    bench.report("t01", "IN_PROGRESS")
    bench.wait(5)
    assert bench.statuses() == {"t01": "TIMED_OUT"}


def test_a_deleted_execution_does_not_count() -> None:
    bench = Bench()
    bench.fleet(3, abortConfig={"criteriaList": [criterion("FAILED", 60, 2)]})
    bench.report("t01", "SUCCEEDED")
    bench.operate("DeleteJobExecution", jobId="job1", thingName="t01", executionNumber=1)
    bench.report("t02", "FAILED")
    assert bench.job()["status"] == "IN_PROGRESS"


@pytest.mark.parametrize(("counts", "status"), [("completed", "IN_PROGRESS"), ("notified", "CANCELED")])
def test_what_the_least_number_counts_can_be_switched(counts: Any, status: str) -> None:
    bench = Bench(Switches(abort_minimum=counts))
    bench.fleet(3, abortConfig={"criteriaList": [criterion("FAILED", 100, 3)]})
    bench.report("t01", "FAILED")
    assert bench.job()["status"] == status
