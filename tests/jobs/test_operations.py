"""The operator's calls and what a device notices of them (jobs-protocol §4)."""

from __future__ import annotations

from typing import Any

import pytest

from rigs.jobs.refusals import ApiError
from tests.jobs.bench import THING, Bench

ARN = f"arn:aws:iot:x:0:thing/{THING}"
JOB = {"jobId": "job1"}
EXECUTION = {"jobId": "job1", "thingName": THING}

# start: how far job1 is; call and parameters; error code or None; status and version afterwards (None: gone); notices
CALLS: list[tuple[str, str, dict[str, Any], str | None, tuple[str, int] | None, list[str]]] = [
    ("QUEUED", "CancelJobExecution", EXECUTION, None, ("CANCELED", 2), ["notify job2", "notify-next job2"]),
    ("IN_PROGRESS", "CancelJobExecution", EXECUTION, "InvalidStateTransitionException", ("IN_PROGRESS", 2), []),
    (
        "IN_PROGRESS",
        "CancelJobExecution",
        {**EXECUTION, "force": True, "expectedVersion": 2, "statusDetails": {"why": "x"}},
        None,
        ("CANCELED", 3),
        ["notify job2", "notify-next job2"],
    ),
    (
        "IN_PROGRESS",
        "CancelJobExecution",
        {**EXECUTION, "force": True, "expectedVersion": 1},
        "VersionConflictException",
        ("IN_PROGRESS", 2),
        [],
    ),
    (
        "SUCCEEDED",
        "CancelJobExecution",
        {**EXECUTION, "force": True},
        "InvalidStateTransitionException",
        ("SUCCEEDED", 2),
        [],
    ),
    ("QUEUED", "CancelJob", JOB, None, ("CANCELED", 2), ["notify job2", "notify-next job2"]),
    ("IN_PROGRESS", "CancelJob", JOB, None, ("IN_PROGRESS", 2), []),
    ("IN_PROGRESS", "CancelJob", {**JOB, "force": True}, None, ("CANCELED", 3), ["notify job2", "notify-next job2"]),
    ("SUCCEEDED", "CancelJob", JOB, "InvalidRequestException", ("SUCCEEDED", 2), []),
    ("QUEUED", "DeleteJob", JOB, "InvalidStateTransitionException", ("QUEUED", 1), []),
    ("IN_PROGRESS", "DeleteJob", {**JOB, "force": True}, None, None, ["notify job2", "notify-next job2"]),
    ("SUCCEEDED", "DeleteJob", JOB, None, None, []),
    (
        "IN_PROGRESS",
        "DeleteJobExecution",
        {**EXECUTION, "executionNumber": 1},
        "InvalidStateTransitionException",
        ("IN_PROGRESS", 2),
        [],
    ),
    (
        "IN_PROGRESS",
        "DeleteJobExecution",
        {**EXECUTION, "executionNumber": 1, "force": True},
        None,
        None,
        ["notify job2", "notify-next job2"],
    ),
    ("SUCCEEDED", "DeleteJobExecution", {**EXECUTION, "executionNumber": 1}, None, None, []),
    (
        "QUEUED",
        "DeleteJobExecution",
        {**EXECUTION, "executionNumber": 2},
        "ResourceNotFoundException",
        ("QUEUED", 1),
        [],
    ),
    ("QUEUED", "CancelJob", {"jobId": "none"}, "ResourceNotFoundException", ("QUEUED", 1), []),
]


@pytest.mark.parametrize(
    ("start", "call", "params", "error", "after", "notices"),
    CALLS,
    ids=[f"{row[0]} {row[1]} {row[3]}" for row in CALLS],
)
def test_call(start: str, call: str, params: dict[str, Any], error: str | None, after: Any, notices: list[str]) -> None:
    bench = Bench()
    bench.queue("job1", "job2")
    if start != "QUEUED":
        bench.accepted("job1/update", status=start)
        bench.told()
    if error is None:
        bench.operate(call, **params)
    else:
        with pytest.raises(ApiError, match=error):
            bench.operate(call, **params)
    assert bench.told() == notices
    if after is None:
        assert bench.rejected("job1/update", status="FAILED")["code"] == "ResourceNotFound"
    else:
        assert bench.state() == after


def test_work_that_a_plain_cancel_left_alone_can_be_finished() -> None:
    bench = Bench()
    bench.queue("job1")
    bench.accepted("start-next")
    bench.operate("CancelJob", jobId="job1")
    bench.accepted("job1/update", status="SUCCEEDED")
    job = bench.operate("DescribeJob", jobId="job1")["job"]
    assert (bench.state(), job["status"]) == (("SUCCEEDED", 3), "CANCELED")


def test_late_report_after_a_forced_cancel() -> None:
    bench = Bench()
    bench.queue("job1")
    bench.accepted("start-next")
    bench.operate("CancelJobExecution", **EXECUTION, force=True, statusDetails={"why": "maintenance"})
    refused = bench.rejected("job1/update", status="SUCCEEDED")
    assert refused["code"] == "InvalidStateTransition"
    assert refused["executionState"] == {
        "status": "CANCELED",
        "statusDetails": {"why": "maintenance"},
        "versionNumber": 3,
    }
    assert bench.operate("DescribeJobExecution", **EXECUTION)["execution"]["forceCanceled"] is True


REFUSED_JOBS: list[tuple[str, dict[str, Any], str]] = [
    ("no document", {}, "InvalidRequestException: Job document must be JSON"),
    ("document no object", {"document": "[]"}, "InvalidRequestException: Job document must be a JSON object"),
    ("unknown thing", {"document": "{}", "targets": [f"{ARN}-x"]}, "ResourceNotFoundException"),
    ("no target", {"document": "{}", "targets": ["bench-7"]}, "InvalidRequestException"),
    ("0 minutes", {"document": "{}", "timeoutConfig": {"inProgressTimeoutInMinutes": 0}}, "InvalidRequestException"),
    ("10081", {"document": "{}", "timeoutConfig": {"inProgressTimeoutInMinutes": 10081}}, "InvalidRequestException"),
    (
        "11 retries",
        {
            "document": "{}",
            "jobExecutionsRetryConfig": {
                "criteriaList": [
                    {"failureType": "FAILED", "numberOfRetries": 6},
                    {"failureType": "TIMED_OUT", "numberOfRetries": 5},
                ]
            },
        },
        "InvalidRequestException",
    ),
    ("id taken", {"document": "{}", "jobId": "job0"}, "ResourceAlreadyExistsException"),
]


@pytest.mark.parametrize(("name", "params", "error"), REFUSED_JOBS, ids=[row[0] for row in REFUSED_JOBS])
def test_jobs_that_are_refused(name: str, params: dict[str, Any], error: str) -> None:
    bench = Bench()
    bench.queue("job0")
    with pytest.raises(ApiError, match=error):
        bench.operate("CreateJob", **{"jobId": "job1", "targets": [ARN], **params})
    assert bench.told() == []
    assert [job["jobId"] for job in bench.operate("ListJobs")["jobs"]] == ["job0"]


def test_continuous_job_follows_its_group() -> None:
    """P4: queued on joining, REMOVED while QUEUED on leaving (version kept), a new number on joining again."""
    bench = Bench()
    group = {"thingGroupName": "fleet", "thingName": THING}
    bench.operate("CreateThingGroup", thingGroupName="fleet")
    bench.operate(
        "CreateJob",
        jobId="job1",
        targets=["arn:aws:iot:x:0:thinggroup/fleet"],
        document="{}",
        targetSelection="CONTINUOUS",
    )
    seen = [bench.told()]
    bench.operate("AddThingToThingGroup", **group)
    seen.append(bench.told())
    bench.operate("RemoveThingFromThingGroup", **group)
    seen.append(bench.told())
    assert bench.state() == ("REMOVED", 1)
    bench.operate("AddThingToThingGroup", **group)
    seen.append(bench.told())
    both = ["notify job1", "notify-next job1"]
    assert seen == [[], both, ["notify", "notify-next"], both]
    assert bench.accepted("start-next")["execution"]["executionNumber"] == 2
    bench.operate("RemoveThingFromThingGroup", **group)
    assert bench.state() == ("IN_PROGRESS", 2)
    assert bench.operate("DescribeJob", jobId="job1")["job"]["status"] == "IN_PROGRESS"


def test_group_job_counts_its_things_and_completes() -> None:
    bench = Bench()
    bench.operate("CreateThing", thingName="other")
    bench.operate("CreateThingGroup", thingGroupName="fleet")
    for thing in (THING, "other"):
        bench.operate("AddThingToThingGroup", thingGroupName="fleet", thingName=thing)
    bench.operate("CreateJob", jobId="job1", targets=["arn:aws:iot:x:0:thinggroup/fleet", ARN], document="{}")
    assert [one.topic.split("/")[2] for one in bench.published] == [THING, THING, "other", "other"]
    bench.accepted("job1/update", status="FAILED")
    counts = bench.operate("DescribeJob", jobId="job1")["job"]["jobProcessDetails"]
    assert (counts["numberOfFailedThings"], counts["numberOfQueuedThings"]) == (1, 1)
    bench.operate("CancelJobExecution", jobId="job1", thingName="other")
    assert bench.operate("DescribeJob", jobId="job1")["job"]["status"] == "COMPLETED"


def test_lists_are_filtered_and_paged() -> None:
    bench = Bench()
    bench.queue("job1", "job2", "job3")
    bench.accepted("job2/update", status="SUCCEEDED")
    queued = bench.operate("ListJobExecutionsForThing", thingName=THING, status="QUEUED", maxResults=1)
    rest = bench.operate(
        "ListJobExecutionsForThing", thingName=THING, status="QUEUED", maxResults=1, nextToken=queued["nextToken"]
    )
    assert [page["executionSummaries"][0]["jobId"] for page in (queued, rest)] == ["job3", "job1"]
    assert "nextToken" not in rest
    assert [job["jobId"] for job in bench.operate("ListJobs", status="COMPLETED")["jobs"]] == ["job2"]


def test_facts_tell_what_happened_inside() -> None:
    bench = Bench()
    bench.queue("job1", timeoutConfig={"inProgressTimeoutInMinutes": 1})
    bench.accepted("start-next")
    bench.accepted("job1/update", status="IN_PROGRESS", stepTimeoutInMinutes=5)
    bench.now += 60
    bench.service.expire(bench.now)
    bench.operate("DeleteJob", jobId="job1")
    assert [(fact.event, fact.status, fact.version, fact.timer) for fact in bench.facts] == [
        ("queued", "QUEUED", 1, ""),
        ("started", "IN_PROGRESS", 2, "in-progress"),
        ("reported", "IN_PROGRESS", 3, "in-progress"),
        ("timed out", "TIMED_OUT", 4, "in-progress"),
        ("deleted", "TIMED_OUT", 4, ""),
    ]


def test_reprs() -> None:
    bench = Bench()
    bench.queue("job1", jobExecutionsRetryConfig={"criteriaList": [{"failureType": "FAILED", "numberOfRetries": 1}]})
    ledger = bench.service.ledger
    assert repr(ledger.find(THING, "job1")) == "<Execution job1 QUEUED v1>"
    bench.accepted("job1/update", status="FAILED")
    assert repr(ledger.find(THING, "job1")) == "<Execution job1#2 QUEUED v1>"
    assert repr(ledger.jobs["job1"]) == f"<Job job1 IN_PROGRESS for {ARN}>"
    assert repr(bench.service) == "<JobsService 1 things 1 jobs>"
