"""Where the rows of a sequence picture stand: time to scale, long pauses broken, nothing on top of anything."""

from __future__ import annotations

import itertools
import textwrap
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from rigs.report.flow import Row

ROW = 30  # pixels from one arrow to the next, at least
NOTE_LINE = 13
NOTE_CHARS = 56
NOTE_LINES = 2
LONGEST_PAUSE = 120  # pixels; a longer one is broken
BROKEN_PAUSE = 72  # pixels that a broken one takes
SLOWEST, FASTEST = 12.0, 200.0  # pixels a second
MOST_ROWS = 100


@dataclass(frozen=True, slots=True)
class Break:
    """A pause that is not to scale: where it stands and how long it lasted."""

    y: float
    seconds: float


@dataclass(slots=True)
class Layout:
    """`y` holds the height of each row, `scale` the pixels of a second where time is to scale."""

    rows: Sequence[Row]
    scale: float = 0.0
    y: list[float] = field(default_factory=list)
    breaks: list[Break] = field(default_factory=list)
    bottom: float = 0.0

    def height_of(self, at: float) -> float:
        """The height of an instant: between two rows it is found by the time that has passed."""
        times = [row.at for row in self.rows]
        after = bisect_right(times, at)
        if after == 0 or after == len(times):
            return self.y[min(after, len(times) - 1)] + (0 if after == 0 else ROW / 2)
        share = (at - times[after - 1]) / max(times[after] - times[after - 1], 1e-9)
        return self.y[after - 1] + share * (self.y[after] - self.y[after - 1])


def notes(row: Row) -> list[str]:
    """What stands beneath an arrow, in lines."""
    lines = textwrap.wrap(row.note, NOTE_CHARS)
    if len(lines) > NOTE_LINES:
        lines = [*lines[: NOTE_LINES - 1], lines[NOTE_LINES - 1][: NOTE_CHARS - 1] + "…"]
    return lines


def laid_out(rows: Sequence[Row], top: float) -> Layout:
    """Rows from `top` down. The scale is chosen so that most of the quick answers are still to scale."""
    layout = Layout(rows, scale=_scale(rows))
    y, last = top, None
    for row in rows:
        if last is not None:
            needed = ROW + NOTE_LINE * len(notes(last))
            wanted = (row.at - last.at) * layout.scale
            if wanted > max(LONGEST_PAUSE, needed):
                step = max(BROKEN_PAUSE, needed + NOTE_LINE + ROW // 2)
                layout.breaks.append(Break(y + step - 36, row.at - last.at))
                y += step
            else:
                y += max(needed, wanted)
        layout.y.append(y)
        last = row
    layout.bottom = y + ROW + (NOTE_LINE * len(notes(rows[-1])) if rows else 0)
    return layout


def _scale(rows: Sequence[Row]) -> float:
    gaps = sorted(later.at - row.at for row, later in itertools.pairwise(rows) if later.at - row.at > 0.004)
    if not gaps:
        return FASTEST
    return min(FASTEST, max(SLOWEST, ROW / gaps[len(gaps) // 4]))


def capped(rows: Sequence[Row]) -> list[Row]:
    """At most MOST_ROWS rows: the first and the last ones, with a note between that says how many were left out."""
    if len(rows) <= MOST_ROWS:
        return list(rows)
    head, tail = MOST_ROWS * 2 // 3, MOST_ROWS // 3
    hidden = rows[head : len(rows) - tail]
    said = f"… {len(hidden)} more not drawn (records {hidden[0].n} to {hidden[-1].n}) …"
    note = Row(n=hidden[0].n, at=hidden[0].at, start="tap", end="tap", label=said)
    return [*rows[:head], note, *rows[len(rows) - tail :]]
