"""The MQTT endpoint over real mutual TLS: a raw device, and paho-mqtt as somebody else's reading of MQTT."""

from __future__ import annotations

import queue
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from rigs.cloud.endpoint import Endpoint, Latency
from rigs.cloud.rights import Registration
from rigs.jobs.outgoing import Outgoing
from rigs.loop import LoopThread
from rigs.mqtt.packets import Connack, Disconnect, Pingreq, Pingresp, Puback, Publish, Suback, Will
from rigs.mqtt.reasons import Reason
from rigs.net.certs import Authority, Pair
from rigs.net.policy import client_context, server_context
from tests.cloud.rawdevice import WITHIN, RawDevice

OURS = Authority.make("ours", ec=True)
SERVER = OURS.issue("localhost", dns=["localhost"], ips=["127.0.0.1"], ec=True)
DEVICE = OURS.issue("bench-7", ec=True, client=True)
INACTIVE = OURS.issue("bench-8", ec=True, client=True)
THINGS = {
    DEVICE.fingerprint: Registration(things=frozenset({"bench-7"})),
    INACTIVE.fingerprint: Registration(active=False, things=frozenset({"bench-8"})),
}
JOBS = "$aws/things/bench-7/jobs"
BOTH = pytest.mark.parametrize("version", [4, 5], ids=["3.1.1", "5"])
Open = Callable[..., Endpoint]


def service(client_id: str, topic: str, payload: bytes) -> list[Outgoing] | None:
    """Answers "get" and says "notify" after "start-next", as far as a broker is concerned."""
    if not topic.startswith("$aws/"):
        return None
    reply = Outgoing(topic=f"{topic}/accepted", payload={"timestamp": 1}, to=client_id)
    return [reply, Outgoing(topic=f"{JOBS}/notify", payload={"jobs": {}})] if topic.endswith("start-next") else [reply]


@pytest.fixture(scope="module")
def loop() -> Iterator[LoopThread]:
    thread = LoopThread("endpoint")
    yield thread
    thread.stop()


@pytest.fixture
def open_endpoint(loop: LoopThread) -> Iterator[Open]:
    opened: list[Endpoint] = []

    def make(**options: Any) -> Endpoint:
        context = server_context(SERVER, client_ca=OURS.certificate_pem)
        endpoint = Endpoint(context=context, things=THINGS.get, service=service, **options)
        opened.append(endpoint)
        loop.run(endpoint.start())
        return endpoint

    yield make
    for endpoint in opened:
        loop.run(endpoint.stop())


@pytest.fixture
def endpoint(open_endpoint: Open) -> Endpoint:
    return open_endpoint()


def context(pair: Pair | None = DEVICE, **options: Any) -> ssl.SSLContext:
    return client_context(pair=pair, ca=OURS.certificate_pem, **options)


def device(endpoint: Endpoint, version: int = 4, pair: Pair = DEVICE) -> RawDevice:
    return RawDevice(endpoint.port, context(pair), version)


@BOTH
def test_a_reply_follows_its_puback_at_qos_0_without_a_subscription(endpoint: Endpoint, version: int) -> None:
    with device(endpoint, version) as board:
        board.connect()
        board.publish(f"{JOBS}/get")
        reply = Publish(topic=f"{JOBS}/get/accepted", payload=b'{"timestamp":1}')
        assert [board.read(), board.read()] == [Puback(packet_id=2), reply]


@BOTH
def test_a_stream_cut_into_bytes_is_understood(endpoint: Endpoint, version: int) -> None:
    with device(endpoint, version) as board:
        board.connect()
        for byte in b"\xc0\x00\xc0\x00":
            board.socket.sendall(bytes((byte,)))
        assert [board.read(), board.read()] == [Pingresp(), Pingresp()]


def test_an_inactive_certificate_passes_tls_and_is_refused_at_connect(endpoint: Endpoint) -> None:
    with device(endpoint, 4, INACTIVE) as old, device(endpoint, 5, INACTIVE) as new:
        assert old.connect() is None
        assert new.connect() == Connack(code=Reason.NOT_AUTHORIZED)
        assert new.read() is None


@BOTH
def test_topics_of_another_thing_and_of_the_service_are_refused(endpoint: Endpoint, version: int) -> None:
    refused = {
        "$aws/things/bench-9/jobs/get": Reason.NOT_AUTHORIZED,
        f"{JOBS}/notify": Reason.TOPIC_NAME_INVALID,
        f"{JOBS}/j-1/update/accepted": Reason.TOPIC_NAME_INVALID,
    }
    for topic, reason in refused.items():
        with device(endpoint, version) as board:
            board.connect()
            board.publish(topic)
            assert board.read() == (Puback(packet_id=2, code=reason) if version == 5 else None)


@BOTH
@pytest.mark.parametrize("text", ["$aws/things/+/jobs/#", "$aws/things/bench-9/jobs/notify", "$aws/#"])
def test_a_filter_that_names_other_things_is_refused(endpoint: Endpoint, version: int, text: str) -> None:
    with device(endpoint, version) as board:
        board.connect()
        answer = board.subscribe(text)
        assert answer == (Suback(packet_id=1, codes=(Reason.NOT_AUTHORIZED,)) if version == 5 else None)


def test_bytes_that_are_no_mqtt_end_the_connection_and_mqtt_5_is_told(endpoint: Endpoint) -> None:
    with device(endpoint, 4) as old, device(endpoint, 5) as new, device(endpoint) as stranger:
        old.connect("old"), new.connect("new")
        for board in (old, new, stranger):
            board.socket.sendall(b"\xc0\x00\x00\x00" if board is not stranger else b"GET / HTTP/1.0\r\n\r\n")
        assert [old.read(), old.read()] == [Pingresp(), None]
        assert [new.read(), new.read()] == [Pingresp(), Disconnect(code=Reason.MALFORMED_PACKET)]
        assert new.read() is None
        assert stranger.read() is None


def test_a_packet_over_the_limit_is_refused_by_its_length(endpoint: Endpoint) -> None:
    with device(endpoint, 5) as board:
        board.connect()
        board.socket.sendall(b"\x30\x80\x90\x09")  # 147456 bytes, under the packet limit
        board.socket.sendall(b"\x00\x01t" + bytes(147453))
        assert board.read() == Disconnect(code=Reason.QUOTA_EXCEEDED)
    with device(endpoint, 4) as board:
        board.connect()
        board.socket.sendall(b"\x30\xff\xff\xff\x7f")
        assert board.read() is None


def test_a_reply_may_be_late_while_acknowledgements_go_on(open_endpoint: Open) -> None:
    endpoint = open_endpoint(latency=Latency(reply=timedelta(hours=1)))
    with device(endpoint) as board:
        board.connect()
        board.publish(f"{JOBS}/get")
        board.send(Pingreq())
        assert [board.read(), board.read()] == [Puback(packet_id=2), Pingresp()]


def test_latency_keeps_the_order_of_acknowledgement_and_reply(open_endpoint: Open) -> None:
    endpoint = open_endpoint(latency=Latency(ack=timedelta(milliseconds=3), reply=timedelta(milliseconds=1)))
    with device(endpoint) as board:
        board.connect()
        board.subscribe(f"{JOBS}/notify")
        for number in range(1, 21):
            board.publish(f"{JOBS}/start-next", packet_id=number)
        got = [packet for packet in (board.read() for _ in range(60)) if packet]
        assert [packet.packet_id for packet in got if isinstance(packet, Puback)] == list(range(1, 21))
        messages = [packet.topic for packet in got if isinstance(packet, Publish)]
        assert messages == [f"{JOBS}/start-next/accepted", f"{JOBS}/notify"] * 20
        for number in range(20):
            before = [packet.type for packet in got[: got.index(_nth(got, number))]]
            assert before.count("PUBACK") > number


def _nth(packets: list[Any], number: int) -> Any:
    """The reply with this number, as the object itself."""
    return [packet for packet in packets if isinstance(packet, Publish) and packet.qos == 0][number]


def test_a_refusal_reaches_the_client_before_the_close_in_spite_of_latency(open_endpoint: Open) -> None:
    endpoint = open_endpoint(latency=Latency(ack=timedelta(milliseconds=3)))
    with device(endpoint, 5, INACTIVE) as board:
        assert board.connect() == Connack(code=Reason.NOT_AUTHORIZED)
        assert board.read() is None


def test_the_cloud_goes_away_and_comes_back_on_the_same_port_with_its_sessions(
    endpoint: Endpoint, loop: LoopThread
) -> None:
    port = endpoint.port
    with device(endpoint) as board:
        board.connect(clean_start=False)
        board.subscribe(f"{JOBS}/notify")
        loop.run(endpoint.close_listener())
        with pytest.raises(ConnectionResetError):
            board.read()
    with pytest.raises(ConnectionRefusedError):
        device(endpoint)
    loop.call(endpoint.publish, [Outgoing(topic=f"{JOBS}/notify", payload={"jobs": {}})])
    loop.run(endpoint.open_listener())
    assert endpoint.port == port
    with device(endpoint) as board:
        assert board.connect(clean_start=False) == Connack(session_present=True)
        assert board.read() == Publish(topic=f"{JOBS}/notify", payload=b'{"jobs":{}}', qos=1, packet_id=1)


def test_the_newer_connection_wins(endpoint: Endpoint) -> None:
    with device(endpoint, 5) as older, device(endpoint, 4) as newer:
        older.connect()
        assert newer.connect() == Connack()
        assert [older.read(), older.read()] == [Disconnect(code=Reason.SESSION_TAKEN_OVER), None]


def test_a_kick_ends_the_connection_and_says_whether_there_was_one(endpoint: Endpoint, loop: LoopThread) -> None:
    with device(endpoint) as board:
        board.connect("kicked")
        assert loop.call(endpoint.clients) == ["kicked"]
        assert loop.call(endpoint.kick, "kicked")
        assert board.read() is None
        assert not loop.call(endpoint.kick, "kicked")


def test_the_will_of_a_lost_device_is_published(endpoint: Endpoint) -> None:
    with device(endpoint) as observer, device(endpoint) as board:
        observer.connect("observer")
        observer.subscribe("wills/#")
        board.connect(will=Will(topic="wills/bench-7", payload=b"gone"))
        board.socket.close()
        assert observer.read() == Publish(topic="wills/bench-7", payload=b"gone")


def test_port_443s_alpn_is_demanded_there_and_welcome_everywhere(open_endpoint: Open) -> None:
    endpoint = open_endpoint(alpn_port=0)
    named = context(alpn=["x-amzn-mqtt-ca"])
    assert endpoint.alpn_port not in (None, 0, endpoint.port)
    with RawDevice(endpoint.alpn_port or 0, named) as board:
        assert board.socket.selected_alpn_protocol() == "x-amzn-mqtt-ca"
        assert board.connect() == Connack()
    with RawDevice(endpoint.port, named) as board:
        assert board.connect() == Connack()
    with pytest.raises(ssl.SSLError):
        RawDevice(endpoint.alpn_port or 0, context())


def test_no_connection_is_left_behind(endpoint: Endpoint, loop: LoopThread) -> None:
    with pytest.raises((ssl.SSLError, ConnectionError)), RawDevice(endpoint.port, context(None)) as board:
        board.connect()
    with device(endpoint) as board:
        board.connect()
    loop.run(endpoint.close_listener())
    assert repr(endpoint).endswith("away <Broker 0 connections, <Router 0 of 0 sessions online>>>")


# paho-mqtt


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
    wish = Properties(PacketTypes.CONNECT)
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
