"""Bytes to packets and back, for MQTT 3.1.1 (`version` 4) and 5 (`version` 5), for client and server alike.

The codec reads strictly and writes what it is told: whoever forwards bytes keeps the raw packet beside the decoded one.
"""

from __future__ import annotations

from rigs.mqtt import bodies, properties, wire
from rigs.mqtt.packets import Packet, Publish
from rigs.mqtt.wire import MOST, MalformedPacket, PacketTooLarge, ProtocolViolation, Reader, UnsupportedVersion

__all__ = [
    "Framer",
    "MalformedPacket",
    "PacketTooLarge",
    "ProtocolViolation",
    "UnsupportedVersion",
    "decode",
    "encode",
    "packet_type",
]


class Framer:
    """Cuts a stream into raw packets; `rest` is what is not a whole packet yet.

    `limit` bounds a packet's size in bytes (MQTT allows 256 MiB); a larger one raises PacketTooLarge as soon as its
    length is read.
    """

    __slots__ = ("limit", "rest")

    def __init__(self, limit: int = MOST + 5) -> None:
        self.limit = limit
        self.rest = b""

    def __repr__(self) -> str:
        return f"<Framer {len(self.rest)} B waiting>"

    def feed(self, data: bytes) -> list[bytes]:
        """All packets that are whole now; raises MalformedPacket on an impossible length.

        The exception's `packets` are the whole packets before the bad one, `rest` begins with the bad bytes.
        """
        buffer = self.rest + data if self.rest else data
        packets: list[bytes] = []
        start, end = 0, len(buffer)
        while end - start >= 2:
            size = buffer[start + 1] + 2
            if size >= 0x82:
                size = self._long_size(buffer, start, packets)
            if size == 0 or start + size > end:
                break
            packets.append(buffer[start : start + size])
            start += size
        self.rest = buffer[start:]
        return packets

    def _long_size(self, buffer: bytes, start: int, packets: list[bytes]) -> int:
        """The packet's whole size; 0 while its length is not all there."""
        length = 0
        for place, part in enumerate(buffer[start + 1 : start + 5]):
            length |= (part & 0x7F) << (7 * place)
            if part < 0x80:
                size = place + 2 + length
                if size <= self.limit:
                    return size
                self.rest = buffer[start:]
                raise PacketTooLarge(f"a packet of {size} bytes, but at most {self.limit} are allowed", packets)
        if len(buffer) - start < 5:
            return 0
        self.rest = buffer[start:]
        raise MalformedPacket("a remaining length of more than four bytes (MQTT 5 2.1.4)", packets)


def packet_type(raw: bytes) -> str:
    """MQTT's name of a raw packet, by its first byte alone; "RESERVED" for type 0."""
    return bodies.NAMES[raw[0] >> 4]


def decode(raw: bytes, version: int) -> Packet:
    """One whole raw packet as a value; raises MalformedPacket. CONNECT tells its version itself."""
    if len(raw) < 2:
        raise MalformedPacket(f"a packet has at least 2 bytes, not {len(raw)}")
    start, length = _length(raw)
    if start + length != len(raw):
        raise MalformedPacket(f"{len(raw)} bytes, but the packet says that it has {start + length}")
    if raw[0] >> 4 == 3:
        return _decode_publish(raw, start, version)
    return bodies.decode(raw[0], Reader(raw, start, len(raw)), version)


def encode(packet: Packet, version: int) -> bytes:
    """A packet's bytes; CONNECT is written in its own `version`. Raises ValueError for what no field can hold."""
    if isinstance(packet, Publish):
        return _encode_publish(packet, version)
    first, body = bodies.encode(packet, version)
    return bytes((first,)) + wire.variable(len(body)) + body


def _length(raw: bytes) -> tuple[int, int]:
    """Where the body begins and how long it says it is."""
    first = raw[1]
    if first < 0x80:
        return 2, first
    if len(raw) > 2 and raw[2] < 0x80:
        return 3, first & 0x7F | raw[2] << 7
    reader = Reader(raw, 1, len(raw))
    length = reader.variable()
    return reader.position, length


def _decode_publish(raw: bytes, start: int, version: int) -> Publish:
    flags = raw[0]
    qos = flags >> 1 & 3
    if qos == 3 or flags & 0x0E == 0x08:
        raise MalformedPacket(f"PUBLISH with flags 0x{flags & 15:x}: QoS 3, or DUP at QoS 0 (MQTT 5 3.3.1)")
    at = start + 2 + (raw[start] << 8 | raw[start + 1]) if len(raw) >= start + 2 else len(raw) + 1
    body = at + 2 if qos else at
    if body > len(raw):
        raise MalformedPacket(f"PUBLISH of {len(raw)} bytes ends within its topic or packet identifier")
    topic = wire.to_text(raw[start + 2 : at])
    number = (raw[at] << 8 | raw[at + 1]) if qos else None
    if number == 0:
        raise MalformedPacket("packet identifier 0 (MQTT 5 2.2.1)")
    found = {}
    if version == 5:
        if body < len(raw) and raw[body] == 0:
            body += 1
        else:
            reader = Reader(raw, body, len(raw))
            found = properties.read(reader, "PUBLISH")
            body = reader.position
    return Publish(
        topic=topic,
        payload=raw[body:],
        qos=qos,
        packet_id=number,
        dup=flags & 8 != 0,
        retain=flags & 1 != 0,
        properties=found,
    )


def _encode_publish(packet: Publish, version: int) -> bytes:
    topic = packet.topic.encode()
    head = wire.binary(topic)
    if packet.qos:
        head += (packet.packet_id or 0).to_bytes(2, "big")
    if version == 5:
        head += properties.write(packet.properties) if packet.properties else b"\0"
    first = 0x30 | packet.dup << 3 | packet.qos << 1 | packet.retain
    return b"".join((bytes((first,)), wire.variable(len(head) + len(packet.payload)), head, packet.payload))
