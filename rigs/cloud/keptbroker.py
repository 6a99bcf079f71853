"""The broker's persistent sessions and retained messages as rows of tables, their times as those of the real clock."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from rigs.errors import RigFault
from rigs.jobs.table import Table
from rigs.mqtt.broker import Broker
from rigs.mqtt.codec import MalformedPacket, decode, encode
from rigs.mqtt.held import EXPIRY, Held
from rigs.mqtt.packets import VERSION_5, Publish
from rigs.mqtt.saved import SavedMessage, SavedSession


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSession:
    """A session without its messages, as it was at an instant (seconds since the epoch).

    `online`: its client was connected then.
    """

    at: float
    online: bool
    session: SavedSession


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMessage:
    """A message that a session's client has not acknowledged, as it was at an instant (seconds since the epoch)."""

    at: float
    client_id: str
    message: SavedMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Retained:
    """A retained message, an MQTT 5 PUBLISH, as it was at an instant (seconds since the epoch)."""

    at: float
    packet: bytes


# A message's row, and what of it changes while it waits: its packet id and when it was first sent.
Place = tuple[str, int | None, float]


class KeptBroker:
    """Fills a broker from the tables once, then the tables from the broker; everything on the loop.

    Sessions live in real time: what the cloud was away for counts. A session whose client was connected when the cloud
    went ends when the cloud comes back, since nobody knows better. Each message has a row of its own: one more behind
    thousands costs one row.
    """

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self._sessions = Table("mqtt session", KeptSession)
        self._messages = Table("mqtt message", KeptMessage)
        self._retained = Table("retained message", Retained)
        self._places: dict[str, dict[Held, Place]] = {}
        self._numbers = itertools.count(1)
        self._wall = wall

    def __repr__(self) -> str:
        counts = f"{len(self._sessions)} sessions {len(self._messages)} messages {len(self._retained)} retained"
        return f"<KeptBroker {counts}>"

    @property
    def tables(self) -> tuple[Table[Any], ...]:
        """What is kept."""
        return self._sessions, self._messages, self._retained

    def attach(self, broker: Broker, now: Callable[[], float]) -> None:
        """Restore, then hear of changes; `now` tells the broker's time. Raises RigFault for a row of no use."""
        for topic, kept in list(self._retained.items()):
            self._restore_retained(broker, topic, kept, now())
        for saved in self._saved():
            try:
                broker.restore(saved, now())
            except (MalformedPacket, TypeError) as wrong:
                raise RigFault(f"the kept mqtt session {saved.client_id!r} cannot be used: {wrong}") from wrong
        for key in list(self._messages):  # they get new places, with the broker's own
            self._messages.drop(key)
        for client_id in list(self._sessions):
            self._note_session(broker, client_id, now())
        broker.router.on_retained = lambda topic: self._note_retained(broker, topic)
        broker.on_session = lambda client_id: self._note_session(broker, client_id, now())

    def _saved(self) -> list[SavedSession]:
        """The sessions with their messages, their times moved on to now."""
        wall = self._wall()
        messages: dict[str, list[SavedMessage]] = {client_id: [] for client_id in self._sessions}
        for key, one in self._messages.items():
            if one.client_id not in messages:
                raise RigFault(f"the kept mqtt message {key!r} is of {one.client_id!r}, which has no kept session")
            messages[one.client_id].append(_aged(one.message, max(0.0, wall - one.at)))
        return [
            replace(
                kept.session,
                ended_for=0.0 if kept.online else kept.session.ended_for + max(0.0, wall - kept.at),
                messages=tuple(messages[client_id]),
            )
            for client_id, kept in self._sessions.items()
        ]

    def _restore_retained(self, broker: Broker, topic: str, kept: Retained, now: float) -> None:
        packet = decode(kept.packet, VERSION_5)
        if not isinstance(packet, Publish):
            raise RigFault(f"the kept retained message {topic!r} must be a PUBLISH, not {packet!r}")
        if EXPIRY in packet.properties:
            left = int(broker.limits.expiry(packet.properties[EXPIRY]) - (self._wall() - kept.at))
            if left <= 0:
                self._retained.drop(topic)
                return
            packet = msgspec.structs.replace(packet, properties={**packet.properties, EXPIRY: left})
        broker.router.keep(packet, now)

    def _note_retained(self, broker: Broker, topic: str) -> None:
        message = broker.router.retained.get(topic)
        if message is None:
            self._retained.drop(topic)
            return
        number = 1 if message.qos else None  # any will do: without one a message of QoS 1 has no bytes
        packet = encode(msgspec.structs.replace(message, packet_id=number), VERSION_5)
        self._retained.put(topic, Retained(at=self._wall(), packet=packet))

    def _note_session(self, broker: Broker, client_id: str, now: float) -> None:
        session = broker.router.sessions.get(client_id)
        if session is None or not session.expiry:
            self._sessions.drop(client_id)
            self._note_messages(client_id, [], now)
            self._places.pop(client_id, None)
            return
        kept = KeptSession(at=self._wall(), online=session.ended is None, session=session.saved(now, messages=False))
        self._sessions.put(client_id, kept)
        self._note_messages(client_id, session.everything(), now)

    def _note_messages(self, client_id: str, present: list[Held], now: float) -> None:
        """Put the rows of messages that are new or have changed, and drop those of messages that are gone."""
        places = self._places.setdefault(client_id, {})
        for held in present:
            key, *before = places.get(held) or (f"{next(self._numbers):012}", None)
            state = [held.packet.packet_id, held.first]
            if before != state:
                places[held] = (key, held.packet.packet_id, held.first)
                row = KeptMessage(at=self._wall(), client_id=client_id, message=held.saved(now))
                self._messages.put(key, row)
        if len(places) > len(present):
            for held in places.keys() - set(present):
                self._messages.drop(places.pop(held)[0])


def _aged(one: SavedMessage, gone: float) -> SavedMessage:
    return replace(
        one,
        expires_in=None if one.expires_in is None else one.expires_in - gone,
        sent_for=None if one.sent_for is None else one.sent_for + gone,
    )
