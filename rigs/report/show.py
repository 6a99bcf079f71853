"""A trace in the terminal: device │ tap │ service as columns, one line a message."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from rigs.errors import UsageFault
from rigs.report.flow import Row, duration, flow
from rigs.rules.offline import load
from rigs.trace.records import AnyRecord, Scenario, Step, Verdict

WIDTH = 46  # characters between two columns
IDLE = 2.0  # seconds; a longer pause gets a line of its own
_HEADS = {"right": ("", "▶"), "left": ("◀", "")}
_MARKS = {"plain": " ", "good": "✓", "bad": "✗", "fault": "⚡"}
_LANES = ("device", "tap", "service", "operator")


def show(path: Path, scenario: str | None = None) -> Iterator[str]:
    """The lines of a trace, or of the one scenario whose id or name is given.

    Raises UsageFault when the file is no trace or has no such scenario, naming those that it has.
    """
    header, records = load(path)
    yield f"{path.name}  device {header.device or header.thing}  rig {header.rig}  firmware {header.firmware or '?'}"
    yield from sequence(records if scenario is None else one_scenario(records, scenario))


def one_scenario(records: Iterable[AnyRecord], wanted: str) -> list[AnyRecord]:
    """The records of a scenario, from its start to its end."""
    found: list[AnyRecord] = []
    known: list[str] = []
    inside = False
    for record in records:
        if isinstance(record, Scenario) and record.event == "start":
            known.append(f"{record.id} {record.name}".strip())
            inside = wanted in (record.id, record.name)
        if inside:
            found.append(record)
        if isinstance(record, Scenario) and record.event == "end":
            inside = False
    if not found:
        raise UsageFault(f"no scenario {wanted!r} in this trace; it has: {', '.join(known) or 'none'}")
    return found


def sequence(records: Iterable[AnyRecord]) -> Iterator[str]:
    """The lines of some records: messages as arrows, steps and verdicts between them."""
    every = list(records)
    if not every:
        return
    spoken: list[tuple[int, float, str]] = [(row.n, row.at, _line(row, every[0].at)) for row in flow(every)]
    spoken += [(record.n, record.at, text) for record in every if (text := _between(record))]
    yield f"{'':>10}  {'device':<{WIDTH}}│{'tap':^{5}}│{'service':>{WIDTH}}"
    last = every[0].at
    for _, at, text in sorted(spoken, key=lambda each: each[0]):
        if at - last > IDLE:
            yield f"{'':>10}  {f'… {duration(at - last)} …':^{2 * WIDTH + 7}}"
        last = at
        yield text


def _between(record: AnyRecord) -> str:
    match record:
        case Scenario():
            return f"{'':>10}  ── {record.event} {record.id} {record.name}".rstrip()
        case Step(event="begin"):
            return f"{'':>10}  {record.text}"
        case Step(event="failed"):
            return f"{'':>10}  failed: {record.text}"
        case Verdict():
            return f"{'':>10}  {record.outcome}: {record.text}"
    return ""


def _line(row: Row, zero: float) -> str:
    start, end = _LANES.index(row.start), _LANES.index(row.end)
    left = _span(row, 0, start, end)
    right = _span(row, 1, start, end)
    said = f"  {row.note}" if row.note else ""
    version = f"  {row.version}" if row.version else ""
    return (
        f"{row.at - zero:>10.3f}  {left}│{_middle(row, start, end)}│{right} {_MARKS[row.tone]}{version}{said}".rstrip()
    )


def _middle(row: Row, start: int, end: int) -> str:
    if row.broken:
        return "══╳══"
    if {start, end} == {0, 2}:
        return "─────"
    return "  ●  " if 1 in (start, end) else "     "


def _span(row: Row, leg: int, start: int, end: int) -> str:
    """One of the two legs: the label on the first one that the arrow takes, a line on the other."""
    low, high = min(start, end), max(start, end)
    if high > 2 or low == high:
        beside = (leg == 0) == (low == 0)
        return f"{('▪ ' + row.label)[:WIDTH]:<{WIDTH}}" if beside else " " * WIDTH
    if not low <= leg < high:
        return " " * WIDTH
    tail, head = _HEADS["right" if start < end else "left"]
    first = leg == low
    last = (leg + 1 == high) if start < end else first
    text = f" {row.label[: WIDTH - 6]} " if first else ""
    return (
        (tail if last else "")
        + text.center(WIDTH - (1 if last else 0), "─" if row.tone != "fault" else "┄")
        + (head if last else "")
    )
