"""What the server sends comes in many small TLS records."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, replace
from typing import ClassVar

from rigs.tap.terms import Moment, Terms, often


@dataclass(frozen=True, slots=True, repr=False)
class SmallRecords:
    """Send at most `most` bytes of plaintext in a TLS record: a packet, or a Certificate message, then comes in many.

    The whole handshake with TLS 1.2. With TLS 1.3 the certificate is encrypted before it can be cut: there it is what
    comes after the handshake. Arm `OnlyTls("TLSv1.2")` beside it to have both (notes S120).
    """

    name: ClassVar[str] = "small records"
    moment: ClassVar[Moment] = "hello"
    most: int
    _: KW_ONLY
    times: int | None = None

    def __repr__(self) -> str:
        return f"send TLS records of at most {self.most} bytes, {often(self.times)}"

    def spoil(self, terms: Terms) -> Terms:
        """A bound."""
        return replace(terms, record_bytes=self.most)
