"""The top of a test page in Allure: verdict, sequence picture, tables, the line that reproduces it, as plain HTML.

Allure shows `descriptionHtml` above the steps; `<img>` with a data URI is shown there, an inline `<svg>` is removed
(tried with Allure 3.18), so pictures go in as data URIs and bring their own background for the dark theme.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from html import escape

from rigs.language import Case
from rigs.report.story import Outcome, Story, Table

PICTURE_LIMIT = 50_000
"""Bytes of SVG that a description takes; bigger pictures are attached only."""

CELL = 'style="border:1px solid #b8c0cc;padding:3px 8px;text-align:left"'
MARKED = 'style="border:1px solid #b8c0cc;padding:3px 8px;text-align:left;background:#ffdcdc;color:#7a0010"'
MARKS = ("!", "✗")
"""A cell that begins with one of these is shown marked: a version that did not match, a timer that was late."""


def top(story: Story, case: Case, outcome: Outcome) -> str:
    """The whole description of a test."""
    return "\n".join(_parts(story, case, outcome))


def _parts(story: Story, case: Case, outcome: Outcome) -> Iterator[str]:
    if story.sentence:
        yield f"<p><strong>{escape(outcome.capitalize())}: {escape(story.sentence)}</strong></p>"
    yield from (f"<p><em>Waived: {escape(waiver)}</em></p>" for waiver in story.waivers)
    yield from (_picture(name, svg) for name, svg in story.pictures)
    yield from (table(each) for each in story.tables)
    if story.reproduce:
        yield f"<p>Reproduce: <code>{escape(story.reproduce)}</code></p>"
    yield from (f"<p>{escape(text)}</p>" for text in (case.rule, case.description, case.feature_description) if text)


def _picture(name: str, svg: str) -> str:
    data = svg.encode()
    if len(data) > PICTURE_LIMIT:
        return f"<p>{escape(name)}: {len(data) // 1000} kB, see the attachment.</p>"
    uri = base64.b64encode(data).decode("ascii")
    style = "background:#ffffff;max-width:100%;border-radius:6px"
    return f'<p><img alt="{escape(name)}" style="{style}" src="data:image/svg+xml;base64,{uri}"></p>'


def table(each: Table) -> str:
    """A table with its name above it; cells that begin with a mark (`!` or ✗) stand out."""
    head = "".join(f"<th {CELL}>{escape(str(name))}</th>" for name in each.headers)
    rows = "".join(f"<tr>{_cells(row)}</tr>" for row in each.rows)
    return f"<h4>{escape(each.name)}</h4><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _cells(row: Sequence[object]) -> str:
    return "".join(f"<td {MARKED if is_marked(cell) else CELL}>{escape(shown(cell))}</td>" for cell in row)


def is_marked(cell: object) -> bool:
    """Whether a cell stands out."""
    return str(cell).startswith(MARKS)


def shown(cell: object) -> str:
    """A cell as it is read: nothing for None, the mark `!` taken off."""
    return "" if cell is None else str(cell).removeprefix("!").strip()
