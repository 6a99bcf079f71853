"""What breaks the rules of MQTT or of AWS: a 3.1.1 client sees the connection close, an MQTT 5 client is told why."""

from __future__ import annotations

from typing import Any

import pytest

from rigs.mqtt.limits import Limits
from rigs.mqtt.packets import (
    Auth,
    Connack,
    Connect,
    Disconnect,
    Packet,
    Puback,
    Pubcomp,
    Publish,
    Pubrec,
    Pubrel,
    Suback,
    Subscribe,
    Subscription,
)
from rigs.mqtt.reasons import Reason
from tests.mqtt.brokerdesk import Desk

V3, V5 = 4, 5

# A packet of a connected client, the versions that can send it, and the reason
ENDS: dict[str, tuple[Packet, tuple[int, ...], str]] = {
    "CONNECT twice": (Connect(version=V5, client_id="a"), (V3, V5), "PROTOCOL_ERROR"),
    "CONNECT twice, of the other version": (Connect(version=V3, client_id="a"), (V3, V5), "PROTOCOL_ERROR"),
    "PUBREC": (Pubrec(packet_id=1), (V3, V5), "PROTOCOL_ERROR"),
    "PUBREL": (Pubrel(packet_id=1), (V3, V5), "PROTOCOL_ERROR"),
    "PUBCOMP": (Pubcomp(packet_id=1), (V3, V5), "PROTOCOL_ERROR"),
    "AUTH": (Auth(code=0x18), (V5,), "PROTOCOL_ERROR"),
    "PUBLISH without topic and alias": (Publish(topic="", qos=1, packet_id=1), (V5,), "PROTOCOL_ERROR"),
    "PUBLISH without topic": (Publish(topic=""), (V3,), "PROTOCOL_ERROR"),
    "subscription identifier of a publisher": (
        Publish(topic="t", properties={"subscription_identifier": [1]}),
        (V5,),
        "PROTOCOL_ERROR",
    ),
    "response topic with a wildcard": (
        Publish(topic="t", properties={"response_topic": "r/#"}),
        (V5,),
        "PROTOCOL_ERROR",
    ),
    "QoS 2": (Publish(topic="t", qos=2, packet_id=1), (V5,), "QOS_NOT_SUPPORTED"),
    "PUBLISH to nobody's topic": (Publish(topic="$SYS/x"), (V3, V5), "TOPIC_NAME_INVALID"),
    "PUBLISH to an unknown reserved topic": (Publish(topic="$aws/unknown/x"), (V3, V5), "TOPIC_NAME_INVALID"),
    "SUBSCRIBE to nobody's topic": (
        Subscribe(packet_id=7, filters=(Subscription(filter="$SYS/#"),)),
        (V3,),
        "TOPIC_FILTER_INVALID",
    ),
}


@pytest.mark.parametrize(
    ("case", "version"), [(case, version) for case, (_, versions, _) in ENDS.items() for version in versions]
)
def test_a_packet_ends_the_connection(case: str, version: int) -> None:
    packet, _, reason = ENDS[case]
    desk = Desk()
    desk.connect(1, "a", version)
    told: list[Any] = [(1, Disconnect(code=Reason[reason]))] if version == V5 else []
    assert desk.send(1, packet) == [*told, (1, f"closed: {reason}")]
    assert desk.send(1, packet) == []


def test_mqtt_5_is_told_of_a_refused_topic_in_the_acknowledgement_and_stays() -> None:
    desk = Desk()
    desk.connect(1, "a", V5)
    assert desk.publish(1, "$SYS/x") == [(1, Puback(packet_id=9, code=Reason.TOPIC_NAME_INVALID))]
    codes = (Reason.TOPIC_FILTER_INVALID, Reason.TOPIC_FILTER_INVALID, 1)
    assert desk.subscribe(1, "$SYS/#", "$share/g/$SYS/#", "t") == [(1, Suback(packet_id=7, codes=codes))]


def test_a_switch_makes_topics_of_nobody_ordinary_ones() -> None:
    desk = Desk(limits=Limits(refuse_unowned=False))
    desk.connect(1, "a", V3)
    desk.subscribe(1, "$mine/#", qos=0)
    assert desk.publish(1, "$mine/x", qos=0) == [(1, Publish(topic="$mine/x", payload=b"x"))]


@pytest.mark.parametrize(
    "topic", ["$aws/things/t/shadow/update", "$aws/rules/name/a", "$aws/things/t/defender/metrics/json"]
)
def test_topics_of_services_that_are_not_played_are_taken(topic: str) -> None:
    """On AWS a service takes them, and the device hears of it only by replies that it need not wait for."""
    desk = Desk()
    desk.connect(1, "a", V3)
    assert desk.publish(1, topic) == [(1, Puback(packet_id=9))]


CONNECTS: dict[str, tuple[dict[str, Any], str]] = {
    "Receive Maximum 0": ({"receive_maximum": 0}, "PROTOCOL_ERROR"),
    "Maximum Packet Size 0": ({"maximum_packet_size": 0}, "PROTOCOL_ERROR"),
    "Request Problem Information 2": ({"request_problem_information": 2}, "PROTOCOL_ERROR"),
    "authentication": ({"authentication_method": "m"}, "BAD_AUTHENTICATION_METHOD"),
}


@pytest.mark.parametrize("case", CONNECTS)
def test_a_connect_that_mqtt_5_does_not_know(case: str) -> None:
    properties, reason = CONNECTS[case]
    desk = Desk()
    rows = desk.connect(1, "a", V5, properties=properties)
    assert rows == [(1, Connack(code=Reason[reason])), (1, f"closed: {reason}")]


@pytest.mark.parametrize("wish", [0, 1])
def test_no_reason_string_is_ever_sent_so_none_has_to_be_held_back(wish: int) -> None:
    desk = Desk()
    desk.connect(1, "a", V5, properties={"request_problem_information": wish})
    ((_, refused),) = desk.publish(1, "$SYS/x")
    ((_, told), _) = desk.send(1, Connect(version=V5, client_id="a"))
    assert (refused.properties, told.properties) == ({}, {})


@pytest.mark.parametrize("version", [V3, V5])
def test_user_name_and_password_are_not_looked_at(version: int) -> None:
    desk = Desk()
    assert desk.connect(1, "a", version, username="somebody", password=b"secret") == []
    assert desk.broker.client_of(1) == "a"


def test_an_empty_client_id_needs_a_clean_session_with_3_1_1() -> None:
    desk = Desk()
    assert desk.connect(1, "", V3, clean_start=False) == [(1, "closed: CLIENT_ID_NOT_VALID")]
    assert desk.connect(2, "", V3, clean_start=True) == desk.connect(3, "", V5, clean_start=False)[2:] == []


def test_each_message_is_acknowledged_at_once_so_nobody_has_too_many_on_the_way() -> None:
    desk = Desk()
    desk.connect(1, "a", V5)
    for number in range(1, 201):
        packet = Publish(topic="t", qos=1, packet_id=number)
        assert desk.send(1, packet) == [(1, Puback(packet_id=number))]


def test_a_message_that_comes_again_with_its_packet_id_is_a_new_one() -> None:
    """A QoS 1 message may arrive twice; a server that has acknowledged it does not remember (MQTT 5 4.3.2)."""
    desk = Desk()
    desk.connect(1, "a", V3)
    desk.subscribe(1, "t", qos=0)
    for dup in (False, True):
        assert desk.publish(1, "t", dup=dup) == [(1, Puback(packet_id=9)), (1, Publish(topic="t", payload=b"x"))]
