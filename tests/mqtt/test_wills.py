"""Wills: who hears that a client has gone, and when."""

from __future__ import annotations

from typing import Any

import pytest

from rigs.mqtt.limits import Limits
from rigs.mqtt.packets import Disconnect, Puback, Publish, Will
from rigs.mqtt.reasons import Reason
from tests.mqtt.brokerdesk import Desk, Row, present, table

V3, V5 = 4, 5
BOTH = pytest.mark.parametrize("version", [V3, V5], ids=["3.1.1", "5"])

WILL = Will(topic="w", payload=b"gone", qos=1)
LAST_WORDS = (2, Publish(topic="w", payload=b"gone", qos=1, packet_id=1))


def observed(version: int = V5, limits: Limits | None = None, **members: Any) -> Desk:
    desk = Desk(limits=limits)
    desk.connect(2, "observer", V5, keep_alive=1200)
    desk.subscribe(2, "w")
    desk.connect(1, "a", version, **{"will": WILL, "keep_alive": 30, **members})
    return desk


@BOTH
def test_the_will_is_published_for_a_client_that_is_lost_silent_or_taken_over(version: int) -> None:
    assert observed(version).lose(1) == [LAST_WORDS]
    assert LAST_WORDS in observed(version).tick(46)
    assert LAST_WORDS in observed(version).connect(3, "a", version)


def test_a_disconnect_takes_the_will_back_unless_it_says_otherwise() -> None:
    assert observed().send(1, Disconnect()) == [(1, "closed: SUCCESS")]
    assert observed(V3).send(1, Disconnect()) == [(1, "closed: SUCCESS")]
    for code in (0x04, 0x80):  # MQTT 5 3.1.2.5: only reason 0 takes it back
        assert observed().send(1, Disconnect(code=code)) == [(1, "closed: SUCCESS"), LAST_WORDS]


@pytest.mark.parametrize("wish", [0, 3600])
def test_a_disconnect_may_not_ask_for_a_session_that_the_connect_did_not(wish: int) -> None:
    desk = observed()
    rows = desk.send(1, Disconnect(properties={"session_expiry_interval": wish}))
    told = (1, Disconnect(code=Reason.PROTOCOL_ERROR))
    assert rows == ([told, (1, "closed: PROTOCOL_ERROR"), LAST_WORDS] if wish else [(1, "closed: SUCCESS")])
    assert not present(desk, 3, V5, clean_start=False)


def test_a_will_has_its_own_properties_and_may_be_retained() -> None:
    properties = {"content_type": "text", "user_property": [("k", "v")], "message_expiry_interval": 7}
    desk = observed(will=Will(topic="w", payload=b"gone", retain=True, properties=properties))
    desk.now += 100
    assert desk.lose(1) == [(2, Publish(topic="w", payload=b"gone", properties=properties))]
    desk.now += 6
    late = {**properties, "message_expiry_interval": 1}
    assert desk.subscribe(2, "w")[1:] == [(2, Publish(topic="w", payload=b"gone", retain=True, properties=late))]


def test_a_kick_publishes_the_will_unless_it_is_prevented() -> None:
    kicked = [(1, Disconnect(code=Reason.ADMINISTRATIVE_ACTION)), (1, "closed: ADMINISTRATIVE_ACTION")]
    for prevented, words in ((False, [LAST_WORDS]), (True, [])):
        desk = observed()
        assert table(desk.broker.kick("a", desk.now, prevent_will=prevented)) == kicked + words


DELAYED = Will(topic="w", payload=b"gone", qos=1, properties={"will_delay_interval": 20})
KEEP = {"session_expiry_interval": 60}


def delayed(expiry: int = 60, limits: Limits | None = None) -> tuple[Desk, list[Row]]:
    """A client with a delayed will has gone; and what that led to at once."""
    desk = observed(limits=limits, will=DELAYED, clean_start=False, properties={"session_expiry_interval": expiry})
    return desk, desk.lose(1)


def test_a_delayed_will_waits_for_its_delay() -> None:
    desk, rows = delayed()
    assert rows == desk.tick(19.9) == []
    assert desk.tick(0.1) == [LAST_WORDS]
    desk.send(2, Puback(packet_id=1))
    assert desk.tick(100) == []


def test_a_delayed_will_waits_no_longer_than_the_session() -> None:
    desk, rows = delayed(expiry=5)
    assert rows == []
    assert desk.tick(5) == [LAST_WORDS]
    assert delayed(expiry=0)[1] == [LAST_WORDS]


def test_a_client_that_is_back_on_its_session_in_time_has_never_been_away() -> None:
    desk, _ = delayed()
    assert desk.connect(3, "a", V5, clean_start=False, properties=KEEP) == []
    assert desk.tick(21) == []


def test_a_new_session_ends_the_wait_of_the_will() -> None:
    desk, _ = delayed()
    assert desk.connect(3, "a", V5, clean_start=True) == [LAST_WORDS]


@pytest.mark.parametrize(("clean", "words"), [(False, []), (True, [LAST_WORDS])])
def test_a_take_over_publishes_a_delayed_will_only_with_a_clean_start(clean: bool, words: list[Row]) -> None:
    desk = observed(will=DELAYED, clean_start=False, properties=KEEP)
    rows = desk.connect(3, "a", V5, clean_start=clean, properties=KEEP)
    taken = [(1, Disconnect(code=Reason.SESSION_TAKEN_OVER)), (1, "closed: SESSION_TAKEN_OVER")]
    assert rows + desk.tick(21) == taken + words


def test_a_clean_kick_of_a_client_that_is_away_ends_the_wait_too() -> None:
    desk, _ = delayed()
    assert table(desk.broker.kick("a", desk.now, clean=True)) == [LAST_WORDS]
    desk, _ = delayed()
    assert table(desk.broker.kick("a", desk.now, clean=True, prevent_will=True)) == desk.tick(21) == []


def test_a_switch_lets_delayed_wills_be_published_at_once() -> None:
    assert delayed(limits=Limits(will_delay=False))[1] == [LAST_WORDS]


REFUSED = {
    "wildcard": (Will(topic="w/#"), "TOPIC_NAME_INVALID"),
    "8 slashes": (Will(topic="a/b/c/d/e/f/g/h/i"), "TOPIC_NAME_INVALID"),
    "nobody's": (Will(topic="$SYS/x"), "TOPIC_NAME_INVALID"),
    "retained on a reserved topic": (Will(topic="$aws/things/t/x", retain=True), "TOPIC_NAME_INVALID"),
    "QoS 2": (Will(topic="w", qos=2), "QOS_NOT_SUPPORTED"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_will_that_could_not_be_published_refuses_the_connect(case: str) -> None:
    will, reason = REFUSED[case]
    desk = Desk()
    assert desk.connect(1, "a", V3, will=will) == [(1, f"closed: {reason}")]
    (_, connack), close = desk.connect(2, "a", V5, will=will)
    assert (connack.code, close) == (Reason[reason], (2, f"closed: {reason}"))
