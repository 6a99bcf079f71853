"""Bytes that no client library sends, most of them broken; written by hand, since a codec would not write them."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from tests.cloud.endpointdesk import context
from tests.cloud.rawdevice import RawDevice
from tests.interop.twindesk import V3, V5, Stage

BOTH = (V3, V5)
FENCE, ANSWER = b"\x62\x02\x77\x77", b"\x70\x02\x77\x77"  # a PUBREL and its PUBCOMP, which must follow


def packet(first: int, *parts: bytes) -> bytes:
    """First byte, length and body; short ones only."""
    body = b"".join(parts)
    assert len(body) < 128, f"{len(body)} bytes; one byte of length says at most 127"
    return bytes((first, len(body))) + body


def text(data: bytes) -> bytes:
    """A string or binary field."""
    return len(data).to_bytes(2, "big") + data


def connect(version: int, client_id: bytes, flags: int = 2, *, name: bytes = b"MQTT", told: bytes = b"") -> bytes:
    """CONNECT with a keep-alive of 60 s; `told` are the properties of MQTT 5, without their length."""
    properties = bytes((len(told),)) + told if version == V5 else b""
    return packet(0x10, text(name), bytes((version, flags)), b"\0\x3c", properties, text(client_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """What is sent right behind a CONNECT, or `instead` of one, and whether the broker then ends the connection."""

    sends: bytes = b""
    instead: bytes | None = None
    ends: bool = True
    versions: tuple[int, ...] = BOTH


def said(wire: Wire, stage: Stage) -> tuple[bytes, str]:
    """All that the broker says, and how it ends: "open" is shown by its answer to one thing more."""
    hello = connect(stage.version, stage.root.encode()) if wire.instead is None else wire.instead
    with RawDevice(stage.port, context(), stage.version) as device:
        device.socket.suppress_ragged_eofs = False  # type: ignore[attr-defined]  # ssl has it, typeshed not
        device.socket.sendall(hello)
        if wire.instead is None:
            device.socket.sendall(wire.sends)
        if not wire.ends:
            device.socket.sendall(FENCE)
        return _read(device.socket)


def _read(plug: ssl.SSLSocket) -> tuple[bytes, str]:
    got = b""
    try:
        while data := plug.recv(65536):
            got += data
            if got.endswith(ANSWER):
                return got, "open"
    except (ssl.SSLEOFError, ConnectionResetError) as end:
        return got, type(end).__name__
    return got, "goodbye"


WIRES: dict[str, Wire] = {
    # good, if rare
    "ping": Wire(sends=b"\xc0\x00", ends=False),
    "ping, its length in two bytes": Wire(sends=b"\xc0\x80\x00", ends=False),
    "QoS 2": Wire(sends=packet(0x34, text(b"t"), b"\0\x09"), ends=False, versions=(V3,)),
    "PUBREL of nobody": Wire(sends=packet(0x62, b"\0\x07"), ends=False),
    "PUBACK of nobody": Wire(sends=packet(0x40, b"\0\x07"), ends=False),
    "PUBREC of nobody": Wire(sends=packet(0x50, b"\0\x07"), ends=False),
    "PUBACK with everything that may be left out": Wire(
        sends=packet(0x40, b"\0\x07\x00\x00"), ends=False, versions=(V5,)
    ),
    "DISCONNECT": Wire(sends=packet(0xE0)),
    "DISCONNECT with a reason": Wire(sends=packet(0xE0, b"\x80"), versions=(V5,)),
    "DISCONNECT with properties": Wire(sends=packet(0xE0, b"\x00\x05\x11\0\0\0\0"), versions=(V5,)),
    "MQTT 3.1": Wire(instead=connect(3, b"old", name=b"MQIsdp"), ends=False, versions=(V3,)),
    "a property's length in two bytes": Wire(sends=packet(0x30, text(b"t"), b"\x82\x00\x01\x01", b"x"), versions=(V5,)),
    # no CONNECT that a broker takes
    "another protocol": Wire(instead=connect(V3, b"a", name=b"HTTP"), versions=(V3,)),
    "a version to come": Wire(instead=connect(6, b"a"), versions=(V3,)),
    "CONNECT with the reserved flag": Wire(instead=connect(V3, b"a", 3), versions=(V3,)),
    "CONNECT with a will of QoS 3": Wire(instead=connect(V3, b"a", 0x1E), versions=(V3,)),
    "CONNECT without an id for a kept session": Wire(instead=connect(V3, b"", 0), versions=(V3,)),
    "CONNECT cut short": Wire(instead=packet(0x10, text(b"MQTT"), b"\x04\x02"), versions=(V3,)),
    "CONNECT with Receive Maximum 0": Wire(instead=connect(V5, b"a", told=b"\x21\0\0"), versions=(V5,)),
    "CONNECT with a property twice": Wire(instead=connect(V5, b"a", told=b"\x21\0\x01\x21\0\x01"), versions=(V5,)),
    "CONNECT with an unknown property": Wire(instead=connect(V5, b"a", told=b"\x7f\0"), versions=(V5,)),
    "CONNECT with another packet's property": Wire(instead=connect(V5, b"a", told=b"\x23\0\x01"), versions=(V5,)),
    "CONNECT with an authentication method": Wire(instead=connect(V5, b"a", told=b"\x15" + text(b"x")), versions=(V5,)),
    "PINGREQ first": Wire(instead=b"\xc0\x00", versions=(V3,)),
    "no MQTT at all": Wire(instead=b"GET / HTTP/1.1\r\n\r\n", versions=(V3,)),
    # broken afterwards
    "CONNECT again": Wire(sends=connect(V3, b"a")),
    "type 0": Wire(sends=packet(0x00)),
    "AUTH": Wire(sends=packet(0xF0)),
    "CONNACK from a client": Wire(sends=packet(0x20, b"\0\0\0")),
    "PINGREQ with flags": Wire(sends=packet(0xC1), ends=False),
    "SUBSCRIBE with flags 0": Wire(sends=packet(0x80, b"\0\x01\0", text(b"a"), b"\0")),
    "SUBSCRIBE without a filter": Wire(sends=packet(0x82, b"\0\x01\0")),
    "SUBSCRIBE with QoS 3": Wire(sends=packet(0x82, b"\0\x01", text(b"a"), b"\x03"), versions=(V3,)),
    "SUBSCRIBE with a wrong filter": Wire(sends=packet(0x82, b"\0\x01", text(b"a/#/b"), b"\0"), versions=(V3,)),
    "SUBSCRIBE with packet id 0": Wire(sends=packet(0x82, b"\0\0", text(b"a"), b"\0"), versions=(V3,)),
    "SUBSCRIBE with reserved options": Wire(sends=packet(0x82, b"\0\x01\0", text(b"a"), b"\xc0"), versions=(V5,)),
    "SUBSCRIBE with identifier 0": Wire(sends=packet(0x82, b"\0\x01\x02\x0b\0", text(b"a"), b"\0"), versions=(V5,)),
    "UNSUBSCRIBE without a filter": Wire(sends=packet(0xA2, b"\0\x01\0")),
    "PUBLISH of QoS 3": Wire(sends=packet(0x36, text(b"t"), b"\0\x01\0")),
    "PUBLISH with DUP at QoS 0": Wire(sends=packet(0x38, text(b"t"), b"\0"), ends=False),
    "PUBLISH with packet id 0": Wire(sends=packet(0x32, text(b"t"), b"\0\0\0")),
    "PUBLISH with a wildcard": Wire(sends=packet(0x30, text(b"a/#"), b"\0")),
    "PUBLISH without a topic": Wire(sends=packet(0x30, text(b""), b"\0")),
    "PUBLISH with alias 0": Wire(sends=packet(0x30, text(b"t"), b"\x03\x23\0\0"), versions=(V5,)),
    "PUBLISH with an alias that is too high": Wire(sends=packet(0x30, text(b"t"), b"\x03\x23\xff\xff"), versions=(V5,)),
    "PUBLISH with an unknown alias": Wire(sends=packet(0x30, text(b""), b"\x03\x23\0\x02"), versions=(V5,)),
    "PUBLISH with a property twice": Wire(sends=packet(0x30, text(b"t"), b"\x04\x01\0\x01\0"), versions=(V5,)),
    "PUBLISH with an unknown property": Wire(sends=packet(0x30, text(b"t"), b"\x02\x7f\0"), versions=(V5,)),
    "PUBLISH with a subscription identifier": Wire(
        sends=packet(0x30, text(b"t"), b"\x02\x0b\x01"), ends=False, versions=(V5,)
    ),
    "a topic that is no UTF-8": Wire(sends=packet(0x30, text(b"\xff\xfe"), b"\0")),
    "a topic with U+0000": Wire(sends=packet(0x30, text(b"a\0b"), b"\0")),
    "a topic with a surrogate": Wire(sends=packet(0x30, text(b"\xed\xa0\x80"), b"\0")),
    "a topic longer than its packet": Wire(sends=packet(0x30, b"\0\x20t")),
    "a length of five bytes": Wire(sends=b"\x30\xff\xff\xff\xff\x01"),
    "DISCONNECT with an expiry that was none": Wire(sends=packet(0xE0, b"\x00\x05\x11\0\0\0\x09"), versions=(V5,)),
}
