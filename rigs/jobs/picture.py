"""`python -m rigs.jobs.picture`: draws the life cycle of a job execution and writes its page, both from the code."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from html import escape
from pathlib import Path
from typing import Any

from rigs.jobs.course import RETRIED
from rigs.jobs.lifecycle import LIFECYCLE, Event, lifecycle
from rigs.jobs.model import Status
from rigs.jobs.switches import Switches
from rigs.jobs.trials import DOINGS, PLACES, edges, effect, retried, timed

DOCS = Path(__file__).parents[2] / "docs"
WIDTH, HEIGHT = 1280, 740
BOX_WIDTH = 190
# Left edge, upper edge and height of the boxes.
LEFT, RIGHT = 60, 1060
BOXES: Mapping[Status, tuple[int, int, int]] = {
    Status.QUEUED: (LEFT, 106, 120),
    Status.IN_PROGRESS: (LEFT, 540, 100),
    Status.REMOVED: (RIGHT, 86, 70),
    Status.CANCELED: (RIGHT, 186, 70),
    Status.REJECTED: (RIGHT, 286, 70),
    Status.FAILED: (RIGHT, 386, 70),
    Status.SUCCEEDED: (RIGHT, 486, 70),
    Status.TIMED_OUT: (RIGHT, 586, 70),
}
# Where the arrows of one source and one kind leave their box, and on which vertical they climb or fall to their rows.
LANES: Mapping[tuple[Status, str], tuple[int, int]] = {
    (Status.QUEUED, "service"): (121, 300),
    (Status.QUEUED, "device"): (213, 340),
    (Status.IN_PROGRESS, "device"): (562, 420),
    (Status.IN_PROGRESS, "service"): (621, 380),
}
APART = 16  # pixels from a row's middle to the arrow of either source
LABELS = 450  # where labels begin, right of all verticals
STYLE = """
text { font-family: "DejaVu Sans", Verdana, sans-serif; font-size: 14px; fill: #1d2733 }
.title { font-size: 20px; font-weight: bold }
.note { font-size: 12px; fill: #5a6675 }
.event { font-weight: bold }
.status { font-size: 16px; font-weight: bold; text-anchor: middle }
.below { font-size: 12px; fill: #5a6675; text-anchor: middle }
.box { stroke: #1d2733; stroke-width: 1.5; fill: #ffffff }
.pending { fill: #e8f1fd }
.terminal { fill: #f1f2f4 }
.edge path, .lane { fill: none; stroke-width: 2 }
.edge .gap, .gap { stroke: #ffffff; stroke-width: 9 }
.device { stroke: #1a5fb4 }
.service { stroke: #a8471c; stroke-dasharray: 7 4 }
.disputed { stroke: #b8101f; stroke-dasharray: 2 3 }
.doubt { fill: #b8101f }
"""
HEADS: Mapping[str, str] = {"device": "#1a5fb4", "service": "#a8471c", "disputed": "#b8101f"}


def disputed() -> dict[tuple[Status, Event], str]:
    """The transitions that are there or not by a switch, with its name."""
    found = {}
    for field in fields(Switches):
        if isinstance(field.default, bool):
            flipped: Any = {field.name: not field.default}
            other = lifecycle(replace(Switches(), **flipped))
            found.update({(a, event): field.name for a, event, _ in edges() if event not in other[a]})
    return found


def draw() -> str:
    """The picture as SVG."""
    arrows = [arrow for arrow in _arrows() if LIFECYCLE[arrow[0]] and not LIFECYCLE[arrow[1]]]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">',
        f"<style>{STYLE}</style>",
        f"<defs>{''.join(_head(name, colour) for name, colour in HEADS.items())}</defs>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        _text(LEFT, 36, "The life of a job execution", "title"),
        *_lanes(arrows),
        *(_row(*arrow) for arrow in arrows),
        *_between_pending(),
        *(_box(status) for status in LIFECYCLE),
        *_legend(),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


Arrow = tuple[Status, Status, tuple[Event, ...], str]


def _arrows() -> list[Arrow]:
    """From, to, the events that lead there, and whose doing they are or that they are disputed."""
    found: dict[tuple[Status, Status, str], tuple[Event, ...]] = {}
    doubted = disputed()
    for source, event, target in edges():
        kind = "disputed" if (source, event) in doubted else DOINGS[event].by
        key = source, target, kind
        found[key] = (*found.get(key, ()), event)
    return [(source, target, events, kind) for (source, target, kind), events in found.items()]


def _height(source: Status, target: Status) -> int:
    """Where the arrow runs: the middle of the row, or above and below it where both pending states lead there."""
    _, top, high = BOXES[target]
    sources = [one for one, row in LIFECYCLE.items() if target in row.values()]
    apart = 0 if len(sources) == 1 else -APART if source is Status.QUEUED else APART
    return top + high // 2 + apart


def _lanes(arrows: Iterable[Arrow]) -> Iterator[str]:
    """The verticals, each from its box to the furthest row on either side, then the stems over them."""
    ends: dict[tuple[Status, str], list[int]] = {}
    for source, target, events, _ in arrows:
        ends.setdefault((source, DOINGS[events[0]].by), []).append(_height(source, target))
    for lane, heights in ends.items():
        port, across = LANES[lane]
        yield f'<path class="lane {lane[1]}" d="M{across},{min(*heights, port)} V{max(*heights, port)}"/>'
    for lane in ends:
        port, across = LANES[lane]
        yield _over(f"M{LEFT + BOX_WIDTH},{port} H{across - 6}")
        yield f'<path class="lane {lane[1]}" d="M{LEFT + BOX_WIDTH},{port} H{across}"/>'


def _over(path: str) -> str:
    """What lies below the path is interrupted there."""
    return f'<path class="lane gap" d="{path}"/>'


def _row(source: Status, target: Status, events: tuple[Event, ...], kind: str) -> str:
    """One arrow into a terminal box with its label, and the events that it stands for as data."""
    height, across = _height(source, target), LANES[source, DOINGS[events[0]].by][1]
    how = DOINGS[events[0]].how + (f" · disputed: {disputed()[source, events[0]]}" if kind == "disputed" else "")
    line = _path(kind, f"M{across},{height} H{RIGHT - 2}")
    label = _label(LABELS, height - 7, " · ".join(events), how, doubt=kind == "disputed")
    return _edge(source, target, events, _over(f"M{across + 6},{height} H{RIGHT}") + line + label)


def _edge(source: Status, target: Status, events: Iterable[Event], inner: str) -> str:
    names = " ".join(events)
    return f'<g class="edge" data-from="{source}" data-to="{target}" data-events="{names}">{inner}</g>'


def _between_pending() -> Iterator[str]:
    """How an execution comes to be, how its work begins and how it goes on: the arrows beside the pending boxes."""
    middle, by = LEFT + BOX_WIDTH // 2, DOINGS[Event.START].by
    (_, first, high), (_, second, low) = BOXES[Status.QUEUED], BOXES[Status.IN_PROGRESS]
    entry = f'<circle cx="{middle}" cy="58" r="6"/>' + _path("service", f"M{middle},64 V{first - 2}")
    entry += _label(middle + 16, 74, "queue", "CreateJob, roll-out, retry, or the thing joins the group")
    yield f'<g class="edge">{entry}</g>'
    down = _path(by, f"M{middle},{first + high} V{second - 2}") + _label(middle + 12, 356, Event.START, "")
    for at, line in enumerate(("start-next, or", "update", "IN_PROGRESS")):
        down += _text(middle + 12, 374 + 16 * at, line, "note")
    yield _edge(Status.QUEUED, Status.IN_PROGRESS, [Event.START], down)
    left, right, bottom = middle - 50, middle + 50, second + low
    loop = _path(by, f"M{left},{bottom} C{left},{bottom + 46} {right},{bottom + 46} {right},{bottom + 3}")
    loop += _label(left, bottom + 58, Event.START, "again: progress")
    yield _edge(Status.IN_PROGRESS, Status.IN_PROGRESS, [Event.START], loop)


def _path(kind: str, path: str) -> str:
    return f'<path class="{kind}" marker-end="url(#{kind})" d="{path}"/>'


def _box(status: Status) -> str:
    left, top, high = BOXES[status]
    pending = bool(LIFECYCLE[status])
    words = _text(left + BOX_WIDTH // 2, top + high // 2 + 2, status, "status")
    below = "pending" if pending else "retried if the job says so" if status in RETRIED else "the end"
    words += _text(left + BOX_WIDTH // 2, top + high // 2 + 21, below, "below")
    shape = f'x="{left}" y="{top}" width="{BOX_WIDTH}" height="{high}" rx="8"'
    return f'<rect class="box {"pending" if pending else "terminal"}" {shape}/>{words}'


def _legend() -> Iterator[str]:
    words = {
        "device": "the device reports it",
        "service": "the service or the operator does it",
        "disputed": "the device, disputed: a switch forbids it",
    }
    for at, (kind, text) in zip((450, 660, 950), words.items(), strict=True):
        yield f'<g class="edge">{_path(kind, f"M{at},712 h40")}</g>'
        yield _text(at + 52, 716, text, "note")


def _label(x: int, y: int, event: str, how: str, *, doubt: bool = False) -> str:
    kind = ' class="doubt"' if doubt else ""
    spans = f'<tspan class="event">{escape(event)}</tspan><tspan class="note" dx="10">{escape(how)}</tspan>'
    return f'<text x="{x}" y="{y}"{kind}>{spans}</text>'


def _text(x: int, y: int, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x}" y="{y}">{escape(text)}</text>'


def _head(name: str, colour: str) -> str:
    shape = f'<path d="M0,0 L10,5 L0,10 z" fill="{colour}"/>'
    return (
        f'<marker id="{name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto">'
        f"{shape}</marker>"
    )


def page() -> str:
    """The page around the picture: tables that the service itself filled in."""
    doubted = disputed()
    transitions = []
    for source, event, target in edges():
        doing, done = DOINGS[event], effect(source, event)
        how = "update IN_PROGRESS" if source is target else doing.how
        if (source, event) in doubted:
            how += f" (disputed: `Switches.{doubted[source, event]}`)"
        counted = f"+{done.counted}" if done.counted else "stays"
        told = [done.published[place] for place in PLACES]
        transitions.append([source, event, target, doing.by, how, doing.clause, counted, *told, done.event])
    heads = ["from", "event", "to", "who", "by", "clause", "version", *PLACES, "event message"]
    return PAGE.format(
        transitions=_table(heads, transitions),
        retried=_table(["end", "pending afterwards", "published"], retried()),
        timed=_table(["at", "the device reports", "timed out at"], timed()),
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


PAGE = """<!-- made by `python -m rigs.jobs.picture` from rigs/jobs -->
# The life of a job execution

![States and transitions](lifecycle.svg)

QUEUED and IN_PROGRESS are *pending*: the device finds such executions by `get` and `start-next`, those IN_PROGRESS
first, then in the order in which they were queued. The other six are ends. What has no arrow is refused as
InvalidStateTransition. `Switches` (rigs/jobs/switches.py) has the points on which AWS's behaviour is open.

## Transitions

A fresh service with default switches made each transition for this table. *version* is what it did to versionNumber.
The next three columns are what the device is told, with the jobs that the message names (– for none): when the
execution (`job`) is the only pending one, when `other` was queued after it, and when `other` was queued before it, both
being in the same state. *event message* is published as `$aws/events/jobExecution/JOB/…` once the operator has turned
these on.

{transitions}

`force-cancel` of a QUEUED execution is the same call as `cancel`, with `force`.

## Retries

What follows when the job has a retry left (`jobExecutionsRetryConfig` for ALL, one retry). A retry is an execution of
its own, with the next executionNumber and version 1.

{retried}

## Timers

Both count whole minutes, from 1 to 10080, and only while the execution is IN_PROGRESS; the one that ends first makes it
TIMED_OUT.

- *In-progress timer*, `timeoutConfig` of the job: begins with the work, is never set back.
- *Step timer*, `stepTimeoutInMinutes` of a `start-next` that begins the work or of an update with IN_PROGRESS: each
  value sets it anew, an update without it lets it run, -1 cancels it (refused when none runs).

A job with `inProgressTimeoutInMinutes` 20 (jobs-protocol §4):

{timed}
"""


def main(arguments: Sequence[str]) -> int:
    """Write both files, or with --check say whether they are as they would be written."""
    made = {DOCS / "lifecycle.svg": draw(), DOCS / "lifecycle.md": page()}
    if "--check" not in arguments:
        for path, text in made.items():
            path.write_text(text)
        return 0
    stale = [path.name for path, text in made.items() if not path.exists() or path.read_text() != text]
    if stale:
        print(f"docs/{' and docs/'.join(stale)}: not what the code makes; run `python -m rigs.jobs.picture`")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
