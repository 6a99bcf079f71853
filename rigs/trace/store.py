"""The trace as it grows: numbered under one lock, flushed line by line, waited on for facts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import IO, TypeVar

import msgspec

from rigs.errors import DeviceFault, RigError
from rigs.trace.reader import TraceFile
from rigs.trace.records import AnyRecord, Header, Packet, Record, encoder
from rigs.trace.secrets import may_hold_secrets, redact
from rigs.trace.timeline import around

R = TypeVar("R", bound=Record)
ORIGINALS = 1000
"""So many of the newest packets with secrets are known as they were, in memory alone."""


Fact = Callable[[AnyRecord], bool]
"""Something that a record shows or does not; its repr names it in errors."""


class Trace:
    """An append-only list of records with waiters.

    `append` gives a record its `n` and `at` and wakes the waiters under one lock; `wait_for` searches from a mark and
    goes on waiting under that same lock, so nothing falls between.
    """

    def __init__(self, header: Header, path: Path | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.header = header
        self.path = path
        self.records: list[AnyRecord] = []
        self._clock = clock
        self._changed = threading.Condition()
        self._listeners: list[Callable[[AnyRecord], object]] = []
        self._originals: dict[int, Packet] = {}
        self._doubts: Callable[[], Sequence[RigError]] = tuple
        self._cause: BaseException | None = None
        self._file: IO[bytes] | None = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("wb", buffering=0)
            self._file.write(encoder.encode(header) + b"\n")

    def __repr__(self) -> str:
        return f"<Trace {len(self.records)} records {self.path or 'in memory'}>"

    @property
    def mark(self) -> int:
        """The number of the newest record: what comes later has a higher `n`."""
        return len(self.records)

    def append(self, record: R) -> R:
        """Number, stamp, redact, write and publish a record; returns it as stored. Safe from any thread."""
        with self._changed:
            stored = msgspec.structs.replace(record, n=len(self.records) + 1, at=round(self._clock(), 6))
            line = encoder.encode(stored)
            if may_hold_secrets(line):
                stored = self._redacted(stored)
                line = encoder.encode(stored)
            self.records.append(stored)  # type: ignore[arg-type]
            if self._file is not None:
                self._file.write(line + b"\n")
            for listener in self._listeners:
                listener(stored)  # type: ignore[arg-type]
            self._changed.notify_all()
            return stored

    def _redacted(self, record: R) -> R:
        redacted = redact(record)
        if isinstance(record, Packet) and redacted is not record:
            self._originals[record.n] = record
            if len(self._originals) > ORIGINALS:
                del self._originals[next(iter(self._originals))]
        return redacted

    def original(self, packet: Packet) -> Packet:
        """The packet as it passed, with what was replaced in its record; for sending it again, never for showing it.

        As the record has it for one of very many packets with secrets that is long past.
        """
        return self._originals.get(packet.n, packet)

    def listen(self, listener: Callable[[AnyRecord], object]) -> None:
        """Call `listener` with each record as it comes, under the lock: quickly. It may append."""
        with self._changed:
            self._listeners.append(listener)

    def doubted(self, doubts: Callable[[], Sequence[RigError]]) -> None:
        """From now on what `doubts` tells of the rig or the service ends waits: nothing that is awaited proves a thing.

        Whoever has a new doubt calls `wake`, unless a record follows.
        """
        self._doubts = doubts

    def wake(self) -> None:
        """Have the waiters look again."""
        with self._changed:
            self._changed.notify_all()

    def since(self, mark: int) -> Sequence[AnyRecord]:
        """The records after `mark`, as they are now."""
        with self._changed:
            return self.records[mark:]

    def find(self, fact: Fact, since: int = 0) -> AnyRecord | None:
        """The first record after `since` that shows `fact`, if it is there already."""
        return next((record for record in self.since(since) if fact(record)), None)

    def all(self, fact: Fact, since: int = 0) -> list[AnyRecord]:
        """All records after `since` that show `fact`."""
        return [record for record in self.since(since) if fact(record)]

    def wait_for(
        self,
        fact: Fact,
        *,
        since: int,
        within: timedelta,
        blame: type[Exception] = DeviceFault,
        ask: Callable[[], None] | None = None,
        every: timedelta = timedelta(seconds=1),
        hint: str = "",
        patient: bool = False,
    ) -> AnyRecord:
        """The first record after `since` that shows `fact`, waiting for it at most `within`.

        `ask` is called without the lock, at once and then `every` so often, to bring a fact to the trace that does not
        come by itself (the operator's describe, reading evidence). Raises `blame` with what was expected, what was the
        newest, how long was waited and where to look; raises the first doubt in the rig as soon as there is one, unless
        it is `patient`, and RigError when the trace itself has ended.
        """
        deadline = time.monotonic() + within.total_seconds()
        seen = since
        while True:
            if ask is not None:
                ask()
            pause = min(deadline, time.monotonic() + every.total_seconds()) if ask is not None else deadline
            with self._changed:
                while True:
                    for record in self.records[seen:]:
                        if fact(record):
                            return record
                    seen = len(self.records)
                    if not patient and (doubts := self._doubts()):
                        raise doubts[0]
                    if self._cause is not None:
                        raise RigError(f"the trace has ended: {self._cause!r}") from self._cause
                    if (left := pause - time.monotonic()) <= 0:
                        break
                    self._changed.wait(left)
            if time.monotonic() >= deadline:
                raise blame(self._complaint(fact, since, within, hint))

    def _complaint(self, fact: Fact, since: int, within: timedelta, hint: str) -> str:
        newest = self.records[-1].n if self.records else 0
        lines = [f"no {fact!r} within {within.total_seconds():g} s of record {since}"]
        if hint:
            lines.append(hint)
        lines.append(around(self.records, newest))
        lines.append(f"full trace: {self.path or 'in memory'}")
        return "\n".join(lines)

    def end(self, cause: BaseException | None = None) -> None:
        """Close the file; waiters of a trace that ended with a cause are woken with it."""
        with self._changed:
            self._cause = cause or self._cause
            if self._file is not None:
                self._file.close()
                self._file = None
            self._changed.notify_all()


def read(path: Path) -> tuple[Header, Iterator[AnyRecord]]:
    """The header and, one by one, the records of a trace file; a torn last line (a killed run) is left out.

    Raises UsageFault when the file is no trace, naming file and line.
    """
    file = TraceFile(path)
    return file.header, iter(file)
