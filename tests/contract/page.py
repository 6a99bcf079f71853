"""docs/fidelity.md: the part that is made of the rows and of what other clouds did with them.

`python -m tests.contract.page [FILE …]` takes results/contract-emulator*.jsonl in and writes the page anew.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.contract.allrows import ROWS
from tests.contract.ministack import VERSION
from tests.contract.opinion import Opinion, keep, kept, reason
from tests.contract.row import Row

HERE = Path(__file__).parent
STORED = HERE / "emulator.jsonl"
PAGE = HERE.parents[1] / "docs" / "fidelity.md"
BEGIN, END = "<!-- rows: made by python -m tests.contract.page -->", "<!-- end of rows -->"
HEAD = ("id", "rule", "from", "trust", "local cloud", VERSION)


def table() -> str:
    """All rows with what each cloud does."""
    opinions = kept(STORED)
    lines = [_line(HEAD), _line("---" for _ in HEAD)]
    lines += [_line(_cells(row, opinions)) for row in ROWS]
    return "\n".join([BEGIN, "", _counts(opinions), "", *lines, "", END])


def _cells(row: Row, opinions: Mapping[tuple[str, int], Opinion]) -> Iterable[str]:
    return row.id, row.says, "; ".join(row.clauses), row.trust, _ours(row), _theirs(row, opinions)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/').replace(chr(10), ' ') for cell in cells)} |"


def _ours(row: Row) -> str:
    if row.open is None:
        return "does so"
    others = ", ".join(f"`{value!r}`" for value, _ in row.open.plays[1:])
    return f"open: `{row.open.key}` = `{row.open.default!r}` (or {others})"


def _theirs(row: Row, opinions: Mapping[tuple[str, int], Opinion]) -> str:
    why = reason(row, "emulator")
    if why:
        return f"not played: {why}"
    found = {version: opinions.get((row.id, version)) for version in row.versions}
    told = {_told(one) for one in found.values()}
    if len(told) == 1:
        return told.pop()
    names = {0: "", 4: "3.1.1: ", 5: "5: "}
    return "; ".join(f"{names[version]}{_told(one)}" for version, one in found.items())


def _told(one: Opinion | None) -> str:
    if one is None:
        return "not asked yet"
    words = {"agrees": "does so", "shows": f"shows `{one.text}`", "differs": "**differs**"}
    return words[one.verdict]


def _counts(opinions: Mapping[tuple[str, int], Opinion]) -> str:
    trust = {letter: sum(row.trust.startswith(letter) for row in ROWS) for letter in "ABC?"}
    played = [row for row in ROWS if reason(row, "emulator") is None and row.open is None]
    agree = [row for row in played if all(_agrees(opinions.get((row.id, version))) for version in row.versions)]
    letters = ", ".join(f"{count} of trust {letter}" for letter, count in trust.items())
    open_points = sum(row.open is not None for row in ROWS)
    return (
        f"{len(ROWS)} rows: {letters}; {open_points} of them are about open points. "
        f"Of the {len(played)} settled rows that {VERSION} can be asked it does {len(agree)} as the row says."
    )


def _agrees(one: Opinion | None) -> bool:
    return one is not None and one.verdict == "agrees"


def written(page: str) -> str:
    """The page with its rows made anew; raises ValueError when the marks are missing."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE} needs the lines {BEGIN!r} and {END!r}")
    return before + table() + after


def main(files: list[Path]) -> None:
    """Take results in, and write the page."""
    found = kept(STORED)
    for file in files:
        found.update(kept(file))
    rows = {row.id for row in ROWS}
    keep(STORED, (one for (row, _), one in sorted(found.items()) if row in rows))
    PAGE.write_text(written(PAGE.read_text()))


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
