"""The server's certificate is somebody else's."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, replace
from typing import ClassVar

from rigs.tap.terms import Moment, Terms, often


@dataclass(frozen=True, slots=True, repr=False)
class WrongName:
    """Show a certificate of the right CA for another host, and for no IP address (notes S117)."""

    name: ClassVar[str] = "wrong name"
    moment: ClassVar[Moment] = "hello"
    host: str = "another-host.invalid"
    _: KW_ONLY
    times: int | None = None

    def __repr__(self) -> str:
        return f"show a certificate for {self.host}, {often(self.times)}"

    def spoil(self, terms: Terms) -> Terms:
        """Subject and alternative names are the other host's alone."""
        return replace(terms, pair=terms.authority.reissue(terms.pair, dns=[self.host], ips=[]))
