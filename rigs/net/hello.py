"""What can be read of a TLS handshake beside OpenSSL: the ClientHello's wishes and the first certificate shown.

The stdlib tells neither the ALPN names that a client offered nor the certificate that was refused, and a device's
maker needs both to find out why it did not get in.
"""

from __future__ import annotations

from dataclasses import dataclass

HANDSHAKE_RECORD = 22
CLIENT_HELLO = 1
SERVER_NAME = 0
ALPN = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """A ClientHello's server name and ALPN names; empty when it was not readable."""

    sni: str | None = None
    alpn: tuple[str, ...] = ()


class _Cut(Exception):
    """The bytes end before the message does."""


class _Bytes:
    def __init__(self, data: bytes) -> None:
        self.data = data

    def take(self, count: int) -> bytes:
        if len(self.data) < count:
            raise _Cut
        taken, self.data = self.data[:count], self.data[count:]
        return taken

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def vector(self, size: int) -> _Bytes:
        """A field with its length, in `size` bytes, before it."""
        return _Bytes(self.take(self.number(size)))


def read_hello(stream: bytes) -> Hello | None:
    """The ClientHello at the beginning of a connection's bytes (RFC 8446 4.1.2); None while more bytes are needed.

    What is no ClientHello gives an empty Hello: OpenSSL then finds the right alert.
    """
    try:
        message = _first_message(stream)
    except _Cut:
        return None
    if message is None:
        return Hello()
    try:
        return _hello(_Bytes(message))
    except (_Cut, UnicodeDecodeError):
        return Hello()


def _first_message(stream: bytes) -> bytes | None:
    """The body of the first handshake message, which may lie in more than one record."""
    records, message = _Bytes(stream), b""
    while len(message) < 4 or len(message) < 4 + int.from_bytes(message[1:4], "big"):
        if records.data[:1] not in (b"", bytes((HANDSHAKE_RECORD,))):
            return None
        records.take(3)
        message += records.vector(2).data
    return message[4:] if message[0] == CLIENT_HELLO else None


def _hello(body: _Bytes) -> Hello:
    body.take(2 + 32)
    body.vector(1), body.vector(2), body.vector(1)
    extensions = body.vector(2) if body.data else body
    found: dict[int, _Bytes] = {}
    while extensions.data:
        kind = extensions.number(2)
        found[kind] = extensions.vector(2)
    return Hello(sni=_server_name(found.get(SERVER_NAME)), alpn=_protocols(found.get(ALPN)))


def _server_name(extension: _Bytes | None) -> str | None:
    if extension is None or not extension.data:
        return None
    names = extension.vector(2)
    names.take(1)
    return names.vector(2).data.decode("ascii")


def _protocols(extension: _Bytes | None) -> tuple[str, ...]:
    names: list[str] = []
    listed = extension.vector(2) if extension is not None else _Bytes(b"")
    while listed.data:
        names.append(listed.vector(1).data.decode("ascii"))
    return tuple(names)


def first_certificate(message: bytes, tls13: bool) -> bytes | None:
    """The first certificate (DER) of a Certificate message (RFC 8446 4.4.2, RFC 5246 7.4.2); None when it is empty."""
    body = _Bytes(message[4:])
    try:
        if tls13:
            body.vector(1)
        listed = body.vector(3)
        return listed.vector(3).data if listed.data else None
    except _Cut:
        return None
