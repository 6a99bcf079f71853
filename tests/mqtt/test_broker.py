"""The broker as a pure function: connecting, publishing, subscribing, within AWS's limits."""

from __future__ import annotations

from typing import Any

import pytest

from rigs.mqtt.broker import Broker
from rigs.mqtt.limits import Limits
from rigs.mqtt.packets import (
    Auth,
    Connack,
    Connect,
    Disconnect,
    Pingreq,
    Pingresp,
    Puback,
    Publish,
    Pubrel,
    Suback,
    Will,
)
from rigs.mqtt.reasons import Reason
from tests.mqtt.brokerdesk import Closed, Desk, Said, table

V3, V5 = 4, 5
BOTH = pytest.mark.parametrize("version", [V3, V5], ids=["3.1.1", "5"])


def test_the_connack_of_mqtt_5_says_what_aws_says() -> None:
    desk = Desk()
    desk.broker.connected(1, None, 0)
    wish = Connect(version=V5, client_id="a", keep_alive=1000, properties={"session_expiry_interval": 600})
    assert desk.send(1, wish) == [
        (
            1,
            Connack(
                properties={
                    "session_expiry_interval": 600,
                    "receive_maximum": 100,
                    "maximum_qos": 1,
                    "retain_available": 1,
                    "maximum_packet_size": 149504,
                    "topic_alias_maximum": 8,
                    "wildcard_subscription_available": 1,
                    "subscription_identifiers_available": 0,
                    "shared_subscription_available": 1,
                    "server_keep_alive": 1000,
                }
            ),
        )
    ]


@pytest.mark.parametrize(("wish", "granted"), [(0, 1200), (1, 30), (29, 30), (60, 60), (1200, 1200), (65535, 1200)])
def test_the_keep_alive_is_clamped_and_told(wish: int, granted: int) -> None:
    desk = Desk()
    desk.broker.connected(1, None, 0)
    ((_, connack),) = desk.send(1, Connect(version=V5, client_id="a", keep_alive=wish))
    assert connack.properties["server_keep_alive"] == granted


@pytest.mark.parametrize(("wish", "granted"), [(0, 0), (600, 600), (600000, 3600), (0xFFFFFFFF, 3600)])
def test_the_session_expiry_is_capped_and_told(wish: int, granted: int) -> None:
    desk = Desk()
    desk.broker.connected(1, None, 0)
    ((_, connack),) = desk.send(1, Connect(version=V5, client_id="a", properties={"session_expiry_interval": wish}))
    assert connack.properties["session_expiry_interval"] == granted


def test_a_client_without_an_id_is_given_one_and_told_with_mqtt_5() -> None:
    desk = Desk()
    desk.broker.connected(1, None, 0)
    desk.broker.connected(2, None, 0)
    ((_, connack),) = desk.send(1, Connect(version=V5))
    assert connack.properties["assigned_client_identifier"] == "$GEN/1"
    assert desk.broker.client_of(1) == "$GEN/1"
    assert desk.send(2, Connect(version=V3))[-1] == (2, Connack())


REFUSED = {
    "foreign certificate": (Connect(client_id="foreign"), Reason.NOT_AUTHORIZED),
    "generated id reused": (Connect(client_id="$GEN/1"), Reason.CLIENT_ID_NOT_VALID),
    "client id of 129 bytes": (Connect(client_id="x" * 129), Reason.CLIENT_ID_NOT_VALID),
    "will at QoS 2": (Connect(client_id="a", will=Will(topic="w", qos=2)), Reason.QOS_NOT_SUPPORTED),
    "will on a forbidden topic": (Connect(client_id="a", will=Will(topic="secret/w")), Reason.NOT_AUTHORIZED),
}


@BOTH
@pytest.mark.parametrize("case", REFUSED)
def test_a_refused_connect_closes_in_silence_with_3_1_1_and_says_why_with_5(version: int, case: str) -> None:
    packet, reason = REFUSED[case]
    desk = Desk(rights=Closed())
    told: list[Any] = [(1, Connack(code=reason))] if version == V5 else []
    rows = desk.connect(1, packet.client_id, version, will=packet.will)
    assert rows == [*told, (1, f"closed: {reason.name}")]
    assert desk.send(1, Pingreq()) == []


@BOTH
def test_the_first_packet_must_be_a_connect(version: int) -> None:
    desk = Desk()
    desk.broker.connected(1, None, 0)
    assert desk.send(1, Pingreq()) == [(1, "closed: PROTOCOL_ERROR")]


@pytest.mark.parametrize(
    "packet",
    [Connect(version=V5, client_id="a"), Pubrel(packet_id=1), Auth(code=0x18), Connack(), Suback(packet_id=1)],
    ids=lambda packet: packet.type,
)
def test_a_packet_out_of_place_ends_the_connection(packet: Any) -> None:
    desk = Desk()
    desk.connect(1, "a", V5)
    desk.connect(2, "b", V3)
    assert desk.send(1, packet) == [(1, Disconnect(code=Reason.PROTOCOL_ERROR)), (1, "closed: PROTOCOL_ERROR")]
    assert desk.send(2, packet) == [(2, "closed: PROTOCOL_ERROR")]


def test_bytes_that_are_no_packet_end_the_connection_and_mqtt_5_is_told_why() -> None:
    desk = Desk()
    desk.connect(1, "a", V5)
    desk.connect(2, "b", V3)
    told = (1, Disconnect(code=Reason.MALFORMED_PACKET))
    assert table(desk.broker.malformed(1, desk.now)) == [told, (1, "closed: MALFORMED_PACKET")]
    assert table(desk.broker.malformed(2, desk.now)) == [(2, "closed: MALFORMED_PACKET")]
    assert table(desk.broker.malformed(3, desk.now)) == []


@BOTH
def test_messages_go_to_subscribers_at_the_lower_qos(version: int) -> None:
    desk = Desk()
    for conn, client_id in enumerate(("sender", "none", "least", "most"), start=1):
        desk.connect(conn, client_id, version)
    assert desk.subscribe(3, "a/+", qos=0) == [(3, Suback(packet_id=7, codes=(0,)))]
    assert desk.subscribe(4, "a/b", "#") == [(4, Suback(packet_id=7, codes=(1, 1)))]
    assert desk.publish(1, "a/b", b"hello") == [
        (1, Puback(packet_id=9)),
        (4, Publish(topic="a/b", payload=b"hello", qos=1, packet_id=1)),
        (3, Publish(topic="a/b", payload=b"hello")),
    ]
    assert desk.publish(1, "a/b", b"hello", qos=0) == [
        (4, Publish(topic="a/b", payload=b"hello")),
        (3, Publish(topic="a/b", payload=b"hello")),
    ]


def test_mqtt_5_members_go_along_and_no_local_leaves_the_sender_out() -> None:
    desk = Desk()
    desk.connect(1, "a", V5)
    desk.connect(2, "b", V3)
    desk.subscribe(1, "t", no_local=True)
    desk.subscribe(2, "t", qos=0)
    properties = {"response_topic": "r", "topic_alias": 3, "user_property": [("k", "v")]}
    assert desk.publish(1, "t", properties=properties) == [
        (1, Puback(packet_id=9)),
        (2, Publish(topic="t", payload=b"x")),
    ]
    desk.connect(3, "c", V5)
    desk.subscribe(3, "t", qos=0)
    assert desk.publish(1, "", properties={"topic_alias": 3, "response_topic": "r"})[-1] == (
        3,
        Publish(topic="t", payload=b"x", properties={"response_topic": "r"}),
    )


@pytest.mark.parametrize(
    ("topic", "alias", "reason"),
    [("t", 0, "TOPIC_ALIAS_INVALID"), ("t", 9, "TOPIC_ALIAS_INVALID"), ("", 5, "PROTOCOL_ERROR")],
)
def test_a_topic_alias_out_of_range_or_unknown_ends_the_connection(topic: str, alias: int, reason: str) -> None:
    desk = Desk()
    desk.connect(1, "a", V5)
    rows = desk.publish(1, topic, properties={"topic_alias": alias})
    assert rows == [(1, Disconnect(code=Reason[reason])), (1, f"closed: {reason}")]


REFUSED_PUBLISH = {
    "forbidden": ("secret/x", b"", Reason.NOT_AUTHORIZED),
    "wildcard": ("a/#", b"", Reason.TOPIC_NAME_INVALID),
    "257 bytes": ("t" * 257, b"", Reason.TOPIC_NAME_INVALID),
    "8 slashes": ("a/b/c/d/e/f/g/h/i", b"", Reason.TOPIC_NAME_INVALID),
    "payload over 128 KiB": ("t", b"x" * (128 * 1024 + 1), Reason.QUOTA_EXCEEDED),
}


@pytest.mark.parametrize("case", REFUSED_PUBLISH)
def test_a_refused_publish_closes_with_3_1_1_and_is_answered_with_5(case: str) -> None:
    topic, payload, reason = REFUSED_PUBLISH[case]
    desk = Desk(rights=Closed())
    desk.connect(1, "old", V3)
    desk.connect(2, "new", V5)
    assert desk.publish(1, topic, payload) == [(1, f"closed: {reason.name}")]
    assert desk.publish(2, topic, payload) == [(2, Puback(packet_id=9, code=reason))]
    assert desk.publish(2, topic, payload, qos=0) == [(2, Disconnect(code=reason)), (2, f"closed: {reason.name}")]


def test_a_publish_at_qos_2_is_met_with_silence_by_3_1_1_and_a_disconnect_by_5() -> None:
    desk = Desk()
    desk.connect(1, "old", V3)
    desk.connect(2, "new", V5)
    assert desk.publish(1, "t", qos=2) == []
    assert desk.publish(2, "t", qos=2) == [
        (2, Disconnect(code=Reason.QOS_NOT_SUPPORTED)),
        (2, "closed: QOS_NOT_SUPPORTED"),
    ]


def test_a_ping_is_answered() -> None:
    desk = Desk()
    desk.connect(1, "a", V3)
    assert desk.send(1, Pingreq()) == [(1, Pingresp())]


# the service behind the broker


def echo(client_id: str, topic: str, payload: bytes) -> list[Said] | None:
    if not topic.startswith("$aws/"):
        return None
    return [Said(f"{topic}/accepted", {"timestamp": 1}, to=client_id), Said("$aws/things/t/notify", {"jobs": {}})]


@BOTH
@pytest.mark.parametrize("subscribed", [False, True])
def test_a_reply_follows_its_puback_at_qos_0_once_subscribed_or_not(version: int, subscribed: bool) -> None:
    desk = Desk(service=echo)
    desk.connect(1, "a", version)
    desk.connect(2, "b", version)
    desk.subscribe(1, "$aws/things/t/notify", *["$aws/things/t/get/accepted"] * subscribed)
    desk.subscribe(2, "$aws/#")
    assert desk.publish(1, "$aws/things/t/get") == [
        (1, Puback(packet_id=9)),
        (1, Publish(topic="$aws/things/t/get/accepted", payload=b'{"timestamp":1}')),
        (1, Publish(topic="$aws/things/t/notify", payload=b'{"jobs":{}}', qos=1, packet_id=1)),
        (2, Publish(topic="$aws/things/t/notify", payload=b'{"jobs":{}}', qos=1, packet_id=1)),
    ]


def test_requests_are_seen_by_others_only_when_the_switch_says_so() -> None:
    desk = Desk(service=echo, limits=Limits(requests_are_published=True))
    desk.connect(1, "a", V5)
    desk.connect(2, "b", V5)
    desk.subscribe(2, "$aws/things/t/get", qos=0)
    assert (2, Publish(topic="$aws/things/t/get", payload=b"x")) in desk.publish(1, "$aws/things/t/get")


def test_a_notice_goes_to_subscribers_at_the_lower_qos_and_a_reply_to_nobody_who_is_away() -> None:
    desk = Desk()
    desk.connect(1, "a", V5)
    desk.subscribe(1, "notify", qos=0)
    assert desk.say(Said("notify", {"timestamp": 1}), Said("reply", {}, to="nobody")) == [
        (1, Publish(topic="notify", payload=b'{"timestamp":1}'))
    ]


def test_the_repr_counts() -> None:
    desk = Desk()
    desk.connect(1, "a")
    assert repr(desk.broker) == "<Broker 1 connections, <Router 1 of 1 sessions online>>"
    assert repr(Broker()) == "<Broker 0 connections, <Router 0 of 0 sessions online>>"
