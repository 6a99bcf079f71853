"""docs/rules.md is what its generator makes of the table."""

from __future__ import annotations

from pathlib import Path

import pytest

from rigs.rules.page import MARK, PAGE, main, render
from rigs.rules.table import RULES


def test_the_page_is_current() -> None:
    assert main(["--check"]) == 0, "docs/rules.md is old: run `python -m rigs.rules.page` and commit the page"


def test_every_rule_has_a_row_in_both_tables() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert {name: page.count(f"\n| {name} | ") for name in RULES} == dict.fromkeys(RULES, 2)


def test_an_old_page_is_made_anew_below_its_mark(tmp_path: Path) -> None:
    page = tmp_path / "rules.md"
    page.write_text(f"# Mine\n\n{MARK}\nold\n", encoding="utf-8")
    assert main(["--check"], page) == 1
    assert main([], page) == 0
    assert page.read_text(encoding="utf-8").startswith(f"# Mine\n\n{MARK}\n\n## The rules\n")
    assert "old" not in page.read_text(encoding="utf-8").splitlines()


def test_a_page_without_the_mark_is_refused() -> None:
    with pytest.raises(ValueError, match="has no line"):
        render("# Mine")


def test_what_a_rule_asks_of_the_profile_is_a_word_of_it() -> None:
    profile = (Path(PAGE).parent / "profile.md").read_text(encoding="utf-8")
    words = {word.removeprefix("timing.") for row in RULES.values() for word in row.declared}
    assert [word for word in words if f"\n| `{word}` | " not in profile] == []
