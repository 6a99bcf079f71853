"""`python -m rigs.rules.page` writes the tables of docs/rules.md; what stands above the mark is written by hand.

`--check` compares instead of writing: exit code 1 when the page is old.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from rigs.rules.table import RULES, Row

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"
MARK = "<!-- from here on made by `python -m rigs.rules.page` from rigs/rules/table.py -->"
HEADER = ("rule", "sentence", "source", "severity", "what is right all the same")
NEEDED = ("rule", "speaks where the profile says", "and the log shows")


def render(page: str) -> str:
    """The page with its tables made anew. Raises ValueError when the mark is gone."""
    head, mark, _ = page.partition(MARK)
    if not mark:
        raise ValueError(f"the page has no line {MARK!r}, below which the tables go")
    said = ((name, row.sentence, row.source, row.severity, row.excepted) for name, row in RULES.items())
    needed = (_needed(name, row) for name, row in RULES.items())
    tables = [*_table(HEADER, said), "", "## What a rule needs", "", *_table(NEEDED, needed), ""]
    return "\n".join([f"{head}{MARK}", "", "## The rules", "", *tables])


def _needed(name: str, row: Row) -> Sequence[str]:
    declared = " or ".join(f"`{word}`" for word in row.declared)
    return name, declared or "anything", ", ".join(f"`{word}`" for word in sorted(row.needs)) or "the requests"


def _table(header: Sequence[str], rows: Iterator[Sequence[str]]) -> Iterator[str]:
    for row in (header, ["---"] * len(header), *rows):
        yield f"| {' | '.join(row)} |"


def main(arguments: Sequence[str] | None = None, page: Path = PAGE) -> int:
    """Write the page, or with `--check` say whether it is current."""
    old = page.read_text(encoding="utf-8")
    made = render(old)
    if "--check" in (sys.argv[1:] if arguments is None else arguments):
        return int(made != old)
    page.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
