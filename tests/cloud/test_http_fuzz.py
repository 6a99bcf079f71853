"""Any request at all: paths, queries and bodies by chance, and never an answer that blames the local cloud."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cloud.httpbench import HttpBench

SERVICES = ("iot", "iot-jobs-data", "iotdata")  # as credential scopes name them
MODELS = [botocore.session.Session().get_service_model(name) for name in ("iot", "iot-jobs-data", "iot-data")]


@pytest.fixture(scope="module")
def running() -> Iterator[HttpBench]:
    bench = HttpBench()
    iot = bench.client("iot")
    iot.create_thing(thingName="bench-7")
    iot.create_job(jobId="j1", targets=[iot.describe_thing(thingName="bench-7")["thingArn"]], document="{}")
    yield bench
    bench.stop()


MEMBERS = sorted(
    {
        name
        for model in MODELS
        for operation in model.operation_names
        if (shape := model.operation_model(operation).input_shape)
        for name in shape.members
    }
)
NAMES = st.sampled_from(MEMBERS) | st.text(max_size=5)
JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)
WORDS = st.sampled_from(
    ["things", "jobs", "j1", "bench-7", "$next", "cancel", "topics", "connections", "retainedMessage", "subscriptions"]
)
PERCENT = st.binary(min_size=1, max_size=4).map(lambda data: "".join(f"%{byte:02x}" for byte in data))
PLAIN = st.text("abcXYZ019:_-.$~!@+'()*,;=&", min_size=1, max_size=8)
PATHS = st.lists(WORDS | PLAIN | PERCENT, max_size=6).map(lambda parts: "/" + "/".join(parts))
VALUES = st.sampled_from(["0", "1", "-1", "true", "99999999999999999999", "", "%ff", "a"]) | PERCENT
QUERIES = st.dictionaries(st.sampled_from(MEMBERS), VALUES, max_size=3).map(
    lambda pairs: "&".join(f"{name}={value}" for name, value in pairs.items())
)
BODIES = st.binary(max_size=30) | st.dictionaries(NAMES, JSON, max_size=5).map(lambda value: json.dumps(value).encode())
METHODS = st.sampled_from(["GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS", "MOVE"])


@given(service=st.sampled_from(SERVICES), method=METHODS, path=PATHS, query=QUERIES, body=BODIES)
@settings(max_examples=400, deadline=None)
def test_never_a_failure_of_ours(
    running: HttpBench, service: str, method: str, path: str, query: str, body: bytes
) -> None:
    target = f"{path}?{query}".encode().decode("latin-1")
    seen = running.raw(method, target if target.isascii() else path, body, service)
    assert seen[0] < 500, seen


ROUTES = [
    (name, model.operation_model(operation).http["method"], model.operation_model(operation).http["requestUri"])
    for name, model in zip(SERVICES, MODELS, strict=True)
    for operation in model.operation_names
]


@given(data=st.data())
@settings(max_examples=600, deadline=None)
def test_never_a_failure_in_an_operation(running: HttpBench, data: st.DataObject) -> None:
    """The models' own routes, with any names and any bodies: what gets through to the operations."""
    played = [route for route in ROUTES if any(part in route[2] for part in ("job", "thing", "topic", "connection"))]
    service, method, uri = data.draw(st.sampled_from(played))
    parts = [
        data.draw(st.sampled_from(["j1", "bench-7", "a"]) | PLAIN) if "{" in part else part for part in uri.split("/")
    ]
    query, body = data.draw(QUERIES.filter(str.isascii)), data.draw(BODIES)
    seen = running.raw(method, f"{'/'.join(parts)}?{query}", body, service)
    assert seen[0] < 500, seen
