"""boto3 against the local cloud's HTTP side: routes, names and errors as botocore's models have them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud.httpbench import HttpBench


@pytest.fixture(scope="module")
def running() -> Iterator[HttpBench]:
    bench = HttpBench()
    yield bench
    bench.stop()


@pytest.fixture(scope="module")
def iot(running: HttpBench) -> Any:
    return running.client("iot")


@pytest.fixture(scope="module")
def device(running: HttpBench) -> Any:
    return running.client("iot-jobs-data")


@pytest.fixture
def thing(running: HttpBench, iot: Any, request: pytest.FixtureRequest) -> str:
    """A thing of the test's own."""
    name = str(request.node.name).replace("_", "-")
    iot.create_thing(thingName=name)
    running.recorder.published.clear()
    return name


def queue(iot: Any, thing: str, job: str, **params: Any) -> None:
    arn = iot.describe_thing(thingName=thing)["thingArn"]
    iot.create_job(jobId=job, targets=[arn], document='{"op": "x", "n": 1.5}', **params)


def refused(call: Any, **params: Any) -> tuple[str, int, str]:
    """Code, HTTP status and message of a call that has to be refused."""
    with pytest.raises(ClientError) as raised:
        call(**params)
    response = raised.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Message"]


def test_life_of_a_job(running: HttpBench, iot: Any, device: Any, thing: str) -> None:
    queue(iot, thing, "life", timeoutConfig={"inProgressTimeoutInMinutes": 5})
    (queued,) = device.get_pending_job_executions(thingName=thing)["queuedJobs"]
    assert (queued["jobId"], queued["versionNumber"], type(queued["queuedAt"])) == ("life", 1, int)
    started = device.start_next_pending_job_execution(thingName=thing, statusDetails={"a": "b"})["execution"]
    assert (started["thingName"], started["status"], started["versionNumber"]) == (thing, "IN_PROGRESS", 2)
    assert started["jobDocument"] == '{"op": "x", "n": 1.5}'
    assert started["approximateSecondsBeforeTimedOut"] == 299
    state = device.update_job_execution(
        thingName=thing,
        jobId="life",
        status="SUCCEEDED",
        expectedVersion=2,
        executionNumber=1,
        includeJobExecutionState=True,
        includeJobDocument=True,
    )
    assert state["executionState"] == {"status": "SUCCEEDED", "statusDetails": {"a": "b"}, "versionNumber": 3}
    assert json.loads(state["jobDocument"]) == {"op": "x", "n": 1.5}
    shown = iot.describe_job_execution(jobId="life", thingName=thing)["execution"]
    assert (shown["status"], shown["statusDetails"]["detailsMap"]) == ("SUCCEEDED", {"a": "b"})
    assert shown["lastUpdatedAt"].tzinfo is not None
    assert iot.describe_job(jobId="life")["job"]["status"] == "COMPLETED"
    assert json.loads(iot.get_job_document(jobId="life")["document"]) == {"op": "x", "n": 1.5}
    words = [one.topic.rpartition("/")[2] for one in running.recorder.published]
    assert words == ["notify", "notify-next", "notify", "notify-next"]


def test_the_same_route_in_two_services(iot: Any, device: Any, thing: str) -> None:
    """GET /things/{}/jobs: the credential scope tells which service is meant."""
    queue(iot, thing, "two")
    assert "executionSummaries" in iot.list_job_executions_for_thing(thingName=thing)
    assert "queuedJobs" in device.get_pending_job_executions(thingName=thing)
    assert iot.describe_job_execution(thingName=thing, jobId="two")["execution"]["thingArn"].endswith(thing)
    assert device.describe_job_execution(thingName=thing, jobId="two")["execution"]["thingName"] == thing


def test_next_pending_over_http(iot: Any, device: Any, thing: str) -> None:
    assert "execution" not in device.describe_job_execution(thingName=thing, jobId="$next")
    assert "execution" not in device.start_next_pending_job_execution(thingName=thing)
    queue(iot, thing, "next")
    found = device.describe_job_execution(thingName=thing, jobId="$next", includeJobDocument=False)["execution"]
    assert (found["jobId"], "jobDocument" in found) == ("next", False)


# status reported, expected version, operation, code and status of the refusal, its text (jobs-protocol §7)
REFUSALS: list[tuple[str, dict[str, Any], str, str, int, str]] = [
    (
        "update of a finished execution",
        {"jobId": "done", "status": "SUCCEEDED"},
        "update_job_execution",
        "InvalidStateTransitionException",
        409,
        "has already finished with status FAILED",
    ),
    (
        "version mismatch",
        {"jobId": "open", "status": "SUCCEEDED", "expectedVersion": 9},
        "update_job_execution",
        "InvalidRequestException",
        400,
        "Expected version 9 but found version 1",
    ),
    (
        "unknown status",
        {"jobId": "open", "status": "BANANA"},
        "update_job_execution",
        "InvalidRequestException",
        400,
        "Value 'BANANA' at 'status'",
    ),
    (
        "over-long detail",
        {"jobId": "open", "status": "FAILED", "statusDetails": {"a": "x" * 2000}},
        "update_job_execution",
        "InvalidRequestException",
        400,
        "between 1 and 1024",
    ),
    (
        "unknown job",
        {"jobId": "none", "status": "FAILED"},
        "update_job_execution",
        "ResourceNotFoundException",
        404,
        "job none",
    ),
    (
        "describe of a finished execution",
        {"jobId": "done"},
        "describe_job_execution",
        "TerminalStateException",
        410,
        "Job Execution has reached terminal state. It is neither IN_PROGRESS nor QUEUED",
    ),
    (
        "unknown number",
        {"jobId": "open", "executionNumber": 5},
        "describe_job_execution",
        "ResourceNotFoundException",
        404,
        "",
    ),
]


@pytest.fixture(scope="module")
def two_jobs(iot: Any, device: Any) -> str:
    """A thing with one QUEUED job and one FAILED."""
    iot.create_thing(thingName="two-jobs")
    for job in ("open", "done"):
        queue(iot, "two-jobs", job)
    device.update_job_execution(thingName="two-jobs", jobId="done", status="FAILED")
    return "two-jobs"


@pytest.mark.parametrize(("name", "params", "call", "code", "status", "text"), REFUSALS, ids=[r[0] for r in REFUSALS])
def test_refused(
    device: Any, two_jobs: str, name: str, params: dict[str, Any], call: str, code: str, status: int, text: str
) -> None:
    seen = refused(getattr(device, call), thingName=two_jobs, **params)
    assert seen[:2] == (code, status)
    assert text in seen[2]
    exception = getattr(device.exceptions, code)
    with pytest.raises(exception):
        getattr(device, call)(thingName=two_jobs, **params)


# Limits that botocore's client does not check, and its models have.
LIMITS: list[tuple[str, str, dict[str, Any]]] = [
    ("job id's characters", "describe_job", {"jobId": "a b"}),
    ("job id's length", "describe_job", {"jobId": "x" * 65}),
    ("status filter", "list_jobs", {"status": "BANANA"}),
    ("page size", "list_jobs", {"maxResults": 251}),
    ("selection", "create_job", {"jobId": "l1", "targets": ["x"], "targetSelection": "SOME"}),
    ("description's characters", "create_job", {"jobId": "l2", "targets": ["x"], "description": "a\x07b"}),
    ("document's length", "create_job", {"jobId": "l3", "targets": ["x"], "document": "x" * 32769}),
    (
        "failure type",
        "create_job",
        {
            "jobId": "l4",
            "targets": ["x"],
            "jobExecutionsRetryConfig": {"criteriaList": [{"failureType": "MOON", "numberOfRetries": 1}]},
        },
    ),
    (
        "criteria",
        "create_job",
        {
            "jobId": "l5",
            "targets": ["x"],
            "jobExecutionsRetryConfig": {"criteriaList": [{"failureType": "ALL", "numberOfRetries": 11}]},
        },
    ),
]


@pytest.mark.parametrize(("name", "call", "params"), LIMITS, ids=[row[0] for row in LIMITS])
def test_limits_of_the_model(iot: Any, name: str, call: str, params: dict[str, Any]) -> None:
    assert refused(getattr(iot, call), **params)[:2] == ("InvalidRequestException", 400)


def test_operator_ends_what_runs(running: HttpBench, iot: Any, device: Any, thing: str) -> None:
    queue(iot, thing, "ends")
    device.start_next_pending_job_execution(thingName=thing)
    where = {"jobId": "ends", "thingName": thing}
    assert refused(iot.cancel_job_execution, **where)[:2] == ("InvalidStateTransitionException", 409)
    late = refused(iot.cancel_job_execution, **where, force=True, expectedVersion=7)
    assert late[:2] == ("VersionConflictException", 409)
    iot.cancel_job_execution(**where, force=True, expectedVersion=2)
    assert iot.describe_job_execution(**where)["execution"]["status"] == "CANCELED"
    iot.delete_job_execution(**where, executionNumber=1)
    assert refused(iot.describe_job_execution, **where)[:2] == ("ResourceNotFoundException", 404)
    iot.delete_job(jobId="ends", force=True)
    assert refused(iot.describe_job, jobId="ends")[:2] == ("ResourceNotFoundException", 404)


def test_groups(iot: Any, device: Any, thing: str) -> None:
    iot.create_thing_group(thingGroupName="http-fleet")
    arn = iot.describe_thing_group(thingGroupName="http-fleet")["thingGroupArn"]
    iot.create_job(jobId="always", targets=[arn], document="{}", targetSelection="CONTINUOUS")
    iot.add_thing_to_thing_group(thingGroupName="http-fleet", thingName=thing)
    assert [row["jobId"] for row in device.get_pending_job_executions(thingName=thing)["queuedJobs"]] == ["always"]
    iot.remove_thing_from_thing_group(thingGroupName="http-fleet", thingName=thing)
    assert device.get_pending_job_executions(thingName=thing)["queuedJobs"] == []


def test_operation_that_is_not_played(iot: Any) -> None:
    code, status, text = refused(iot.list_streams)
    assert (code, status) == ("UnknownOperationException", 404)
    assert "does not play iot ListStreams; it plays AddThingToThingGroup, " in text
