"""A link that is long."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, replace
from datetime import timedelta
from typing import ClassVar

from rigs.tap.terms import Moment, Terms, often


@dataclass(frozen=True, slots=True, repr=False)
class Latency:
    """Let everything arrive `by` later, each way: packets, their acknowledgements, and the end of the connection.

    It begins when the device has its CONNACK, at once for one that is connected; with `handshake` it begins at TCP's
    accept, for new connections. A round trip takes twice `by`, and a device that gives a ping 3 s (awscrt) needs `by`
    to be well below half of that (notes S111). Raises ValueError for no time at all: it would be hit and delay nothing.
    """

    name: ClassVar[str] = "latency"
    by: timedelta
    _: KW_ONLY
    handshake: bool = False
    times: int | None = None

    def __post_init__(self) -> None:
        if self.by <= timedelta(0):
            raise ValueError(f"a latency is more than 0 s, not {self.by.total_seconds():g}")

    def __repr__(self) -> str:
        begin = "from the handshake on" if self.handshake else "from the CONNACK on"
        return f"let everything arrive {self.by.total_seconds():g} s later {begin}, {often(self.times)}"

    @property
    def moment(self) -> Moment:
        return "accepted" if self.handshake else "connected"

    def spoil(self, terms: Terms) -> Terms:
        """The same delay each way."""
        return replace(terms, up_delay=self.by, down_delay=self.by)
