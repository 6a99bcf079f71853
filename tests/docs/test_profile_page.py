"""docs/profile.md is what its generator makes of the code and the features."""

from __future__ import annotations

import pytest

from rigs.costs import shipped
from rigs.docs import MARK, PAGE, main, render
from rigs.profile import NUMBERS, TIMING, WORDS


def test_the_page_is_current() -> None:
    assert main(["--check"]) == 0, "docs/profile.md is old: run `python -m rigs.docs` and commit the page"


def test_every_word_has_a_row() -> None:
    page = PAGE.read_text()
    missing = [name for name in (*WORDS, *TIMING, *NUMBERS) if f"\n| `{name}` | " not in page]
    assert missing == []


def test_the_hand_written_part_is_kept() -> None:
    page = render(f"# Mine\n\n{MARK}\nold tables\n", shipped())
    assert page.startswith(f"# Mine\n\n{MARK}\n\n## Habits\n")
    assert "old tables" not in page


def test_a_value_that_a_scenario_wants_stands_before_its_number() -> None:
    row = next(line for line in render(MARK, shipped()).splitlines() if line.startswith("| `takes_jobs`"))
    assert '`"describe"`: S015' in row


def test_a_page_without_the_mark_is_refused() -> None:
    with pytest.raises(ValueError, match="has no line"):
        render("# Mine", [])
