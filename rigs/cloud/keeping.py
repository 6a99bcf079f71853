"""What the local cloud keeps in its folder while it runs, so that it never takes back what it has told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rigs.clock import ServiceClock
from rigs.cloud.clockfile import ClockFile
from rigs.cloud.keptbroker import KeptBroker
from rigs.cloud.vault import Vault
from rigs.errors import RigFault
from rigs.jobs.table import Table
from rigs.mqtt.broker import Broker

KEEP_EVERY = 1.0  # seconds between two writings of the clock's offset while it runs faster than real time
JITTER = 0.001  # seconds by which an offset that stands still seems to move


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """The service's instant at the last change, in seconds since the epoch; no later stamp is before it."""

    at: float


def nothing(wrong: RigFault) -> None:
    """Nobody is told of a fault but by the exception."""


class Keeping:
    """The clock's offset (clock.json) and, with `state`, the rows of tables and the broker's sessions (state.db).

    `settle` is called before anything leaves the cloud. A disk that refuses is told to `on_fault`, and `settle` raises
    RigFault: nothing that is not kept is told. Everything but the making belongs to the loop; that raises RigFault or
    UsageFault for files that are damaged or none of ours.
    """

    def __init__(self, folder: Path, tables: Iterable[Table[Any]], *, state: bool) -> None:
        self.on_fault: Callable[[RigFault], None] = nothing
        self._file = ClockFile(folder / "clock.json")
        self._kept_offset = self._file.read()
        self._broker = KeptBroker()
        self._reached = Table("service clock", Reached)
        self._clock: ServiceClock | None = None
        self._told = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._vault = self._opened(folder / "state.db", [*tables, self._reached]) if state else None

    def __repr__(self) -> str:
        return f"<Keeping {self._vault or self._file}>"

    @property
    def reached(self) -> float:
        """The service's instant at the last change that was kept; 0 without one."""
        return max((row.at for row in self._reached.values()), default=0.0)

    def offset(self) -> float:
        """How far the clock has to be ahead so that it never goes back.

        What was told last counts too: the machine's own clock may have been set back, or the folder moved.
        """
        return max(self._kept_offset, self.reached - time.time())

    def begin(self, clock: ServiceClock, broker: Broker) -> None:
        """Bring the broker's sessions and retained messages back, and keep up with both from now on."""
        self._clock = clock
        if self._vault is not None:
            self._broker.attach(broker, asyncio.get_running_loop().time)
        self.clock_moved()

    def settle(self) -> None:
        """Keep what has changed, and a time that is not before any that is told; raises RigFault."""
        clock = self._clock
        if clock is None:
            return
        if clock.offset > self._told + JITTER:
            self.clock_moved()
        if self._vault is None or not self._vault.changed:
            return
        self._reached.put("now", Reached(at=clock.now()))
        try:
            self._vault.commit()
        except RigFault as wrong:
            self.on_fault(wrong)
            raise

    def clock_moved(self) -> None:
        """Write the offset; while it grows by itself, the one of two intervals later, again and again."""
        assert self._clock is not None
        self._unwind()
        ahead = 2 * KEEP_EVERY * (self._clock.rate - 1)
        self._write(self._clock.offset + ahead)
        if ahead:
            self._timer = asyncio.get_running_loop().call_later(KEEP_EVERY, self.clock_moved)

    def expect(self, seconds: float) -> None:
        """The clock is about to be stepped: one writing for all that happens on the way."""
        assert self._clock is not None
        self._write(self._clock.offset + max(0.0, seconds))

    def end(self) -> None:
        """Keep what is left and the offset as it is, and let go of the files; may be called twice."""
        clock, self._clock = self._clock, None
        self._unwind()
        if clock is not None:
            self._write(clock.offset)
        self.close()

    def close(self) -> None:
        """Let go of the files of a cloud that has not begun."""
        vault, self._vault = self._vault, None
        if vault is not None:
            vault.close()

    def _opened(self, path: Path, tables: list[Table[Any]]) -> Vault:
        vault = Vault(path)
        try:
            vault.keep([*tables, *self._broker.tables])
        except BaseException:
            vault.close()
            raise
        return vault

    def _write(self, offset: float) -> None:
        self._file.write(offset)
        self._told = offset

    def _unwind(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
