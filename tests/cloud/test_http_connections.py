"""boto3's iot-data against a whole local cloud: real clients on the MQTT side, real certificates."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from rigs.cloud.local import LocalCloud
from rigs.loop import LoopThread
from rigs.mqtt.packets import Connack, Disconnect, Puback, Publish, Will
from rigs.net.certs import Pair
from rigs.net.policy import client_context
from tests.cloud.httpbench import client
from tests.cloud.rawdevice import RawDevice

MQTT_5 = {"session_expiry_interval": 600}


class Lab:
    """A cloud with a certificate for bench-7."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.loop, self._stack = LoopThread("connections"), stack
        self.cloud = LocalCloud(self.loop, folder)
        self.cloud.start()
        certificate, key = self.cloud.issue_device("bench-7")
        self._pair = Pair(certificate_pem=certificate.read_bytes(), key_pem=key.read_bytes())
        self.data = client("iot-data", self.cloud.http_url)

    def device(self, client_id: str = "dev/7 ä", **members: Any) -> RawDevice:
        """A connected MQTT 5 client; the session outlives its connection unless told otherwise."""
        context = client_context(pair=self._pair, ca=self.cloud.ca_file.read_bytes())
        device = self._stack.enter_context(RawDevice(self.cloud.mqtt[1], context, 5))
        assert isinstance(device.connect(client_id, **{"properties": MQTT_5, **members}), Connack)
        return device


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with ExitStack() as stack:
        found = Lab(tmp_path, stack)
        yield found
        found.cloud.stop()
        found.loop.stop()


def test_what_a_backend_publishes_arrives_with_its_properties(lab: Lab) -> None:
    device = lab.device()
    device.subscribe("lab/+")
    lab.data.publish(topic="lab/a", qos=1, payload=b"\x00\xff", contentType="x", userProperties=[{"a": "1"}])
    found = device.read()
    assert isinstance(found, Publish)
    assert (found.topic, found.payload, found.qos) == ("lab/a", b"\x00\xff", 1)
    assert found.properties == {"content_type": "x", "user_property": [("a", "1")]}


def test_a_retained_message_is_kept_and_forgotten(lab: Lab) -> None:
    lab.data.publish(topic="lab/r", qos=1, retain=True, payload=b"kept")
    device = lab.device()
    device.subscribe("lab/r")
    found = device.read()
    assert isinstance(found, Publish)
    assert (found.payload, found.retain) == (b"kept", True)
    assert lab.data.get_retained_message(topic="lab/r")["payload"].strip() == b"kept"
    lab.data.publish(topic="lab/r", retain=True, payload=b"")
    assert lab.data.list_retained_messages()["retainedTopics"] == []


def test_get_connection(lab: Lab) -> None:
    began = time.time()
    device = lab.device(keep_alive=60)
    found = lab.data.get_connection(clientId="dev/7 ä", includeSocketInformation=True)
    del found["ResponseMetadata"]
    assert began - 1 <= found.pop("connectedSince") / 1000 <= time.time() + 1
    assert found.pop("sourcePort") == device.socket.getsockname()[1]
    assert found == {
        "clientId": "dev/7 ä",
        "connected": True,
        "thingName": "bench-7",
        "cleanSession": False,
        "keepAliveDuration": 60,
        "sessionExpiry": 600,
        "sourceIp": "127.0.0.1",
        "targetIp": "127.0.0.1",
        "targetPort": lab.cloud.mqtt[1],
    }
    assert "sourceIp" not in lab.data.get_connection(clientId="dev/7 ä")


def test_delete_connection_and_what_is_told_of_it_afterwards(lab: Lab) -> None:
    device = lab.device()
    device.subscribe("lab/a")
    lab.data.delete_connection(clientId="dev/7 ä")
    assert isinstance(device.read(), Disconnect)
    found = lab.data.get_connection(clientId="dev/7 ä")
    assert (found["connected"], found["disconnectReason"]) == (False, "API_INITIATED_DISCONNECT")
    assert abs(found["disconnectedSince"] / 1000 - time.time()) < 60
    assert "connectedSince" not in found
    rows = lab.data.list_subscriptions(clientId="dev/7 ä")["subscriptions"]
    assert rows == [{"topicFilter": "lab/a", "qos": 1}]


def test_delete_connection_with_its_session(lab: Lab) -> None:
    lab.device().subscribe("lab/a")
    lab.data.delete_connection(clientId="dev/7 ä", cleanSession=True)
    with pytest.raises(lab.data.exceptions.ResourceNotFoundException):
        lab.data.list_subscriptions(clientId="dev/7 ä")


@pytest.mark.parametrize(("prevented", "heard"), [(False, "lab/will"), (True, "lab/after")])
def test_the_will_of_a_deleted_connection(lab: Lab, prevented: bool, heard: str) -> None:
    watcher = lab.device("watcher")
    watcher.subscribe("lab/+")
    lab.device(will=Will(topic="lab/will", payload=b"gone"), properties={})
    lab.data.delete_connection(clientId="dev/7 ä", preventWillMessage=prevented)
    lab.data.publish(topic="lab/after", payload=b"")
    found = watcher.read()
    assert isinstance(found, Publish)
    assert found.topic == heard


def test_list_subscriptions_in_pages(lab: Lab) -> None:
    device = lab.device()
    for part in range(3):
        device.subscribe(*(f"lab/{part}/{number}" for number in range(8)))
    first = lab.data.list_subscriptions(clientId="dev/7 ä")
    rest = lab.data.list_subscriptions(clientId="dev/7 ä", nextToken=first["nextToken"])
    assert (len(first["subscriptions"]), len(rest["subscriptions"]), "nextToken" in rest) == (20, 4, False)


def test_a_direct_message_needs_no_subscription(lab: Lab) -> None:
    device = lab.device()
    reply = lab.data.send_direct_message(clientId="dev/7 ä", topic="lab/direct", payload=b"\x00", contentType="x")
    found = device.read()
    assert isinstance(found, Publish)
    assert (found.topic, found.payload, found.qos, found.properties) == (
        "lab/direct",
        b"\x00",
        0,
        {"content_type": "x"},
    )
    assert (reply["message"], reply["traceId"]) == ("OK", reply["ResponseMetadata"]["RequestId"])


def test_a_direct_message_that_the_client_may_not_receive(lab: Lab) -> None:
    lab.device()
    with pytest.raises(lab.data.exceptions.ForbiddenException):
        lab.data.send_direct_message(clientId="dev/7 ä", topic="$aws/things/bench-8/x", payload=b"")


def test_a_confirmed_direct_message_waits_for_the_puback(lab: Lab) -> None:
    device = lab.device()
    with ThreadPoolExecutor() as threads:
        call = {"clientId": "dev/7 ä", "topic": "lab/direct", "confirmation": True, "timeout": 10}
        answer = threads.submit(lab.data.send_direct_message, **call)
        found = device.read()
        assert isinstance(found, Publish)
        assert found.qos == 1
        assert found.packet_id is not None
        assert not answer.done()
        device.send(Puback(packet_id=found.packet_id))
        assert answer.result(timeout=10)["message"] == "OK"


def test_a_confirmation_that_does_not_come(lab: Lab) -> None:
    lab.device()
    with pytest.raises(lab.data.exceptions.GatewayTimeoutException, match="did not acknowledge"):
        lab.data.send_direct_message(clientId="dev/7 ä", topic="lab/direct", confirmation=True, timeout=1)
