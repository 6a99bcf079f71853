"""docs/fidelity.md: its rows are those of the tables, and each disagreement that is settled has a word about it."""

from __future__ import annotations

from tests.contract.allrows import ROWS
from tests.contract.opinion import kept, reason
from tests.contract.page import BEGIN, END, PAGE, STORED, written


def test_the_rows_of_the_page_are_current() -> None:
    page = PAGE.read_text()
    assert page == written(page), "write it anew: python -m tests.contract.page"


def test_the_emulator_was_asked_about_each_row() -> None:
    opinions = kept(STORED)
    asked = [(row.id, version) for row in ROWS if reason(row, "emulator") is None for version in row.versions]
    assert [one for one in asked if one not in opinions] == []
    assert [one for one in opinions if one not in asked] == []


def test_each_disagreement_is_explained() -> None:
    page = PAGE.read_text()
    findings = page.partition(BEGIN)[0] + page.partition(END)[2]
    rows = {row.id for row in ROWS if row.open is None}
    differing = sorted({row for (row, _), one in kept(STORED).items() if one.verdict == "differs" and row in rows})
    assert [row for row in differing if f"`{row}`" not in findings] == []
