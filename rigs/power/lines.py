"""Power by a modem line (DTR or RTS) of a serial port: wired to the board's reset pin, or to a relay."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Literal, Protocol

import serial

from rigs.errors import RigFault
from rigs.power.base import Ability
from rigs.power.switch import Recorder, Switch

Line = Literal["dtr", "rts"]


class LinePort(Protocol):
    """A serial port whose modem lines can be set: a SerialConsole, or a port that is there for the lines only."""

    def set_lines(self, *, dtr: bool | None = None, rts: bool | None = None) -> None:
        """Set one or both lines; None leaves a line as it is."""
        ...


class LinesOnly:
    """A serial port (any pyserial URL) that is opened for its lines; both are off before it is opened."""

    def __init__(self, url: str) -> None:
        self.url = url
        try:
            self.port = serial.serial_for_url(url, do_not_open=True)
            self.port.dtr = self.port.rts = False
            self.port.open()
        except (serial.SerialException, OSError) as cause:
            raise RigFault(f"cannot open {url} for the power lines: {cause}") from cause

    def __repr__(self) -> str:
        return f"<LinesOnly {self.url}>"

    def set_lines(self, *, dtr: bool | None = None, rts: bool | None = None) -> None:
        """Set the lines; raises RigFault when the port is gone."""
        try:
            self.port.dtr = self.port.dtr if dtr is None else dtr
            self.port.rts = self.port.rts if rts is None else rts
        except (serial.SerialException, OSError) as cause:
            raise RigFault(f"cannot set the lines of {self.url}: {cause}") from cause

    def close(self) -> None:
        """Give the port back."""
        self.port.close()


class LinePower(Switch):
    """Holds a line to keep the board in reset or without power, and lets go of it to start it.

    `ability` says how it is wired: "reset" pulses only; "cut" when a held line silences the board (its relay is open,
    or it is held in reset). `off_level` is the level that does so. The port is the caller's; `close` leaves it alone.
    """

    def __init__(
        self,
        port: LinePort,
        *,
        trace: Recorder,
        line: Line = "rts",
        off_level: bool = True,
        ability: Ability = "reset",
        pulse: timedelta = timedelta(milliseconds=100),
        name: str = "lines",
    ) -> None:
        super().__init__(name, ability, trace)
        self._port, self._line, self._off_level, self._pulse = port, line, off_level, pulse

    def _set(self, level: bool) -> None:
        if self._line == "dtr":
            self._port.set_lines(dtr=level)
        else:
            self._port.set_lines(rts=level)

    def _cut(self) -> None:
        self._set(self._off_level)

    def _give(self) -> None:
        self._set(not self._off_level)

    def _restart(self) -> None:
        self._cut()
        # Physics, not synchronisation: a reset pin or a relay needs the level for that long.
        threading.Event().wait(self._pulse.total_seconds())
        self._give()
