"""A power switch that remembers what it was asked for."""

from __future__ import annotations

from rigs.power.base import Ability
from rigs.power.switch import Recorder, Switch


class FakePower(Switch):
    """`is_on` says whether there is power, `starts` how often the board has started."""

    def __init__(self, *, trace: Recorder, ability: Ability = "cut", name: str = "fake") -> None:
        super().__init__(name, ability, trace)
        self.is_on = False
        self.starts = 0

    def _is_on(self) -> bool:
        return self.is_on

    def _cut(self) -> None:
        self.is_on = False

    def _give(self) -> None:
        self.is_on = True
        self.starts += 1
