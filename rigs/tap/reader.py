"""The bytes of one direction as arrivals: whole raw packets, decoded where they can be.

What cannot be decoded is an arrival all the same, with `packet` None and a `problem`, so that it can be recorded and
passed on unchanged. After an impossible length nothing more can be framed: from there on each chunk is one arrival.
So it is on a connection that does not begin with a CONNECT: HTTP cut into packets would wait for ends that never come.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from rigs.mqtt.codec import Framer, MalformedPacket, decode, packet_type
from rigs.mqtt.packets import VERSION_3_1_1, Connect, Packet, Publish

Way = Literal["up", "down"]
NO_JSON = msgspec.UNSET
_json = msgspec.json.Decoder()


@dataclass(slots=True)
class Dialect:
    """The MQTT version of a connection, known from its CONNECT on; `foreign` says why it is no MQTT at all."""

    version: int = VERSION_3_1_1
    foreign: str = ""


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """One raw packet as it came.

    A msgspec struct, like the packets: one is made for every packet that passes.
    `topic` is the full topic also where the packet names only an alias; `body` is the JSON payload, or NO_JSON.
    """

    way: Way
    raw: bytes
    packet: Packet | None = None
    topic: str | None = None
    body: Any = NO_JSON
    problem: str = ""


class Reader:
    """Cuts one direction's stream into arrivals; pure, one a direction."""

    def __init__(self, way: Way, dialect: Dialect) -> None:
        self.way = way
        self._dialect = dialect
        self._framer = Framer()
        self._aliases: dict[int, str] = {}
        self._lost = ""
        self._begun = False

    def feed(self, data: bytes) -> list[Arrival]:
        """What is whole now."""
        if data and self.way == "up" and not self._begun:
            self._begun = True
            self._dialect.foreign = _foreign(data)
        if problem := self._lost or self._dialect.foreign:
            raw, self._framer.rest = self._framer.rest + data, b""
            return [Arrival(way=self.way, raw=raw, problem=problem)]
        try:
            raws = self._framer.feed(data)
        except MalformedPacket as wrong:
            self._lost = str(wrong)
            rest, self._framer.rest = self._framer.rest, b""
            return [*map(self._read, wrong.packets), Arrival(way=self.way, raw=rest, problem=self._lost)]
        return [self._read(raw) for raw in raws]

    def end(self) -> bytes:
        """The bytes of a packet that never became whole."""
        return self._framer.rest

    def _read(self, raw: bytes) -> Arrival:
        try:
            packet = decode(raw, self._dialect.version)
        except (MalformedPacket, ValueError) as wrong:
            return Arrival(way=self.way, raw=raw, problem=str(wrong) or repr(wrong))
        if isinstance(packet, Publish):
            topic = self._resolve(packet)
            return Arrival(way=self.way, raw=raw, packet=packet, topic=topic, body=parse(packet.payload))
        if isinstance(packet, Connect):
            self._dialect.version = packet.version
        return Arrival(way=self.way, raw=raw, packet=packet)

    def _resolve(self, packet: Publish) -> str:
        alias = packet.properties.get("topic_alias")
        if alias is None:
            return packet.topic
        if packet.topic:
            self._aliases[alias] = packet.topic
        return packet.topic or self._aliases.get(alias, "")


def _foreign(data: bytes) -> str:
    """Why a connection that begins so is no MQTT; empty where it is."""
    return "" if packet_type(data) == "CONNECT" else f"no MQTT: it begins with {data[:8]!r}, not with a CONNECT"


def parse(payload: bytes) -> Any:
    """The payload's JSON value, or NO_JSON; only objects and lists are looked for, as AWS sends nothing else."""
    if payload[:1] not in (b"{", b"["):
        return NO_JSON
    try:
        return _json.decode(payload)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return NO_JSON
