"""The MQTT endpoint over real mutual TLS, with a device made of a socket and the codec."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import timedelta

import pytest

from rigs.cloud.endpoint import Endpoint, Latency
from rigs.jobs.outgoing import Outgoing
from rigs.mqtt.packets import Connack, Disconnect, Pingreq, Pingresp, Puback, Publish, Suback, Will
from rigs.mqtt.reasons import Reason
from tests.cloud.endpointdesk import BOTH, INACTIVE, JOBS, Ends, context, device
from tests.cloud.rawdevice import WITHIN, RawDevice


@pytest.fixture
def ends() -> Iterator[Ends]:
    opened = Ends()
    yield opened
    opened.close()


@pytest.fixture
def endpoint(ends: Ends) -> Endpoint:
    return ends.open()


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
            board.socket.sendall(b"\xc0\x00\x00\x00" if board is new else b"\xc0\x00\x30\xff\xff\xff\xff")
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


def test_a_reply_may_be_late_while_acknowledgements_go_on(ends: Ends) -> None:
    endpoint = ends.open(latency=Latency(reply=timedelta(hours=1)))
    with device(endpoint) as board:
        board.connect()
        board.publish(f"{JOBS}/get")
        board.send(Pingreq())
        assert [board.read(), board.read()] == [Puback(packet_id=2), Pingresp()]


def test_latency_keeps_the_order_of_acknowledgement_and_reply(ends: Ends) -> None:
    endpoint = ends.open(latency=Latency(ack=timedelta(milliseconds=3), reply=timedelta(milliseconds=1)))
    with device(endpoint) as board:
        board.connect()
        board.subscribe(f"{JOBS}/notify")
        for number in range(1, 21):
            board.publish(f"{JOBS}/start-next", packet_id=number)
        got = [packet for packet in (board.read() for _ in range(60)) if packet]
        assert [packet.packet_id for packet in got if isinstance(packet, Puback)] == list(range(1, 21))
        messages = [packet.topic for packet in got if isinstance(packet, Publish)]
        assert messages == [f"{JOBS}/start-next/accepted", f"{JOBS}/notify"] * 20
        acknowledged = replied = 0
        for packet in got:
            acknowledged += packet.type == "PUBACK"
            replied += isinstance(packet, Publish) and packet.qos == 0
            assert acknowledged >= replied


def test_a_refusal_reaches_the_client_before_the_close_in_spite_of_latency(ends: Ends) -> None:
    endpoint = ends.open(latency=Latency(ack=timedelta(milliseconds=3)))
    with device(endpoint, 5, INACTIVE) as board:
        assert board.connect() == Connack(code=Reason.NOT_AUTHORIZED)
        assert board.read() is None


def test_the_cloud_goes_away_and_comes_back_on_the_same_port_with_its_sessions(endpoint: Endpoint, ends: Ends) -> None:
    port = endpoint.port
    with socket.create_connection(("127.0.0.1", port), timeout=WITHIN) as plug, device(endpoint) as board:
        board.connect(clean_start=False)
        board.subscribe(f"{JOBS}/notify")
        ends.loop.run(endpoint.close_listener())
        assert board.read() is None  # Python's blocking TLS hides a reset; a connection before TLS shows it
        with pytest.raises(ConnectionResetError):
            plug.recv(1)
    with pytest.raises(ConnectionRefusedError):
        device(endpoint)
    ends.loop.call(endpoint.publish, [Outgoing(topic=f"{JOBS}/notify", payload={"jobs": {}})])
    ends.loop.run(endpoint.open_listener())
    assert endpoint.port == port
    with device(endpoint) as board:
        assert board.connect(clean_start=False) == Connack(session_present=True)
        assert board.read() == Publish(topic=f"{JOBS}/notify", payload=b'{"jobs":{}}', qos=1, packet_id=1)


def test_the_newer_connection_wins(endpoint: Endpoint) -> None:
    with device(endpoint, 5) as older, device(endpoint, 4) as newer:
        older.connect()
        assert newer.connect() == Connack()
        assert [older.read(), older.read()] == [Disconnect(code=Reason.SESSION_TAKEN_OVER), None]


def test_a_kick_ends_the_connection_and_says_whether_there_was_one(endpoint: Endpoint, ends: Ends) -> None:
    with device(endpoint) as board:
        board.connect("kicked")
        assert ends.loop.call(endpoint.clients) == ["kicked"]
        assert ends.loop.call(endpoint.kick, "kicked")
        assert board.read() is None
        assert not ends.loop.call(endpoint.kick, "kicked")


def test_the_will_of_a_lost_device_is_published(endpoint: Endpoint) -> None:
    with device(endpoint) as observer, device(endpoint) as board:
        observer.connect("observer")
        observer.subscribe("wills/#")
        board.connect(will=Will(topic="wills/bench-7", payload=b"gone"))
        board.socket.close()
        assert observer.read() == Publish(topic="wills/bench-7", payload=b"gone")


def test_port_443s_alpn_is_demanded_there_and_welcome_everywhere(ends: Ends) -> None:
    endpoint = ends.open(alpn_port=0)
    named = context(alpn=["x-amzn-mqtt-ca"])
    assert endpoint.alpn_port not in (None, 0, endpoint.port)
    with RawDevice(endpoint.alpn_port or 0, named) as board:
        assert board.socket.selected_alpn_protocol() == "x-amzn-mqtt-ca"
        assert board.connect() == Connack()
    with RawDevice(endpoint.port, named) as board:
        assert board.connect() == Connack()
    with pytest.raises(ssl.SSLError):
        RawDevice(endpoint.alpn_port or 0, context())


def test_no_connection_is_left_behind(endpoint: Endpoint, ends: Ends) -> None:
    with pytest.raises((ssl.SSLError, ConnectionError)), RawDevice(endpoint.port, context(None)) as board:
        board.connect()
    with device(endpoint) as board:
        board.connect()
    ends.loop.run(endpoint.close_listener())
    assert repr(endpoint).endswith("away <Broker 0 connections, <Router 0 of 0 sessions online>>>")
