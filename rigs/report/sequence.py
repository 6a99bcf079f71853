"""A scenario as a sequence picture (SVG): device, tap, service and operator, time downwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from rigs.report.flow import Lane, Row, duration, flow
from rigs.report.layout import NOTE_LINE, ROW, Layout, capped, laid_out, notes
from rigs.report.tables import Timer, timers
from rigs.trace.records import AnyRecord

X: dict[Lane, int] = {"device": 84, "tap": 474, "service": 864, "operator": 1284}
NAMES: dict[Lane, str] = {
    "device": "device",
    "tap": "network (tap)",
    "service": "AWS IoT Jobs service",
    "operator": "operator, another client",
}
TOP = 104
CHAR = 6.7  # pixels of a letter of a label
INKS = {"plain": "#1f2933", "good": "#18794e", "bad": "#c62828", "fault": "#c62828"}
BARS = {"step": "#e09f3e", "in-progress": "#7b5ea7"}
STYLE = """text{font:12px "DejaVu Sans",Verdana,"Segoe UI",sans-serif;fill:#1f2933}
.t{font-size:10.5px;fill:#66727f;text-anchor:end}.h{font-weight:bold;text-anchor:middle}.n{font-size:10.5px}
.v{font-size:11px;fill:#33506e}.k{font-size:10.5px;fill:#66727f}.life{stroke:#b8c2cc;stroke-width:1.5}
.g{stroke:#18794e}.b,.f{stroke:#c62828}.p{stroke:#1f2933}.a{stroke-width:1.5;fill:none}.f{stroke-dasharray:6 4}
.hg{fill:#18794e}.hb,.hf{fill:#c62828}.hp{fill:#1f2933}"""


def sequence_svg(records: Iterable[AnyRecord], title: str) -> str:
    """The picture of a slice of a trace, with its own white ground; under 50 kB for a usual scenario.

    Time is to scale where messages are not crowded; pauses that are too long are broken, and marked with their length.
    """
    every = list(records)
    rows = capped(flow(every))
    layout = laid_out(rows, TOP)
    bars = [timer for timer in timers(every) if rows]
    wide = any("operator" in (row.start, row.end) for row in rows)
    width = X["operator"] + 110 if wide else X["service"] + 256
    lanes: list[Lane] = ["device", "tap", "service", *(["operator"] if wide else [])]  # type: ignore[list-item]
    bottom = layout.bottom if rows else TOP + ROW
    height = bottom + 44 + 16 * len(bars)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height:.0f}" '
        f'viewBox="0 0 {width} {height:.0f}" role="img"><title>{escape(title)}</title><style>{STYLE}</style>',
        '<rect width="100%" height="100%" fill="#fff"/>',
        f'<text x="16" y="28" style="font-size:15px;font-weight:bold">{escape(_cut(title, width / 9))}</text>',
        *(_lifeline(lane, bottom) for lane in lanes),
        *_pauses(layout),
        *(part for number, timer in enumerate(bars) for part in _bar(number, timer, layout, bottom)),
        *(part for row, y in zip(rows, layout.y, strict=True) for part in _row(row, y, rows[0].at, len(bars))),
        *_legend(layout, bottom + 28 + 16 * len(bars)),
        "</svg>",
    ]
    return "\n".join(parts)


def _lifeline(lane: Lane, bottom: float) -> str:
    x, name = X[lane], NAMES[lane]
    half = 20 + len(name) * CHAR / 2
    left = max(4.0, x - half)
    return (
        f'<path class="life" d="M{x} 72V{bottom:.0f}"/><rect x="{left:.0f}" y="46" width="{2 * half:.0f}" height="26" '
        f'rx="5" fill="#eef2f6" stroke="#b8c2cc"/><text class="h" x="{left + half:.0f}" y="63">{name}</text>'
    )


def _text(x: float, y: float, text: str, *, anchor: str = "start", ink: str = "", cls: str = "") -> str:
    kind = f' class="{cls}"' if cls else ""
    fill = f' style="fill:{ink}"' if ink else ""
    where = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'<text x="{x:.0f}" y="{y:.0f}"{kind}{where}{fill}>{escape(text)}</text>'


def _cross(x: float, y: float) -> str:
    return f'<path class="a b" style="stroke-width:2.2" d="M{x - 5:.0f} {y - 5:.0f}l10 10m0 -10l-10 10"/>'


def _pauses(layout: Layout) -> Iterator[str]:
    left, right = X["device"] - 8, X["service"] + 8
    for pause in layout.breaks:
        wave = "".join(f"l8 {-6 if step % 2 else 6}" for step in range((right - left) // 8))
        yield f'<rect x="{left}" y="{pause.y - 4:.0f}" width="{right - left}" height="9" fill="#fff"/>'
        yield f'<path d="M{left} {pause.y - 3:.0f}{wave}" fill="none" stroke="#dbe2e8"/>'
        yield _text(left - 6, pause.y + 4, duration(pause.seconds), anchor="end", cls="k")


def _row(row: Row, y: float, zero: float, bars: int) -> Iterator[str]:
    yield _text(58, y + 4, f"{row.at - zero:.3f}", cls="t")
    if row.broken:
        yield from _broken(row, y)
    elif row.arrow:
        yield from _arrow(row, y)
    else:
        yield from _mark(row, y)
    if row.version:
        yield _text(X["service"] + 12 + 10 * bars, y + 4, _cut(row.version, 30), cls="v")


def _arrow(row: Row, y: float) -> Iterator[str]:
    start, end, sort = X[row.start], X[row.end], row.tone[0]
    way = 1 if end > start else -1
    lost = row.end == "tap" and bool(row.note) and not row.note.startswith("held")
    tip = end - way * (9 if lost else 0)
    yield f'<path class="a {sort}" d="M{start} {y:.0f}H{tip - way * 7}"/>'
    yield _cross(tip, y) if lost else f'<path class="h{sort}" d="M{tip} {y:.0f}l{-way * 9} -4.5v9z"/>'
    left, right = _segment(row)
    label = _cut(row.label, (right - left - 24) / CHAR)
    yield _text((left + right) / 2, y - 5, label, anchor="middle", ink=INKS[row.tone])
    for number, text in enumerate(notes(row)):
        yield _text(left + 14, y + 13 + NOTE_LINE * number, text, cls="n", ink=INKS["fault"])


def _segment(row: Row) -> tuple[int, int]:
    """The leg on which the label stands: the one next to the sender."""
    start, end = X[row.start], X[row.end]
    if {row.start, row.end} == {"device", "service"}:
        return (X["device"], X["tap"]) if row.start == "device" else (X["tap"], X["service"])
    return min(start, end), max(start, end)


def _broken(row: Row, y: float) -> Iterator[str]:
    low, high = sorted((X[row.start], X[row.end]))
    middle = (X["device"] + X["tap"]) / 2 if row.start == "device" else (low + high) / 2
    yield f'<path class="a b" stroke-dasharray="2 4" d="M{low} {y:.0f}H{high}"/>'
    yield from (_cross(x, y) for x in sorted({low, high} - {X["tap"]}))
    yield _text(middle, y - 6, row.label, anchor="middle", ink=INKS["bad"])


def _mark(row: Row, y: float) -> Iterator[str]:
    x, label = X[row.start], _cut(row.label, 48)
    size = len(label) * CHAR + 16
    left = {"device": x - 6, "service": x - size + 6}.get(row.start, x - size / 2)
    edge = INKS[row.tone] if row.tone != "plain" else "#66727f"
    fill = "#fdecea" if row.tone in ("bad", "fault") else "#f5f7f9"
    frame = f'x="{left:.0f}" y="{y - 10:.0f}" width="{size:.0f}" height="20" rx="4"'
    yield f'<rect {frame} fill="{fill}" stroke="{edge}"/>'
    yield _text(left + size / 2, y + 4, label, anchor="middle", ink=INKS[row.tone])


def _bar(number: int, timer: Timer, layout: Layout, bottom: float) -> Iterator[str]:
    """A timer as a bar beside the service, with its line under the picture."""
    x, colour = X["service"] + 8 + 10 * number, BARS.get(timer.name, "#66727f")
    top = layout.height_of(timer.at)
    end = bottom if timer.at_end is None else layout.height_of(timer.at_end)
    yield f'<rect x="{x}" y="{top:.0f}" width="6" height="{max(end - top, 6):.0f}" rx="3" fill="{colour}"/>'
    if timer.end == "fired":
        yield _cross(x + 3, end)
    minutes = "" if timer.minutes is None else f" of {duration(timer.minutes * 60)}"
    late = "" if timer.error is None else f", {timer.error:+.1f} s"
    said = f"{timer.job} {timer.name} timer{minutes}, set by {timer.by}: {timer.end or 'running'}{late}"
    y = bottom + 22 + 16 * number
    yield f'<rect x="16" y="{y - 9:.0f}" width="6" height="10" rx="3" fill="{colour}"/>'
    yield _text(28, y, f"{number + 1}. {said}", cls="n")


def _legend(layout: Layout, y: float) -> Iterator[str]:
    to_scale = f"1 s = {layout.scale:.0f} px where messages are not crowded; longer pauses are broken. "
    said = "Green: accepted. Red: refused. Red and dashed: a fault put in by the rig."
    yield _text(16, y, f"{to_scale if layout.rows else ''}{said}", cls="k")


def _cut(text: str, room: float) -> str:
    return text if len(text) <= room else f"{text[: max(1, int(room) - 1)]}…"
