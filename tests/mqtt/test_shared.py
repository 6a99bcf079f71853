"""Shared subscriptions: AWS IoT developer guide, mqtt.html, "Shared subscriptions"; MQTT 5 4.8.2."""

from __future__ import annotations

import pytest

from rigs.mqtt.packets import Disconnect, Puback, Publish, Subscribe, Subscription, Unsubscribe
from rigs.mqtt.reasons import Reason
from tests.mqtt.brokerdesk import Desk, persistent

V3, V5 = 4, 5
BOTH = pytest.mark.parametrize("version", [V3, V5], ids=["3.1.1", "5"])
SHARE = "$share/group/t/+"


def message(text: bytes, packet_id: int = 1) -> Publish:
    return Publish(topic="t/1", payload=text, qos=1, packet_id=packet_id)


def team(version: int, lasting: bool = True) -> Desk:
    """The sender 1, and the members 2 and 3."""
    desk = Desk()
    desk.connect(1, "sender", version)
    for conn in (2, 3):
        desk.connect(conn, f"member {conn}", version, **(persistent(version) if lasting else {}))
        desk.subscribe(conn, SHARE)
    return desk


@BOTH
def test_each_message_goes_to_one_member_in_turn(version: int) -> None:
    desk = team(version)
    takers = [conn for _ in range(4) for conn, packet in desk.publish(1, "t/1", qos=0) if isinstance(packet, Publish)]
    assert sorted(takers) == [2, 2, 3, 3]


def test_each_group_and_each_plain_subscription_gets_its_own_copy() -> None:
    desk = team(V5)
    desk.subscribe(2, "$share/others/t/1", "t/1")
    takers = sorted(conn for conn, packet in desk.publish(1, "t/1") if isinstance(packet, Publish))
    assert takers in ([2, 2, 2], [2, 2, 3])


@BOTH
def test_a_member_that_is_away_is_passed_over(version: int) -> None:
    desk = team(version)
    desk.lose(2)
    assert [row[0] for row in desk.publish(1, "t/1")[1:]] == [3]
    assert [row[0] for row in desk.publish(1, "t/1")[1:]] == [3]


@BOTH
def test_while_all_are_away_messages_wait_for_the_first_that_comes(version: int) -> None:
    desk = team(version)
    desk.lose(2)
    desk.lose(3)
    for text in (b"a", b"b", b"c"):
        desk.publish(1, "t/1", text)
        desk.publish(1, "t/1", b"not kept", qos=0)
    rows = desk.connect(4, "member 3", version, **persistent(version))
    assert sorted(row[1].payload for row in rows) == [b"a", b"b", b"c"]
    assert desk.connect(5, "member 2", version, **persistent(version)) == []


def test_a_new_member_takes_what_waits_for_the_group() -> None:
    desk = team(V5)
    desk.lose(2)
    desk.lose(3)
    desk.publish(1, "t/1", b"a")
    assert desk.subscribe(1, SHARE)[1:] == [(1, message(b"a"))]


def test_nothing_waits_for_a_group_without_a_persistent_session() -> None:
    desk = team(V5, lasting=False)
    desk.lose(2)
    desk.lose(3)
    assert desk.publish(1, "t/1")[1:] == []
    assert desk.subscribe(1, SHARE)[1:] == []


def test_what_a_member_had_not_acknowledged_goes_to_another_when_its_session_ends() -> None:
    desk = team(V5, lasting=False)
    ((first, _),) = desk.publish(1, "t/1", b"a")[1:]
    assert desk.lose(first) == [(5 - first, message(b"a"))]
    assert desk.send(5 - first, Puback(packet_id=1)) == desk.lose(5 - first) == []


def test_an_unsubscribed_member_gets_nothing_more() -> None:
    desk = team(V5)
    desk.send(2, Unsubscribe(packet_id=8, filters=(SHARE,)))
    assert [row[0] for _ in range(2) for row in desk.publish(1, "t/1")[1:]] == [3, 3]
    desk.send(3, Unsubscribe(packet_id=8, filters=(SHARE,)))
    assert desk.publish(1, "t/1")[1:] == []


def test_no_local_is_no_wish_for_a_shared_subscription() -> None:
    desk = team(V5)
    wish = Subscription(filter=SHARE, qos=1, no_local=True)
    assert desk.send(2, Subscribe(packet_id=7, filters=(wish,)))[0] == (2, Disconnect(code=Reason.PROTOCOL_ERROR))


@pytest.mark.parametrize("member", [V3, V5])
def test_members_may_speak_either_version(member: int) -> None:
    desk = Desk()
    desk.connect(1, "sender", V5)
    desk.connect(2, "member", member)
    desk.subscribe(2, SHARE)
    told = {"content_type": "text"} if member == V5 else {}
    ((_, packet),) = desk.publish(1, "t/1", b"a", properties={"content_type": "text"})[1:]
    assert packet == Publish(topic="t/1", payload=b"a", qos=1, packet_id=1, properties=told)
