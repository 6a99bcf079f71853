"""What became of the lines of an imported log: records on their way into a file, and what was left out and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Any, TypeVar

import msgspec

from rigs.trace.imports_values import BadLine
from rigs.trace.records import Record, Unseen, encoder
from rigs.trace.secrets import redact
from rigs.trace.tape import Tape

R = TypeVar("R", bound=Record)
NAMED = 20  # bad lines that are named one by one; the rest is counted


class Spool(Tape):
    """A tape that does not keep its records but writes them, so that a log may be of any length."""

    def __init__(self, stream: IO[bytes], thing: str = "") -> None:
        super().__init__(thing)
        self.count = 0
        self._stream = stream

    def __repr__(self) -> str:
        return f"<Spool {self.count} records>"

    def add(self, record: R) -> R:
        """Number, stamp, redact and write a record."""
        self.count += 1
        stored = redact(msgspec.structs.replace(record, n=self.count, at=round(self.at, 6)))
        self._stream.write(encoder.encode(stored) + b"\n")
        return stored


@dataclass(slots=True, kw_only=True)
class Ledger:
    """Lines taken and left out, the bad ones named, what the log cannot show, and how it was read.

    A line that is *bad* could not be read, so what it said is missing; one that was *left out* for another reason says
    nothing about this device's jobs.
    """

    name: str
    format: str = ""
    lines: int = 0
    taken: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    bad: int = 0
    problems: list[str] = field(default_factory=list)
    unseen: set[Unseen] = field(default_factory=set)
    read_as: dict[str, str] = field(default_factory=dict)
    note: str = ""
    thing: str = ""
    utc: str = ""

    def __repr__(self) -> str:
        return f"<Ledger {self.name} {self.taken} of {self.lines} lines>"

    def leave_out(self, reason: str) -> None:
        """A line that is none of ours."""
        self.left_out[reason] += 1

    def is_bad(self, number: int, wrong: BadLine) -> None:
        """A line that should have been read: what it said is missing."""
        self.left_out[wrong.reason] += 1
        self.bad += 1
        self.unseen.add("gaps")
        if len(self.problems) < NAMED:
            self.problems.append(f"{self.name}:{number}: {wrong}")

    def told(self) -> list[str]:
        """The bad lines by name, as lines of text."""
        more = self.bad - len(self.problems)
        return [*self.problems, *([f"{self.name}: … and {more} more bad lines"] if more else [])]

    @property
    def sums(self) -> str:
        """How many lines were taken, and how many left out and why."""
        return sums(self.as_header())

    @property
    def hidden(self) -> str:
        """What the log cannot show, in a sentence; "" when it shows everything."""
        return f"the log cannot show: {', '.join(sorted(self.unseen))}" if self.unseen else ""

    def as_header(self) -> dict[str, Any]:
        """The member `imported` of the trace's header."""
        counts = {"lines": self.lines, "taken": self.taken, "left_out": dict(self.left_out)}
        note = {"note": self.note} if self.note else {}
        return {"file": self.name, "format": self.format, **counts, "read_as": self.read_as, **note}


def sums(imported: Mapping[str, Any]) -> str:
    """How many lines of a log were taken, and how many left out and why: from the member `imported` of a header."""
    left_out = sorted(imported.get("left_out", {}).items(), key=lambda each: -each[1])
    reasons = ", ".join(f"{count} {reason}" for reason, count in left_out)
    return f"{imported['taken']} of {imported['lines']} lines taken" + (f", left out: {reasons}" if reasons else "")
