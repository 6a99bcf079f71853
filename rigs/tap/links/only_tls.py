"""The server speaks one version of TLS."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, replace
from typing import ClassVar

from rigs.net.policy import VERSIONS
from rigs.tap.terms import Moment, Terms, often


@dataclass(frozen=True, slots=True, repr=False)
class OnlyTls:
    """Offer only `version`, "TLSv1.2" or "TLSv1.3" (notes S119); everything else of AWS's policy stays.

    AWS's endpoints have policies with either one alone (rigs/net/policy.py). Raises ValueError for another version.
    """

    name: ClassVar[str] = "only TLS"
    moment: ClassVar[Moment] = "hello"
    version: str
    _: KW_ONLY
    times: int | None = None

    def __post_init__(self) -> None:
        if self.version not in VERSIONS:
            raise ValueError(f"unknown TLS version {self.version!r}; known: {', '.join(VERSIONS)}")

    def __repr__(self) -> str:
        return f"speak only {self.version}, {often(self.times)}"

    def spoil(self, terms: Terms) -> Terms:
        """One version."""
        return replace(terms, versions=(self.version,))
