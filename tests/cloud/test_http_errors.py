"""Every exception that the models give to an operation comes out of boto3 as just that, with its status."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

import rigs
from rigs.jobs.api import Answer, Params
from rigs.jobs.refusals import HTTP_STATUS, ApiError
from rigs.jobs.service import JobsService
from tests.cloud.httpbench import HttpBench, Recorder, least

MODELS = {name: botocore.session.Session().get_service_model(name) for name in ("iot", "iot-jobs-data", "iot-data")}
# Operations of iot-data that come to the MQTT side; the others are answered before.
ASKING = {
    "Publish": "message",
    "GetRetainedMessage": "retained",
    "ListRetainedMessages": "retained",
    "GetConnection": "connection",
    "ListSubscriptions": "subscriptions",
    "DeleteConnection": "kick",
    "SendDirectMessage": "connection",
}
PLAYED = {
    "iot": sorted(MODELS["iot"].operation_names),  # all are routed the same way, so that all are tried
    "iot-jobs-data": [
        "DescribeJobExecution",
        "GetPendingJobExecutions",
        "StartNextPendingJobExecution",
        "UpdateJobExecution",
    ],
    "iot-data": sorted(ASKING),
}
ROWS = [
    (service, operation, error.name)
    for service, names in PLAYED.items()
    for operation in names
    if operation != "DescribeEndpoint"  # has no service behind it; its refusals are in test_http_endpoint.py
    for error in MODELS[service].operation_model(operation).error_shapes
]
# operation, exception: what it is refused with while a test runs
Wish = dict[str, ApiError]


class Refusing(JobsService):
    """A Jobs service that refuses each call of the data plane."""

    wish: Wish

    def handle_http(self, *_: Any) -> Answer:
        raise self.wish["now"]


class RefusingRecorder(Recorder):
    """An MQTT side that refuses everything."""

    def __init__(self, wish: Wish) -> None:
        super().__init__()
        self.wish = wish

    def __getattribute__(self, name: str) -> Any:
        if name in ASKING.values():
            raise object.__getattribute__(self, "wish")["now"]
        return object.__getattribute__(self, name)


class Refusals:
    """An HTTP side whose operations refuse everything with one exception, and boto3's clients for it."""

    def __init__(self) -> None:
        self.wish: Wish = {}
        service = Refusing()
        service.wish = self.wish
        operations = dict.fromkeys(MODELS["iot"].operation_names, self._refuse)
        self.bench = HttpBench(service=service, recorder=RefusingRecorder(self.wish), operations=operations)
        self.clients = {name: self.bench.client(name) for name in MODELS}

    def _refuse(self, params: Params, now: float) -> Answer:
        raise self.wish["now"]


@pytest.fixture(scope="module")
def refusing() -> Iterator[Refusals]:
    found = Refusals()
    yield found
    found.bench.stop()


@pytest.mark.parametrize(("service", "operation", "code"), ROWS, ids=[f"{a} {b} {c}" for a, b, c in ROWS])
def test_exception(refusing: Refusals, service: str, operation: str, code: str) -> None:
    members = {"resourceArn": "arn:x"} if code == "ResourceAlreadyExistsException" else {}
    refusing.wish["now"] = ApiError(code, f"told by {operation}", **members)
    client, model = refusing.clients[service], MODELS[service].operation_model(operation)
    (shape,) = [one for one in model.error_shapes if one.name == code]
    with pytest.raises(getattr(client.exceptions, code)) as raised:
        getattr(client, xform_name(operation))(**least_input(model))
    response = raised.value.response
    metadata = response["ResponseMetadata"]
    assert (response["Error"]["Code"], response["Error"]["Message"]) == (code, f"told by {operation}")
    assert metadata["HTTPStatusCode"] == shape.metadata["error"]["httpStatusCode"]
    assert re.fullmatch("[0-9a-f-]{36}", metadata["RequestId"])
    assert response.get("resourceArn") == members.get("resourceArn")


def least_input(model: Any) -> Any:
    return {} if model.input_shape is None else least(model.input_shape)


def test_every_code_in_the_code_is_an_exception_of_a_model() -> None:
    """A code that boto3 does not know would reach nobody's `except`."""
    known = {error.name for model in MODELS.values() for error in model.error_shapes} | set(HTTP_STATUS)
    folder = Path(str(rigs.__file__)).parent
    found = {
        (path.name, code)
        for part in ("jobs", "cloud")
        for path in (folder / part).glob("*.py")
        for code in _codes(path)
    }
    assert found, "no ApiError is raised anywhere: is it made in another way now?"
    assert sorted(row for row in found if row[1] not in known) == []


def _codes(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "ApiError":
            first = node.args[0]
            if isinstance(first, ast.Constant):
                yield str(first.value)


def test_a_failing_cloud_says_so(refusing: Refusals) -> None:
    refusing.wish["now"] = ValueError("a bug of ours")  # type: ignore[assignment]
    client = refusing.clients["iot"]
    with pytest.raises(client.exceptions.InternalFailureException, match=r"the local cloud failed.*a bug of ours"):
        client.describe_job(jobId="j1")
