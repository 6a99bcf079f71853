"""The faults that are armed, and how often each has hit; one armory a tap, shared by its connections."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from rigs.tap.actions import Action
from rigs.tap.estate import Estate
from rigs.tap.match import Match, Seen


class Fault(Protocol):
    """Something that can go wrong on purpose; its repr reads like a sentence."""

    @property
    def name(self) -> str:
        """One word for the trace."""
        ...

    @property
    def match(self) -> Match:
        """The packets that the fault is about."""
        ...

    def decide(self, seen: Seen) -> Action | None:
        """What is to be done with a packet that `match` has chosen and counted; None is no hit."""
        ...


class Armed:
    """A fault in place. `hits` are the trace numbers of the packets it acted on.

    `release` lets go what the fault holds and leaves it armed (`releases` counts that), `lift` lets go and takes it
    away. Both may be called from any thread but the tap's own.
    """

    def __init__(self, fault: Fault, release: Callable[[Armed], None], lift: Callable[[Armed], None]) -> None:
        self.fault = fault
        self.hits: list[int] = []
        self.releases = 0
        self._fitting = 0
        self._release = release
        self._lift = lift

    def __repr__(self) -> str:
        return f"<Armed: {self.fault!r}; {len(self.hits)} hit{'s' * (len(self.hits) != 1)}>"

    @property
    def name(self) -> str:
        """The fault's name."""
        return self.fault.name

    @property
    def hit(self) -> bool:
        """Whether the fault has acted on a packet; one that has not proves nothing."""
        return bool(self.hits)

    def release(self) -> None:
        """Let go what is held."""
        self.releases += 1
        self._release(self)

    def lift(self) -> None:
        """Let go what is held and take the fault away."""
        self._lift(self)

    def ask(self, seen: Seen) -> Action | None:
        """The fault's decision, if the packet fits and its turn (`nth`, `times`) has come; counts the hit."""
        match = self.fault.match
        if not match.fits(seen):
            return None
        self._fitting += 1
        turn = self._fitting - match.nth
        if turn < 0 or (match.times is not None and turn >= match.times):
            return None
        action = self.fault.decide(seen)
        if action is not None:
            self.hits.append(seen.n)
        return action


def _nothing(armed: Armed) -> None:
    """What release and lift do where no tap stands behind the armory."""


class Armory:
    """The armed faults in the order in which they were armed, and the `estate` of what outlives its connection."""

    def __init__(self, release: Callable[[Armed], None] = _nothing, lift: Callable[[Armed], None] = _nothing) -> None:
        self.estate = Estate()
        self._armed: list[Armed] = []
        self._release = release
        self._lift = lift

    def __repr__(self) -> str:
        return f"<Armory {self._armed!r}>"

    def __iter__(self) -> Iterator[Armed]:
        return iter(tuple(self._armed))

    def __bool__(self) -> bool:
        return bool(self._armed)

    def __contains__(self, armed: Armed) -> bool:
        return armed in self._armed

    def arm(self, fault: Fault) -> Armed:
        """Put a fault in place; several may be armed at once."""
        armed = Armed(fault, self._release, self._lift)
        self._armed.append(armed)
        return armed

    def remove(self, armed: Armed) -> None:
        """Take a fault away; nothing happens when it is gone already."""
        if armed in self._armed:
            self._armed.remove(armed)
