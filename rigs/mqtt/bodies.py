"""The bodies of all packets but PUBLISH: a table of reader, writer and fixed flags by packet type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rigs.mqtt import properties, wire
from rigs.mqtt.packets import (
    VERSION_3_1_1,
    VERSION_5,
    Auth,
    Connack,
    Connect,
    Disconnect,
    Packet,
    Pingreq,
    Pingresp,
    Puback,
    Pubcomp,
    Pubrec,
    Pubrel,
    Suback,
    Subscribe,
    Subscription,
    Unsuback,
    Unsubscribe,
    Will,
)
from rigs.mqtt.wire import MalformedPacket, ProtocolViolation, Reader, UnsupportedVersion

NAMES = """
    RESERVED CONNECT CONNACK PUBLISH PUBACK PUBREC PUBREL PUBCOMP
    SUBSCRIBE SUBACK UNSUBSCRIBE UNSUBACK PINGREQ PINGRESP DISCONNECT AUTH
""".split()  # noqa: SIM905 (two lines of words read better than sixteen quoted ones)
NUMBERS = {name: number for number, name in enumerate(NAMES)}
FLAGS = {"PUBREL": 2, "SUBSCRIBE": 2, "UNSUBSCRIBE": 2}  # all others 0 (MQTT 5 2.1.3)

Short = type[Puback] | type[Pubrec] | type[Pubrel] | type[Pubcomp]


def decode(first: int, reader: Reader, version: int) -> Packet:
    """The packet with this first byte; raises MalformedPacket, also for bytes that are left over."""
    name = NAMES[first >> 4]
    if name not in READERS:
        raise MalformedPacket("packet type 0 is reserved (MQTT 5 2.1.2)")
    if first & 15 != FLAGS.get(name, 0):
        raise MalformedPacket(f"{name} with flags 0x{first & 15:x}, expected 0x{FLAGS.get(name, 0):x} (MQTT 5 2.1.3)")
    packet = READERS[name](reader, version)
    reader.finish()
    return packet


def encode(packet: Packet, version: int) -> tuple[int, bytes]:
    """First byte and body."""
    name = packet.type
    return NUMBERS[name] << 4 | FLAGS.get(name, 0), WRITERS[name](packet, version)


def _properties(reader: Reader, version: int, packet: str) -> dict[str, Any]:
    return properties.read(reader, packet) if version == VERSION_5 else {}


def _written(packet: Any, version: int) -> bytes:
    return properties.write(packet.properties) if version == VERSION_5 else b""


def _read_connect(reader: Reader, _: int) -> Connect:
    name, version = reader.text(), reader.byte()
    if name != "MQTT" or version not in (VERSION_3_1_1, VERSION_5):
        raise UnsupportedVersion(f"CONNECT of protocol {name!r} level {version}; MQTT 3.1.1 is 4, MQTT 5 is 5")
    flags, keep_alive = reader.byte(), reader.short()
    if flags & 1 or (not flags & 4 and flags & 0x38) or flags & 0x18 == 0x18:
        raise MalformedPacket(f"CONNECT with flags 0x{flags:02x} (MQTT 5 3.1.2.3)")
    found = _properties(reader, version, "CONNECT")
    client_id = reader.text()
    will = _read_will(reader, flags, version) if flags & 4 else None
    return Connect(
        version=version,
        client_id=client_id,
        clean_start=flags & 2 != 0,
        keep_alive=keep_alive,
        will=will,
        username=reader.text() if flags & 0x80 else None,
        password=reader.binary() if flags & 0x40 else None,
        properties=found,
    )


def _read_will(reader: Reader, flags: int, version: int) -> Will:
    found = _properties(reader, version, "WILL")
    topic, payload = reader.text(), reader.binary()
    return Will(topic=topic, payload=payload, qos=flags >> 3 & 3, retain=flags & 0x20 != 0, properties=found)


def _write_connect(packet: Connect, _: int) -> bytes:
    will = packet.will
    flags = packet.clean_start << 1 | (packet.username is not None) << 7 | (packet.password is not None) << 6
    if will:
        flags |= 4 | will.qos << 3 | will.retain << 5
    head = wire.text("MQTT") + bytes((packet.version, flags)) + wire.short(packet.keep_alive)
    parts = [head, _written(packet, packet.version), wire.text(packet.client_id)]
    if will:
        parts += [_written(will, packet.version), wire.text(will.topic), wire.binary(will.payload)]
    if packet.username is not None:
        parts.append(wire.text(packet.username))
    if packet.password is not None:
        parts.append(wire.binary(packet.password))
    return b"".join(parts)


def _read_connack(reader: Reader, version: int) -> Connack:
    flags, code = reader.byte(), reader.byte()
    if flags > 1:
        raise MalformedPacket(f"CONNACK with flags 0x{flags:02x} (MQTT 5 3.2.2.1)")
    return Connack(session_present=flags == 1, code=code, properties=_properties(reader, version, "CONNACK"))


def _write_connack(packet: Connack, version: int) -> bytes:
    return bytes((packet.session_present, packet.code)) + _written(packet, version)


def _short_reader(kind: Short) -> Callable[[Reader, int], Packet]:
    """PUBACK and its three sisters: MQTT 5 may leave out code and properties."""

    def read(reader: Reader, version: int) -> Packet:
        number = reader.packet_id()
        code = reader.byte() if version == VERSION_5 and reader.left else 0
        found = properties.read(reader, kind.type) if version == VERSION_5 and reader.left else {}
        return kind(packet_id=number, code=code, properties=found)

    return read


def _write_short(packet: Puback | Pubrec | Pubrel | Pubcomp, version: int) -> bytes:
    return wire.short(packet.packet_id) + _write_ending(packet, version)


def _write_ending(packet: Any, version: int) -> bytes:
    """Code and properties, as short as MQTT 5 allows; nothing with 3.1.1."""
    if version != VERSION_5 or not (packet.code or packet.properties):
        return b""
    return bytes((packet.code,)) + (properties.write(packet.properties) if packet.properties else b"")


def _read_subscribe(reader: Reader, version: int) -> Subscribe:
    number, found = reader.packet_id(), _properties(reader, version, "SUBSCRIBE")
    _demand_filters(reader, "SUBSCRIBE")
    filters = [_read_subscription(reader, version)]
    while reader.left:
        filters.append(_read_subscription(reader, version))
    return Subscribe(packet_id=number, filters=tuple(filters), properties=found)


def _demand_filters(reader: Reader, packet: str) -> None:
    if not reader.left:
        raise ProtocolViolation(f"{packet} without a topic filter (MQTT 5 3.8.3 and 3.10.3)")


def _read_subscription(reader: Reader, version: int) -> Subscription:
    topic, options = reader.text(), reader.byte()
    allowed = 0x3F if version == VERSION_5 else 0x03
    if options & ~allowed or options & 3 == 3 or options & 0x30 == 0x30:
        raise MalformedPacket(f"subscription options 0x{options:02x} for {topic} (MQTT 5 3.8.3.1)")
    return Subscription(
        filter=topic,
        qos=options & 3,
        no_local=options & 4 != 0,
        retain_as_published=options & 8 != 0,
        retain_handling=options >> 4,
    )


def _write_subscribe(packet: Subscribe, version: int) -> bytes:
    filters = (wire.text(one.filter) + bytes((_options(one, version),)) for one in packet.filters)
    return wire.short(packet.packet_id) + _written(packet, version) + b"".join(filters)


def _options(one: Subscription, version: int) -> int:
    if version != VERSION_5:
        return one.qos
    return one.qos | one.no_local << 2 | one.retain_as_published << 3 | one.retain_handling << 4


def _read_suback(reader: Reader, version: int) -> Suback:
    number, found = reader.packet_id(), _properties(reader, version, "SUBACK")
    return Suback(packet_id=number, codes=tuple(reader.rest()), properties=found)


def _write_codes(packet: Suback, version: int) -> bytes:
    return wire.short(packet.packet_id) + _written(packet, version) + bytes(packet.codes)


def _read_unsubscribe(reader: Reader, version: int) -> Unsubscribe:
    number, found = reader.packet_id(), _properties(reader, version, "UNSUBSCRIBE")
    _demand_filters(reader, "UNSUBSCRIBE")
    filters = [reader.text()]
    while reader.left:
        filters.append(reader.text())
    return Unsubscribe(packet_id=number, filters=tuple(filters), properties=found)


def _write_unsubscribe(packet: Unsubscribe, version: int) -> bytes:
    filters = b"".join(wire.text(one) for one in packet.filters)
    return wire.short(packet.packet_id) + _written(packet, version) + filters


def _read_unsuback(reader: Reader, version: int) -> Unsuback:
    number, found = reader.packet_id(), _properties(reader, version, "UNSUBACK")
    return Unsuback(packet_id=number, codes=tuple(reader.rest()) if version == VERSION_5 else (), properties=found)


def _write_unsuback(packet: Unsuback, version: int) -> bytes:
    return (
        wire.short(packet.packet_id) + _written(packet, version) + bytes(packet.codes if version == VERSION_5 else ())
    )


def _ending_reader(kind: type[Disconnect] | type[Auth]) -> Callable[[Reader, int], Packet]:
    def read(reader: Reader, version: int) -> Packet:
        code = reader.byte() if version == VERSION_5 and reader.left else 0
        found = properties.read(reader, kind.type) if version == VERSION_5 and reader.left else {}
        return kind(code=code, properties=found)

    return read


READERS: dict[str, Callable[[Reader, int], Packet]] = {
    "CONNECT": _read_connect,
    "CONNACK": _read_connack,
    "PUBACK": _short_reader(Puback),
    "PUBREC": _short_reader(Pubrec),
    "PUBREL": _short_reader(Pubrel),
    "PUBCOMP": _short_reader(Pubcomp),
    "SUBSCRIBE": _read_subscribe,
    "SUBACK": _read_suback,
    "UNSUBSCRIBE": _read_unsubscribe,
    "UNSUBACK": _read_unsuback,
    "PINGREQ": lambda reader, version: Pingreq(),
    "PINGRESP": lambda reader, version: Pingresp(),
    "DISCONNECT": _ending_reader(Disconnect),
    "AUTH": _ending_reader(Auth),
}
WRITERS: dict[str, Callable[[Any, int], bytes]] = {
    "CONNECT": _write_connect,
    "CONNACK": _write_connack,
    "PUBACK": _write_short,
    "PUBREC": _write_short,
    "PUBREL": _write_short,
    "PUBCOMP": _write_short,
    "SUBSCRIBE": _write_subscribe,
    "SUBACK": _write_codes,
    "UNSUBSCRIBE": _write_unsubscribe,
    "UNSUBACK": _write_unsuback,
    "PINGREQ": lambda packet, version: b"",
    "PINGRESP": lambda packet, version: b"",
    "DISCONNECT": _write_ending,
    "AUTH": _write_ending,
}
