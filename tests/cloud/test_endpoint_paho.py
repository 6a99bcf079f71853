"""The MQTT endpoint with paho-mqtt on the other side: somebody else's reading of MQTT."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from rigs.cloud.endpoint import Endpoint
from tests.cloud.endpointdesk import BOTH, JOBS, Ends, context
from tests.cloud.rawdevice import WITHIN


@pytest.fixture
def ends() -> Iterator[Ends]:
    opened = Ends()
    yield opened
    opened.close()


@pytest.fixture
def endpoint(ends: Ends) -> Endpoint:
    return ends.open()


class Paho:
    """A paho client whose callbacks end in queues."""

    def __init__(self, version: int, client_id: str) -> None:
        protocol = MQTTProtocolVersion.MQTTv5 if version == 5 else MQTTProtocolVersion.MQTTv311
        clean = None if version == 5 else True
        self.client = Client(CallbackAPIVersion.VERSION2, client_id, clean, protocol=protocol)
        self.client.tls_set_context(context())
        self.connects, self.messages, self.acks = queue.Queue[Any](), queue.Queue[MQTTMessage](), queue.Queue[Any]()
        self.client.on_connect = lambda client, userdata, flags, code, properties: self.connects.put((code, properties))
        self.client.on_message = lambda client, userdata, message: self.messages.put(message)
        self.client.on_publish = lambda client, userdata, number, code, properties: self.acks.put(code)
        self.client.on_subscribe = lambda client, userdata, number, codes, properties: self.acks.put(codes[0])

    def ask(self, method: Callable[..., Any], *args: Any) -> Any:
        """Call, and wait for the acknowledgement."""
        method(*args)
        return self.acks.get(timeout=WITHIN)


@contextmanager
def paho(endpoint: Endpoint, version: int, client_id: str, **options: Any) -> Iterator[Paho]:
    one = Paho(version, client_id)
    one.client.connect("localhost", endpoint.port, **options)
    one.client.loop_start()
    try:
        yield one
    finally:
        one.client.disconnect()
        one.client.loop_stop()


@BOTH
def test_paho_talks_to_paho_and_gets_replies_unasked(endpoint: Endpoint, version: int) -> None:
    with paho(endpoint, version, "bench-7") as one, paho(endpoint, version, "bench-8") as other:
        assert not one.connects.get(timeout=WITHIN)[0].is_failure
        assert not other.connects.get(timeout=WITHIN)[0].is_failure
        assert other.ask(other.client.subscribe, "talk/+", 1).value == 1
        one.ask(one.client.publish, "talk/é", "x" * 100_000, 1)
        talk = other.messages.get(timeout=WITHIN)
        assert (talk.topic, len(talk.payload), talk.qos, talk.dup) == ("talk/é", 100_000, 1, False)
        one.ask(one.client.publish, f"{JOBS}/get", "{}", 1)
        reply = one.messages.get(timeout=WITHIN)
        assert (reply.topic, reply.payload, reply.qos) == (f"{JOBS}/get/accepted", b'{"timestamp":1}', 0)


def test_paho_reads_the_connack_of_mqtt_5_as_we_mean_it(endpoint: Endpoint) -> None:
    wish = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    wish.SessionExpiryInterval = 600_000
    with paho(endpoint, 5, "", keepalive=1000, properties=wish) as one:
        _, properties = one.connects.get(timeout=WITHIN)
        told = properties.json()
        assert told.pop("AssignedClientIdentifier").startswith("$GEN/")
        assert told == {
            "SessionExpiryInterval": 3600,
            "ReceiveMaximum": 100,
            "MaximumQoS": 1,
            "RetainAvailable": 1,
            "MaximumPacketSize": 149504,
            "TopicAliasMaximum": 8,
            "WildcardSubscriptionAvailable": 1,
            "SubscriptionIdentifierAvailable": 0,
            "SharedSubscriptionAvailable": 1,
            "ServerKeepAlive": 1000,
        }


def test_paho_is_told_not_authorized_and_stays_connected_with_mqtt_5(endpoint: Endpoint) -> None:
    with paho(endpoint, 5, "bench-7") as one:
        one.connects.get(timeout=WITHIN)
        assert one.ask(one.client.subscribe, "$aws/things/bench-9/jobs/notify", 1).getName() == "Not authorized"
        assert one.ask(one.client.publish, "$aws/things/bench-9/jobs/get", "", 1).getName() == "Not authorized"
        assert one.client.is_connected()
