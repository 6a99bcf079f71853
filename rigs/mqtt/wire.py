"""MQTT's basic types on the wire (MQTT 5, 1.5): integers, strings, binary data and variable byte integers."""

from __future__ import annotations

MOST = 268_435_455  # the largest variable byte integer, MQTT 5 1.5.5


class MalformedPacket(Exception):
    """Bytes that are no MQTT packet; `packets` holds the whole ones that a Framer cut off before them."""

    def __init__(self, text: str, packets: list[bytes] | None = None) -> None:
        super().__init__(text)
        self.packets = packets or []


class ProtocolViolation(MalformedPacket):
    """Bytes that can be read but that MQTT 5 calls a Protocol Error: its reason is 0x82, not 0x81."""


class PacketTooLarge(MalformedPacket):
    """A packet longer than its reader allows."""


class UnsupportedVersion(MalformedPacket):
    """A CONNECT of another protocol than MQTT 3.1.1 or 5."""


class Reader:
    """Reads one packet's body from front to back; every method raises MalformedPacket when the bytes run out."""

    __slots__ = ("data", "end", "position")

    def __init__(self, data: bytes, position: int, end: int) -> None:
        self.data, self.position, self.end = data, position, end

    def __repr__(self) -> str:
        return f"<Reader at {self.position} of {self.end}>"

    @property
    def left(self) -> int:
        """Bytes not read yet."""
        return self.end - self.position

    def take(self, count: int) -> bytes:
        start = self.position
        if start + count > self.end:
            raise MalformedPacket(f"{count} more bytes expected at byte {start}, but only {self.left} are left")
        self.position = start + count
        return self.data[start : self.position]

    def byte(self) -> int:
        return self.take(1)[0]

    def short(self) -> int:
        return int.from_bytes(self.take(2), "big")

    def long(self) -> int:
        return int.from_bytes(self.take(4), "big")

    def variable(self) -> int:
        value = 0
        for place in range(4):
            part = self.byte()
            value |= (part & 0x7F) << (7 * place)
            if part < 0x80:
                return value
        raise MalformedPacket("a variable byte integer has more than four bytes (MQTT 5 1.5.5)")

    def shortest(self) -> int:
        """A variable byte integer in no more bytes than it needs, as those inside a packet must be (MQTT 5 1.5.5)."""
        start, value = self.position, self.variable()
        if self.position > start + 1 and self.data[self.position - 1] == 0:
            raise MalformedPacket(f"{value} as a variable byte integer of {self.position - start} bytes (MQTT 5 1.5.5)")
        return value

    def binary(self) -> bytes:
        return self.take(self.short())

    def text(self) -> str:
        return to_text(self.binary())

    def packet_id(self) -> int:
        number = self.short()
        if number == 0:
            raise MalformedPacket("packet identifier 0 (MQTT 5 2.2.1)")
        return number

    def rest(self) -> bytes:
        return self.take(self.left)

    def finish(self) -> None:
        """Raise MalformedPacket when bytes are left over."""
        if self.left:
            raise MalformedPacket(f"{self.left} bytes too many at byte {self.position}")


def to_text(data: bytes) -> str:
    """A UTF-8 string of MQTT; raises MalformedPacket for ill-formed UTF-8 and for U+0000 (MQTT 5 1.5.4)."""
    try:
        text = data.decode()
    except UnicodeDecodeError as bad:
        raise MalformedPacket(f"a string is no UTF-8: {bad}") from bad
    if "\0" in text:
        raise MalformedPacket("a string holds U+0000 (MQTT 5 1.5.4)")
    return text


def short(value: int) -> bytes:
    return value.to_bytes(2, "big")


def binary(data: bytes) -> bytes:
    """Raises ValueError above 65535 bytes."""
    if len(data) > 0xFFFF:
        raise ValueError(f"at most 65535 bytes fit into a string or binary field, not {len(data)}")
    return len(data).to_bytes(2, "big") + data


def text(value: str) -> bytes:
    return binary(value.encode())


def variable(value: int) -> bytes:
    """Raises ValueError above 268435455."""
    if value < 0x80:
        return bytes((value,))
    if value < 0x4000:
        return bytes((value & 0x7F | 0x80, value >> 7))
    if value > MOST:
        raise ValueError(f"{value} does not fit into a variable byte integer")
    return bytes((value & 0x7F | 0x80,)) + variable(value >> 7)
