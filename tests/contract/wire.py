"""MQTT packets one by one over a TLS socket: a second reading of the standard, for rows about the packets themselves.

Packets are plain dicts: `kind` and the members that are named here. Nothing of the product's codec is used.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Mapping
from typing import Any

from tests.contract.access import Access

Packet = dict[str, Any]
CLOSED: Packet = {"kind": "CLOSED"}
KINDS = {
    1: "CONNECT", 2: "CONNACK", 3: "PUBLISH", 4: "PUBACK", 5: "PUBREC", 8: "SUBSCRIBE", 9: "SUBACK",
    10: "UNSUBSCRIBE", 11: "UNSUBACK", 12: "PINGREQ", 13: "PINGRESP", 14: "DISCONNECT", 15: "AUTH",
}  # fmt: skip
# MQTT 5 2.2.2.2, those that a server may send or a row needs: number, name and type
PROPERTIES: Mapping[int, tuple[str, str]] = {
    0x11: ("session_expiry", "u32"), 0x12: ("assigned_id", "text"), 0x13: ("keep_alive", "u16"),
    0x1A: ("response_information", "text"), 0x18: ("will_delay", "u32"),
    0x1C: ("server_reference", "text"), 0x1F: ("reason", "text"),
    0x21: ("receive_maximum", "u16"), 0x22: ("topic_aliases", "u16"), 0x23: ("topic_alias", "u16"),
    0x24: ("maximum_qos", "u8"), 0x25: ("retain", "u8"), 0x26: ("user", "pair"), 0x27: ("packet_size", "u32"),
    0x28: ("wildcards", "u8"), 0x29: ("subscription_ids", "u8"), 0x2A: ("shared", "u8"),
    0x0B: ("subscription_id", "varint"), 0x01: ("format", "u8"), 0x02: ("message_expiry", "u32"),
    0x03: ("content_type", "text"), 0x08: ("response_topic", "text"), 0x09: ("correlation", "text"),
}  # fmt: skip
NUMBERS = {name: (number, sort) for number, (name, sort) in PROPERTIES.items()}
WIDTHS = {"u8": ">B", "u16": ">H", "u32": ">I"}


def varint(value: int) -> bytes:
    out = bytearray()
    while True:
        value, low = divmod(value, 128)
        out.append(low | (0x80 if value else 0))
        if not value:
            return bytes(out)


def text(value: str) -> bytes:
    raw = value.encode()
    return struct.pack(">H", len(raw)) + raw


def properties(found: Mapping[str, Any], version: int) -> bytes:
    if version < 5:
        return b""
    body = b"".join(_property(name, value) for name, value in found.items())
    return varint(len(body)) + body


def _property(name: str, value: Any) -> bytes:
    number, sort = NUMBERS[name]
    if sort == "text":
        return bytes([number]) + text(value)
    return bytes([number]) + (varint(value) if sort == "varint" else struct.pack(WIDTHS[sort], value))


class Reader:
    """Takes a packet's body apart from the front."""

    def __init__(self, raw: bytes) -> None:
        self.raw, self.at = raw, 0

    def take(self, count: int) -> bytes:
        self.at += count
        return self.raw[self.at - count : self.at]

    def number(self, sort: str) -> int:
        code = WIDTHS[sort]
        return int(struct.unpack(code, self.take(struct.calcsize(code)))[0])

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def text(self) -> str:
        return self.take(self.number("u16")).decode()

    def value(self, sort: str) -> Any:
        plain = {"text": self.text, "varint": self.varint}.get(sort)
        return plain() if plain else self.number(sort)

    def properties(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        end = self.varint() + self.at
        while self.at < end:
            name, sort = PROPERTIES[self.varint()]
            if sort == "pair":
                found[name] = (self.text(), self.text())
            else:
                found[name] = self.value(sort)
        return found

    @property
    def rest(self) -> bytes:
        return self.take(len(self.raw) - self.at)


def encode(kind: str, members: Mapping[str, Any], version: int) -> bytes:
    """The bytes of a packet."""
    flags, body = ENCODERS[kind](dict(members), version)
    number = next(number for number, name in KINDS.items() if name == kind)
    return bytes([number << 4 | flags]) + varint(len(body)) + body


def _connect(has: dict[str, Any], version: int) -> tuple[int, bytes]:
    will = has.get("will")
    flags = (0x02 if has.get("clean", True) else 0) | (0 if will is None else 0x04 | will.get("qos", 0) << 3)
    body = text("MQTT") + bytes([version, flags | (0x20 if will and will.get("retain") else 0)])
    body += struct.pack(">H", has.get("keep_alive", 60)) + properties(has.get("properties", {}), version)
    body += text(has["client_id"])
    if will is not None:
        body += (
            properties(will.get("properties", {}), version) + text(will["topic"]) + text(will.get("payload", "gone"))
        )
    return 0, body


def _publish(has: dict[str, Any], version: int) -> tuple[int, bytes]:
    qos = has.get("qos", 1)
    number = struct.pack(">H", has["id"]) if qos else b""
    flags = qos << 1 | (1 if has.get("retain") else 0) | (8 if has.get("dup") else 0)
    return flags, text(has["topic"]) + number + properties(has.get("properties", {}), version) + has["payload"]


def _subscribe(has: dict[str, Any], version: int) -> tuple[int, bytes]:
    body = struct.pack(">H", has.get("id", 1)) + properties(has.get("properties", {}), version)
    return 2, body + b"".join(text(one) + bytes([has.get("qos", 1)]) for one in has["filters"])


def _unsubscribe(has: dict[str, Any], version: int) -> tuple[int, bytes]:
    return 2, struct.pack(">H", has.get("id", 1)) + properties({}, version) + b"".join(map(text, has["filters"]))


def _puback(has: dict[str, Any], version: int) -> tuple[int, bytes]:
    return 0, struct.pack(">H", has["id"])


def _disconnect(has: dict[str, Any], version: int) -> tuple[int, bytes]:
    return 0, bytes([has["code"]]) + properties(has.get("properties", {}), version) if "code" in has else b""


def _bare(has: dict[str, Any], version: int) -> tuple[int, bytes]:
    return 0, b""


def _auth(has: dict[str, Any], version: int) -> tuple[int, bytes]:
    return 0, b"\x18\x00"


ENCODERS: Mapping[str, Callable[[dict[str, Any], int], tuple[int, bytes]]] = {
    "CONNECT": _connect, "PUBLISH": _publish, "SUBSCRIBE": _subscribe, "UNSUBSCRIBE": _unsubscribe, "PUBACK": _puback,
    "PUBREC": _puback, "DISCONNECT": _disconnect, "PINGREQ": _bare,
    "AUTH": _auth,
}  # fmt: skip


def decode(first: int, body: bytes, version: int) -> Packet:
    """What a server sent."""
    kind = KINDS[first >> 4]
    seen: Packet = {"kind": kind}
    one = Reader(body)
    if kind == "CONNACK":
        seen |= {"present": bool(one.number("u8")), "code": one.number("u8")}
        seen |= {"properties": one.properties()} if version == 5 else {}
    elif kind == "PUBLISH":
        seen |= {"qos": first >> 1 & 3, "dup": bool(first & 8), "retain": bool(first & 1), "topic": one.text()}
        seen |= {"id": one.number("u16")} if seen["qos"] else {}
        seen |= {"properties": one.properties()} if version == 5 else {}
        seen["payload"] = one.rest
    elif kind == "PUBACK":
        seen |= {"id": one.number("u16"), "code": one.number("u8") if len(body) > 2 else 0}
    elif kind in ("SUBACK", "UNSUBACK"):
        seen["id"] = one.number("u16")
        _ = one.properties() if version == 5 else None
        seen["codes"] = list(one.rest)
    elif kind == "DISCONNECT":
        seen["code"] = one.number("u8") if body else 0
    return seen


class WireClient:
    """A TLS connection; `within` bounds each read, in seconds."""

    def __init__(self, access: Access, name: str, version: int, *, within: float) -> None:
        self.name, self.version = name, version
        plug = socket.create_connection((access.host, access.port), timeout=within)
        try:
            self._socket = access.context.wrap_socket(plug, server_hostname=access.host)
        except OSError:
            plug.close()
            raise
        self._buffer = b""

    def __repr__(self) -> str:
        return f"<WireClient {self.name} MQTT {self.version}>"

    def send(self, kind: str, members: Mapping[str, Any]) -> None:
        self._socket.sendall(encode(kind, members, self.version))

    def read(self) -> Packet:
        """The next packet; CLOSED when the server has closed; raises TimeoutError after the bound."""
        while True:
            length = _length(self._buffer)
            if length is not None and len(self._buffer) >= sum(length):
                head, size = length
                raw, self._buffer = self._buffer[: head + size], self._buffer[head + size :]
                return decode(raw[0], raw[head:], self.version)
            try:
                came = self._socket.recv(65536)
            except ConnectionError:
                came = b""
            if not came:
                return CLOSED
            self._buffer += came

    def stop(self) -> None:
        self._socket.close()


def _length(raw: bytes) -> tuple[int, int] | None:
    """The sizes of the fixed header and of the body, when they are there."""
    value = 0
    for at, byte in enumerate(raw[1:5]):
        value |= (byte & 127) << 7 * at
        if byte < 128:
            return at + 2, value
    return None
