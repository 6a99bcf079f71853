"""A broker on a desk: events by hand, the time by hand, commands read as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rigs.mqtt.broker import Broker
from rigs.mqtt.commands import Close, Command, Everything, Send
from rigs.mqtt.packets import Connack, Connect, Packet, Publish, Subscribe, Subscription
from rigs.mqtt.reasons import Reason

Row = tuple[int, Any]


class Closed(Everything):
    """Nobody may use topics that begin with "secret"; the client "foreign" may not connect."""

    def connect(self, identity: Any, client_id: str, attributes: Sequence[str] = ()) -> Reason:
        return Reason.NOT_AUTHORIZED if identity == "certificate of foreign" else Reason.SUCCESS

    def publish(self, identity: Any, topic: str) -> Reason:
        return Reason.NOT_AUTHORIZED if topic.startswith("secret") else Reason.SUCCESS

    def subscribe(self, identity: Any, filter: str) -> Reason:
        return Reason.NOT_AUTHORIZED if filter.startswith("secret") else Reason.SUCCESS


@dataclass(frozen=True)
class Said:
    """A message of the service behind the broker."""

    topic: str
    payload: dict[str, Any]
    to: str | None = None


class Desk:
    """`now` is moved by the test; every event returns rows of (connection, packet or reason of the close)."""

    def __init__(self, **options: Any) -> None:
        self.broker = Broker(new_id=lambda: "$GEN/1", **options)
        self.now = 1000.0

    def connect(self, conn: int, client_id: str, version: int = 5, **members: Any) -> list[Row]:
        """Transport and CONNECT; the CONNACK is left out of the rows when it accepts."""
        self.broker.connected(conn, f"certificate of {client_id}", self.now)
        rows = self.send(conn, Connect(version=version, client_id=client_id, **members))
        return [row for row in rows if not (isinstance(row[1], Connack) and row[1].code == 0)]

    def send(self, conn: int, packet: Packet) -> list[Row]:
        return table(self.broker.received(conn, packet, self.now))

    def subscribe(self, conn: int, *filters: str, qos: int = 1, **options: Any) -> list[Row]:
        wishes = tuple(Subscription(filter=one, qos=qos, **options) for one in filters)
        return self.send(conn, Subscribe(packet_id=7, filters=wishes))

    def publish(self, conn: int, topic: str, payload: bytes = b"x", qos: int = 1, **members: Any) -> list[Row]:
        number = 9 if qos else None
        return self.send(conn, Publish(topic=topic, payload=payload, qos=qos, packet_id=number, **members))

    def lose(self, conn: int) -> list[Row]:
        return table(self.broker.lost(conn, self.now))

    def tick(self, by: float) -> list[Row]:
        self.now += by
        return table(self.broker.tick(self.now))

    def say(self, *said: Said) -> list[Row]:
        return table(self.broker.publish(said, self.now))


def persistent(version: int) -> dict[str, Any]:
    """CONNECT members that ask for a session that outlives the connection."""
    keep: dict[str, Any] = {"properties": {"session_expiry_interval": 3600}} if version == 5 else {}
    return {"clean_start": False, **keep}


def present(desk: Desk, conn: int, version: int, **members: Any) -> bool:
    desk.broker.connected(conn, None, desk.now)
    rows = desk.send(conn, Connect(version=version, client_id="a", **members))
    return bool(next(packet for _, packet in rows if isinstance(packet, Connack)).session_present)


def table(commands: Sequence[Command]) -> list[Row]:
    """Who gets what, in order."""
    return [(one.conn, one.packet if isinstance(one, Send) else close(one)) for one in commands]


def close(command: Close) -> str:
    return f"closed: {command.reason.name}"
