"""The link faults that are armed, and the terms of a connection that has met some of them; one linkage a tap."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from rigs.errors import UsageFault
from rigs.tap.terms import Door, LinkFault, Moment, Terms


class ArmedLink:
    """A fault of the link in place. `hits` are the trace numbers of the link records (`open`) of those that felt it.

    `lift` takes it away, from any thread but the tap's own.
    """

    def __init__(self, fault: LinkFault, changes: dict[str, Any], lift: Callable[[ArmedLink], None]) -> None:
        self.fault, self.changes = fault, changes
        self.hits: list[int] = []
        self._lift = lift

    def __repr__(self) -> str:
        return f"<ArmedLink: {self.fault!r}; {len(self.hits)} hit{'s' * (len(self.hits) != 1)}>"

    @property
    def name(self) -> str:
        """The fault's name."""
        return self.fault.name

    @property
    def hit(self) -> bool:
        """Whether a connection has felt the fault; one that nobody felt proves nothing."""
        return bool(self.hits)

    def lift(self) -> None:
        """Take the fault away: new connections and the pace of living ones are as they were."""
        self._lift(self)

    def due(self, moment: Moment) -> bool:
        """Whether a connection feels it now."""
        times = self.fault.times
        return self.fault.moment == moment and (times is None or len(self.hits) < times)


class Linkage:
    """Armed link faults in the order in which they were armed; `own` are the rig's terms."""

    def __init__(self, own: Terms, lift: Callable[[ArmedLink], None]) -> None:
        self.own = own
        self._lift = lift
        self._armed: list[ArmedLink] = []
        self._contexts: dict[Hashable, ssl.SSLContext] = {own.tls: own.context()}

    def __repr__(self) -> str:
        return f"<Linkage {self._armed!r}>"

    def __iter__(self) -> Iterator[ArmedLink]:
        return iter(tuple(self._armed))

    def __contains__(self, armed: ArmedLink) -> bool:
        return armed in self._armed

    @property
    def shut(self) -> bool:
        """Whether nobody is to listen."""
        return any(armed.changes.get("door") is Door.SHUT for armed in self._armed)

    def prepare(self, fault: LinkFault) -> ArmedLink:
        """Work out what the fault changes; making certificates takes a while, so not on the loop.

        Raises UsageFault for terms that cannot be served.
        """
        own = replace(self.own, door=Door.OPEN)
        try:
            spoilt = fault.spoil(own)
            if spoilt.tls != own.tls:
                spoilt.context()
        except ValueError as wrong:
            raise UsageFault(f"the fault {fault!r} cannot be armed: {wrong}") from wrong
        return ArmedLink(fault, own.changes(spoilt), self._lift)

    def add(self, armed: ArmedLink) -> None:
        """Put it in place."""
        self._armed.append(armed)

    def remove(self, armed: ArmedLink) -> None:
        """Take it away, with the contexts that were made for it."""
        self._armed.remove(armed)
        self._contexts = {self.own.tls: self._contexts[self.own.tls]}

    def due(self, moment: Moment, felt: Sequence[ArmedLink]) -> list[ArmedLink]:
        """What a connection feels now that has felt some of them already."""
        return [armed for armed in self._armed if armed not in felt and armed.due(moment)]

    def terms(self, felt: Sequence[ArmedLink]) -> Terms:
        """The terms of a connection; where two faults change the same member the later armed one wins."""
        changes: dict[str, Any] = {}
        for armed in self._armed:
            changes |= armed.changes if armed in felt else {}
        return replace(self.own, **changes) if changes else self.own

    def context(self, terms: Terms) -> ssl.SSLContext:
        """The TLS context for these terms."""
        if terms.tls not in self._contexts:
            self._contexts[terms.tls] = terms.context()
        return self._contexts[terms.tls]
