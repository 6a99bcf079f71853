"""The words of outcomes, and the top of a test page."""

from __future__ import annotations

from pathlib import Path

import pytest

from rigs.errors import ConsoleLost, DeviceFault, NotReached, ServiceFault, UsageFault
from rigs.language import Case
from rigs.report.headline import PICTURE_LIMIT, top
from rigs.report.story import Story, Table, blame_of, last_line, outcome_of

CASE = Case(feature="F", scenario="S", file=Path("x.feature"), line=3)


@pytest.mark.parametrize(
    ("error", "outcome", "blame"),
    [
        (None, "passed", ""),
        (DeviceFault("x"), "failed", "device"),
        (AssertionError("a user's own"), "failed", "device"),
        (ServiceFault("x"), "broken", "service"),
        (ConsoleLost("x"), "broken", "rig"),
        (UsageFault("x"), "broken", "rig file"),
        (KeyError("a bug"), "broken", "rig"),
        (NotReached("x"), "not reached", ""),
        (pytest.skip.Exception("not reached: x"), "not reached", ""),
        (pytest.skip.Exception("needs power"), "skipped", ""),
    ],
    ids=repr,
)
def test_an_error_has_an_outcome_and_somebody_to_blame(error: BaseException | None, outcome: str, blame: str) -> None:
    assert (outcome_of(error), blame_of(error)) == (outcome, blame)


def test_the_last_line_counts_what_was_judged() -> None:
    counts = {"passed": 40, "failed": 1, "skipped": 6, "not reached": 2}
    assert last_line(counts) == "judged 41 · skipped 6 · not reached 2 · broken 0"  # type: ignore[arg-type]


def test_a_story_shows_rig_and_verdict() -> None:
    assert repr(Story(rig="b", outcome="failed", sentence="too late")) == "<Story b failed: too late>"
    assert repr(Story()) == "<Story no rig open: no verdict yet>"


def test_a_big_picture_is_only_attached() -> None:
    small, big = (Story(pictures=[("sequence", "x" * size)]) for size in (PICTURE_LIMIT, PICTURE_LIMIT + 1))
    assert "data:image" in top(small, CASE, "passed")
    assert "data:image" not in top(big, CASE, "passed")
    assert "sequence: 50 kB, see the attachment" in top(big, CASE, "passed")


def test_a_marked_cell_stands_out_without_its_mark() -> None:
    html = top(Story(tables=[Table("T", ("a",), (("!2 < 3",), (None,)))]), CASE, "passed")
    assert "2 &lt; 3</td>" in html
    assert "!2" not in html
    assert html.count("#ffdcdc") == 1
