"""Retained messages, and MQTT 5's wishes about them."""

from __future__ import annotations

import pytest

from rigs.mqtt.limits import Limits
from rigs.mqtt.packets import Disconnect, Puback, Publish, Suback
from rigs.mqtt.reasons import Reason
from tests.mqtt.brokerdesk import Desk, table

V3, V5 = 4, 5
BOTH = pytest.mark.parametrize("version", [V3, V5], ids=["3.1.1", "5"])
KEPT = (1, Publish(topic="t", payload=b"kept", retain=True))


def kept(version: int = V5) -> Desk:
    desk = Desk()
    desk.connect(1, "a", version)
    desk.publish(1, "t", b"kept", qos=0, retain=True)
    return desk


@BOTH
def test_a_retained_message_comes_with_an_exact_subscription_only(version: int) -> None:
    desk = kept(version)
    for text in ("+", "#", "$share/group/t"):
        assert desk.subscribe(1, text) == [(1, Suback(packet_id=7, codes=(1,)))]
    assert desk.subscribe(1, "t")[1:] == [KEPT]
    desk.publish(1, "t", b"", qos=0, retain=True)
    assert desk.subscribe(1, "t")[1:] == []


def test_the_empty_message_that_forgets_it_is_delivered() -> None:
    desk = kept()
    desk.subscribe(1, "t")
    assert desk.publish(1, "t", b"", qos=0, retain=True) == [(1, Publish(topic="t"))]


@pytest.mark.parametrize(("handling", "first", "again"), [(0, [KEPT], [KEPT]), (1, [KEPT], []), (2, [], [])])
def test_retain_handling(handling: int, first: list[object], again: list[object]) -> None:
    desk = kept()
    assert desk.subscribe(1, "t", retain_handling=handling)[1:] == first
    assert desk.subscribe(1, "t", retain_handling=handling)[1:] == again


@pytest.mark.parametrize(("as_published", "shown"), [(False, False), (True, True)])
def test_a_message_for_a_subscriber_shows_its_retain_flag_only_on_wish(as_published: bool, shown: bool) -> None:
    desk = Desk()
    desk.connect(1, "a", V5)
    desk.subscribe(1, "t", qos=0, retain_as_published=as_published)
    assert desk.publish(1, "t", retain=True)[1:] == [(1, Publish(topic="t", payload=b"x", retain=shown))]
    assert desk.publish(1, "t")[1:] == [(1, Publish(topic="t", payload=b"x"))]


def test_it_comes_at_the_lower_qos_with_its_properties_where_they_can_be_told() -> None:
    desk = Desk()
    desk.connect(1, "new", V5)
    desk.connect(2, "old", V3)
    desk.publish(1, "t", retain=True, properties={"content_type": "text", "topic_alias": 1})
    told = Publish(topic="t", payload=b"x", qos=1, packet_id=1, retain=True, properties={"content_type": "text"})
    assert desk.subscribe(1, "t")[1:] == [(1, told)]
    assert desk.subscribe(2, "t")[1:] == [(2, Publish(topic="t", payload=b"x", qos=1, packet_id=1, retain=True))]


RESERVED = "$aws/things/t/shadow/update"


def test_a_message_to_a_reserved_topic_cannot_be_retained() -> None:
    desk = Desk()
    desk.connect(1, "new", V5)
    desk.connect(2, "old", V3)
    assert desk.publish(1, RESERVED, retain=True) == [(1, Puback(packet_id=9, code=Reason.TOPIC_NAME_INVALID))]
    assert desk.publish(1, RESERVED, qos=0, retain=True)[0] == (1, Disconnect(code=Reason.TOPIC_NAME_INVALID))
    assert desk.publish(2, RESERVED, retain=True) == [(2, "closed: TOPIC_NAME_INVALID")]


def test_a_switch_lets_it_be_taken_but_not_retained() -> None:
    desk = Desk(limits=Limits(refuse_reserved_retain=False))
    desk.connect(1, "a", V5)
    desk.subscribe(1, RESERVED, qos=0)
    assert desk.publish(1, RESERVED, retain=True)[1:] == [(1, Publish(topic=RESERVED, payload=b"x"))]
    assert desk.subscribe(1, RESERVED)[1:] == []


def test_a_backend_may_retain_too_and_whoever_keeps_them_hears_of_it() -> None:
    desk = Desk()
    heard: list[str] = []
    desk.broker.router.on_retained = heard.append
    desk.connect(1, "a", V3)
    desk.subscribe(1, "#")
    message = Publish(topic="t", payload=b"x", qos=1, retain=True, properties={"content_type": "text"})
    given = table(desk.broker.inject(message, desk.now))
    assert given == [(1, Publish(topic="t", payload=b"x", qos=1, packet_id=1))]
    assert desk.broker.router.retained == {"t": message}
    desk.broker.inject(Publish(topic="t", retain=True), desk.now)
    assert (desk.broker.router.retained, heard) == ({}, ["t", "t"])
