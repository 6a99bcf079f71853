"""MQTT 5's properties (2.2.2.2): one table of identifier, name, type and the packets that may carry them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rigs.mqtt import wire
from rigs.mqtt.wire import MalformedPacket, ProtocolViolation, Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How a property's value is read and written."""

    read: Callable[[Reader], Any]
    write: Callable[[Any], bytes]


def _write_pair(pair: tuple[str, str]) -> bytes:
    return wire.text(pair[0]) + wire.text(pair[1])


BYTE = Kind(read=Reader.byte, write=lambda value: bytes((value,)))
SHORT = Kind(read=Reader.short, write=wire.short)
LONG = Kind(read=Reader.long, write=lambda value: value.to_bytes(4, "big"))
VARIABLE = Kind(read=Reader.shortest, write=wire.variable)
TEXT = Kind(read=Reader.text, write=wire.text)
BINARY = Kind(read=Reader.binary, write=wire.binary)
PAIR = Kind(read=lambda reader: (reader.text(), reader.text()), write=_write_pair)

ANSWERS = "PUBACK PUBREC PUBREL PUBCOMP SUBACK UNSUBACK"
TABLE: dict[int, tuple[str, Kind, str]] = {
    0x01: ("payload_format_indicator", BYTE, "PUBLISH WILL"),
    0x02: ("message_expiry_interval", LONG, "PUBLISH WILL"),
    0x03: ("content_type", TEXT, "PUBLISH WILL"),
    0x08: ("response_topic", TEXT, "PUBLISH WILL"),
    0x09: ("correlation_data", BINARY, "PUBLISH WILL"),
    0x0B: ("subscription_identifier", VARIABLE, "PUBLISH SUBSCRIBE"),
    0x11: ("session_expiry_interval", LONG, "CONNECT CONNACK DISCONNECT"),
    0x12: ("assigned_client_identifier", TEXT, "CONNACK"),
    0x13: ("server_keep_alive", SHORT, "CONNACK"),
    0x15: ("authentication_method", TEXT, "CONNECT CONNACK AUTH"),
    0x16: ("authentication_data", BINARY, "CONNECT CONNACK AUTH"),
    0x17: ("request_problem_information", BYTE, "CONNECT"),
    0x18: ("will_delay_interval", LONG, "WILL"),
    0x19: ("request_response_information", BYTE, "CONNECT"),
    0x1A: ("response_information", TEXT, "CONNACK"),
    0x1C: ("server_reference", TEXT, "CONNACK DISCONNECT"),
    0x1F: ("reason_string", TEXT, f"CONNACK {ANSWERS} DISCONNECT AUTH"),
    0x21: ("receive_maximum", SHORT, "CONNECT CONNACK"),
    0x22: ("topic_alias_maximum", SHORT, "CONNECT CONNACK"),
    0x23: ("topic_alias", SHORT, "PUBLISH"),
    0x24: ("maximum_qos", BYTE, "CONNACK"),
    0x25: ("retain_available", BYTE, "CONNACK"),
    0x26: ("user_property", PAIR, f"CONNECT CONNACK PUBLISH WILL {ANSWERS} SUBSCRIBE UNSUBSCRIBE DISCONNECT AUTH"),
    0x27: ("maximum_packet_size", LONG, "CONNECT CONNACK"),
    0x28: ("wildcard_subscription_available", BYTE, "CONNACK"),
    0x29: ("subscription_identifiers_available", BYTE, "CONNACK"),
    0x2A: ("shared_subscription_available", BYTE, "CONNACK"),
}
IDENTIFIERS = {name: (bytes((number,)), kind) for number, (name, kind, _) in TABLE.items()}
MANY = frozenset({"user_property", "subscription_identifier"})  # may stand more than once: their value is a list


def read(reader: Reader, packet: str) -> dict[str, Any]:
    """The properties of a packet (or "WILL") in the order of the wire; user_property is a list of pairs.

    Raises MalformedPacket for an unknown one and one that this packet may not carry, ProtocolViolation for one that
    stands twice.
    """
    length = reader.shortest()
    if length == 0:
        return {}
    inside = Reader(reader.data, reader.position, reader.position + length)
    reader.take(length)
    found: dict[str, Any] = {}
    while inside.left:
        _read_one(inside, packet, found)
    return found


def _read_one(reader: Reader, packet: str, found: dict[str, Any]) -> None:
    number = reader.byte()
    name, kind, packets = TABLE.get(number, ("", BYTE, ""))
    if packet not in packets.split():
        raise MalformedPacket(f"property 0x{number:02x} {name} is not allowed in {packet} (MQTT 5 2.2.2.2)")
    if name in MANY:
        found.setdefault(name, []).append(kind.read(reader))
    elif name in found:
        raise ProtocolViolation(f"property {name} stands twice in {packet} (MQTT 5 2.2.2.2)")
    else:
        found[name] = kind.read(reader)


def write(properties: Mapping[str, Any]) -> bytes:
    """Raises ValueError for an unknown name."""
    if not properties:
        return b"\0"
    parts: list[bytes] = []
    for name, value in properties.items():
        if name not in IDENTIFIERS:
            raise ValueError(f"unknown MQTT 5 property {name!r}; known: {', '.join(sorted(IDENTIFIERS))}")
        number, kind = IDENTIFIERS[name]
        parts += (number + kind.write(one) for one in (value if name in MANY else (value,)))
    body = b"".join(parts)
    return wire.variable(len(body)) + body
