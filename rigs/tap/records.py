"""Packets and connections as records of the trace."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import msgspec

from rigs.mqtt import packets as mqtt
from rigs.net.contract import Facts
from rigs.tap.reader import NO_JSON, Arrival, Way, parse
from rigs.trace.records import Leg, Link, Packet

MALFORMED = "MALFORMED"
ARRIVES: dict[Way, Leg] = {"up": "device", "down": "cloud"}
LEAVES: dict[Way, Leg] = {"up": "cloud", "down": "device"}


def arrived(arrival: Arrival, conn: int) -> Packet:
    """The record of a packet that reached the tap; one that cannot be decoded has its bytes and what is wrong."""
    link, packet = ARRIVES[arrival.way], arrival.packet
    if packet is None:
        more = {"problem": arrival.problem}
        raw, size = b64encode(arrival.raw).decode(), len(arrival.raw)
        return Packet(link=link, way=arrival.way, conn=conn, type=MALFORMED, raw=raw, size=size, more=more)
    return _record(packet, arrival.topic, arrival.body, len(arrival.raw), link, arrival.way, conn)


def forwarded(arrival: Packet) -> Packet:
    """The record of the same packet when it left the tap unchanged."""
    return msgspec.structs.replace(arrival, link=LEAVES[arrival.way], of=arrival.n)


def sent(
    packet: mqtt.Packet, topic: str | None, size: int, way: Way, conn: int, of: int | None, by: str | None
) -> Packet:
    """The record of a packet that the tap wrote itself."""
    body = parse(packet.payload) if isinstance(packet, mqtt.Publish) else NO_JSON
    record = _record(packet, topic, body, size, LEAVES[way], way, conn)
    return msgspec.structs.replace(record, of=of, by=by)


def spoilt(raw: bytes, way: Way, conn: int, of: int, by: str) -> Packet:
    """The record of bytes that a fault put in the place of a packet."""
    more = {"problem": f"spoilt by {by}"}
    text, leg = b64encode(raw).decode(), LEAVES[way]
    return Packet(link=leg, way=way, conn=conn, type=MALFORMED, raw=text, size=len(raw), more=more, of=of, by=by)


def _record(packet: mqtt.Packet, topic: str | None, body: Any, size: int, link: Leg, way: Way, conn: int) -> Packet:
    properties = _plain(getattr(packet, "properties", {}))
    if not isinstance(packet, mqtt.Publish):
        number, more = getattr(packet, "packet_id", None), details(packet)
        common: dict[str, Any] = {"link": link, "way": way, "conn": conn, "size": size, "props": properties}
        return Packet(type=packet.type, id=number, more=more, **common)
    return Packet(
        link=link,
        way=way,
        conn=conn,
        type=packet.type,
        topic=topic or packet.topic,
        qos=packet.qos,
        id=packet.packet_id,
        dup=packet.dup,
        retain=packet.retain,
        payload=body,
        raw=b64encode(packet.payload).decode() if body is NO_JSON else None,
        size=size,
        props=properties,
    )


def details(packet: mqtt.Packet) -> dict[str, Any]:
    """What a packet says beside its id, topic and payload."""
    match packet:
        case mqtt.Connect():
            return _connect(packet)
        case mqtt.Connack():
            return {"session_present": packet.session_present, "code": packet.code}
        case mqtt.Subscribe():
            return {"filters": [[wish.filter, wish.qos] for wish in packet.filters]}
        case mqtt.Unsubscribe():
            return {"filters": list(packet.filters)}
        case mqtt.Suback() | mqtt.Unsuback():
            return {"codes": list(packet.codes)}
        case mqtt.Puback() | mqtt.Pubrec() | mqtt.Pubrel() | mqtt.Pubcomp():
            return {"code": packet.code} if packet.code else {}
        case mqtt.Disconnect() | mqtt.Auth():
            return {"code": packet.code}
    return {}


def _connect(packet: mqtt.Connect) -> dict[str, Any]:
    more: dict[str, Any] = {
        "client_id": packet.client_id,
        "clean": packet.clean_start,
        "keep_alive": packet.keep_alive,
        "version": packet.version,
    }
    if packet.will is not None:
        more["will"] = {"topic": packet.will.topic, "qos": packet.will.qos, "retain": packet.will.retain}
    # the password is a secret and is left out altogether
    return more if packet.username is None else {**more, "username": packet.username}


def _plain(properties: Any) -> dict[str, Any]:
    return {
        name: b64encode(value).decode() if isinstance(value, bytes) else value for name, value in properties.items()
    }


def secured(facts: Facts, link: Leg, conn: int) -> Link:
    """The record of a finished handshake."""
    return Link(link=link, conn=conn, event="tls", by="tap" if link == "cloud" else "device", **_facts(facts))


def refused(facts: Facts, link: Leg, conn: int, alert: str | None, reason: str, by: str) -> Link:
    """The record of a handshake that failed, or of a connection that was not let in."""
    return Link(link=link, conn=conn, event="refused", by=by, reason=reason, alert=alert, **_facts(facts))


def _facts(facts: Facts) -> dict[str, Any]:
    return {
        "peer": facts.peer,
        "tls": facts.tls,
        "cipher": facts.cipher,
        "alpn": facts.alpn,
        "offered_alpn": list(facts.offered_alpn),
        "sni": facts.sni,
        "certificate": facts.certificate,
    }
