"""Where everything that passes a console is written: lines to the trace, bytes to the console log."""

from __future__ import annotations

from typing import Protocol, TypeVar

from rigs.console.log import ConsoleLog, Direction
from rigs.trace.records import Console, Record
from rigs.trace.secrets import redact_bytes

R = TypeVar("R", bound=Record)


class Recorder(Protocol):
    """The part of a trace that a console needs."""

    def append(self, record: R) -> R:
        """Number, stamp and keep a record."""
        ...


class Transcript:
    """Writes for one console; blank lines are no news and stay out of the trace. Safe from any thread."""

    def __init__(self, trace: Recorder, name: str, log: ConsoleLog | None = None) -> None:
        self.name, self.log = name, log
        self._trace = trace

    def __repr__(self) -> str:
        return f"<Transcript {self.name}>"

    def raw(self, way: Direction, data: bytes) -> None:
        """Keep bytes as they passed, secrets excepted."""
        if self.log is not None and data:
            self.log.write(self.name, way, redact_bytes(data))

    def read(self, line: str) -> None:
        """The device printed a line."""
        if line.strip():
            self._trace.append(Console(console=self.name, way="read", text=line))

    def sent(self, command: str) -> None:
        """A command goes to the device."""
        self._trace.append(Console(console=self.name, way="sent", text=command))

    def opened(self, where: str) -> None:
        """The console reads from now on."""
        self._trace.append(Console(console=self.name, way="open", text=where))

    def lost(self, reason: str) -> None:
        """The console does not read any more: from here on there is a gap."""
        self._trace.append(Console(console=self.name, way="lost", text=reason))

    @property
    def where(self) -> str:
        """Where a person reads on."""
        return f"raw bytes: {self.log.path}" if self.log is not None else "raw bytes are not kept (no console log)"
