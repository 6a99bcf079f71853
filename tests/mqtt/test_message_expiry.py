"""Message expiry (MQTT 5 3.3.2.3.3) as AWS has it: AWS IoT developer guide, mqtt.html, "Message expiry"."""

from __future__ import annotations

from typing import Any

import pytest

from rigs.mqtt.packets import Puback, Publish
from tests.mqtt.brokerdesk import Desk, persistent

V3, V5 = 4, 5


def expiring(seconds: int, **properties: Any) -> dict[str, Any]:
    return {"properties": {"message_expiry_interval": seconds, **properties}}


def away(version: int) -> Desk:
    """The sender 1 is there, the persistent subscriber of "t" is away."""
    desk = Desk()
    desk.connect(1, "sender", V5, keep_alive=1200)
    desk.connect(2, "taker", version, **persistent(version))
    desk.subscribe(2, "t")
    desk.lose(2)
    return desk


def left(rows: list[Any]) -> list[Any]:
    """What each message says of its expiry."""
    return [row[1].properties.get("message_expiry_interval") for row in rows if isinstance(row[1], Publish)]


@pytest.mark.parametrize(
    ("given", "waited", "told"), [(30, 20, [10]), (30, 20.5, [9]), (30, 29.5, [0]), (30, 30, []), (0, 0.5, [0])]
)
def test_a_waiting_message_tells_what_is_left_and_is_dropped_in_time(given: int, waited: float, told: Any) -> None:
    desk = away(V5)
    desk.publish(1, "t", **expiring(given, content_type="text"))
    desk.now += waited
    rows = desk.connect(3, "taker", V5, **persistent(V5))
    assert left(rows) == told
    assert all(row[1].properties["content_type"] == "text" for row in rows)


@pytest.mark.parametrize(("waited", "count"), [(29, 1), (30, 0)])
def test_it_expires_for_a_3_1_1_subscriber_too_who_is_told_nothing(waited: float, count: int) -> None:
    desk = away(V3)
    desk.publish(1, "t", **expiring(30, content_type="text"))
    desk.now += waited
    assert (
        desk.connect(3, "taker", V3, **persistent(V3))
        == [(3, Publish(topic="t", payload=b"x", qos=1, packet_id=1))] * count
    )


@pytest.mark.parametrize(("given", "told"), [(0, 1), (1, 1), (604_800, 604_800), (0xFFFFFFFF, 604_800)])
def test_the_interval_is_clamped(given: int, told: int) -> None:
    desk = Desk()
    desk.connect(1, "a", V5)
    desk.subscribe(1, "t")
    for qos in (0, 1):
        assert left(desk.publish(1, "t", qos=qos, **expiring(given))) == [told]


def test_an_unacknowledged_message_is_not_sent_again_after_its_time() -> None:
    desk = Desk()
    desk.connect(1, "a", V5, keep_alive=1200, **persistent(V5))
    desk.subscribe(1, "t")
    desk.publish(1, "t", **expiring(45))
    assert left(desk.tick(30)) == [15]
    assert desk.tick(30) == []
    desk.lose(1)
    assert desk.connect(2, "a", V5, **persistent(V5)) == []


def test_a_message_that_waits_for_room_may_expire_there() -> None:
    desk = Desk()
    desk.connect(1, "a", V5, properties={"receive_maximum": 1})
    desk.subscribe(1, "t")
    desk.publish(1, "t", b"1")
    desk.publish(1, "t", b"2", **expiring(10))
    desk.publish(1, "t", b"3")
    desk.now += 10
    assert desk.send(1, Puback(packet_id=1)) == [(1, Publish(topic="t", payload=b"3", qos=1, packet_id=1))]


@pytest.mark.parametrize(("waited", "told"), [(29, [1]), (30, [])])
def test_a_retained_message_expires(waited: int, told: list[int]) -> None:
    desk = Desk()
    heard: list[str] = []
    desk.broker.router.on_retained = heard.append
    desk.connect(1, "a", V5)
    desk.publish(1, "t", retain=True, **expiring(30))
    desk.tick(waited)
    assert left(desk.subscribe(1, "t")) == told
    assert (list(desk.broker.router.retained), heard) == ((["t"], ["t"]) if told else ([], ["t", "t"]))


def test_a_new_retained_message_does_not_expire_with_the_old_one() -> None:
    desk = Desk()
    desk.connect(1, "a", V5)
    desk.publish(1, "t", retain=True, **expiring(30))
    desk.publish(1, "t", b"new", retain=True)
    desk.tick(31)
    assert [row[1].payload for row in desk.subscribe(1, "t")[1:]] == [b"new"]
