"""A link that carries little."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from rigs.tap.terms import Moment, Terms, often


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Throttle:
    """Let at most `up` bytes a second pass towards the tap and `down` towards the device (None: as many as come).

    Bytes on the wire, TLS included, in portions 20 ms apart. It begins when the device has its CONNACK, at once for one
    that is connected; with `handshake` it begins at TCP's accept, for new connections (notes S111). Raises ValueError
    without any rate: it would be hit and slow nothing down.
    """

    name: ClassVar[str] = "throttle"
    up: float | None = None
    down: float | None = None
    handshake: bool = False
    times: int | None = None

    def __post_init__(self) -> None:
        if self.up is None and self.down is None:
            raise ValueError("a throttle needs a rate: up, down or both")

    def __repr__(self) -> str:
        ways = [f"{rate:g} B/s {way}" for way, rate in (("up", self.up), ("down", self.down)) if rate is not None]
        begin = "from the handshake on" if self.handshake else "from the CONNACK on"
        return f"let pass {' and '.join(ways)} {begin}, {often(self.times)}"

    @property
    def moment(self) -> Moment:
        return "accepted" if self.handshake else "connected"

    def spoil(self, terms: Terms) -> Terms:
        """Rates."""
        return replace(terms, up_rate=self.up, down_rate=self.down)
