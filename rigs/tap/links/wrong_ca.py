"""The server's certificate is signed by somebody the device does not know."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from rigs.net.certs import Authority
from rigs.tap.terms import Moment, Terms, often


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class WrongCa:
    """Show a certificate for the right names that a stranger has signed: another CA by key and name (notes S117)."""

    name: ClassVar[str] = "wrong CA"
    moment: ClassVar[Moment] = "hello"
    times: int | None = None

    def __repr__(self) -> str:
        return f"show a certificate of an unknown CA, {often(self.times)}"

    def spoil(self, terms: Terms) -> Terms:
        """The names and the kind of key stay, so that a device has nothing else to refuse."""
        stranger = Authority.make("a stranger's CA", ec=terms.authority.pair.ec)
        return replace(terms, pair=stranger.reissue(terms.pair))
