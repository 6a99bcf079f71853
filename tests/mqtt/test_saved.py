"""Sessions that are kept while the broker is away: what is told, and what comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from rigs.mqtt.packets import Disconnect, Puback, Publish
from rigs.mqtt.saved import SavedSession
from tests.mqtt.brokerdesk import Desk, Said, persistent

V3, V5 = 4, 5
BOTH = pytest.mark.parametrize("version", [V3, V5], ids=["3.1.1", "5"])


class Shelf:
    """Keeps what the broker says is to be kept, as JSON; `heard` are the client ids in their order."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.heard, self.rows = desk, list[str](), dict[str, bytes]()
        desk.broker.on_session = self.keep

    def keep(self, client_id: str) -> None:
        self.heard.append(client_id)
        session = self.desk.broker.router.sessions.get(client_id)
        if session is None or not session.expiry:
            del self.rows[client_id]
        else:
            self.rows[client_id] = msgspec.json.encode(msgspec.to_builtins(session.saved(self.desk.now)))

    def restored(self, later: float) -> Desk:
        """Another broker, `later` seconds after the last one was lost, with another clock."""
        desk = Desk()
        desk.now = 77.0
        for row in self.rows.values():
            saved = msgspec.convert(msgspec.json.decode(row), SavedSession)
            desk.broker.restore(saved, desk.now - later)
        return desk


@BOTH
def test_a_restored_session_goes_on_where_it_was(version: int) -> None:
    desk = Desk()
    shelf = Shelf(desk)
    desk.connect(9, "sender", V5)
    desk.connect(1, "a", version, **persistent(version))
    desk.subscribe(1, "t", "u/+", "$share/g/v")
    properties = {"correlation_data": b"\xff", "user_property": [("k", "v")], "message_expiry_interval": 100}
    desk.publish(9, "t", b"sent", properties=properties)
    desk.publish(9, "t", b"acknowledged")
    desk.send(1, Puback(packet_id=2))
    desk.now += 10
    desk.lose(1)
    desk.publish(9, "u/1", b"waits", properties=properties)
    again = shelf.restored(later=20)
    assert again.broker.subscriptions("a") == desk.broker.subscriptions("a")
    rows = again.connect(1, "a", version, **persistent(version))

    def told(left: int) -> dict[str, Any]:
        return {**properties, "message_expiry_interval": left} if version == V5 else {}

    assert rows == [
        (1, Publish(topic="t", payload=b"sent", qos=1, packet_id=1, properties=told(70))),
        (1, Publish(topic="u/1", payload=b"waits", qos=1, packet_id=2, properties=told(80))),
    ]
    again.connect(2, "sender", V5)
    for topic in ("t", "u/2", "v"):
        assert [row[0] for row in again.publish(2, topic, qos=0)] == [1]


def test_a_restored_session_expires_and_its_facts_are_told_until_then() -> None:
    desk = Desk()
    shelf = Shelf(desk)
    desk.connect(1, "a", V3, clean_start=False, keep_alive=7)
    desk.send(1, Disconnect())
    again = shelf.restored(later=0)
    facts = again.broker.connection("a")
    assert facts is not None
    assert (facts.connected, facts.keep_alive, facts.ended) == (False, 7, 77.0)
    assert facts.disconnect_reason == "CLIENT_INITIATED_DISCONNECT"
    again.tick(3599)
    assert again.broker.subscriptions("a") == ()
    again.tick(1)
    assert again.broker.subscriptions("a") is None


def test_the_time_that_a_session_was_away_before_it_was_kept_counts() -> None:
    desk = Desk()
    shelf = Shelf(desk)
    desk.connect(1, "a", V3, clean_start=False)
    desk.subscribe(1, "t")
    desk.lose(1)
    desk.now += 3000
    desk.say(Said("t", {}))
    again = shelf.restored(later=0)
    again.tick(599)
    assert again.broker.subscriptions("a") is not None
    again.tick(1)
    assert again.broker.subscriptions("a") is None


def test_a_message_that_expired_meanwhile_is_not_delivered() -> None:
    desk = Desk()
    shelf = Shelf(desk)
    desk.connect(9, "sender", V5)
    desk.connect(1, "a", V3, clean_start=False)
    desk.subscribe(1, "t")
    desk.lose(1)
    desk.publish(9, "t", properties={"message_expiry_interval": 100})
    assert shelf.restored(later=100).connect(1, "a", V3, clean_start=False) == []


def test_each_change_is_told_once_an_event_and_the_end_too() -> None:
    desk = Desk()
    shelf = Shelf(desk)
    desk.connect(2, "other", V3)
    desk.connect(1, "a", V3, clean_start=False)
    changes: dict[str, Callable[[], object]] = {
        "subscribed": lambda: desk.subscribe(1, "t", "u"),
        "sent": lambda: desk.say(Said("t", {}), Said("u", {})),
        "acknowledged": lambda: desk.send(1, Puback(packet_id=1)),
        "lost": lambda: desk.lose(1),
        "stored": lambda: desk.say(Said("t", {})),
        "expired": lambda: desk.tick(3601),
    }
    for name, change in changes.items():
        shelf.heard.clear()
        change()
        assert (name, shelf.heard) == (name, ["a"])
    assert shelf.rows == {}


@pytest.mark.parametrize(
    "quiet",
    [lambda desk: desk.send(1, Puback(packet_id=9)), lambda desk: desk.publish(1, "x"), lambda desk: desk.tick(1)],
)
def test_nothing_is_told_when_nothing_has_changed(quiet: Any) -> None:
    desk = Desk()
    desk.connect(1, "a", V3, clean_start=False)
    desk.subscribe(1, "t")
    shelf = Shelf(desk)
    quiet(desk)
    assert shelf.heard == []


def test_a_session_that_does_not_outlive_its_connection_is_nobodys_business() -> None:
    desk = Desk()
    shelf = Shelf(desk)
    desk.connect(1, "a", V3)
    desk.subscribe(1, "t")
    desk.say(Said("t", {}))
    desk.lose(1)
    assert shelf.heard == []


@BOTH
def test_a_kept_session_is_gone_when_its_client_starts_anew(version: int) -> None:
    desk = Desk()
    shelf = Shelf(desk)
    desk.connect(1, "a", version, **persistent(version))
    desk.connect(2, "a", version)
    desk.lose(2)
    assert shelf.rows == {}
