"""Requests that boto3 never makes: every answer is a named exception or a reply, and never a failure of ours."""

from __future__ import annotations

import base64
import gzip
import json
import socket
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest

from rigs.cloud.constraints import pattern
from rigs.cloud.reading import _CONVERT
from rigs.mqtt.packets import Publish
from tests.cloud.httpbench import WITHIN, HttpBench, authorization

MODELS = [botocore.session.Session().get_service_model(name) for name in ("iot", "iot-jobs-data", "iot-data")]


@pytest.fixture(scope="module")
def running() -> Iterator[HttpBench]:
    bench = HttpBench()
    iot = bench.client("iot")
    iot.create_thing(thingName="bench-7")
    iot.create_job(jobId="j1", targets=[iot.describe_thing(thingName="bench-7")["thingArn"]], document="{}")
    yield bench
    bench.stop()


def b64(value: Any) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


TRUE_MINUTES = b'{"targets": ["x"], "timeoutConfig": {"inProgressTimeoutInMinutes": true}}'

# name, credential scope, method, path, body, status, error type
REFUSED: list[tuple[str, str | None, str, str, bytes, int, str]] = [
    ("unsigned", None, "GET", "/jobs", b"", 403, "MissingAuthenticationTokenException"),
    ("another service", "s3", "GET", "/jobs", b"", 404, "UnknownOperationException"),
    ("no such route", "iot", "POST", "/jobs", b"", 404, "UnknownOperationException"),
    ("no such method", "iotdata", "PATCH", "/topics/a", b"", 405, "MethodNotAllowedException"),
    ("no such path of iot-data", "iotdata", "GET", "/nothing", b"", 404, "UnknownOperationException"),
    ("a slash too much", "iot-jobs-data", "GET", "/things/t/jobs/", b"", 404, "UnknownOperationException"),
    ("an operation that is not played", "iot", "GET", "/streams", b"", 404, "UnknownOperationException"),
    ("shadows", "iotdata", "GET", "/things/t/shadow", b"", 404, "UnknownOperationException"),
    ("broken JSON", "iot", "PUT", "/jobs/j2", b"{", 400, "SerializationException"),
    ("a list", "iot", "PUT", "/jobs/j2", b"[]", 400, "SerializationException"),
    ("no UTF-8", "iot", "PUT", "/jobs/j2", b'{"description": "\xff"}', 400, "SerializationException"),
    ("half a character", "iot", "PUT", "/jobs/j2", b'{"description": "\\ud800"}', 400, "SerializationException"),
    ("NaN", "iot", "PUT", "/jobs/j2", b'{"targets": NaN}', 400, "SerializationException"),
    ("depth", "iot", "PUT", "/jobs/j2", b"[" * 100_000, 400, "SerializationException"),
    ("a huge number", "iot", "PUT", "/jobs/j2", b'{"targets": 1%s}' % (b"0" * 400), 400, "SerializationException"),
    ("another type", "iot", "PUT", "/jobs/j2", b'{"targets": "x"}', 400, "SerializationException"),
    ("another type inside", "iot", "PUT", "/jobs/j2", b'{"targets": ["x", 1]}', 400, "SerializationException"),
    ("true is no number", "iot", "PUT", "/jobs/j2", TRUE_MINUTES, 400, "SerializationException"),
    ("no such member", "iot", "PUT", "/jobs/j2", b'{"targets": ["x"], "moon": 1}', 400, "SerializationException"),
    ("a member is missing", "iot", "PUT", "/jobs/j2", b"{}", 400, "InvalidRequestException"),
    ("null is missing", "iot", "PUT", "/jobs/j2", b'{"targets": null}', 400, "InvalidRequestException"),
    ("page size", "iot", "GET", "/jobs?maxResults=ten", b"", 400, "InvalidRequestException"),
    ("page token", "iot", "GET", "/jobs?nextToken=ten", b"", 400, "InvalidRequestException"),
    ("a boolean", "iot", "PUT", "/jobs/j1/cancel?force=perhaps", b"{}", 400, "InvalidRequestException"),
    ("path is no UTF-8", "iot", "GET", "/jobs/%ff", b"", 400, "InvalidRequestException"),
    ("query is no UTF-8", "iot", "GET", "/jobs?status=%ff", b"", 400, "InvalidRequestException"),
    ("slash in a name", "iot", "GET", "/jobs/a%2Fb", b"", 400, "InvalidRequestException"),
    ("wildcard", "iotdata", "POST", "/topics/a%2F%23", b"", 400, "InvalidRequestException"),
    ("too long a topic", "iotdata", "POST", "/topics/" + "a" * 257, b"", 400, "InvalidRequestException"),
    ("8 slashes", "iotdata", "POST", "/topics/" + "a/" * 8, b"", 400, "InvalidRequestException"),
    ("no topic", "iotdata", "POST", "/topics/", b"", 404, "UnknownOperationException"),
    ("$SYS", "iotdata", "POST", "/topics/$SYS%2Fx", b"", 400, "InvalidRequestException"),
    ("a shadow", "iotdata", "POST", "/topics/$aws/things/t/shadow/update", b"", 400, "InvalidRequestException"),
    ("notify", "iotdata", "POST", "/topics/$aws/things/t/jobs/notify", b"", 400, "InvalidRequestException"),
    ("accepted", "iotdata", "POST", "/topics/$aws/things/t/jobs/get/accepted", b"", 400, "InvalidRequestException"),
    ("retained", "iotdata", "POST", "/topics/$aws/things/t/jobs/get?retain=true", b"", 400, "InvalidRequestException"),
    ("QoS 2", "iotdata", "POST", "/topics/a?qos=2", b"", 400, "InvalidRequestException"),
    ("expiry", "iotdata", "POST", "/topics/a?messageExpiry=-1", b"", 400, "InvalidRequestException"),
    ("reply topic", "iotdata", "POST", "/topics/a?responseTopic=a%2F%2B", b"", 400, "InvalidRequestException"),
    ("NUL", "iotdata", "POST", "/topics/a?contentType=%00", b"", 400, "InvalidRequestException"),
    ("$ client id", "iotdata", "GET", "/connections/$GEN", b"", 400, "InvalidRequestException"),
    ("long client id", "iotdata", "GET", "/connections/" + "c" * 129, b"", 400, "InvalidRequestException"),
    ("above 128 KiB", "iotdata", "POST", "/topics/a", b"x" * (128 * 1024 + 1), 413, "RequestEntityTooLargeException"),
    ("above 2 MiB", "iot", "PUT", "/jobs/j2", b"x" * (2**21 + 1), 413, "RequestEntityTooLargeException"),
]


@pytest.mark.parametrize(
    ("name", "service", "method", "path", "body", "status", "error"), REFUSED, ids=[row[0] for row in REFUSED]
)
def test_refused(
    running: HttpBench, name: str, service: str | None, method: str, path: str, body: bytes, status: int, error: str
) -> None:
    seen = running.raw(method, path, body, service)
    assert seen[:2] == (status, error), seen
    assert json.loads(seen[2])["message"]


# header, value, text of the refusal
HEADERS = [
    ("x-amz-mqtt5-user-properties", "no base64", "base64 of JSON"),
    ("x-amz-mqtt5-user-properties", base64.b64encode(b"{").decode(), "base64 of JSON"),
    ("x-amz-mqtt5-user-properties", b64({"a": "b"}), "must be a JSON list"),
    ("x-amz-mqtt5-user-properties", b64([{"a": 1}]), "must be a JSON list"),
    ("x-amz-mqtt5-user-properties", b64([{"a": "\0"}]), "no U+0000"),
    ("x-amz-mqtt5-payload-format-indicator", "MOON", "UNSPECIFIED_BYTES"),
    ("x-amz-mqtt5-correlation-data", "no base64", "must be base64"),
]


@pytest.mark.parametrize(("header", "value", "text"), HEADERS, ids=[f"{row[0][12:]} {row[2]}" for row in HEADERS])
def test_refused_header(running: HttpBench, header: str, value: str, text: str) -> None:
    status, error, body = running.raw("POST", "/topics/a", b"", "iotdata", {header: value})
    assert (status, error) == (400, "InvalidRequestException")
    assert text in json.loads(body)["message"]


def test_all_broken_limits_are_told_together(running: HttpBench) -> None:
    """In the words of AWS's validation (evidence.md Part 1, §3)."""
    body = json.dumps({"targets": [], "description": "x" * 2029, "targetSelection": "SOME"}).encode()
    message = json.loads(running.raw("PUT", "/jobs/a%20b", body)[2])["message"]
    assert message.startswith("4 validation errors detected: ")
    for text in (
        "Value 'a b' at 'jobId' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z",
        "Value '[]' at 'targets' failed to satisfy constraint: Member must have length greater than or equal to 1",
        "at 'description' failed to satisfy constraint: Member must have length less than or equal to 2028",
        "'SOME' at 'targetSelection' failed to satisfy constraint: Member must satisfy enum value set: [CONTINUOUS",
    ):
        assert text in message


# name, path, body, headers: all are the same call
SAME = [
    ("no content type", "/topics/a%2Fb", b"\x00\xff", {}),
    ("JSON's content type", "/topics/a%2Fb", b"\x00\xff", {"Content-Type": "application/json"}),
    ("a form's content type", "/topics/a%2Fb", b"\x00\xff", {"Content-Type": "application/x-www-form-urlencoded"}),
    ("slashes as they are", "/topics/a/b", b"\x00\xff", {}),
    ("everything encoded", "/topics/%61%2f%62", b"\x00\xff", {}),
    ("compressed", "/topics/a%2Fb", gzip.compress(b"\x00\xff"), {"Content-Encoding": "gzip"}),
    ("a query that nobody knows", "/topics/a%2Fb?x-id=Publish", b"\x00\xff", {}),
]


@pytest.mark.parametrize(("name", "path", "body", "headers"), SAME, ids=[row[0] for row in SAME])
def test_the_same_message(running: HttpBench, name: str, path: str, body: bytes, headers: dict[str, str]) -> None:
    status, _, reply = running.raw("POST", path, body, "iotdata", headers)
    assert (status, json.loads(reply)["message"]) == (200, "OK")
    assert running.recorder.messages[-1] == Publish(topic="a/b", payload=b"\x00\xff")


@pytest.mark.parametrize("word", ["$next", "%24next"])
def test_the_dollar_sign_may_be_encoded(running: HttpBench, word: str) -> None:
    status, _, reply = running.raw("GET", f"/things/bench-7/jobs/{word}", b"", "iot-jobs-data")
    assert (status, json.loads(reply)["execution"]["jobId"]) == (200, "j1")


def test_a_chunked_body(running: HttpBench) -> None:
    """And one whose connection stays open: the reply ends by its length."""
    host, _, port = running.side.url.removeprefix("http://").partition(":")
    head = f"POST /topics/chunks HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization('iotdata')}\r\n"
    with socket.create_connection((host, int(port)), timeout=WITHIN) as plug:
        plug.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        for part in (b"3\r\nabc\r\n", b"2\r\n\x00\xff\r\n", b"0\r\n\r\n"):
            plug.sendall(part)
        assert plug.recv(65536).startswith(b"HTTP/1.1 200 OK")
    assert running.recorder.messages[-1] == Publish(topic="chunks", payload=b"abc\x00\xff")


def test_a_body_that_is_not_what_it_says(running: HttpBench) -> None:
    seen = running.raw("POST", "/topics/a", b"no gzip", "iotdata", {"Content-Encoding": "gzip"})
    assert seen[0] == 400


def test_refusals_of_iot_data_carry_the_trace_id(running: HttpBench) -> None:
    """As AWS's data endpoint does; a capture of 2016: https://stackoverflow.com/questions/38594159."""
    body = json.loads(running.raw("GET", "/connections/none", b"", "iotdata")[2])
    assert sorted(body) == ["message", "traceId"]
    assert sorted(json.loads(running.raw("GET", "/jobs/none")[2])) == ["message"]


def test_every_member_outside_a_body_can_be_read() -> None:
    """A new botocore may bring types in a path, query or header that nobody reads yet."""
    shapes = [model.operation_model(name).input_shape for model in MODELS for name in model.operation_names]
    located = [
        inner for shape in shapes if shape for inner in shape.members.values() if inner.serialization.get("location")
    ]
    assert {inner.type_name for inner in located} <= set(_CONVERT)
    assert {inner.serialization["location"] for inner in located} <= {"uri", "querystring", "header"}


def test_every_pattern_of_the_models_is_understood() -> None:
    shapes = [model.shape_for(name) for model in MODELS for name in model.shape_names]
    patterns = {shape.metadata["pattern"] for shape in shapes if "pattern" in shape.metadata}
    assert len(patterns) > 20
    for text in patterns:
        pattern(text)
