"""Messages to sessions: subscriptions, retained messages, and replies that go straight to one client."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from rigs.mqtt.commands import Command, Outgoing, Send
from rigs.mqtt.connection import Connection
from rigs.mqtt.packets import Publish, Subscription
from rigs.mqtt.session import Session
from rigs.mqtt.topics import matches, plain_filter

# The rest of a message's properties belongs to one hop: MQTT 5 3.3.2.3
FORWARDED = frozenset(
    {
        "payload_format_indicator",
        "message_expiry_interval",
        "content_type",
        "response_topic",
        "correlation_data",
        "user_property",
    }
)
OVERHEAD = 11  # bytes of a PUBLISH beside topic, payload and properties, at most


class Router:
    """All sessions, and the connections of those that are online, both by client id."""

    def __init__(self) -> None:
        self.sessions: dict[str, Session] = {}
        self.online: dict[str, Connection] = {}
        self.retained: dict[str, Publish] = {}
        self._count = 0

    def __repr__(self) -> str:
        return f"<Router {len(self.online)} of {len(self.sessions)} sessions online>"

    def publish(self, message: Publish, now: float, sender: str = "") -> list[Command]:
        """Deliver to the subscribers at min(QoS, granted), and to one of each group that shares a subscription."""
        commands: list[Command] = []
        for session in self.sessions.values():
            granted = session.granted(message.topic, own=session.client_id == sender)
            if granted:
                commands += self._give(session, message, granted, now)
        for session, granted in self._shares(message.topic):
            commands += self._give(session, message, granted, now)
        return commands

    def keep(self, message: Publish) -> None:
        """Retain a message, or forget the retained one when it is empty; not on reserved topics (jobs-protocol §6)."""
        if message.topic.startswith("$"):
            return
        if message.payload:
            self.retained[message.topic] = message
        else:
            self.retained.pop(message.topic, None)

    def give_retained(self, session: Session, one: Subscription, now: float) -> list[Command]:
        """The retained message of a new subscription; wildcards never get one (jobs-protocol §6)."""
        message = self.retained.get(one.filter)
        if message is None:
            return []
        return self.send(session, replace(message, qos=min(message.qos, one.qos), retain=True), now)

    def serve(self, outgoings: Iterable[Outgoing], now: float) -> list[Command]:
        """Messages of a service: replies at QoS 0 to one client id, others to the subscribers at QoS 1."""
        commands: list[Command] = []
        for one in outgoings:
            message = Publish(topic=one.topic, payload=to_json(one.payload), qos=0 if one.to is not None else 1)
            commands += self.publish(message, now) if one.to is None else self._reply(one.to, message)
        return commands

    def send(self, session: Session, message: Publish, now: float) -> list[Command]:
        """Hand a message to a session; commands for what goes out at once."""
        there = self.online.get(session.client_id)
        if there is None:
            session.offer(message, now)
            return []
        if there.most and OVERHEAD + len(message.topic.encode()) + len(message.payload) > there.most:
            return []  # a client's Maximum Packet Size: dropped as if delivered (MQTT 5 3.1.2.11.4)
        return [Send(conn=there.conn, packet=packet, lane="message") for packet in session.offer(message, now)]

    def _give(self, session: Session, message: Publish, granted: Subscription, now: float) -> list[Command]:
        there = self.online.get(session.client_id)
        modern = there is not None and there.modern
        found = {name: value for name, value in message.properties.items() if modern and name in FORWARDED}
        copy = Publish(
            topic=message.topic,
            payload=message.payload,
            qos=min(message.qos, granted.qos),
            retain=message.retain and granted.retain_as_published,
            properties=found,
        )
        return self.send(session, copy, now)

    def _reply(self, client_id: str, message: Publish) -> list[Command]:
        """Straight to the client, subscribed or not, once, never stored (evidence.md, Part 2 a)."""
        there = self.online.get(client_id)
        return [Send(conn=there.conn, packet=message, lane="message")] if there else []

    def _shares(self, topic: str) -> list[tuple[Session, Subscription]]:
        """One member of each group, in turn; online ones first."""
        groups: dict[str, list[tuple[Session, Subscription]]] = {}
        for session in self.sessions.values():
            for one in session.shared:
                if matches(plain_filter(one.filter), topic):
                    groups.setdefault(one.filter, []).append((session, one))
        self._count += 1
        return [self._chosen(members) for members in groups.values()]

    def _chosen(self, members: list[tuple[Session, Subscription]]) -> tuple[Session, Subscription]:
        there = [member for member in members if member[0].ended is None] or members
        return there[self._count % len(there)]


def to_json(payload: dict[str, Any]) -> bytes:
    """Compact, as AWS writes it: `{"timestamp":1}`."""
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
