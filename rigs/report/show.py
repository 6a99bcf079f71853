"""A trace in the terminal: device │ network │ service as columns, one line a message, at most 100 characters."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

from rigs.errors import UsageFault
from rigs.report.excerpt import About, Edge, edge, one_scenario
from rigs.report.flow import Row, duration, joined, stream
from rigs.report.sequence import sequence_svg
from rigs.trace.imports import opened
from rigs.trace.imports_ledger import sums
from rigs.trace.records import AnyRecord, Header, Scenario, Step, Verdict

LEG = 37  # characters between two columns
MARGIN = 17  # characters before them: the record's number and its second
ROOM = LEG - 6  # characters of a label on its line
WIDTH = MARGIN + 2 * LEG + 9
LONG = 16  # characters; a word up to this length is not cut in its middle
IDLE = 2.0  # seconds; a longer pause gets a line of its own
MOST_DRAWN = 50_000  # records of a picture
_HEADS = {"right": ("", "▶"), "left": ("◀", "")}
_MARKS = {"plain": "", "good": " ✓", "bad": " ✗", "fault": " ⚡"}
_LANES = ("device", "tap", "service", "operator")
_HEAD = f"{'record':>6} {'seconds':>9} {'device':<{LEG}}{'network':^7}{'service':>{LEG - 2}}"


def show(
    path: Path,
    scenario: str | None = None,
    job: str | None = None,
    start: str | None = None,
    end: str | None = None,
    svg: Path | None = None,
) -> Iterator[str]:
    """The lines of a trace or of a part of it; with `svg` the part's picture is written instead.

    `start` and `end` are seconds as they stand in the second column, or numbers of records (n120). Raises UsageFault
    when the file is no trace, or has no such part.
    """
    span = (None if start is None else edge(start), None if end is None else edge(end))
    about = None if job is None else About(job)
    with opened(path) as (file, ledger):
        records: Iterator[AnyRecord] = iter(file)
        if scenario is not None:
            records = one_scenario(records, scenario)
        if svg is not None:
            yield _drawn(svg, excerpt(records, span, about), scenario or job or path.name)
        else:
            yield from () if ledger is None else ledger.told()
            yield from _title(path, file.header)
            yield from sequence(records, span, about)
    if about is not None and not about.seen:
        raise UsageFault(f"nothing in {path} names the job {job!r}")


def _title(path: Path, header: Header) -> Iterator[str]:
    yield f"{path.name}  device {header.device or header.thing}  rig {header.rig}  firmware {header.firmware or '?'}"
    if header.imported:
        yield f"imported from {header.imported.get('file', '?')}: {sums(header.imported)}"
    if header.unseen:
        yield f"the log cannot show: {', '.join(header.unseen)}"


Span = tuple[Edge | None, Edge | None]


def excerpt(records: Iterable[AnyRecord], span: Span, about: About | None) -> list[AnyRecord]:
    """The records of a part, for a picture. Raises UsageFault when they are too many to be looked at."""
    first, rest = _first(records)
    found = list(islice(_within(rest, span, first), MOST_DRAWN + 1))
    if len(found) > MOST_DRAWN:
        raise UsageFault(f"more than {MOST_DRAWN} records: choose a part of them with --scenario, --from and --to")
    if about is None:
        return found
    for record in found:
        about.see(record)
    return [record for record in found if about.wants(record)]


def _drawn(svg: Path, records: list[AnyRecord], title: str) -> str:
    svg.parent.mkdir(parents=True, exist_ok=True)
    svg.write_text(sequence_svg(records, title), encoding="utf-8")
    return f"{svg}: {len(records)} records"


def _first(records: Iterable[AnyRecord]) -> tuple[float, Iterator[AnyRecord]]:
    """The time that counts as zero, and all records."""
    source = iter(records)
    first = next(source, None)
    return (0.0, source) if first is None else (first.at, chain([first], source))


def _within(records: Iterable[AnyRecord], span: Span, zero: float) -> Iterator[AnyRecord]:
    start, end = span
    for record in records:
        if end is not None and end.passed(record, zero):
            return
        if start is None or not start.before(record, zero):
            yield record


def sequence(records: Iterable[AnyRecord], span: Span = (None, None), about: About | None = None) -> Iterator[str]:
    """The lines of some records: messages as arrows, steps and verdicts between them. Nothing is kept."""
    zero, source = _first(records)
    shown = stream(_within(source, span, zero), about.see if about is not None else lambda record: None)
    yield _HEAD
    last: float | None = None
    for at, lines in _blocks(shown, about, zero):
        if last is not None and at - last > IDLE:
            yield f"{'':{MARGIN}}{f'… {duration(at - last)} …':^{2 * LEG + 5}}".rstrip()
        last = at
        yield from lines


def _blocks(
    shown: Iterable[tuple[AnyRecord, list[Row]]], about: About | None, zero: float
) -> Iterator[tuple[float, list[str]]]:
    """The lines that belong together, with their time; the two ends of a broken connection wait for each other."""
    waiting: list[Row] = []
    for record, rows in shown:
        between = _between(record)
        wanted = rows if about is None or about.wants(record) else []
        if not wanted and not between:
            continue
        waiting += wanted
        if not between and waiting and waiting[-1].broken:
            continue
        yield from ((row.at, list(_lines(row, zero))) for row in joined(waiting))
        waiting = []
        if between:
            yield record.at, between
    yield from ((row.at, list(_lines(row, zero))) for row in joined(waiting))


def _between(record: AnyRecord) -> list[str]:
    match record:
        case Scenario():
            return _beneath(f"── {record.event} {record.id} {record.name}")
        case Step(event="begin"):
            return _beneath(record.text)
        case Step(event="failed"):
            return _beneath(f"failed: {record.text}")
        case Verdict():
            return _beneath(f"{record.outcome}: {record.text}")
    return []


def _lines(row: Row, zero: float) -> Iterator[str]:
    """An arrow or a mark; beneath it what a fault did."""
    start, end = _LANES.index(row.start), _LANES.index(row.end)
    if start == end or "operator" in (row.start, row.end):
        yield from _mark(row, zero, leg=int("device" not in (row.start, row.end)))
        return
    texts = _texts(row, min(start, end), max(start, end))
    left, right = (_leg(row, number, start, end, text) for number, text in enumerate(texts))
    yield f"{row.n:>6} {row.at - zero:>9.3f} {left}│{_middle(row, start, end)}│{right}{_MARKS[row.tone]}".rstrip()
    yield from _beneath(row.note)


def _mark(row: Row, zero: float, leg: int) -> Iterator[str]:
    """Something that happened on one side, in as many lines as it takes."""
    for number, text in enumerate(_wrapped(f"▪ {row.label}", LEG)):
        before = f"{row.n:>6} {row.at - zero:>9.3f} " if not number else " " * MARGIN
        left, right = (text, "") if leg == 0 else ("", text)
        tone = "" if number else _MARKS[row.tone]
        yield f"{before}{left:<{LEG}}│   │{right:<{LEG}}{tone}".rstrip()
    yield from _beneath(row.note)


def _beneath(text: str) -> list[str]:
    return [f"{'':{MARGIN}}{line}" for line in _wrapped(text, WIDTH - MARGIN)]


def _wrapped(text: str, room: int) -> list[str]:
    return textwrap.wrap(text, room, subsequent_indent="  ", break_on_hyphens=False)


def _texts(row: Row, low: int, high: int) -> tuple[str, str]:
    """What stands on the two legs: the label, and beside it the version at the service or the label's other half."""
    if (low, high) != (0, 2):
        return (row.label, "") if low == 0 else ("", row.label)
    if len(row.label) <= ROOM:
        return row.label, row.version
    head, *tail = textwrap.wrap(_short_words(row.label, ROOM // 2), ROOM, break_on_hyphens=False)
    told = any(re.fullmatch(r"v\d+", word) for word in tail[-1].split()) if tail else False
    return head, " ".join([*tail, *([row.version] if row.version and not told else [])])


def _cut(label: str, room: int) -> str:
    """A label that fits: first a long word gives way (a job's id), then the end."""
    if len(label) <= room:
        return label
    label = _short_words(label, max(9, room - len(label) + max(map(len, label.split()), default=0)))
    return label if len(label) <= room else f"{label[: room - 1]}…"


def _short_words(label: str, room: int) -> str:
    """The words, long ones cut in their middle."""
    half = (room - 1) // 2
    cut = (
        f"{word[: room - 1 - half]}…{word[-half:]}" if len(word) > max(room, LONG) else word for word in label.split()
    )
    return " ".join(cut)


def _middle(row: Row, start: int, end: int) -> str:
    if row.broken:
        return "═╳═"
    if {start, end} == {0, 2}:
        return "───"
    return " ● " if 1 in (start, end) else "   "


def _leg(row: Row, leg: int, start: int, end: int, text: str) -> str:
    """One of the two legs: a line with its text, or nothing."""
    low, high = min(start, end), max(start, end)
    if not low <= leg < high:
        return " " * LEG
    tail, head = _HEADS["right" if start < end else "left"]
    last = (leg + 1 == high) if start < end else leg == low
    words = f" {_cut(text, ROOM)} " if text else ""
    line = words.center(LEG - last, "┄" if row.tone == "fault" else "─")
    return f"{tail}{line}{head}" if last else line
