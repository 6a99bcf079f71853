"""Roll-out: how many things a minute get a job (developer guide, jobs-configurations-details)."""

from __future__ import annotations

from typing import Any

import pytest

from rigs.jobs.rates import rate_of
from rigs.jobs.switches import Switches
from tests.jobs.bench import MINUTE, NOON, THING, Bench


def exponential(criterion: str, threshold: int, *, base: int, factor: float, most: int) -> dict[str, Any]:
    rate = {"baseRatePerMinute": base, "incrementFactor": factor, "rateIncreaseCriteria": {criterion: threshold}}
    return {"maximumPerMinute": most, "exponentialRate": rate}


NOTIFIED = exponential("numberOfNotifiedThings", 1000, base=50, factor=2, most=1000)
SUCCEEDED = exponential("numberOfSucceededThings", 1000, base=50, factor=2, most=1000)

# the configuration, things notified and succeeded, things a minute
RATES: list[tuple[dict[str, Any], int, int, int]] = [
    ({"maximumPerMinute": 7}, 0, 0, 7),
    ({"maximumPerMinute": 7}, 5000, 5000, 7),
    # the guide's table: 50, 100, 200, 400 at 1,000, 2,000, 3,000 things
    (NOTIFIED, 0, 0, 50),
    (NOTIFIED, 999, 5000, 50),
    (NOTIFIED, 1000, 0, 100),
    (NOTIFIED, 2000, 0, 200),
    (NOTIFIED, 3999, 0, 400),
    (NOTIFIED, 10_000_000, 0, 1000),
    (SUCCEEDED, 5000, 999, 50),
    (SUCCEEDED, 5000, 1000, 100),
    (exponential("numberOfNotifiedThings", 1, base=3, factor=1.1, most=10), 1, 0, 3),
    (exponential("numberOfNotifiedThings", 1, base=3, factor=1.1, most=10), 3, 0, 3),
    (exponential("numberOfNotifiedThings", 1, base=3, factor=1.1, most=10), 4, 0, 4),
]


@pytest.mark.parametrize(("config", "notified", "succeeded", "rate"), RATES)
def test_rate(config: dict[str, Any], notified: int, succeeded: int, rate: int) -> None:
    assert rate_of(config, notified=notified, succeeded=succeeded) == rate


def rolled(bench: Bench, minutes: int) -> list[int]:
    """How many things have the job at each minute, the first included."""
    counts = [len(bench.statuses())]
    for _ in range(minutes):
        bench.wait(1)
        counts.append(len(bench.statuses()))
    return counts


# how many things, the configuration or none, how many have the job minute by minute
COURSES: list[tuple[int, dict[str, Any] | None, list[int]]] = [
    (5, None, [5, 5]),
    (5, {"maximumPerMinute": 2}, [2, 4, 5, 5]),
    (4, {"maximumPerMinute": 2}, [2, 4, 4]),
    (5, {"maximumPerMinute": 1000}, [5, 5]),
    (9, exponential("numberOfNotifiedThings", 2, base=1, factor=2, most=3), [1, 2, 4, 7, 9]),
    (4, exponential("numberOfSucceededThings", 1, base=1, factor=2, most=3), [1, 2, 3, 4]),
]


@pytest.mark.parametrize(("things", "config", "counts"), COURSES)
def test_course(things: int, config: dict[str, Any] | None, counts: list[int]) -> None:
    bench = Bench()
    bench.fleet(things, **({} if config is None else {"jobExecutionsRolloutConfig": config}))
    assert rolled(bench, len(counts) - 1) == counts
    assert bench.service.next_deadline() is None


def test_successes_raise_the_rate() -> None:
    bench = Bench()
    config = exponential("numberOfSucceededThings", 1, base=1, factor=2, most=4)
    bench.fleet(9, jobExecutionsRolloutConfig=config)
    bench.report("t01", "SUCCEEDED")
    bench.wait(1)
    assert len(bench.statuses()) == 3
    bench.report("t02", "SUCCEEDED")
    bench.wait(1)
    assert len(bench.statuses()) == 7


def test_a_thing_is_told_when_its_minute_has_come() -> None:
    bench = Bench()
    bench.operate("CreateThing", thingName="other")
    arns = [f"arn:aws:iot:x:0:thing/{thing}" for thing in ("other", THING)]
    config = {"maximumPerMinute": 1}
    bench.operate("CreateJob", jobId="job1", targets=arns, document="{}", jobExecutionsRolloutConfig=config)
    assert [one.topic.split("/")[2] for one in bench.published] == ["other", "other"]
    assert bench.accepted("get")["queuedJobs"] == []
    bench.told()
    bench.wait(0.99)
    assert bench.told() == []
    bench.wait(0.01)
    assert bench.told() == ["notify job1", "notify-next job1"]
    assert bench.accepted("get")["queuedJobs"][0]["queuedAt"] == int(NOON) + MINUTE


def test_minutes_time_outs_and_ends_pass_in_order() -> None:
    """One jump over ten minutes gives what ten steps give; the time-out at 90 s stands between two batches."""
    ends = []
    for steps in (1, 20):
        bench = Bench()
        limit = {"timeoutConfig": {"inProgressTimeoutInMinutes": 1}}
        bench.fleet(4, jobExecutionsRolloutConfig={"maximumPerMinute": 1}, **limit)
        bench.now += 30
        bench.report("t01", "IN_PROGRESS")
        assert bench.service.next_deadline() == NOON + MINUTE
        for _ in range(steps):
            bench.wait(10 / steps)
        ends.append([(fact.event, fact.thing) for fact in bench.facts])
    assert ends[0] == ends[1]
    happened = [("queued", "t02"), ("timed out", "t01"), ("queued", "t03"), ("queued", "t04")]
    assert ends[0] == [("queued", "t01"), ("started", "t01"), *happened]


def test_what_waits_is_shown_and_keeps_the_job_open() -> None:
    """botocore: isConcurrent while it is rolled out, processingTargets null afterwards."""
    bench = Bench()
    bench.fleet(2, jobExecutionsRolloutConfig={"maximumPerMinute": 1})
    bench.report("t01", "SUCCEEDED")
    job = bench.job()
    assert (job["status"], job["isConcurrent"]) == ("IN_PROGRESS", True)
    assert job["jobProcessDetails"]["processingTargets"] == job["targets"]
    assert bench.operate("ListJobs")["jobs"][0]["isConcurrent"] is True
    bench.wait(1)
    job = bench.job()
    assert (job["status"], job["isConcurrent"]) == ("IN_PROGRESS", False)
    assert "processingTargets" not in job["jobProcessDetails"]
    bench.report("t02", "SUCCEEDED")
    assert bench.job()["status"] == "COMPLETED"


def test_a_thing_that_is_deleted_while_it_waits_takes_no_place() -> None:
    bench = Bench()
    bench.fleet(4, jobExecutionsRolloutConfig={"maximumPerMinute": 1})
    for thing in ("t02", "t03"):
        bench.operate("DeleteThing", thingName=thing)
    bench.wait(1)
    assert list(bench.statuses()) == ["t01", "t04"]


def test_a_job_whose_waiting_things_are_gone_completes() -> None:
    bench = Bench()
    bench.fleet(2, jobExecutionsRolloutConfig={"maximumPerMinute": 1})
    bench.report("t01", "SUCCEEDED")
    bench.operate("DeleteThing", thingName="t02")
    bench.wait(1)
    assert bench.job()["status"] == "COMPLETED"


def test_a_thing_that_left_the_group_of_a_continuous_job_is_passed_over() -> None:
    bench = Bench()
    bench.fleet(3, targetSelection="CONTINUOUS", jobExecutionsRolloutConfig={"maximumPerMinute": 1})
    bench.operate("RemoveThingFromThingGroup", thingGroupName="fleet", thingName="t02")
    bench.wait(1)
    assert list(bench.statuses()) == ["t01", "t03"]


@pytest.mark.parametrize(("waits", "counts"), [(False, [3, 5, 5]), (True, [2, 4, 5])])
def test_things_that_join_later(waits: bool, counts: list[int]) -> None:
    """The guide: in near real time; with the switch at the job's rate, behind those that wait."""
    bench = Bench(Switches(joiners_wait=waits))
    bench.fleet(4, targetSelection="CONTINUOUS", jobExecutionsRolloutConfig={"maximumPerMinute": 2})
    assert list(bench.statuses()) == ["t01", "t02"]
    bench.add("t09")
    assert rolled(bench, 2) == counts


def test_associated_targets_follow_the_rate_and_come_once() -> None:
    bench = Bench()
    config = {"maximumPerMinute": 1}
    bench.fleet(1, targetSelection="CONTINUOUS", jobExecutionsRolloutConfig=config)
    bench.report("t01", "SUCCEEDED")
    targets = ["arn:aws:iot:x:0:thing/t01", f"arn:aws:iot:x:0:thing/{THING}"]
    bench.operate("AssociateTargetsWithJob", jobId="job1", targets=targets, comment="more of them")
    assert bench.statuses() == {"t01": "SUCCEEDED"}
    bench.wait(1)
    assert bench.statuses() == {"t01": "SUCCEEDED", THING: "QUEUED"}
    job = bench.job()
    assert (len(job["targets"]), job["comment"]) == (3, "more of them")


def test_a_minute_that_has_passed_is_no_bound() -> None:
    bench = Bench()
    bench.fleet(1, targetSelection="CONTINUOUS", jobExecutionsRolloutConfig={"maximumPerMinute": 1})
    for wait, queued in ((2, 2), (0.5, 2)):
        bench.wait(wait)
        thing = f"x{wait}".replace(".", "-")
        bench.operate("CreateThing", thingName=thing)
        bench.operate("AssociateTargetsWithJob", jobId="job1", targets=[f"arn:aws:iot:x:0:thing/{thing}"])
        assert len(bench.statuses()) == queued


def test_work_in_progress_of_a_thing_that_left_is_not_doubled() -> None:
    bench = Bench()
    bench.fleet(1, targetSelection="CONTINUOUS")
    bench.report("t01", "IN_PROGRESS")
    bench.operate("RemoveThingFromThingGroup", thingGroupName="fleet", thingName="t01")
    bench.operate("AssociateTargetsWithJob", jobId="job1", targets=["arn:aws:iot:x:0:thing/t01"])
    assert len(bench.operate("ListJobExecutionsForJob", jobId="job1")["executionSummaries"]) == 1
    bench.report("t01", "SUCCEEDED")


def test_a_roll_out_tells_its_things_whatever_time_outs_tell() -> None:
    bench = Bench(Switches(timeout_notices=False))
    bench.fleet(2, jobExecutionsRolloutConfig={"maximumPerMinute": 1})
    bench.told()
    bench.wait(1)
    assert bench.told() == ["notify job1", "notify-next job1"]


@pytest.mark.parametrize("call", ["CancelJob", "DeleteJob"])
def test_what_waits_is_never_rolled_out_after_the_end(call: str) -> None:
    bench = Bench()
    bench.fleet(3, jobExecutionsRolloutConfig={"maximumPerMinute": 1})
    bench.operate(call, jobId="job1", force=True)
    assert bench.service.next_deadline() is None
    bench.told()
    bench.wait(10)
    assert bench.told() == []


def test_what_waits_outlives_a_restart() -> None:
    bench = Bench()
    bench.fleet(4, jobExecutionsRolloutConfig={"maximumPerMinute": 2})
    other = bench.restarted()
    assert other.service.next_deadline() == NOON + MINUTE
    other.wait(1)
    assert list(other.statuses()) == ["t01", "t02", "t03", "t04"]


def test_a_retry_does_not_wait() -> None:
    bench = Bench()
    retry = {"criteriaList": [{"failureType": "FAILED", "numberOfRetries": 1}]}
    bench.fleet(2, jobExecutionsRolloutConfig={"maximumPerMinute": 1}, jobExecutionsRetryConfig=retry)
    bench.report("t01", "FAILED")
    assert bench.statuses() == {"t01": "QUEUED"}
