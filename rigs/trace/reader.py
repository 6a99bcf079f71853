"""A trace file read as a stream, from which single records can be fetched again by their numbers."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

import msgspec

from rigs.errors import UsageFault
from rigs.trace.records import FORMAT, VERSION, AnyRecord, Header, decoder, header_decoder

STRIDE = 128  # records from one remembered place of the file to the next


class TraceFile:
    """The header and, by iteration, the records; a torn last line (a killed run) is left out, and `torn` says so.

    Nothing is kept but the place of every STRIDE-th record, so that a trace may be of any length. Raises UsageFault
    when the file is no trace, naming file and line.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.torn = False
        self._numbers = array("q")
        self._places = array("q")
        with path.open("rb") as stream:
            line = stream.readline()
        self.header = _header(path, line)
        self._begin = len(line)

    def __repr__(self) -> str:
        return f"<TraceFile {self.path}>"

    def __iter__(self) -> Iterator[AnyRecord]:
        self._numbers, self._places = array("q"), array("q")
        with self.path.open("rb") as stream:
            stream.seek(self._begin)
            yield from self._records(stream)

    def _records(self, stream: IO[bytes]) -> Iterator[AnyRecord]:
        place, decode = self._begin, decoder.decode
        for number, line in enumerate(stream):
            if line[-1] != 10:
                self.torn = True
                return
            try:
                record = decode(line)
            except msgspec.DecodeError as wrong:
                raise UsageFault(f"{self.path}:{number + 2}: not a trace record: {wrong}") from wrong
            if not number % STRIDE:
                self._numbers.append(record.n)
                self._places.append(place)
            place += len(line)
            yield record

    def fetch(self, numbers: Iterable[int]) -> list[AnyRecord]:
        """The records of these numbers, in their order, as far as the iteration has come past them."""
        with self.path.open("rb") as stream:
            found = [self._fetch(stream, n) for n in sorted(set(numbers))]
        return [record for record in found if record is not None]

    def _fetch(self, stream: IO[bytes], n: int) -> AnyRecord | None:
        mark = bisect_right(self._numbers, n) - 1
        if mark < 0:
            return None
        stream.seek(self._places[mark])
        with suppress(msgspec.DecodeError):  # what is torn is not there
            for _ in range(STRIDE):
                record = decoder.decode(stream.readline())
                if record.n == n:
                    return record
        return None


def is_trace(first: bytes) -> bool:
    """Whether a file that begins with this line is a trace, of whatever version."""
    try:
        line = msgspec.json.decode(first)
    except msgspec.DecodeError:
        return False
    return isinstance(line, dict) and line.get("format") == FORMAT


def _header(path: Path, line: bytes) -> Header:
    try:
        header = header_decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise UsageFault(f"{path}:1: not a jobrig trace ({wrong}); import other logs with `jobrig import`") from wrong
    if b'"format"' not in line or header.format != FORMAT or header.version > VERSION:
        raise UsageFault(f"{path}:1: format {header.format!r} version {header.version}, this jobrig reads {VERSION}")
    return header
