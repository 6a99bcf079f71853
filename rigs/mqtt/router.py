"""Messages to sessions: subscriptions, retained messages, and replies that go straight to one client."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from rigs.mqtt.codec import encode
from rigs.mqtt.commands import Command, Outgoing, Rights, Send
from rigs.mqtt.connection import Connection
from rigs.mqtt.held import EXPIRY, Held
from rigs.mqtt.index import Index
from rigs.mqtt.limits import Limits
from rigs.mqtt.packets import VERSION_5, Publish, Subscription
from rigs.mqtt.session import Session
from rigs.mqtt.shares import Shares
from rigs.mqtt.topics import SHARED

# The rest of a message's properties belongs to one hop: MQTT 5 3.3.2.3
FORWARDED = frozenset(
    {"payload_format_indicator", EXPIRY, "content_type", "response_topic", "correlation_data", "user_property"}
)
Taker = tuple[Session, Subscription]


def nobody(topic: str) -> None:
    """Nobody wants to hear of it."""


class Router:
    """All sessions, and the connections of those that are online, both by client id.

    `retained` are the messages as they were published, by topic; `on_retained` hears of each change there.
    """

    def __init__(self, rights: Rights, limits: Limits) -> None:
        self.rights, self.limits = rights, limits
        self.sessions: dict[str, Session] = {}
        self.online: dict[str, Connection] = {}
        self.retained: dict[str, Publish] = {}
        self.on_retained: Callable[[str], None] = nobody
        self.changed: set[str] = set()
        self._retained_until: dict[str, float] = {}
        self._takers: Index[Taker] = Index()
        self._shares = Shares()

    def __repr__(self) -> str:
        return f"<Router {len(self.online)} of {len(self.sessions)} sessions online>"

    # sessions

    def subscribe(self, session: Session, one: Subscription) -> None:
        """Add a subscription, or put it in the place of the one with the same filter."""
        session.subscriptions[one.filter] = one
        if one.filter.startswith(SHARED):
            self._shares.join(one.filter, session)
        else:
            self._takers.put(one.filter, session.client_id, (session, one))
        session.touch()

    def unsubscribe(self, session: Session, text: str) -> None:
        """End a subscription; nothing happens when there is none."""
        if session.subscriptions.pop(text, None) is None:
            return
        self._take_down(session, text)
        session.touch()

    def forget(self, session: Session, now: float) -> list[Command]:
        """A session is over: what it got by shared subscriptions goes on to others (MQTT 5 4.8.2)."""
        for text in session.subscriptions:
            self._take_down(session, text)
        session.touch()
        del self.sessions[session.client_id]
        commands: list[Command] = []
        for held in session.everything():
            if held.share:
                commands += self._share(held.share, held.packet, held.expires, now)
        return commands

    def catch_up(self, session: Session, now: float) -> list[Command]:
        """A session has come online or has joined a group: it takes what waits for its groups with others."""
        commands: list[Command] = []
        for share in session.subscriptions:
            for held in self._shares.waiting(share, session) if share.startswith(SHARED) else ():
                commands += self.send(session, held, now)
        return commands

    # messages

    def publish(self, message: Publish, now: float, sender: str = "") -> list[Command]:
        """Deliver to the subscribers at min(QoS, granted), and to one of each group that shares a subscription."""
        commands: list[Command] = []
        properties, expires = self._forwarded(message.properties, now)
        for session, granted in self._choose(message.topic, sender):
            packet = Publish(
                topic=message.topic,
                payload=message.payload,
                qos=min(message.qos, granted.qos),
                retain=message.retain and granted.retain_as_published,
                properties=properties if session.version == VERSION_5 else {},
            )
            commands += self.send(session, Held(packet=packet, expires=expires), now)
        for share in self._shares.of(message.topic):
            packet = replace(message, packet_id=None, dup=False, retain=False, properties=properties)
            commands += self._share(share, packet, expires, now)
        return commands

    def keep(self, message: Publish, now: float) -> None:
        """Retain a message, or forget the retained one when it is empty; not on reserved topics (jobs-protocol §6)."""
        topic = message.topic
        if topic.startswith("$"):
            return
        self._retained_until.pop(topic, None)
        if message.payload:
            self.retained[topic] = message
            if EXPIRY in message.properties:
                self._retained_until[topic] = now + self.limits.expiry(message.properties[EXPIRY])
        else:
            self.retained.pop(topic, None)
        self.on_retained(topic)

    def give_retained(self, session: Session, one: Subscription, now: float) -> list[Command]:
        """The retained message of a subscription; wildcards and groups never get one (jobs-protocol §6)."""
        self.drop_expired(now)
        message = self.retained.get(one.filter)
        if message is None:
            return []
        packet, _ = self.fitted(message, session, now)
        packet = replace(packet, qos=min(message.qos, one.qos), retain=True)
        return self.send(session, Held(packet=packet, expires=self._retained_until.get(message.topic, math.inf)), now)

    def fitted(self, message: Publish, session: Session, now: float) -> tuple[Publish, float]:
        """A message as a session's client takes it, and when it expires."""
        properties, expires = self._forwarded(message.properties, now)
        properties = properties if session.version == VERSION_5 else {}
        return replace(message, packet_id=None, dup=False, properties=properties), expires

    def drop_expired(self, now: float) -> None:
        """Forget the retained messages whose expiry interval has passed."""
        for topic in [topic for topic, until in self._retained_until.items() if now >= until]:
            del self._retained_until[topic], self.retained[topic]
            self.on_retained(topic)

    def serve(self, outgoings: Iterable[Outgoing], now: float) -> list[Command]:
        """Messages of a service: replies at QoS 0 to one client id, others to the subscribers at QoS 1."""
        commands: list[Command] = []
        for one in outgoings:
            if one.to is None:
                commands += self.publish(Publish(topic=one.topic, payload=to_json(one.payload), qos=1), now)
            else:
                commands += self._reply(one)
        return commands

    def send(self, session: Session, held: Held, now: float) -> list[Command]:
        """Hand a message to a session; commands for what goes out at once.

        One that is away keeps QoS 1 only; one that may not receive the topic gets nothing (iot:Receive).
        """
        packet = held.packet
        there = self.online.get(session.client_id)
        if there is None:
            if packet.qos and session.expiry:
                session.offer(held, now)
            return []
        if not self.rights.receive(there.identity, packet.topic):
            return []
        if packet.qos:
            return [Send(conn=there.conn, packet=one, lane="message") for one in session.offer(held, now)]
        packet = held.at(now)
        if session.most and len(encode(packet, session.version)) > session.most:
            return []  # a client's Maximum Packet Size: dropped as if delivered (MQTT 5 3.1.2.11.4)
        return [Send(conn=there.conn, packet=packet, lane="message")]

    def _reply(self, one: Outgoing) -> list[Command]:
        """Straight to the client, subscribed or not, once, never stored (evidence.md, Part 2 a)."""
        there = self.online.get(one.to or "")
        if there is None:
            return []
        if self.limits.replies_need_receive and not self.rights.receive(there.identity, one.topic):
            return []
        return [Send(conn=there.conn, packet=Publish(topic=one.topic, payload=to_json(one.payload)), lane="message")]

    def _forwarded(self, given: Mapping[str, Any], now: float) -> tuple[dict[str, Any], float]:
        """The properties that go along with a message, and when it expires.

        That it does is decided by its publisher: it also expires for a 3.1.1 subscriber (AWS IoT developer guide,
        mqtt.html, "Message expiry").
        """
        if not given:
            return {}, math.inf
        found = {name: value for name, value in given.items() if name in FORWARDED}
        if EXPIRY not in found:
            return found, math.inf
        found[EXPIRY] = self.limits.expiry(found[EXPIRY])
        return found, now + found[EXPIRY]

    def _choose(self, topic: str, sender: str) -> Iterable[Taker]:
        """The sessions that take a topic, each by its subscription with the highest QoS: one copy (MQTT 5 3.3.4).

        A subscription with `no_local` leaves out what its own client publishes.
        """
        found = self._takers.find(topic)
        if len(found) == 1 and found[0][0] != sender:
            return (found[0][1],)
        best: dict[str, Taker] = {}
        for client_id, taker in found:
            if client_id == sender and taker[1].no_local:
                continue
            before = best.get(client_id)
            if before is None or taker[1].qos > before[1].qos:
                best[client_id] = taker
        return best.values()

    def _share(self, share: str, message: Publish, expires: float, now: float) -> list[Command]:
        """To one member of a group, as one message of its own."""
        session = self._shares.choose(share)
        if session is None:
            return []
        packet = replace(
            message,
            qos=min(message.qos, session.subscriptions[share].qos),
            packet_id=None,
            dup=False,
            properties=message.properties if session.version == VERSION_5 else {},
        )
        return self.send(session, Held(packet=packet, expires=expires, share=share), now)

    def _take_down(self, session: Session, text: str) -> None:
        if text.startswith(SHARED):
            self._shares.leave(text, session)
        else:
            self._takers.drop(text, session.client_id)


def to_json(payload: dict[str, Any]) -> bytes:
    """Compact, as AWS writes it: `{"timestamp":1}`."""
    return msgspec.json.encode(payload)
