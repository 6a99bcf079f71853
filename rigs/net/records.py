"""TLS records smaller than they need be: legal (RFC 8446 5.1, RFC 5246 6.2.1), and hard on a careless reader."""

from __future__ import annotations

from collections.abc import Iterator

HANDSHAKE, CHANGE_CIPHER_SPEC = 22, 20
HEAD = 5  # bytes: type, version, length
LARGEST = 16384  # bytes of plaintext that a record may carry


class SmallRecords:
    """Cuts what a server sends into records of at most `most` bytes of plaintext.

    Handshake messages are cut while they are not encrypted: all of them with TLS 1.2, the ServerHello alone with
    TLS 1.3, whose certificate is encrypted before it gets here.
    """

    def __init__(self, most: int) -> None:
        if not 1 <= most <= LARGEST:
            raise ValueError(f"a TLS record carries 1 to {LARGEST} bytes, not {most}")
        self.most = most
        self._plain = True

    def __repr__(self) -> str:
        return f"<SmallRecords of at most {self.most} B>"

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """What each record is to carry of data that is not encrypted yet."""
        return (data[start : start + self.most] for start in range(0, len(data), self.most))

    def cut(self, stream: bytes) -> bytes:
        """Whole records as OpenSSL made them, with those of the open handshake cut up."""
        out: list[bytes] = []
        while self._plain and stream:
            length = HEAD + int.from_bytes(stream[3:HEAD], "big")
            record, stream = stream[:length], stream[length:]
            self._plain = record[0] != CHANGE_CIPHER_SPEC
            out += self._smaller(record) if record[0] == HANDSHAKE else [record]
        return b"".join((*out, stream))

    def _smaller(self, record: bytes) -> Iterator[bytes]:
        for piece in self.pieces(record[HEAD:]):
            yield record[:3] + len(piece).to_bytes(2, "big") + piece
