"""Bytes in, whole lines out: what a person would read on a terminal."""

from __future__ import annotations

import re

ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])")
LONGEST = 1 << 20


class Line(str):
    """A line as a terminal shows it; `before` is what stood there until a carriage return let it be overwritten."""

    before: str = ""


def clean(raw: bytes) -> Line:
    """A line without colours, and with only what was printed after the last carriage return."""
    text = ESCAPE.sub("", raw.decode("utf-8", "replace").rstrip("\r")).replace("\x00", "")
    before, _, shown = text.rpartition("\r")
    line = Line(shown)
    line.before = before
    return line


class Lines:
    """Cuts a stream into lines at every newline; `partial` is what stands on the unfinished last one.

    A line that grows over 1 MiB is given out as it is: a device that sends rubbish must not eat the machine.
    """

    def __init__(self) -> None:
        self._rest = bytearray()

    def __repr__(self) -> str:
        return f"<Lines {len(self._rest)} B unfinished>"

    @property
    def partial(self) -> Line:
        """The unfinished last line, as a terminal shows it."""
        return clean(bytes(self._rest))

    def feed(self, data: bytes) -> list[Line]:
        """The lines that `data` completes."""
        self._rest += data
        if b"\n" not in data and len(self._rest) < LONGEST:
            return []
        *whole, rest = bytes(self._rest).split(b"\n")
        if len(rest) >= LONGEST:
            whole, rest = [*whole, rest], b""
        self._rest = bytearray(rest)
        return [clean(line) for line in whole]
