"""Event messages of jobs and executions (jobs-protocol §1.1; developer guide, events-jobs)."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from rigs.jobs.eventcalls import TYPES
from rigs.jobs.refusals import ApiError
from tests.jobs.bench import NOON, THING, Bench

RETRY = {"criteriaList": [{"failureType": "FAILED", "numberOfRetries": 1}]}
BOTH = ("JOB", "JOB_EXECUTION")


def listening(*types: str) -> Bench:
    bench = Bench()
    bench.operate("UpdateEventConfigurations", eventConfigurations={sort: {"Enabled": True} for sort in types})
    return bench


def events(bench: Bench) -> list[str]:
    return [line.removeprefix("event ") for line in bench.told() if line.startswith("event ")]


def one(bench: Bench, ending: str) -> dict[str, Any]:
    """The payload of the event whose topic ends so."""
    (found,) = [outgoing for outgoing in bench.published if outgoing.topic.endswith(ending)]
    assert found.to is None
    return found.payload


def run(bench: Bench, *steps: tuple[str, dict[str, Any]]) -> None:
    for word, params in steps:
        if word == "wait":
            bench.wait(params["minutes"])
        elif word[0].isupper():
            bench.operate(word, **params)
        else:
            bench.accepted(word, **params)


START: tuple[str, dict[str, Any]] = ("start-next", {})
EXECUTION = {"jobId": "job1", "thingName": THING, "executionNumber": 1}
DONE, FAILED = ("job1/update", {"status": "SUCCEEDED"}), ("job1/update", {"status": "FAILED"})

# name; what happens to job1; the events
STORIES: list[tuple[str, list[tuple[str, dict[str, Any]]], list[str]]] = [
    ("start and progress have none", [START, ("job1/update", {"status": "IN_PROGRESS"})], []),
    ("succeeded", [DONE], ["jobExecution/job1/succeeded", "job/job1/completed"]),
    ("rejected", [("job1/update", {"status": "REJECTED"})], ["jobExecution/job1/rejected", "job/job1/completed"]),
    ("failed and retried", [FAILED], ["jobExecution/job1/failed"]),
    ("failed for good", [FAILED, FAILED], ["jobExecution/job1/failed"] * 2 + ["job/job1/completed"]),
    (
        "timed out",
        [START, ("wait", {"minutes": 1})],
        ["jobExecution/job1/timed_out", "job/job1/completed"],
    ),
    (
        "execution canceled",
        [("CancelJobExecution", {"jobId": "job1", "thingName": THING})],
        ["jobExecution/job1/canceled", "job/job1/completed"],
    ),
    (
        "job canceled",
        [("CancelJob", {"jobId": "job1"})],
        ["job/job1/cancellation_in_progress", "jobExecution/job1/canceled", "job/job1/canceled"],
    ),
    (
        "job canceled while the work goes on",
        [START, ("CancelJob", {"jobId": "job1"}), DONE],
        ["job/job1/cancellation_in_progress", "job/job1/canceled", "jobExecution/job1/succeeded"],
    ),
    (
        "job deleted",
        [("DeleteJob", {"jobId": "job1", "force": True})],
        ["job/job1/deletion_in_progress", "jobExecution/job1/deleted", "job/job1/deleted"],
    ),
    (
        "execution deleted",
        [("DeleteJobExecution", {**EXECUTION, "force": True})],
        ["jobExecution/job1/deleted", "job/job1/completed"],
    ),
]


@pytest.mark.parametrize(("name", "steps", "told"), STORIES, ids=[row[0] for row in STORIES])
def test_story(name: str, steps: list[tuple[str, dict[str, Any]]], told: list[str]) -> None:
    limit = {"inProgressTimeoutInMinutes": 1}
    for types in ((), ("JOB",), ("JOB_EXECUTION",), BOTH):
        bench = listening(*types)
        bench.queue("job1", jobExecutionsRetryConfig=RETRY, timeoutConfig=limit)
        run(bench, *steps)
        wanted = {"JOB": "job/", "JOB_EXECUTION": "jobExecution/"}
        assert events(bench) == [line for line in told if any(line.startswith(wanted[sort]) for sort in types)]


def test_removed() -> None:
    bench = listening(*BOTH)
    bench.fleet(1, targetSelection="CONTINUOUS")
    bench.operate("RemoveThingFromThingGroup", thingGroupName="fleet", thingName="t01")
    assert events(bench) == ["jobExecution/job1/removed"]


def test_aborted() -> None:
    """The job is canceled by its own configuration: the same events as by an operator."""
    bench = listening(*BOTH)
    least = {"failureType": "FAILED", "action": "CANCEL", "thresholdPercentage": 1, "minNumberOfExecutedThings": 1}
    bench.fleet(2, abortConfig={"criteriaList": [least]})
    bench.report("t01", "FAILED")
    assert events(bench) == [
        "jobExecution/job1/failed",
        "job/job1/cancellation_in_progress",
        "jobExecution/job1/canceled",
        "job/job1/canceled",
    ]


def test_events_come_after_the_reply_and_the_notices() -> None:
    bench = listening(*BOTH)
    bench.queue("job1")
    sent = [outgoing.topic for outgoing in bench.raw("job1/update", b'{"status":"SUCCEEDED"}')]
    assert [topic.rpartition("/")[2] for topic in sent] == [
        "accepted",
        "notify",
        "notify-next",
        "succeeded",
        "completed",
    ]


def test_a_refused_call_tells_nothing() -> None:
    bench = listening(*BOTH)
    bench.queue("job1")
    bench.accepted("start-next")
    with pytest.raises(ApiError):
        bench.operate("CancelJobExecution", jobId="job1", thingName=THING)
    bench.queue("job2")
    assert events(bench) == []


JOB = {
    "jobId": "job1",
    "targetSelection": "SNAPSHOT",
    "targets": [f"arn:aws:iot:x:0:thing/{THING}"],
    "description": "My Job Description",
    "createdAt": 1_700_000_000_000,
    "lastUpdatedAt": 1_700_000_090_500,
}
COUNTS = {
    "numberOfCanceledThings": 0,
    "numberOfRejectedThings": 0,
    "numberOfFailedThings": 0,
    "numberOfRemovedThings": 0,
    "numberOfSucceededThings": 1,
}
COMMENT = {"comment": "My comment"}

# what happens; which event; its members beside eventType, eventId, timestamp and operation
PAYLOADS: list[tuple[tuple[str, dict[str, Any]], str, dict[str, Any]]] = [
    (
        DONE,
        "job/job1/completed",
        {**JOB, "status": "COMPLETED", "completedAt": 1_700_000_090_500, "jobProcessDetails": COUNTS},
    ),
    (("CancelJob", {"jobId": "job1", **COMMENT}), "job/job1/canceled", {**JOB, "status": "CANCELED"}),
    (
        ("CancelJob", {"jobId": "job1", **COMMENT}),
        "job/job1/cancellation_in_progress",
        {**JOB, **COMMENT, "status": "CANCELLATION_IN_PROGRESS"},
    ),
    (
        ("DeleteJob", {"jobId": "job1", "force": True}),
        "job/job1/deletion_in_progress",
        {**JOB, "status": "DELETION_IN_PROGRESS"},
    ),
    (("DeleteJob", {"jobId": "job1", "force": True}), "job/job1/deleted", {**JOB, "status": "DELETED"}),
    (
        ("job1/update", {"status": "SUCCEEDED", "statusDetails": {"key": "value"}}),
        "jobExecution/job1/succeeded",
        {
            "jobId": "job1",
            "thingArn": f"arn:aws:iot:us-east-1:000000000000:thing/{THING}",
            "status": "SUCCEEDED",
            "statusDetails": {"key": "value"},
        },
    ),
    (
        ("CancelJob", {"jobId": "job1"}),
        "jobExecution/job1/canceled",
        {
            "jobId": "job1",
            "thingArn": f"arn:aws:iot:us-east-1:000000000000:thing/{THING}",
            "status": "CANCELED",
        },
    ),
]


@pytest.mark.parametrize(("step", "event", "members"), PAYLOADS, ids=[row[1] for row in PAYLOADS])
def test_payload(step: tuple[str, dict[str, Any]], event: str, members: dict[str, Any]) -> None:
    """Seconds in timestamp, milliseconds elsewhere, as AWS's examples have it; nothing beside their members."""
    bench = listening(*BOTH)
    bench.queue("job1", description="My Job Description")
    bench.now = NOON + 90.5
    run(bench, step)
    payload = one(bench, f"$aws/events/{event}")
    assert uuid.UUID(payload.pop("eventId"))
    head = {"eventType": "JOB" if event.startswith("job/") else "JOB_EXECUTION", "timestamp": int(NOON) + 90}
    assert payload == {**head, "operation": event.rpartition("/")[2], **members}


def test_ids_of_events_differ_also_after_a_restart() -> None:
    bench = listening(*BOTH)
    found = set()
    for number in range(3):
        bench.queue("job1")
        bench.published.clear()
        bench.accepted("job1/update", status="SUCCEEDED")
        found |= {outgoing.payload["eventId"] for outgoing in bench.published if "eventId" in outgoing.payload}
        assert len(found) == 2 * (number + 1)
        bench.operate("DeleteJob", jobId="job1")
        bench.now += 1
        bench = bench.restarted()


def test_settings() -> None:
    """Off by default; named types change, the others stay; they outlive a restart."""
    bench = Bench()
    shown = bench.operate("DescribeEventConfigurations")
    assert shown == {"eventConfigurations": {sort: {"Enabled": False} for sort in TYPES}}
    bench.operate("UpdateEventConfigurations", eventConfigurations={"JOB": {"Enabled": True}, "CA_CERTIFICATE": {}})
    bench.now += 60
    bench.operate("UpdateEventConfigurations", eventConfigurations={"THING": {"Enabled": True}})
    shown = bench.restarted().operate("DescribeEventConfigurations")
    on = [sort for sort, setting in shown["eventConfigurations"].items() if setting["Enabled"]]
    assert (sorted(on), shown["creationDate"], shown["lastModifiedDate"]) == (["JOB", "THING"], NOON, NOON + 60)
    bench.operate("UpdateEventConfigurations", eventConfigurations={"JOB": {"Enabled": False}})
    bench.queue("job1")
    bench.accepted("job1/update", status="SUCCEEDED")
    assert events(bench) == []


def test_an_unknown_type_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ApiError, match=r"unknown event types JOBS; known: THING, .*JOB_EXECUTION"):
        listening("JOBS")
