"""The page of the habits: what each row was, how it went, and what was skipped for which reason."""

from __future__ import annotations

from rigs.matrix import habits
from rigs.matrix.pairwise import Row
from rigs.outcomes import Line
from rigs.profile import WORDS

ROW: Row = {word: values[0] for word, values in habits.VALUES.items()}
GOOD = Line(id="S001", name="One", outcome="passed", tags=[])
LINES = [
    GOOD,
    Line(id="S003", name="Two", outcome="skipped", tags=[], text="not declared: told_by"),
    Line(id="S004", name="Three", outcome="not reached", tags=[], text="not reached: it polled"),
    Line(id="S005", name="Four", outcome="broken", tags=[], text="no console", step="Given it is idle"),
]


def test_the_words_are_written_as_the_command_line_takes_them() -> None:
    row: Row = {"mqtt": "3.1.1", "update_qos": 0, "sets_step_timer": False, "one_at_a_time": True}
    assert habits.words(row) == ["mqtt=3.1.1", "update_qos=0", "sets_step_timer=false", "one_at_a_time=true"]


def test_broken_counts_as_red() -> None:
    assert habits.counted("habits 01", LINES) == "habits 01: judged 1 · skipped 1 · not reached 1 · red 1"


def test_the_page_of_a_table_with_something_red() -> None:
    page = habits.render([(ROW, [GOOD]), (ROW, LINES)])
    assert "**2 rows; 1 scenarios are red.**" in page
    assert "| 1 | 1 | 0 | 0 | 0 |" in page
    assert "| 2 | 1 | 1 | 1 | 1 |" in page
    assert "| not declared: told_by | 1 | 2 |" in page
    assert "| not reached: S004 | 1 | 2 |" in page
    assert "| 2 | S005 | Four | “Given it is idle” |" in page


def test_the_page_of_a_table_without() -> None:
    page = habits.render([(ROW, [GOOD])])
    assert "none of them is red anywhere" in page
    assert "## What is red" not in page


def test_the_page_has_every_word() -> None:
    page = habits.render([(ROW, [GOOD])])
    assert [word for word in WORDS if f"`{word}`" not in page] == []
