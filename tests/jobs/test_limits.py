"""What CreateJob and the lists refuse, and how the document reaches the device (jobs-protocol §2.5, §6)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rigs.jobs.model import Operation
from rigs.jobs.refusals import ApiError
from rigs.jobs.switches import Switches
from tests.jobs.bench import CLIENT, FLEET, ROOT, THING, Bench

ARN = f"arn:aws:iot:x:0:thing/{THING}"
PLACEHOLDER = "${aws:iot:s3-presigned-url:https://host/fw.bin}"


def rollout(**rate: Any) -> dict[str, Any]:
    exponential = {"baseRatePerMinute": 5, "incrementFactor": 2, "rateIncreaseCriteria": {"numberOfNotifiedThings": 1}}
    return {"jobExecutionsRolloutConfig": {"maximumPerMinute": 10, "exponentialRate": {**exponential, **rate}}}


def abort(*rows: tuple[str, float]) -> dict[str, Any]:
    keys = {"action": "CANCEL", "minNumberOfExecutedThings": 1}
    return {"abortConfig": {"criteriaList": [{"failureType": a, "thresholdPercentage": b, **keys} for a, b in rows]}}


# members of CreateJob beside id, targets and document; the refusal, or None where they are taken
JOBS: list[tuple[str, dict[str, Any], str | None]] = [
    ("32,768 bytes", {"document": '{"a":"' + "x" * (32_768 - 8) + '"}'}, None),
    ("32,769 bytes", {"document": '{"a":"' + "x" * (32_769 - 8) + '"}'}, "must not exceed 32768 bytes, it has 32769"),
    ("bytes, not letters", {"document": '{"a":"' + "ü" * 16_384 + '"}'}, "must not exceed 32768 bytes"),
    ("10 placeholders", {"document": json.dumps([PLACEHOLDER] * 10).join(('{"a":', "}"))}, None),
    ("11 placeholders", {"document": json.dumps([PLACEHOLDER] * 11).join(('{"a":', "}"))}, "more than 10 placeholders"),
    ("100 targets", {"targets": [ARN] * 100}, None),
    ("101 targets", {"targets": [ARN] * 101}, "LimitExceededException: A job has at most 100 targets, not 101"),
    ("rate 1000", {"jobExecutionsRolloutConfig": {"maximumPerMinute": 1000}}, None),
    ("rate 1001", {"jobExecutionsRolloutConfig": {"maximumPerMinute": 1001}}, "maximumPerMinute must be 1 to 1000"),
    ("exponential", rollout(), None),
    ("over the most", rollout(baseRatePerMinute=11), "baseRatePerMinute should be less than maximumPerMinute"),
    ("no criterion", rollout(rateIncreaseCriteria={}), "Provide only one of NumberOfNotifiedThings"),
    (
        "two criteria",
        rollout(rateIncreaseCriteria={"numberOfNotifiedThings": 1, "numberOfSucceededThings": 1}),
        "Provide only one of NumberOfNotifiedThings",
    ),
    ("one digit", rollout(incrementFactor=1.5), None),
    ("two digits", rollout(incrementFactor=1.55), "incrementFactor supports 1 digit"),
    (
        "no most",
        {"jobExecutionsRolloutConfig": {"exponentialRate": rollout()["jobExecutionsRolloutConfig"]["exponentialRate"]}},
        "Provide MaximumPerMinute value when ExponentialRate is defined",
    ),
    ("no rate at all", {"jobExecutionsRolloutConfig": {}}, None),
    ("threshold", abort(("FAILED", 10.99), ("ALL", 100)), None),
    ("threshold 0", abort(("FAILED", 0)), "must have value greater than 0"),
    ("three digits", abort(("FAILED", 10.999)), "thresholdPercentage supports 2 digit"),
    ("twice", abort(("FAILED", 1), ("FAILED", 2)), "cannot have the same failure type"),
    (
        "ALL beside another retry",
        {
            "jobExecutionsRetryConfig": {
                "criteriaList": [
                    {"failureType": "ALL", "numberOfRetries": 1},
                    {"failureType": "FAILED", "numberOfRetries": 1},
                ]
            }
        },
        "must be used by itself",
    ),
    *[
        (member, {member: "x"}, f"the local cloud does not play {member} of CreateJob: ")
        for member in ("documentSource", "documentParameters", "destinationPackageVersions", "namespaceId", "tags")
    ],
]


@pytest.mark.parametrize(("name", "params", "error"), JOBS, ids=[row[0] for row in JOBS])
def test_create_job(name: str, params: dict[str, Any], error: str | None) -> None:
    bench = Bench()
    given = {"jobId": "job1", "targets": [ARN], "document": "{}", **params}
    if error is None:
        bench.operate("CreateJob", **given)
        assert bench.told() == ["notify job1", "notify-next job1"]
        return
    with pytest.raises(ApiError, match=error):
        bench.operate("CreateJob", **given)
    assert bench.operate("ListJobs")["jobs"] == []


def test_a_job_has_at_most_100_targets_also_by_association() -> None:
    bench = Bench()
    bench.fleet(0, targetSelection="CONTINUOUS")
    for number in range(100):
        bench.operate("CreateThing", thingName=f"x{number}")
    arns = [f"arn:aws:iot:x:0:thing/x{number}" for number in range(100)]
    bench.operate("AssociateTargetsWithJob", jobId="job1", targets=[FLEET, *arns[:99]])
    with pytest.raises(ApiError, match="LimitExceededException"):
        bench.operate("AssociateTargetsWithJob", jobId="job1", targets=arns)
    assert len(bench.job()["targets"]) == 100


def test_jobs_are_listed_by_status_selection_and_group() -> None:
    bench = Bench()
    bench.operate("CreateThingGroup", thingGroupName="other")
    bench.fleet(1, targetSelection="CONTINUOUS")
    bench.queue("job2")
    bench.operate("CancelJob", jobId="job2")
    ids = {
        name: bench.operate("DescribeThingGroup", thingGroupName=name)["thingGroupId"] for name in ("fleet", "other")
    }
    filters: list[tuple[dict[str, Any], list[str]]] = [
        ({}, ["job2", "job1"]),
        ({"status": "CANCELED"}, ["job2"]),
        ({"targetSelection": "CONTINUOUS"}, ["job1"]),
        ({"targetSelection": "SNAPSHOT", "status": "IN_PROGRESS"}, []),
        ({"thingGroupName": "fleet"}, ["job1"]),
        ({"thingGroupName": "other"}, []),
        ({"thingGroupName": "flee"}, []),
        ({"thingGroupId": ids["fleet"]}, ["job1"]),
        ({"thingGroupId": ids["other"]}, []),
        ({"thingGroupName": "other", "thingGroupId": ids["fleet"]}, []),
    ]
    for given, found in filters:
        assert [row["jobId"] for row in bench.operate("ListJobs", **given)["jobs"]] == found, given


@pytest.mark.parametrize("call", ["ListJobs", "DeleteJob", "AssociateTargetsWithJob", "ListJobExecutionsForThing"])
def test_namespaces_are_refused_by_name(call: str) -> None:
    bench = Bench()
    bench.queue("job1")
    params = {"jobId": "job1", "thingName": THING, "targets": [ARN], "namespaceId": "aws-gg-deployment"}
    with pytest.raises(ApiError, match=f"does not play namespaceId of {call}: namespaces belong to Greengrass"):
        bench.operate(call, **params)


@pytest.mark.parametrize(
    "word",
    [
        "$next/namespace-aws-gg-deployment/get",
        "job1/namespace-aws-gg-deployment/update",
        "notify-namespace-aws-gg-deployment",
        "notify-next-namespace-aws-gg-deployment",
    ],
)
def test_topics_of_a_namespace_are_no_topics_of_the_service(word: str) -> None:
    """§1: they pass as ordinary messages."""
    assert Bench().service.handle(CLIENT, ROOT + word, b"{}", 0.0) is None


def test_describe_job_shows_empty_configurations() -> None:
    """[C] captured: {} where nothing was given, but no abortConfig and no retry configuration."""
    bench = Bench()
    bench.queue("job1")
    job = bench.job()
    empty = [key for key, value in job.items() if value == {}]
    assert empty == ["presignedUrlConfig", "jobExecutionsRolloutConfig", "timeoutConfig", "schedulingConfig"]
    assert not {"abortConfig", "jobExecutionsRetryConfig", "comment", "forceCanceled"} & set(job)


DOCUMENT = {"a": None, "b": {"c": None, "d": [None, {"e": None}]}, "f": "null", "g": 0}
BARE = {"b": {"d": [None, {}]}, "f": "null", "g": 0}


@pytest.mark.parametrize(("nulls", "document"), [("dropped", BARE), ("kept", DOCUMENT)])
def test_null_members_of_a_document(nulls: Any, document: dict[str, Any]) -> None:
    """[C]: left out on the way to the device by either plane; the operator sees what was given."""
    bench = Bench(Switches(document_nulls=nulls))
    text = json.dumps(DOCUMENT)
    bench.operate("CreateJob", jobId="job1", targets=[ARN], document=text)
    assert bench.published[1].payload["execution"]["jobDocument"] == document
    assert bench.accepted("$next/get")["execution"]["jobDocument"] == document
    reply, _ = bench.service.handle_http(Operation.DESCRIBE, THING, "job1", {}, bench.now)
    assert json.loads(reply["execution"]["jobDocument"]) == document
    assert bench.operate("GetJobDocument", jobId="job1")["document"] == text


def url(bench: Bench) -> str:
    return str(bench.accepted("job1/get")["execution"]["jobDocument"]["url"])


def test_no_two_deliveries_have_the_same_signature() -> None:
    """Also after a restart, with which the count begins anew, and for every placeholder."""
    bench = Bench()
    document = {"url": PLACEHOLDER, "other": PLACEHOLDER.replace("fw", "more")}
    bench.queue("job1", document=document)
    found: set[str] = set()
    for _ in range(3):
        for _ in range(3):
            document = bench.accepted("job1/get")["execution"]["jobDocument"]
            found |= {one.rpartition("X-Amz-Signature=")[2] for one in document.values()}
        bench.now += 0.001
        bench = bench.restarted()
    assert len(found) == 18


@pytest.mark.parametrize(
    ("config", "seconds"),
    [({}, 3600), ({"presignedUrlConfig": {}}, 3600), ({"presignedUrlConfig": {"expiresInSec": 60}}, 60)],
)
def test_how_long_a_url_is_valid(config: dict[str, Any], seconds: int) -> None:
    bench = Bench()
    bench.queue("job1", document={"url": PLACEHOLDER}, **config)
    assert f"&X-Amz-Date=20231114T221320Z&X-Amz-Expires={seconds}&" in url(bench)


def test_a_url_that_has_a_query_keeps_it() -> None:
    bench = Bench()
    bench.queue("job1", document={"url": PLACEHOLDER.replace("fw.bin", "fw.bin?versionId=7")})
    assert url(bench).startswith("https://host/fw.bin?versionId=7&X-Amz-Algorithm=")


def test_a_thing_that_left_its_group_is_not_retried() -> None:
    """developer guide, jobs-configurations-details: additional retry attempts are canceled."""
    bench = Bench()
    retry = {"criteriaList": [{"failureType": "FAILED", "numberOfRetries": 5}]}
    bench.fleet(1, targetSelection="CONTINUOUS", jobExecutionsRetryConfig=retry)
    bench.report("t01", "FAILED")
    bench.report("t01", "IN_PROGRESS")
    bench.operate("RemoveThingFromThingGroup", thingGroupName="fleet", thingName="t01")
    bench.report("t01", "FAILED")
    assert bench.statuses() == {"t01": "FAILED"}
