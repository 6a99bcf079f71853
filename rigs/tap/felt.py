"""What one connection of the device feels of the faults of the link."""

from __future__ import annotations

import ssl

from rigs.net.hello import Hello
from rigs.net.records import SmallRecords
from rigs.net.tls import Ending, TlsLink
from rigs.tap.linkage import ArmedLink, Linkage
from rigs.tap.terms import Door, Moment
from rigs.trace.records import Fault
from rigs.trace.store import Trace


class Felt:
    """The faults that a connection has met, and what they make of its link; `of` is the connection's `open` record."""

    def __init__(self, linkage: Linkage, trace: Trace, of: int) -> None:
        self._linkage, self._trace, self._of = linkage, trace, of
        self._armed: list[ArmedLink] = []
        self._link: TlsLink | None = None

    def __repr__(self) -> str:
        return f"<Felt {self._armed!r}>"

    def meet(self, link: TlsLink) -> None:
        """TCP is there: turn it away, or slow it down, and choose its TLS by what is armed at its ClientHello."""
        self._link = link
        link.choose = self._choose
        self._feel("accepted")
        door = self._linkage.terms(self._armed).door
        if door is Door.SILENT:
            link.ignore()
        elif door is not Door.OPEN:
            link.close(Ending.RESET if door is Door.RESET else Ending.FIN)
        else:
            self._pace()

    def again(self, connected: bool) -> None:
        """Faults have come or gone, or the device has its CONNACK: what the living connection feels of it."""
        if connected:
            self._feel("connected")
        self._pace()

    def _choose(self, hello: Hello) -> ssl.SSLContext:
        self._feel("hello")
        terms = self._linkage.terms(self._armed)
        if terms.record_bytes is not None and self._link is not None:
            self._link.records = SmallRecords(terms.record_bytes)
        return self._linkage.context(terms)

    def _feel(self, moment: Moment) -> None:
        for armed in self._linkage.due(moment, self._armed):
            armed.hits.append(self._of)
            self._armed.append(armed)
            self._trace.append(Fault(event="hit", fault=armed.name, text=repr(armed.fault), of=self._of))

    def _pace(self) -> None:
        terms = self._linkage.terms(self._armed)
        if self._link is not None:
            self._link.pace(incoming=terms.up, outgoing=terms.down)
