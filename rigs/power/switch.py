"""What all power switches share: refusing what they cannot do, doing nothing twice, writing Power records.

`off` is written when the power is gone, `on` and `reset` before it comes back: what the board says afterwards stands
after the record.
"""

from __future__ import annotations

from typing import Protocol, TypeVar

from rigs.errors import UsageFault
from rigs.power.base import Ability
from rigs.trace.records import Power, Record

R = TypeVar("R", bound=Record)


class Recorder(Protocol):
    """The part of a trace that a switch needs."""

    def append(self, record: R) -> R:
        """Number, stamp and keep a record."""
        ...


class Switch:
    """Base of the kinds; each gives `_cut`, `_give` and `_restart`, and `_is_on` when it can tell."""

    def __init__(self, name: str, ability: Ability, trace: Recorder) -> None:
        self.name = name
        self.ability: Ability = ability
        self._trace = trace
        # A board whose power cannot be taken away has it.
        self._known: bool | None = True if ability == "reset" else None

    def __repr__(self) -> str:
        state = {True: "on", False: "off", None: "not known"}[self._is_on()]
        return f"<{type(self).__name__} {self.name} can {self.ability}, {state}>"

    def off(self) -> None:
        """Take the power away; nothing happens when it is off. A switch that can only reset raises UsageFault."""
        if self.ability != "cut":
            raise UsageFault(f"{self!r} cannot take the power away; scenarios that need a cut are skipped on this rig")
        if self._is_on() is not False:
            self._cut()
            self._known = False
            self._trace.append(Power(event="off", switch=self.name))

    def on(self) -> None:
        """Give the power back; nothing happens when it is on already."""
        if self._is_on() is not True:
            self._trace.append(Power(event="on", switch=self.name))
            self._give()
            self._known = True

    def reset(self) -> None:
        """Let the board start anew; it is on afterwards, whatever it was."""
        self._trace.append(Power(event="reset", switch=self.name))
        self._restart()
        self._known = True

    def close(self) -> None:
        """Let go of the switch, leaving the state as it is; may be called twice."""

    def _is_on(self) -> bool | None:
        """Whether the board has power; None when nobody knows yet."""
        return self._known

    def _cut(self) -> None:
        raise NotImplementedError

    def _give(self) -> None:
        raise NotImplementedError

    def _restart(self) -> None:
        self._cut()
        self._give()
