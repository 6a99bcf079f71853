"""The server's certificate is not valid yet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import ClassVar

from rigs.tap.terms import Moment, Terms, often

BEGIN = datetime(2037, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class NotYetValid:
    """Show a certificate that is right but for its dates: 2037 alone.

    So does a device see the world whose clock stands at 1970 (F97), however right the certificate is.
    """

    name: ClassVar[str] = "not yet valid"
    moment: ClassVar[Moment] = "hello"
    times: int | None = None

    def __repr__(self) -> str:
        return f"show a certificate that is valid from {BEGIN:%Y} on, {often(self.times)}"

    def spoil(self, terms: Terms) -> Terms:
        """The same names, signed by the same CA."""
        return replace(terms, pair=terms.authority.reissue(terms.pair, begin=BEGIN))
