"""docs/cloud.md: its tables are what the code makes, and its lines work."""

from __future__ import annotations

import pytest

from rigs.cli import COMMANDS
from rigs.cloud.explain import settings
from rigs.cloud.page import MARK, PAGE, main, played, render


def test_the_page_is_current() -> None:
    assert main(["--check"]) == 0, "docs/cloud.md is old: run `python -m rigs.cloud.page`"


def test_every_setting_and_operation_stands_there() -> None:
    tables = PAGE.read_text().partition(MARK)[2]
    assert [one.name for one in settings() if f"\n| `{one.name}` | " not in tables] == []
    assert [name for names in played().values() for name in names if name not in tables] == []


def test_every_option_is_named() -> None:
    page = PAGE.read_text()
    options = [names[0] for names, _ in COMMANDS["cloud"].arguments if names[0].startswith("--")]
    assert [option for option in options if f"{option}`" not in page and f"{option} " not in page] == []


def test_a_page_without_the_mark_is_refused() -> None:
    with pytest.raises(ValueError, match="has no line"):
        render("# Mine")
