"""The whole API of awsiotsdk's two Jobs clients, unmodified, on MQTT 3.1.1 and 5, against the local cloud."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any

import pytest
from awscrt.mqtt import QoS
from awscrt.mqtt_request_response import ClientOptions, SubscriptionStatusEventType
from awsiot import ServiceStreamOptions, V2ServiceException
from awsiot import iotjobs as untyped_iotjobs

from tests.interop.sdkdesk import DOCUMENT, WITHIN, Device, SdkDesk

iotjobs: Any = untyped_iotjobs  # the SDK carries no types
THING = "bench-7"
BOTH = ("3.1.1", "5")


@dataclass(frozen=True, kw_only=True)
class Row:
    """An operation: members that are accepted and what the reply then shows, members that are rejected and the code.

    `{job}` in a member is a job that is QUEUED for the thing.
    """

    name: str
    request: Any
    good: dict[str, Any]
    shows: Callable[[Any], Any]
    wanted: Any
    bad: dict[str, Any] = field(default_factory=dict)
    code: str = "InvalidRequest"
    by_job: bool = False  # whether its topics name the job


DETAILS = {"by": "bench"}
ROWS = [
    Row(
        name="get_pending_job_executions",
        request=iotjobs.GetPendingJobExecutionsRequest,
        good={},
        shows=lambda reply: ([row.job_id for row in reply.queued_jobs], reply.in_progress_jobs),
        wanted=(["{job}"], []),
        bad={"client_token": {"not": "a string"}},
    ),
    Row(
        name="start_next_pending_job_execution",
        request=iotjobs.StartNextPendingJobExecutionRequest,
        good={"status_details": DETAILS, "step_timeout_in_minutes": 10},
        shows=lambda reply: (state(reply.execution), reply.execution.job_document),
        wanted=(("{job}", "IN_PROGRESS", 2, DETAILS), DOCUMENT),
        bad={"step_timeout_in_minutes": 0},
    ),
    Row(
        name="describe_job_execution",
        request=iotjobs.DescribeJobExecutionRequest,
        good={"job_id": "{job}", "execution_number": 1, "include_job_document": False},
        shows=lambda reply: (state(reply.execution), reply.execution.job_document),
        wanted=(("{job}", "QUEUED", 1, None), None),
        bad={"job_id": "{job}", "execution_number": 9},
        code="ResourceNotFound",
        by_job=True,
    ),
    Row(
        name="update_job_execution",
        request=iotjobs.UpdateJobExecutionRequest,
        good={
            "job_id": "{job}",
            "status": "SUCCEEDED",
            "expected_version": 1,
            "status_details": DETAILS,
            "include_job_execution_state": True,
            "include_job_document": True,
        },
        shows=lambda reply: (reply.execution_state.status, reply.execution_state.version_number, reply.job_document),
        wanted=("SUCCEEDED", 2, DOCUMENT),
        bad={"job_id": "{job}", "status": "SUCCEEDED", "expected_version": 9},
        code="VersionMismatch",
        by_job=True,
    ),
]
EVENTS = {
    "job_executions_changed": iotjobs.JobExecutionsChangedSubscriptionRequest,
    "next_job_execution_changed": iotjobs.NextJobExecutionChangedSubscriptionRequest,
}
V1_SUBSCRIPTIONS = {
    "get_pending_job_executions": iotjobs.GetPendingJobExecutionsSubscriptionRequest,
    "start_next_pending_job_execution": iotjobs.StartNextPendingJobExecutionSubscriptionRequest,
    "describe_job_execution": iotjobs.DescribeJobExecutionSubscriptionRequest,
    "update_job_execution": iotjobs.UpdateJobExecutionSubscriptionRequest,
}


def state(execution: Any) -> tuple[Any, ...]:
    """What an execution in a reply says of its state."""
    return execution.job_id, execution.status, execution.version_number, execution.status_details


def filled(shape: Any, job: str) -> Any:
    """The row's value with the job's id in it."""
    if isinstance(shape, str):
        return shape.replace("{job}", job)
    if isinstance(shape, dict):
        return {key: filled(value, job) for key, value in shape.items()}
    return type(shape)(filled(one, job) for one in shape) if isinstance(shape, (list, tuple)) else shape


@pytest.fixture(scope="module", params=BOTH)
def device(request: pytest.FixtureRequest, desk: SdkDesk) -> Iterator[Device]:
    desk.thing(THING)
    with desk.device(THING, request.param) as device:
        yield device


@pytest.fixture
def job(desk: SdkDesk) -> Iterator[str]:
    with desk.job(desk.thing(THING)) as job:
        yield job


def test_the_tables_have_every_operation_and_event_of_both_clients() -> None:
    first = {f"publish_{row.name}" for row in ROWS}
    first |= {f"subscribe_to_{row.name}_{way}" for row in ROWS for way in ("accepted", "rejected")}
    first |= {f"subscribe_to_{event}_events" for event in EVENTS}
    assert {name for name in dir(iotjobs.IotJobsClient) if name.startswith(("publish_", "subscribe_"))} == first
    second = {row.name for row in ROWS} | {f"create_{event}_stream" for event in EVENTS}
    assert {name for name in dir(iotjobs.IotJobsClientV2) if not name.startswith("_")} == second


def first_generation(device: Device, row: Row, job: str, way: str, members: dict[str, Any]) -> Any:
    """Subscribe to one kind of reply, publish, and give what came."""
    client, replies = iotjobs.IotJobsClient(device.connection), SimpleQueue[Any]()
    names = {"thing_name": THING, **({"job_id": job} if row.by_job else {})}
    subscribe = getattr(client, f"subscribe_to_{row.name}_{way}")
    subscribed, topic = subscribe(V1_SUBSCRIPTIONS[row.name](**names), QoS.AT_LEAST_ONCE, replies.put)
    subscribed.result(WITHIN)
    request = row.request(thing_name=THING, **filled(members, job))
    getattr(client, f"publish_{row.name}")(request, QoS.AT_LEAST_ONCE).result(WITHIN)
    reply = replies.get(timeout=WITHIN)
    client.unsubscribe(topic).result(WITHIN)
    with pytest.raises(Empty):
        replies.get_nowait()
    return reply


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
class TestOperations:
    def test_the_first_client_is_told_what_was_accepted(self, device: Device, job: str, row: Row) -> None:
        reply = first_generation(device, row, job, "accepted", {**row.good, "client_token": "t-1"})
        assert row.shows(reply) == filled(row.wanted, job)
        assert reply.client_token == "t-1"
        assert reply.timestamp is not None

    def test_the_first_client_is_told_what_was_rejected(self, device: Device, job: str, row: Row) -> None:
        reply = first_generation(device, row, job, "rejected", row.bad)
        assert reply.code == row.code
        assert reply.message

    def test_the_second_client_gets_its_response(self, device: Device, job: str, row: Row) -> None:
        client = second_generation(device)
        reply = getattr(client, row.name)(row.request(thing_name=THING, **filled(row.good, job))).result(WITHIN)
        assert row.shows(reply) == filled(row.wanted, job)
        assert reply.timestamp is not None


# The second client sets the token itself, and nothing else of a request for the pending ones can be wrong.
@pytest.mark.parametrize("row", [row for row in ROWS if "client_token" not in row.bad], ids=lambda row: row.name)
def test_the_second_client_gets_its_error(device: Device, job: str, row: Row) -> None:
    client = second_generation(device)
    with pytest.raises(V2ServiceException) as refused:
        getattr(client, row.name)(row.request(thing_name=THING, **filled(row.bad, job))).result(WITHIN)
    error: Any = refused.value.modeled_error
    assert error.code == row.code
    assert (error.execution_state is not None) == (row.code == "VersionMismatch")


def second_generation(device: Device) -> Any:
    """AWS's request-response client on the device's connection."""
    options = ClientOptions(max_request_response_subscriptions=4, max_streaming_subscriptions=2)
    options.operation_timeout_in_seconds = int(WITHIN)
    return iotjobs.IotJobsClientV2(device.protocol, options)


def subscribed_by_first(device: Device, heard: dict[str, SimpleQueue[Any]]) -> None:
    """subscribe_to_…_events for both events."""
    client = iotjobs.IotJobsClient(device.connection)
    for event, request in EVENTS.items():
        subscribe = getattr(client, f"subscribe_to_{event}_events")
        subscribe(request(thing_name=THING), QoS.AT_LEAST_ONCE, heard[event].put)[0].result(WITHIN)


def subscribed_by_second(device: Device, heard: dict[str, SimpleQueue[Any]]) -> list[Any]:
    """Both streams, open and established, and their client: they live as long as it is held."""
    client = second_generation(device)
    held = [client]
    for event, request in EVENTS.items():
        settled = SimpleQueue[Any]()
        options = ServiceStreamOptions(
            incoming_event_listener=heard[event].put, subscription_status_listener=settled.put
        )
        stream = getattr(client, f"create_{event}_stream")(request(thing_name=THING), options)
        stream.open()
        assert settled.get(timeout=WITHIN).type == SubscriptionStatusEventType.SUBSCRIPTION_ESTABLISHED
        held.append(stream)
    return held


@pytest.mark.parametrize("subscribe", [subscribed_by_first, subscribed_by_second], ids=["first", "second"])
def test_both_events_tell_of_queued_and_finished_jobs(
    desk: SdkDesk, device: Device, subscribe: Callable[[Device, dict[str, SimpleQueue[Any]]], Any]
) -> None:
    heard = {event: SimpleQueue[Any]() for event in EVENTS}
    held = subscribe(device, heard)
    arn = desk.thing(THING)
    with desk.job(arn) as one, desk.job(arn) as two:
        client = second_generation(device)
        for job in (one, two):
            client.start_next_pending_job_execution(
                iotjobs.StartNextPendingJobExecutionRequest(thing_name=THING)
            ).result(WITHIN)
            client.update_job_execution(
                iotjobs.UpdateJobExecutionRequest(thing_name=THING, job_id=job, status=iotjobs.JobStatus.SUCCEEDED)
            ).result(WITHIN)
        changed, following = heard["job_executions_changed"], heard["next_job_execution_changed"]
        lists = [changed.get(timeout=WITHIN).jobs for _ in range(4)]
        names = [{status: [row.job_id for row in rows] for status, rows in shown.items()} for shown in lists]
        assert names == [{"QUEUED": [one]}, {"QUEUED": [one, two]}, {"QUEUED": [two]}, {}]
        nexts = [following.get(timeout=WITHIN).execution for _ in range(3)]
        assert [each and (each.job_id, each.status, each.job_document) for each in nexts] == [
            (one, "QUEUED", DOCUMENT),
            (two, "QUEUED", DOCUMENT),
            None,
        ]
    assert changed.empty()
    assert following.empty()
    del held
