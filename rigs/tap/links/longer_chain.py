"""The server shows more certificates, or larger ones, than the device may have been made for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from rigs.net.certs import Authority, Pair
from rigs.tap.terms import Moment, Terms, often

AWS_CHAIN_BYTES = 4879
"""The four certificates (RSA, DER) of *.iot.ap-northeast-1.amazonaws.com: 1459 + 1101 + 1174 + 1145 bytes, as shown on
2020-11-17 in https://github.com/wolfSSL/wolfMQTT/issues/184."""

_PADDING = 70  # bytes that a padding name takes in the certificate


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class LongerChain:
    """Show a valid chain of at least `at_least` bytes (DER): one intermediate more, and a leaf with more names.

    Unless said otherwise it is 20 % longer than AWS's, as Device Advisor has it (notes S120). The kind of key stays.
    """

    name: ClassVar[str] = "longer chain"
    moment: ClassVar[Moment] = "hello"
    at_least: int = AWS_CHAIN_BYTES * 6 // 5
    times: int | None = None

    def __repr__(self) -> str:
        return f"show a chain of {self.at_least} bytes or more, {often(self.times)}"

    def spoil(self, terms: Terms) -> Terms:
        """The device's CA signs an intermediate, which signs the leaf."""
        between = terms.authority.below("an intermediate CA")
        pair = between.reissue(terms.pair)
        missing = self.at_least - pair.chain_bytes
        return replace(terms, pair=_padded(between, pair, missing) if missing > 0 else pair)


def _padded(between: Authority, pair: Pair, missing: int) -> Pair:
    """The leaf again, with so many bytes more of names that nobody asks for."""
    dns, ips = pair.names
    padding = [f"{number:05}".ljust(_PADDING - 10, "x") + ".invalid" for number in range(missing // _PADDING + 1)]
    return between.reissue(pair, dns=[*dns, *padding], ips=ips)
