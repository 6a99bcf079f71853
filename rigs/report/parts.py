"""The pieces of a test on our own page: verdict, difference, pictures, tables, steps, files, the line to repeat it."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Iterator, Sequence
from html import escape

from rigs.report.headline import is_marked, shown
from rigs.report.results import File, Step, Test

TAIL = 20_000
"""Characters of a text file that the page shows: the end, where a console tells how it ended."""

DOTS = {"passed": "✓", "failed": "✗", "broken": "!", "skipped": "–"}


def slug(outcome: str) -> str:
    """An outcome as a class of the style sheet."""
    return outcome.replace(" ", "-")


def pieces(test: Test) -> Iterator[str]:
    """Everything inside a test, from verdict to traceback."""
    yield from _verdict(test)
    yield from _difference(test)
    yield from (_picture(file) for file in test.files if file.mime.startswith("image/"))
    yield from (_table(each["name"], each["headers"], each["rows"]) for each in test.story.get("tables", ()))
    yield f'<h4>Steps</h4><ol class="steps">{"".join(map(_step, test.steps))}</ol>' if test.steps else ""
    others = [file for file in test.files if not file.mime.startswith("image/")]
    yield f"<h4>Files</h4>{''.join(map(_file, others))}" if others else ""
    yield from _again(test)
    if test.trace:
        yield _folded("Traceback", f"<pre>{escape(test.trace)}</pre>")


def _verdict(test: Test) -> Iterator[str]:
    blame = test.story.get("blame")
    whose = f" ({escape(blame)})" if blame and test.outcome == "broken" else ""
    says = f": {escape(test.sentence)}" if test.sentence else ""
    yield f'<p class="verdict"><b>{test.outcome.capitalize()}{whose}</b>{says}</p>'
    if test.story.get("description"):
        yield f'<p class="about">{escape(test.story["description"])}</p>'
    for waiver in test.story.get("waivers", ()):
        yield f'<p class="under">Waived: {escape(waiver)}</p>'
    if test.retries:
        yield f'<p class="under">Run {test.retries + 1} times; this is the last.</p>'


def _difference(test: Test) -> Iterator[str]:
    expected, actual = test.story.get("expected"), test.story.get("actual")
    if expected is None and actual is None:
        return
    sides = (("Expected", expected), ("Actual", actual))
    boxes = (f"<div><h4>{name}</h4><pre>{escape(str(text or ''))}</pre></div>" for name, text in sides)
    yield f'<div class="difference">{"".join(boxes)}</div>'


def _picture(file: File) -> str:
    if not file.path.is_file():
        return _file(file)
    data = base64.b64encode(file.path.read_bytes()).decode("ascii")
    image = f'<img alt="{escape(file.name)}" src="data:{escape(file.mime)};base64,{data}">'
    return f'<h4>{escape(file.name)}</h4><div class="picture">{image}</div>'


def _table(name: str, headers: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    head = "".join(f"<th>{escape(str(each))}</th>" for each in headers)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    title = f"<h4>{escape(name)}</h4>" if name else ""
    return f'{title}<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(cell: object) -> str:
    mark = ' class="marked"' if is_marked(cell) else ""
    return f"<td{mark}>{escape(shown(cell))}</td>"


def _step(step: Step) -> str:
    keyword, _, text = step.name.partition(" ")
    told = f"<b>{escape(keyword)}</b> {escape(text)}" if text else escape(step.name)
    wrong = f'<div class="wrong">{escape(step.message)}</div>' if step.message else ""
    # A message is a sub-step whose only file has its name: the two are one line.
    if not step.steps and [file.name for file in step.files] == [step.name]:
        return f"<li>{_file(step.files[0])}</li>"
    inner = f"<ol>{''.join(map(_step, step.steps))}</ol>" if step.steps else ""
    return (
        f'<li class="{slug(step.status)}"><div class="line"><span class="dot" title="{escape(step.status)}">'
        f'{DOTS.get(step.status, "·")}</span><span class="text">{told}</span><span class="time">{_time(step.seconds)}'
        f"</span></div>{wrong}{''.join(map(_file, step.files))}{inner}</li>"
    )


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 0.01 else ""


def _file(file: File) -> str:
    if file.mime == "text/csv":
        return _folded(file.name, _csv(file))
    if file.mime.startswith("image/") and file.path.is_file():
        return _folded(file.name, _picture(file))
    text = file.text(TAIL)
    return _folded(file.name, f"<pre>{escape(_pretty(text) if file.mime == 'application/json' else text)}</pre>")


def _csv(file: File) -> str:
    head, *rows = [*csv.reader(io.StringIO(file.text(TAIL)))] or [[]]
    return _table("", head, rows)


def _pretty(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text


def _folded(name: str, inner: str) -> str:
    return f'<details class="file"><summary>{escape(name)}</summary>{inner}</details>'


def _again(test: Test) -> Iterator[str]:
    line = test.story.get("reproduce")
    if line:
        yield f'<h4>Run it again</h4><div class="again"><pre>{escape(line)}</pre><button>Copy</button></div>'
