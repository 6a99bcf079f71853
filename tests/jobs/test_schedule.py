"""Jobs that begin and end at their times (API reference, SchedulingConfig)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rigs.jobs.refusals import ApiError
from tests.jobs.bench import MINUTE, NOON, THING, Bench

ARN = f"arn:aws:iot:x:0:thing/{THING}"
YEAR = 365 * 24 * 60


def at(minutes: float) -> str:
    """A minute of the bench's day in the form of AWS, at least so many minutes from now."""
    return datetime.fromtimestamp(EVEN + minutes * MINUTE, UTC).strftime("%Y-%m-%dT%H:%M")


EVEN = NOON - NOON % MINUTE + MINUTE  # the first whole minute; NOON is 40 s before it


def planned(bench: Bench, **config: Any) -> None:
    bench.operate("CreateJob", jobId="job1", targets=[ARN], document="{}", schedulingConfig=config)


BOTH = ["notify job1", "notify-next job1"]
GONE = ["notify", "notify-next"]


def test_a_job_waits_for_its_start() -> None:
    bench = Bench()
    planned(bench, startTime=at(30))
    job = bench.job()
    assert (job["status"], job["schedulingConfig"], bench.statuses()) == ("SCHEDULED", {"startTime": at(30)}, {})
    assert [row["jobId"] for row in bench.operate("ListJobs", status="SCHEDULED")["jobs"]] == ["job1"]
    assert bench.service.next_deadline() == EVEN + 30 * MINUTE
    bench.wait(30)
    assert bench.told() == []
    bench.wait(1)
    assert bench.told() == BOTH
    assert (bench.job()["status"], bench.service.next_deadline()) == ("IN_PROGRESS", None)


# endBehavior or none; the job and the executions of t01 (IN_PROGRESS) and t02 (QUEUED) afterwards; what is told
ENDS: list[tuple[str | None, str, list[str], list[str]]] = [
    (None, "IN_PROGRESS", ["IN_PROGRESS", "QUEUED"], []),
    ("STOP_ROLLOUT", "IN_PROGRESS", ["IN_PROGRESS", "QUEUED"], []),
    ("CANCEL", "CANCELED", ["IN_PROGRESS", "CANCELED"], GONE),
    ("FORCE_CANCEL", "CANCELED", ["CANCELED", "CANCELED"], GONE * 2),
]


@pytest.mark.parametrize(("behavior", "job", "executions", "told"), ENDS)
def test_end(behavior: str | None, job: str, executions: list[str], told: list[str]) -> None:
    bench = Bench()
    bench.fleet(2, schedulingConfig={"endTime": at(30), **({} if behavior is None else {"endBehavior": behavior})})
    bench.report("t01", "IN_PROGRESS")
    bench.told()
    bench.wait(31)
    assert bench.told() == told
    assert (bench.job()["status"], list(bench.statuses().values())) == (job, executions)
    assert bench.service.next_deadline() is None


def test_nothing_is_rolled_out_after_the_end() -> None:
    """Neither what waits, nor what joins, nor a retry; a job that cannot grow any more is completed by its last end."""
    bench = Bench()
    retry = {"criteriaList": [{"failureType": "FAILED", "numberOfRetries": 1}]}
    bench.fleet(
        40,
        targetSelection="CONTINUOUS",
        schedulingConfig={"endTime": at(30)},
        jobExecutionsRolloutConfig={"maximumPerMinute": 1},
        jobExecutionsRetryConfig=retry,
    )
    bench.wait(60)
    there = len(bench.statuses())
    assert there == 31
    bench.add("t99")
    for number in range(1, there + 1):
        assert bench.job()["status"] == "IN_PROGRESS"
        bench.report(f"t{number:02}", "FAILED")
    assert (len(bench.statuses()), bench.job()["status"]) == (there, "COMPLETED")


def test_an_end_that_comes_after_an_abort_does_nothing() -> None:
    bench = Bench()
    bench.operate("UpdateEventConfigurations", eventConfigurations={"JOB": {"Enabled": True}})
    least = {"failureType": "ALL", "action": "CANCEL", "thresholdPercentage": 1, "minNumberOfExecutedThings": 1}
    bench.fleet(
        1,
        schedulingConfig={"endTime": at(30), "endBehavior": "CANCEL"},
        abortConfig={"criteriaList": [least]},
        timeoutConfig={"inProgressTimeoutInMinutes": 1},
    )
    bench.report("t01", "IN_PROGRESS")
    bench.wait(60)
    events = [line for line in bench.told() if line.startswith("event")]
    assert events == ["event job/job1/cancellation_in_progress", "event job/job1/canceled"]


def test_what_is_associated_after_the_end_is_not_queued() -> None:
    bench = Bench()
    bench.fleet(1, targetSelection="CONTINUOUS", schedulingConfig={"endTime": at(30)})
    bench.wait(31)
    bench.operate("AssociateTargetsWithJob", jobId="job1", targets=[ARN])
    assert bench.statuses() == {"t01": "QUEUED"}


def test_group_members_are_those_at_the_start() -> None:
    bench = Bench()
    bench.fleet(1, schedulingConfig={"startTime": at(30)}, targetSelection="CONTINUOUS")
    bench.add("t02")
    assert bench.statuses() == {}
    bench.wait(31)
    assert bench.statuses() == {"t01": "QUEUED", "t02": "QUEUED"}


@pytest.mark.parametrize("call", ["CancelJob", "DeleteJob"])
def test_a_job_that_is_called_off_before_its_start(call: str) -> None:
    bench = Bench()
    planned(bench, startTime=at(30), endTime=at(60))
    bench.operate(call, jobId="job1", force=True)
    assert bench.service.next_deadline() is None
    bench.wait(100)
    assert bench.told() == []


def test_start_and_end_pass_in_one_jump_and_after_a_restart() -> None:
    bench = Bench()
    planned(bench, startTime=at(30), endTime=at(60), endBehavior="CANCEL")
    for one in (bench.restarted(), bench):
        one.wait(100)
        assert one.told() == BOTH + GONE
        assert one.job()["status"] == "CANCELED"


# schedulingConfig, and what is refused about it
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"startTime": at(29)}, "startTime must be 30 minutes to 365 days from now"),
    ({"startTime": at(YEAR)}, "startTime must be 30 minutes to 365 days from now"),
    ({"endTime": at(29)}, "endTime must be 30 minutes to 730 days from now"),
    ({"endTime": at(2 * YEAR)}, "endTime must be 30 minutes to 730 days from now"),
    ({"startTime": at(30), "endTime": at(59)}, "endTime must be 30 minutes to 730 days after startTime"),
    ({"startTime": at(30) + ":00"}, "must follow the format YYYY-MM-DDThh:mm"),
    ({"startTime": at(30) + "Z"}, "must follow the format"),
    ({"startTime": at(30), "endBehavior": "CANCEL"}, "endBehavior applies to a job with an endTime only"),
    ({"maintenanceWindows": [{"startTime": "cron()", "durationInMinutes": 1}]}, "does not play maintenanceWindows"),
]


@pytest.mark.parametrize(("config", "message"), REFUSED, ids=[row[1][:30] for row in REFUSED])
def test_times_that_are_refused(config: dict[str, Any], message: str) -> None:
    bench = Bench()
    with pytest.raises(ApiError, match=message):
        planned(bench, **config)
    assert bench.operate("ListJobs")["jobs"] == []


@pytest.mark.parametrize("config", [{"startTime": at(30)}, {"startTime": at(30), "endTime": at(60)}])
def test_the_least_times_are_taken(config: dict[str, Any]) -> None:
    bench = Bench()
    bench.now = EVEN
    planned(bench, **config)
    assert bench.job()["status"] == "SCHEDULED"


def test_times_are_utc() -> None:
    late = datetime.fromtimestamp(EVEN, UTC) + timedelta(hours=1)
    bench = Bench()
    planned(bench, startTime=late.strftime("%Y-%m-%dT%H:%M"))
    assert bench.service.next_deadline() == late.timestamp()
