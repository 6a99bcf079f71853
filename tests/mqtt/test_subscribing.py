"""Subscriptions within AWS's limits, and what they bring."""

from __future__ import annotations

import pytest

from rigs.mqtt.codec import encode
from rigs.mqtt.packets import (
    Disconnect,
    Puback,
    Publish,
    Suback,
    Subscribe,
    Subscription,
    Unsuback,
    Unsubscribe,
)
from rigs.mqtt.reasons import Reason
from tests.mqtt.brokerdesk import Closed, Desk

V3, V5 = 4, 5
BOTH = pytest.mark.parametrize("version", [V3, V5], ids=["3.1.1", "5"])


def test_nine_filters_end_a_3_1_1_connection_and_are_refused_with_5() -> None:
    desk = Desk()
    desk.connect(1, "old", V3)
    desk.connect(2, "new", V5)
    filters = [f"t/{number}" for number in range(9)]
    assert desk.subscribe(1, *filters) == [(1, "closed: QUOTA_EXCEEDED")]
    assert desk.subscribe(2, *filters) == [(2, Suback(packet_id=7, codes=(Reason.QUOTA_EXCEEDED,) * 9))]


def test_the_51st_subscription_alone_is_refused() -> None:
    desk = Desk()
    for conn, version in ((1, V3), (2, V5)):
        desk.connect(conn, f"client {conn}", version)
        for number in range(50):
            desk.subscribe(conn, f"t/{number}")
    assert desk.subscribe(1, "t/49", "t/50") == [(1, Suback(packet_id=7, codes=(1, 0x80)))]
    assert desk.subscribe(2, "t/49", "t/50") == [(2, Suback(packet_id=7, codes=(1, Reason.QUOTA_EXCEEDED)))]


def test_a_forbidden_or_ill_formed_filter_closes_with_3_1_1_and_is_refused_with_5() -> None:
    desk = Desk(rights=Closed())
    desk.connect(1, "old", V3)
    desk.connect(2, "new", V5)
    codes = (1, Reason.NOT_AUTHORIZED, Reason.TOPIC_FILTER_INVALID)
    assert desk.subscribe(2, "t", "secret/#", "a#") == [(2, Suback(packet_id=7, codes=codes))]
    assert desk.subscribe(1, "t", "secret/#") == [(1, "closed: NOT_AUTHORIZED")]


def test_qos_2_is_granted_as_1_with_5_and_gets_no_suback_with_3_1_1() -> None:
    desk = Desk()
    desk.connect(1, "old", V3)
    desk.connect(2, "new", V5)
    assert desk.subscribe(1, "t", qos=2) == []
    assert desk.subscribe(2, "t", qos=2) == [(2, Suback(packet_id=7, codes=(1,)))]


def test_a_subscription_identifier_is_not_supported() -> None:
    desk = Desk()
    desk.connect(1, "a", V5)
    packet = Subscribe(packet_id=7, filters=(Subscription(filter="t"),), properties={"subscription_identifier": [1]})
    assert desk.send(1, packet)[0] == (1, Disconnect(code=Reason.SUBSCRIPTION_IDS_NOT_SUPPORTED))


@BOTH
def test_an_unsubscribed_topic_brings_nothing(version: int) -> None:
    desk = Desk()
    desk.connect(1, "a", version)
    desk.subscribe(1, "t", "u/#")
    packet = Unsubscribe(packet_id=8, filters=("t", "u/#"))
    assert desk.send(1, packet) == [(1, Unsuback(packet_id=8, codes=(0, 0)))]
    assert desk.publish(1, "t", qos=0) == desk.publish(1, "u/x", qos=0) == []


def test_an_unsubscribe_of_nine_filters_changes_nothing_and_3_1_1_gets_no_answer() -> None:
    desk = Desk()
    desk.connect(1, "a", V3)
    desk.subscribe(1, "t/0")
    packet = Unsubscribe(packet_id=8, filters=tuple(f"t/{number}" for number in range(9)))
    assert desk.send(1, packet) == []
    assert desk.publish(1, "t/0", qos=0) == [(1, Publish(topic="t/0", payload=b"x"))]


def test_a_message_over_the_clients_maximum_packet_size_is_dropped() -> None:
    desk = Desk()
    desk.connect(1, "a", V5, properties={"maximum_packet_size": 100})
    desk.subscribe(1, "t")
    assert desk.publish(1, "t", b"x" * 100) == [(1, Puback(packet_id=9))]
    assert len(desk.publish(1, "t", b"x" * 50)) == 2


@pytest.mark.parametrize(("qos", "most"), [(0, 60), (1, 58)])
def test_the_clients_maximum_counts_every_byte_of_the_packet(qos: int, most: int) -> None:
    """100 bytes: 2 of the header, 3 of the topic, 2 of the packet id at QoS 1, 35 of properties with their length."""
    desk = Desk()
    desk.connect(1, "a", V5, properties={"maximum_packet_size": 100})
    desk.subscribe(1, "t", qos=qos)
    wish = {"content_type": "x" * 31}
    delivered = [row for row in desk.publish(1, "t", b"x" * (most + 1), properties=wish) if isinstance(row[1], Publish)]
    assert delivered == []
    delivered = [row for row in desk.publish(1, "t", b"x" * most, properties=wish) if isinstance(row[1], Publish)]
    assert [len(encode(packet, V5)) for _, packet in delivered] == [100]
