"""What the operator's side sees and does: facts of connections, messages to one client, rights to receive."""

from __future__ import annotations

from typing import Any

import pytest

from rigs.mqtt.commands import Everything
from rigs.mqtt.connection import ConnectionFacts
from rigs.mqtt.limits import Limits
from rigs.mqtt.packets import Connect, Disconnect, Puback, Publish, Subscription
from tests.mqtt.brokerdesk import Closed, Desk, Said, persistent, table

V3, V5 = 4, 5
BOTH = pytest.mark.parametrize("version", [V3, V5], ids=["3.1.1", "5"])


def facts(desk: Desk, client_id: str = "a") -> ConnectionFacts:
    found = desk.broker.connection(client_id)
    assert found is not None
    return found


@BOTH
def test_the_facts_of_a_connection(version: int) -> None:
    desk = Desk()
    assert desk.broker.connection("a") is None
    desk.connect(1, "a", version, keep_alive=5, **persistent(version))
    there = ConnectionFacts(
        client_id="a",
        connected=True,
        version=version,
        clean=False,
        keep_alive=5,
        session_expiry=3600,
        since=1000.0,
        identity="certificate of a",
    )
    assert facts(desk) == there
    desk.now = 1010.0
    desk.lose(1)
    gone = facts(desk)
    assert (gone.connected, gone.since, gone.ended, gone.disconnect_reason) == (
        False,
        1000.0,
        1010.0,
        "CONNECTION_LOST",
    )
    desk.connect(2, "a", version)
    assert (facts(desk).connected, facts(desk).clean, facts(desk).since) == (True, True, 1010.0)


def test_a_client_without_a_session_is_remembered_for_half_an_hour() -> None:
    desk = Desk()
    desk.connect(1, "a", V3)
    desk.connect(2, "b", V3, clean_start=False)
    desk.lose(1)
    desk.lose(2)
    desk.tick(1799)
    assert not facts(desk, "a").connected
    desk.tick(1)
    assert desk.broker.connection("a") is None
    assert not facts(desk, "b").connected


def disconnects(desk: Desk) -> dict[str, Any]:
    return {
        "CLIENT_INITIATED_DISCONNECT": lambda: desk.send(1, Disconnect()),
        "CLIENT_ERROR": lambda: desk.send(1, Connect(client_id="a")),
        "CONNECTION_LOST": lambda: desk.lose(1),
        "MQTT_KEEP_ALIVE_TIMEOUT": lambda: desk.tick(46),
        "API_INITIATED_DISCONNECT": lambda: desk.broker.kick("a", desk.now),
        "AUTH_ERROR": lambda: desk.publish(1, "secret"),
    }


@pytest.mark.parametrize("reason", disconnects(Desk()))
def test_why_a_connection_ended_in_aws_words(reason: str) -> None:
    desk = Desk(rights=Closed())
    desk.connect(1, "a", V3, keep_alive=30)
    disconnects(desk)[reason]()
    assert facts(desk).disconnect_reason == reason


def test_a_take_over_is_told_of_the_older_connection_only_while_the_newer_is_not_there() -> None:
    desk = Desk()
    desk.connect(1, "a", V3)
    desk.connect(2, "a", V3)
    assert (facts(desk).connected, facts(desk).disconnect_reason) == (True, None)


@BOTH
def test_the_subscriptions_of_a_session(version: int) -> None:
    desk = Desk()
    assert desk.broker.subscriptions("a") is None
    desk.connect(1, "a", version, **persistent(version))
    assert desk.broker.subscriptions("a") == ()
    desk.subscribe(1, "t", "u/#", qos=1)
    desk.lose(1)
    assert desk.broker.subscriptions("a") == (Subscription(filter="t", qos=1), Subscription(filter="u/#", qos=1))


@pytest.mark.parametrize("qos", [0, 1])
def test_a_message_is_handed_to_one_client_that_is_there_subscribed_or_not(qos: int) -> None:
    desk = Desk()
    desk.connect(1, "new", V5, **persistent(V5))
    desk.connect(2, "old", V3)
    desk.subscribe(2, "t")
    message = Publish(
        topic="t", payload=b"x", qos=qos, properties={"content_type": "text", "message_expiry_interval": 9}
    )
    number = 1 if qos else None
    told = Publish(topic="t", payload=b"x", qos=qos, packet_id=number, properties=message.properties)
    assert table(desk.broker.hand("new", message, desk.now)) == [(1, told)]
    bare = Publish(topic="t", payload=b"x", qos=qos, packet_id=number)
    assert table(desk.broker.hand("old", message, desk.now)) == [(2, bare)]
    assert table(desk.broker.hand("nobody", message, desk.now)) == []
    desk.send(1, Puback(packet_id=1))
    desk.lose(1)
    assert table(desk.broker.hand("new", message, desk.now)) == []
    assert desk.connect(3, "new", V5, **persistent(V5)) == []


class Deaf(Everything):
    """Nobody may receive what `topics` name."""

    def __init__(self, *topics: str) -> None:
        self.topics = set(topics)

    def receive(self, identity: Any, topic: str) -> bool:
        assert identity == "certificate of a"
        return topic not in self.topics


def test_what_a_client_may_not_receive_is_not_delivered_stored_or_not() -> None:
    rights = Deaf("no")
    desk = Desk(rights=rights)
    desk.connect(1, "a", V3, clean_start=False)
    desk.subscribe(1, "no", "yes")
    message = Publish(topic="no", payload=b"x", qos=1, retain=True)
    assert table(desk.broker.inject(message, desk.now)) == []
    assert table(desk.broker.hand("a", message, desk.now)) == []
    assert desk.subscribe(1, "no")[1:] == []
    desk.say(Said("yes", {}))
    desk.lose(1)
    desk.say(Said("no", {}), Said("yes", {}))
    rights.topics = {"yes"}
    assert [row[1].topic for row in desk.connect(2, "a", V3, clean_start=False)] == ["no"]
    rights.topics = set()
    desk.lose(2)
    assert [row[1].topic for row in desk.connect(3, "a", V3, clean_start=False)] == ["no"]


@pytest.mark.parametrize(("asked", "count"), [(False, 1), (True, 0)])
def test_a_switch_says_whether_a_direct_reply_needs_the_right_to_receive(asked: bool, count: int) -> None:
    desk = Desk(rights=Deaf("reply"), limits=Limits(replies_need_receive=asked))
    desk.connect(1, "a", V3)
    assert desk.say(Said("reply", {}, to="a")) == [(1, Publish(topic="reply", payload=b"{}"))] * count
