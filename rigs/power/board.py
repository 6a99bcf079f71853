"""The power switch of a board that is a process."""

from __future__ import annotations

from typing import Protocol

from rigs.power.switch import Recorder, Switch


class Killable(Protocol):
    """A board that can be started and killed as a whole."""

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        ...

    def start(self) -> None:
        """Power-on."""
        ...

    def kill(self) -> None:
        """All of it is gone at once."""
        ...


class BoardPower(Switch):
    """Kills the whole board at once, as a cut of its power would, and starts it anew; its flash stays."""

    def __init__(self, board: Killable, *, trace: Recorder, name: str = "board") -> None:
        super().__init__(name, "cut", trace)
        self._board = board

    def _is_on(self) -> bool:
        return self._board.alive

    def _cut(self) -> None:
        self._board.kill()

    def _give(self) -> None:
        self._board.start()
