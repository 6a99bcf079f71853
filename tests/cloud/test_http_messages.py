"""boto3's iot-data as far as messages go: what a backend publishes arrives as the MQTT message that it described."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from rigs.mqtt.packets import Publish
from tests.cloud.httpbench import HttpBench


@pytest.fixture
def running() -> Iterator[HttpBench]:
    bench = HttpBench()
    yield bench
    bench.stop()


# members of the call beside the topic, properties of the message
PROPERTIES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"contentType": "text/ä"}, {"content_type": "text/ä"}),
    ({"responseTopic": "re/ply"}, {"response_topic": "re/ply"}),
    ({"correlationData": "AP8="}, {"correlation_data": b"\x00\xff"}),
    ({"messageExpiry": 70}, {"message_expiry_interval": 70}),
    ({"payloadFormatIndicator": "UTF8_DATA"}, {"payload_format_indicator": 1}),
    ({"payloadFormatIndicator": "UNSPECIFIED_BYTES"}, {"payload_format_indicator": 0}),
    ({"userProperties": [{"a": "1"}, {"a": "2"}]}, {"user_property": [("a", "1"), ("a", "2")]}),
    ({"userProperties": '[{"a": "1"}]'}, {"user_property": [("a", "1")]}),
]


@pytest.mark.parametrize(("members", "properties"), PROPERTIES, ids=[str(row[0]) for row in PROPERTIES])
def test_publish(running: HttpBench, members: dict[str, Any], properties: dict[str, Any]) -> None:
    running.client("iot-data").publish(topic="a/$b c", qos=1, payload=b"\x00\xff", **members)
    wanted = Publish(topic="a/$b c", payload=b"\x00\xff", qos=1, properties=properties)
    assert running.recorder.messages == [wanted]


def test_a_request_of_the_jobs_service_goes_through(running: HttpBench) -> None:
    topic = "$aws/things/t/jobs/j/update"
    running.client("iot-data").publish(topic=topic, payload=b'{"status":"FAILED"}')
    assert running.recorder.messages == [Publish(topic=topic, payload=b'{"status":"FAILED"}')]


def test_retained(running: HttpBench) -> None:
    data = running.client("iot-data")
    for number in range(3):
        data.publish(topic=f"r/{number}", qos=1, retain=True, payload=b"\xff" * number, userProperties=[{"a": "b"}])
    found = data.get_retained_message(topic="r/2")
    assert (found["payload"], found["qos"], found["userProperties"]) == (b"\xff\xff", 1, b'[{"a":"b"}]')
    pages = [
        page["retainedTopics"]
        for page in data.get_paginator("list_retained_messages").paginate(PaginationConfig={"PageSize": 2})
    ]
    assert [[(one["topic"], one["payloadSize"]) for one in rows] for rows in pages] == [
        [("r/0", 0), ("r/1", 1)],
        [("r/2", 2)],
    ]
    with pytest.raises(data.exceptions.ResourceNotFoundException):
        data.get_retained_message(topic="none")


CALLS = ["get_connection", "list_subscriptions", "delete_connection"]


@pytest.mark.parametrize("call", CALLS)
def test_a_client_that_nobody_knows(running: HttpBench, call: str) -> None:
    data = running.client("iot-data")
    with pytest.raises(data.exceptions.ResourceNotFoundException):
        getattr(data, call)(clientId="no body/ä")


def test_direct_message_to_nobody(running: HttpBench) -> None:
    data = running.client("iot-data")
    with pytest.raises(data.exceptions.ResourceNotFoundException):
        data.send_direct_message(clientId="none", topic="a", payload=b"")
    with pytest.raises(data.exceptions.InvalidRequestException, match="between 1 and 15"):
        data.send_direct_message(clientId="none", topic="a", confirmation=True, timeout=16)
