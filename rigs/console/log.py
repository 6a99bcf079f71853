"""The console log: raw bytes beside their times, one chunk a line.

Format: `seconds TAB console TAB way TAB bytes`. Seconds are monotonic, as in the trace; way is `<` (read from the
device) or `>` (sent to it); bytes are written as a Python bytes literal, so that nothing is lost and grep still works.
"""

from __future__ import annotations

import ast
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from rigs.errors import UsageFault

Direction = Literal["<", ">"]


class Chunk(NamedTuple):
    """Bytes as they passed a console."""

    at: float
    console: str
    way: str
    data: bytes


class ConsoleLog:
    """An append-only file of chunks, shared by all consoles of a rig; safe from any thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab", buffering=0)

    def __repr__(self) -> str:
        return f"<ConsoleLog {self.path}>"

    def write(self, console: str, way: Direction, data: bytes) -> None:
        """Append a chunk with the present time; nothing is written after `close`."""
        with self._lock:
            if not self._file.closed:
                self._file.write(f"{time.monotonic():.6f}\t{console}\t{way}\t{data!r}\n".encode())

    def close(self) -> None:
        """Close the file; may be called twice."""
        with self._lock:
            self._file.close()


def read_log(path: Path) -> Iterator[Chunk]:
    """The chunks of a console log; a torn last line (a killed run) is left out.

    Raises UsageFault for a line that is no chunk, naming file and line.
    """
    with path.open(encoding="utf-8") as stream:
        for number, line in enumerate(stream, start=1):
            if not line.endswith("\n"):
                return
            try:
                at, console, way, data = line.rstrip("\n").split("\t")
                yield Chunk(float(at), console, way, ast.literal_eval(data))
            except (ValueError, SyntaxError) as wrong:
                raise UsageFault(f"{path}:{number}: no line of a console log: {wrong}") from wrong
