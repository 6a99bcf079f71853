"""Time-outs, retries and what they publish (jobs-protocol §4, evidence.md Part 1 f and k)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from rigs.jobs.switches import Switches
from tests.jobs.bench import NOON, THING, Bench

MINUTE = 60


def timed(minutes: int | None, switches: Switches | None = None, **params: Any) -> Bench:
    bench = Bench(switches)
    limit = {} if minutes is None else {"timeoutConfig": {"inProgressTimeoutInMinutes": minutes}}
    bench.queue("job1", **limit, **params)
    return bench


def expire(bench: Bench, minute: float) -> list[str]:
    """Move the clock to a minute past noon and let happen what is due."""
    bench.now = NOON + minute * MINUTE
    bench.published.extend(bench.service.expire(bench.now))
    return bench.told()


# The reports of a device as (minute, stepTimeoutInMinutes or None), and the minute and timer that end the execution.
SERIES: list[tuple[str, int | None, list[tuple[int, int | None]], float | None, str]] = [
    ("the documents' example", 20, [(0, None), (5, 7), (10, 5), (13, 9)], 20, "in-progress"),
    ("in-progress alone", 20, [(0, None), (19, None)], 20, "in-progress"),
    ("step alone", None, [(0, 7)], 7, "step"),
    ("no timer", None, [(0, None), (5, None)], None, ""),
    ("a new step discards the old one", None, [(0, 7), (5, 30)], 35, "step"),
    ("a report without it leaves the step", None, [(0, 7), (5, None)], 7, "step"),
    ("-1 cancels the step", None, [(0, 7), (5, -1)], None, ""),
    ("-1 leaves the in-progress timer", 20, [(0, 7), (5, -1)], 20, "in-progress"),
    ("the step may end first", 20, [(0, 5)], 5, "step"),
    ("both at once", 20, [(0, 20)], 20, "in-progress"),
]


@pytest.mark.parametrize(("name", "limit", "reports", "end", "timer"), SERIES, ids=[row[0] for row in SERIES])
def test_earlier_timer_wins(name: str, limit: int | None, reports: list[Any], end: float | None, timer: str) -> None:
    bench = timed(limit)
    for minute, step in reports:
        bench.now = NOON + minute * MINUTE
        bench.accepted("job1/update", status="IN_PROGRESS", stepTimeoutInMinutes=step)
    deadline = bench.service.next_deadline()
    assert deadline == (None if end is None else NOON + end * MINUTE)
    assert bench.facts[-1].timer == timer
    if end is not None:
        assert expire(bench, end - 0.01) == []
        assert expire(bench, end) == ["notify", "notify-next"]
        assert bench.facts[-1].timer == timer
        assert bench.state()[0] == "TIMED_OUT"


def test_no_timer_runs_while_queued() -> None:
    bench = timed(1)
    assert bench.service.next_deadline() is None
    assert expire(bench, 500) == []
    assert bench.state() == ("QUEUED", 1)


def test_an_end_stops_the_timers() -> None:
    bench = timed(5)
    bench.accepted("start-next", stepTimeoutInMinutes=3)
    bench.accepted("job1/update", status="SUCCEEDED")
    bench.told()
    assert bench.service.next_deadline() is None
    assert expire(bench, 500) == []


def test_a_deleted_execution_has_no_timer() -> None:
    bench = timed(5)
    bench.accepted("start-next")
    bench.operate("DeleteJobExecution", jobId="job1", thingName=THING, executionNumber=1, force=True)
    assert bench.service.next_deadline() is None


def test_seconds_left_follow_the_earlier_timer() -> None:
    """E2 f: 599 right after a 10-minute step."""
    bench = timed(20)
    assert bench.accepted("start-next", stepTimeoutInMinutes=10)["execution"]["approximateSecondsBeforeTimedOut"] == 599
    bench.now += 100.5
    assert bench.accepted("job1/get")["execution"]["approximateSecondsBeforeTimedOut"] == 499


def test_late_report_is_told_that_it_timed_out() -> None:
    bench = timed(1)
    bench.accepted("start-next")
    assert expire(bench, 1) == ["notify", "notify-next"]
    refused = bench.rejected("job1/update", status="SUCCEEDED")
    assert (refused["code"], refused["executionState"]) == (
        "InvalidStateTransition",
        {"status": "TIMED_OUT", "versionNumber": 3},
    )


def test_due_executions_end_in_the_order_of_their_deadlines() -> None:
    bench = Bench()
    bench.queue("job1", "job2", "job3")
    for job, step in (("job1", 9), ("job2", 3), ("job3", 6)):
        bench.accepted(f"{job}/update", status="IN_PROGRESS", stepTimeoutInMinutes=step)
    expire(bench, 10)
    assert [fact.job for fact in bench.facts if fact.event == "timed out"] == ["job2", "job3", "job1"]
    assert [fact.deadline for fact in bench.facts[-3:]] == [NOON + minute * MINUTE for minute in (3, 6, 9)]


def test_lateness_notices_and_version_can_be_switched() -> None:
    late = Switches(timeout_late=timedelta(seconds=60), timeout_notices=False, timeout_counts=False)
    bench = timed(1, late)
    bench.accepted("start-next")
    assert expire(bench, 1.5) == []
    assert bench.state() == ("IN_PROGRESS", 2)
    assert expire(bench, 2) == []
    assert bench.state() == ("TIMED_OUT", 2)


RETRIES: list[tuple[str, list[dict[str, Any]], list[str], int]] = [
    ("none configured", [], ["FAILED"], 1),
    ("failed twice", [{"failureType": "FAILED", "numberOfRetries": 2}], ["FAILED", "FAILED", "FAILED"], 3),
    ("time-out is no failure", [{"failureType": "FAILED", "numberOfRetries": 2}], ["TIMED_OUT"], 1),
    ("timed out", [{"failureType": "TIMED_OUT", "numberOfRetries": 1}], ["TIMED_OUT", "TIMED_OUT"], 2),
    ("all", [{"failureType": "ALL", "numberOfRetries": 2}], ["FAILED", "TIMED_OUT", "FAILED"], 3),
    ("rejected is never retried", [{"failureType": "ALL", "numberOfRetries": 2}], ["REJECTED"], 1),
    ("succeeded ends it", [{"failureType": "ALL", "numberOfRetries": 2}], ["FAILED", "SUCCEEDED"], 2),
]


@pytest.mark.parametrize(("name", "criteria", "ends", "executions"), RETRIES, ids=[row[0] for row in RETRIES])
def test_retries(name: str, criteria: list[dict[str, Any]], ends: list[str], executions: int) -> None:
    config: dict[str, Any] = {"jobExecutionsRetryConfig": {"criteriaList": criteria}} if criteria else {}
    bench = timed(1, **config)
    for end in ends:
        bench.accepted("start-next")
        bench.now += MINUTE
        if end == "TIMED_OUT":
            bench.service.expire(bench.now)
        else:
            bench.accepted("job1/update", status=end)
    listed = bench.operate("ListJobExecutionsForJob", jobId="job1")["executionSummaries"]
    statuses = [row["jobExecutionSummary"]["status"] for row in reversed(listed)]
    assert statuses == ends
    assert len(statuses) == executions
    assert bench.operate("DescribeJob", jobId="job1")["job"]["status"] == "COMPLETED"


def test_retry_is_a_new_execution_told_once() -> None:
    """E1 k: same job id, number one higher, version 1, newer queuedAt; P10.17: one notify and one notify-next."""
    retry = {"criteriaList": [{"failureType": "FAILED", "numberOfRetries": 1}]}
    bench = timed(None, jobExecutionsRetryConfig=retry)
    bench.accepted("start-next", statusDetails={"a": "1"})
    bench.now += 7
    bench.accepted("job1/update", status="FAILED")
    execution = bench.published[1].payload["execution"]
    assert bench.told() == ["notify job1", "notify-next job1"]
    assert (execution["status"], execution["versionNumber"], execution["executionNumber"]) == ("QUEUED", 1, 2)
    assert execution["queuedAt"] == int(NOON) + 7
    assert "statusDetails" not in execution
    former = bench.operate("DescribeJobExecution", jobId="job1", thingName=THING, executionNumber=1)["execution"]
    assert former["status"] == "FAILED"
    assert bench.rejected("job1/update", status="IN_PROGRESS", executionNumber=1)["code"] == "InvalidStateTransition"


def test_step_timer_of_work_in_progress_can_be_renewed_by_start_next() -> None:
    """P10.8: ignored by default."""
    for renews, minute in ((False, 5), (True, 12)):
        bench = timed(None, Switches(start_next_renews_step=renews))
        bench.accepted("start-next", stepTimeoutInMinutes=5)
        bench.now += 2 * MINUTE
        bench.accepted("start-next", stepTimeoutInMinutes=10)
        assert bench.service.next_deadline() == NOON + minute * MINUTE
        assert bench.state() == ("IN_PROGRESS", 2)


def test_cancelling_a_step_needs_a_step_timer() -> None:
    """E1 f: an in-progress timer is none."""
    bench = timed(20)
    bench.accepted("start-next")
    assert bench.rejected("job1/update", status="IN_PROGRESS", stepTimeoutInMinutes=-1)["code"] == "InvalidRequest"
    bench.accepted("job1/update", status="IN_PROGRESS", stepTimeoutInMinutes=5)
    bench.accepted("job1/update", status="IN_PROGRESS", stepTimeoutInMinutes=-1)
    assert bench.rejected("job1/update", status="IN_PROGRESS", stepTimeoutInMinutes=-1)["code"] == "InvalidRequest"


FOLLOWED: dict[str, Any] = {
    "jobId": "job1",
    "targets": ["arn:aws:iot:x:0:thinggroup/fleet"],
    "document": "{}",
    "targetSelection": "CONTINUOUS",
    "jobExecutionsRetryConfig": {"criteriaList": [{"failureType": "FAILED", "numberOfRetries": 1}]},
}
MEMBER = {"thingGroupName": "fleet", "thingName": THING}


def numbers(bench: Bench) -> list[tuple[int, int]]:
    """The executions of job1: their numbers and their retryAttempt."""
    listed = bench.operate("ListJobExecutionsForJob", jobId="job1")["executionSummaries"]
    rows = [row["jobExecutionSummary"] for row in reversed(listed)]
    return [(row["executionNumber"], row.get("retryAttempt", 0)) for row in rows]


def test_joining_a_group_again_gives_new_retries() -> None:
    """P4: a retry belongs to the execution that failed, not to the job for ever."""
    bench = Bench()
    bench.operate("CreateThingGroup", thingGroupName="fleet")
    bench.operate("CreateJob", **FOLLOWED)
    for _ in range(2):
        bench.operate("AddThingToThingGroup", **MEMBER)
        for _ in range(2):
            bench.accepted("job1/update", status="FAILED")
        assert bench.accepted("get")["queuedJobs"] == []
        bench.operate("RemoveThingFromThingGroup", **MEMBER)
    assert len(bench.operate("ListJobExecutionsForJob", jobId="job1")["executionSummaries"]) == 4


@pytest.mark.parametrize(
    ("calls", "executions"),
    [
        ([], [(1, 0), (2, 1)]),
        (["RemoveThingFromThingGroup"], [(1, 0), (2, 1)]),
        (["RemoveThingFromThingGroup", "AddThingToThingGroup"], [(1, 0), (2, 0), (3, 1)]),
    ],
    ids=["stayed", "left", "joined again"],
)
def test_work_in_progress_that_joins_again_has_all_retries(calls: list[str], executions: list[tuple[int, int]]) -> None:
    """Retries are reset when the membership changes, and canceled when a thing leaves (jobs-configurations-details)."""
    bench = Bench()
    bench.operate("CreateThingGroup", thingGroupName="fleet")
    bench.operate("AddThingToThingGroup", **MEMBER)
    bench.operate("CreateJob", **FOLLOWED)
    bench.accepted("job1/update", status="FAILED")
    bench.accepted("start-next")
    for call in calls:
        bench.operate(call, **MEMBER)
    bench.accepted("job1/update", status="FAILED")
    assert numbers(bench) == executions


def test_a_deleted_try_gives_no_retry_back() -> None:
    """Retries are counted by end, also of executions that are gone."""
    criteria = [{"failureType": end, "numberOfRetries": 1} for end in ("FAILED", "TIMED_OUT")]
    bench = timed(1, jobExecutionsRetryConfig={"criteriaList": criteria})
    bench.accepted("job1/update", status="FAILED")
    bench.operate("DeleteJobExecution", jobId="job1", thingName=THING, executionNumber=1)
    bench.accepted("start-next")
    bench.now += MINUTE
    bench.service.expire(bench.now)
    bench.operate("DeleteJobExecution", jobId="job1", thingName=THING, executionNumber=2)
    bench.accepted("job1/update", status="FAILED")
    assert numbers(bench) == [(3, 2)]
