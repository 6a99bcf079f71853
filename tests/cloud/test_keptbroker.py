"""Sessions and retained messages over a restart: a second broker, made from the rows of the first, goes on like it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest

from rigs.cloud.keptbroker import KeptBroker
from rigs.errors import RigFault
from rigs.mqtt.broker import Broker
from rigs.mqtt.commands import Send
from rigs.mqtt.packets import VERSION_3_1_1, VERSION_5, Connack, Connect, Disconnect, Puback, Publish, Subscribe
from rigs.mqtt.packets import Subscription as Wish

NOON = 1_800_000_000.0


class Life:
    """One process: a broker with its rows, `wall` the real clock; monotonic time begins anew in each."""

    def __init__(self, rows: Sequence[tuple[str, str, bytes]] = (), wall: float = NOON) -> None:
        self.wall, self.now, self.broker = wall, 5.0, Broker()
        self.kept = KeptBroker(lambda: self.wall)
        tables = {table.name: table for table in self.kept.tables}
        for kind, key, row in rows:
            tables[kind].put(key, msgspec.json.decode(row, type=tables[kind].kind))
        self.kept.attach(self.broker, lambda: self.now)
        self.conn = 0

    def rows(self) -> list[tuple[str, str, bytes]]:
        return [(one.name, key, msgspec.json.encode(row)) for one in self.kept.tables for key, row in one.items()]

    def next(self, away: float = 0.0) -> Life:
        """The process after it."""
        return Life(self.rows(), self.wall + away)

    def pass_(self, seconds: float) -> None:
        self.wall, self.now = self.wall + seconds, self.now + seconds
        self.broker.tick(self.now)

    def connect(self, *filters: str, version: int = VERSION_5, **members: Any) -> list[Any]:
        """A client of a persistent session connects; what it gets."""
        self.conn += 1
        wish = {"session_expiry_interval": 600} if version == VERSION_5 else {}
        packet = Connect(version=version, client_id="lamp", clean_start=False, properties=wish, **members)
        self.broker.connected(self.conn, None, self.now)
        got = _packets(self.broker.received(self.conn, packet, self.now))
        if filters:
            wishes = tuple(Wish(filter=one, qos=1) for one in filters)
            self.send(Subscribe(packet_id=1, filters=wishes))
        return got

    def send(self, packet: Any) -> list[Any]:
        return _packets(self.broker.received(self.conn, packet, self.now))

    def lose(self) -> None:
        self.broker.lost(self.conn, self.now)

    def say(self, text: str, **members: Any) -> list[Any]:
        """A backend publishes."""
        return _packets(self.broker.inject(Publish(topic="a", payload=text.encode(), qos=1, **members), self.now))


def _packets(commands: Sequence[Any]) -> list[Any]:
    return [one.packet for one in commands if isinstance(one, Send)]


def told(packets: Sequence[Any]) -> list[tuple[int | None, str]]:
    """Packet ids and texts of the messages among them."""
    return [(one.packet_id, one.payload.decode()) for one in packets if isinstance(one, Publish)]


@pytest.mark.parametrize("version", [VERSION_3_1_1, VERSION_5])
def test_what_was_sent_and_not_acknowledged_comes_first_then_what_waits(version: int) -> None:
    life = Life()
    life.connect("a", version=version)
    assert told(life.say("one") + life.say("two") + life.say("three")) == [(1, "one"), (2, "two"), (3, "three")]
    life.send(Puback(packet_id=2))
    life.lose()
    life.say("four")
    life = life.next(away=60).next(away=60)
    life.say("five")
    got = life.connect(version=version)
    assert isinstance(got[0], Connack)
    assert got[0].session_present
    assert told(got) == [(1, "one"), (3, "three"), (2, "four"), (4, "five")]
    for number in (1, 3, 2, 4):
        life.send(Puback(packet_id=number))
    assert [kind for kind, _, _ in life.rows()] == ["mqtt session"]
    assert told(life.say("six")) == [(1, "six")]


def test_subscriptions_hold_as_they_were_granted() -> None:
    life = Life()
    life.connect("a", "+/b")
    life = life.next()
    assert life.broker.subscriptions("lamp") == (Wish(filter="a", qos=1), Wish(filter="+/b", qos=1))


def _away_for_long(life: Life) -> None:
    life.lose()
    life.pass_(500)


def _ended(life: Life) -> None:
    life.send(Disconnect(properties={"session_expiry_interval": 0}))


AWAY: dict[str, tuple[Callable[[Life], None], float, bool]] = {
    "the client was away for less than its session lasts": (Life.lose, 599, True),
    "the client was away for longer": (Life.lose, 601, False),
    "it was away before the cloud was too": (_away_for_long, 101, False),
    "it was connected when the cloud went, for however long": (lambda life: None, 86_400, True),
    "it had been connected for long": (lambda life: life.pass_(500), 599, True),
    "it said that its session ends": (_ended, 1, False),
}


@pytest.mark.parametrize("name", AWAY)
def test_sessions_live_in_real_time(name: str) -> None:
    end, away, lives = AWAY[name]
    life = Life()
    life.connect("a", keep_alive=1200)
    end(life)
    life = life.next(away)
    life.broker.tick(life.now)
    assert life.connect()[0].session_present == lives
    assert bool(life.broker.subscriptions("lamp")) == lives


def test_a_message_expires_while_the_cloud_is_away() -> None:
    life = Life()
    life.connect("a")
    life.lose()
    life.say("short", properties={"message_expiry_interval": 10})
    life.say("long", properties={"message_expiry_interval": 100})
    life.pass_(20)
    life = life.next(away=30)
    got = [one for one in life.connect() if isinstance(one, Publish)]
    assert [(one.payload, one.properties["message_expiry_interval"]) for one in got] == [(b"long", 50)]


RETAINED: dict[str, tuple[dict[str, Any], float, dict[str, Any] | None]] = {
    "plain": ({}, 1e6, {}),
    "with properties": (
        {"user_property": [("a", "b"), ("a", "c")], "correlation_data": b"\x00\xff", "content_type": "x"},
        1e6,
        {"user_property": [("a", "b"), ("a", "c")], "correlation_data": b"\x00\xff", "content_type": "x"},
    ),
    "not expired": ({"message_expiry_interval": 100}, 60, {"message_expiry_interval": 40}),
    "expired": ({"message_expiry_interval": 100}, 101, None),
}


@pytest.mark.parametrize("name", RETAINED)
@pytest.mark.parametrize("qos", [0, 1])
def test_retained_messages_come_back(name: str, qos: int) -> None:
    given, away, found = RETAINED[name]
    life = Life()
    message = Publish(topic="r", payload=b"\x00x", qos=qos, retain=True, properties=given)
    life.broker.inject(message, life.now)
    life = life.next(away)
    there = life.broker.router.retained.get("r")
    if found is None:
        assert there is None
        assert life.rows() == []
    else:
        assert there is not None
        assert (there.payload, there.qos, there.retain, there.properties) == (b"\x00x", qos, True, found)
        life.broker.inject(Publish(topic="r", retain=True), life.now)
        assert life.rows() == []


def test_one_message_more_behind_thousands_costs_one_row() -> None:
    life = Life()
    life.connect("a")
    life.lose()
    for number in range(2000):
        life.say(str(number))
    changes: list[tuple[str, str]] = []
    for table in life.kept.tables:
        table.listener = lambda name, key, row: changes.append((name, key))
    life.say("more")
    assert [name for name, _ in changes] == ["mqtt session", "mqtt message"]


def test_rows_of_no_use_are_told() -> None:
    life = Life()
    life.connect("a")
    life.lose()
    life.say("one")
    rows = life.rows()
    with pytest.raises(RigFault, match=r"the kept mqtt message '0{11}1' is of 'lamp', which has no kept session"):
        Life([row for row in rows if row[0] == "mqtt message"])
    broken = [(kind, key, row.replace(b'"packet":"', b'"packet":"AAAA')) for kind, key, row in rows]
    with pytest.raises(RigFault, match="the kept mqtt session 'lamp' cannot be used: "):
        Life(broken)
