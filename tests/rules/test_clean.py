"""Two hundred healthy devices, and no rule says a word."""

import io
from pathlib import Path

import pytest

from rigs.rules.offline import lint
from tests.rules.conversations import Habits, Talk, every_habit, written

CLEAN = list(every_habit(200))


def test_they_are_all_different() -> None:
    assert len(set(CLEAN)) == 200


@pytest.mark.parametrize("habits", CLEAN, ids=str)
def test_a_clean_run_gives_no_finding(habits: Habits, tmp_path: Path) -> None:
    talk = Talk(habits)
    for job in ("A", "B"):
        talk.job(job)
    out = io.StringIO()
    assert lint([written(tmp_path / "trace.jsonl", talk.tape)], out) == 0
    assert "0 violations, 0 remarks" in out.getvalue()
    assert len(out.getvalue().splitlines()) == 1, out.getvalue()
