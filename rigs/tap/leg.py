"""One leg of a tapped connection, and what all connections of a tap share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rigs.errors import RigError
from rigs.net.tls import Ending, Facts, Side, TlsLink
from rigs.tap import records
from rigs.tap.armory import Armory
from rigs.tap.linkage import Linkage
from rigs.tap.reader import Arrival, Way
from rigs.tap.upstream import Upstream
from rigs.tap.worker import Worker
from rigs.trace.store import Trace

if TYPE_CHECKING:
    from rigs.tap.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """What all connections of a tap share."""

    trace: Trace
    armory: Armory
    linkage: Linkage
    worker: Worker
    upstream: Upstream
    stamp: Callable[[], int]
    heard: Callable[[Arrival], None]
    trouble: Callable[[RigError], None]
    keep_down: Callable[[], None]
    gone: Callable[[Connection], None]


class Leg:
    """One leg's handler: tells the connection what happens on it. `way` is that of the packets that arrive here.

    The device's leg has its `link` from TCP's accept on, the cloud's when its handshake is done.
    """

    def __init__(self, owner: Connection, way: Way) -> None:
        self._owner, self.way = owner, way
        self.name = records.ARRIVES[way]
        self.link: TlsLink | None = None
        self.over = self.stalled = False

    @property
    def alive(self) -> bool:
        """Whether bytes can be sent here."""
        return self.link is not None and self.link.alive

    def met(self, link: TlsLink) -> None:
        """TCP is there."""
        self.link = link
        self._owner.felt.meet(link)

    def opened(self, link: TlsLink, facts: Facts) -> None:
        self.link = link
        link.pressure = self._pressed
        self._owner.opened(self, facts)

    def received(self, data: bytes) -> None:
        self._owner.received(self, data)

    def closed(self, reason: str, by: Side) -> None:
        self.over = True
        self._owner.closed(self, reason, by)

    def refused(self, facts: Facts, alert: str | None, reason: str) -> None:
        self.over = True
        self._owner.refused(self, facts, alert, reason)

    def close(self, how: Ending) -> None:
        """End the leg, if it is there."""
        if self.link is not None:
            self.link.close(how)

    def read(self, wanted: bool) -> None:
        """Read here, or leave what comes to the system's buffers, which then hold up whoever sends."""
        if self.link is not None:
            self.link.resume() if wanted else self.link.pause()

    def _pressed(self, full: bool) -> None:
        self.stalled = full
        self._owner.pressed(self)
