"""The server's certificate has expired."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import ClassVar

from rigs.tap.terms import Moment, Terms, often

END = datetime(2001, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Expired:
    """Show a certificate that is right but for its dates: 2000 alone.

    A device whose clock stands at 1970 sees one that is not valid yet, and one without a clock sees nothing wrong.
    """

    name: ClassVar[str] = "expired"
    moment: ClassVar[Moment] = "hello"
    times: int | None = None

    def __repr__(self) -> str:
        return f"show a certificate that expired in {END:%Y}, {often(self.times)}"

    def spoil(self, terms: Terms) -> Terms:
        """The same names, signed by the same CA."""
        return replace(terms, pair=terms.authority.reissue(terms.pair, end=END))
