"""What several rounds of a scenario say together: n of m, the bound, the round that is shown."""

from __future__ import annotations

import pytest

from rigs.errors import DeviceFault, NotReached, RigFault
from rigs.outcomes import Judged
from rigs.report.story import Story
from rigs.rounds import Round, at_least, summary, table, told

RED, BROKEN, ELSEWHERE = DeviceFault("it reported twice"), RigFault("no console"), NotReached("no notice")


def rounds(*verdicts: BaseException | None) -> list[Round]:
    """Rounds that ended so."""
    return [
        Round(number=number, verdict=verdict, story=Story(sentence=str(verdict or "good")), judged=Judged())
        for number, verdict in enumerate(verdicts, 1)
    ]


@pytest.mark.parametrize(
    ("green", "of", "share"),
    [(20, 20, 0.05 ** (1 / 20)), (1, 1, 0.05), (100, 100, 0.05 ** (1 / 100)), (0, 20, 0.0), (0, 1, 0.0)],
)
def test_the_bound_where_it_can_be_written_down(green: int, of: int, share: float) -> None:
    assert at_least(green, of) == pytest.approx(share, abs=1e-6)


@pytest.mark.parametrize(("green", "of", "share"), [(19, 20, 0.7839), (5, 10, 0.2224), (8, 10, 0.4931)])
def test_the_bound_as_tables_have_it(green: int, of: int, share: float) -> None:
    assert at_least(green, of) == pytest.approx(share, abs=1e-4)


def test_a_surer_bound_is_lower() -> None:
    assert at_least(9, 10, 0.99) < at_least(9, 10, 0.95) < 0.9


@pytest.mark.parametrize(
    ("verdicts", "number"),
    [
        ((None, None), 1),
        ((None, RED, None, RED), 2),
        ((None, BROKEN, RED), 3),
        ((None, BROKEN, None), 2),
        ((ELSEWHERE, None), 2),
        ((ELSEWHERE, BROKEN), 2),
        ((ELSEWHERE, ELSEWHERE), 1),
    ],
)
def test_the_round_that_is_shown(verdicts: tuple[BaseException | None, ...], number: int) -> None:
    assert told(rounds(*verdicts)).number == number


@pytest.mark.parametrize(
    ("verdicts", "wanted", "words"),
    [
        ((None,) * 20, 20, "20 of 20 rounds green; 95 % sure: at least 86 % are"),
        ((None,) * 19 + (RED,), 20, "19 of 20 rounds green; 95 % sure: at least 78 % are"),
        ((None, BROKEN), 2, "1 of 1 rounds green; 95 % sure: at least 5 % are; 1 broken"),
        ((ELSEWHERE, None, None), 3, "2 of 2 rounds green; 95 % sure: at least 22 % are; 1 not reached"),
        ((ELSEWHERE, BROKEN), 5, "0 of 0 rounds green; 1 broken; 1 not reached; 3 not run"),
    ],
)
def test_the_summary(verdicts: tuple[BaseException | None, ...], wanted: int, words: str) -> None:
    assert summary(rounds(*verdicts), wanted) == words


def test_the_table_marks_what_is_red() -> None:
    assert [row[:2] for row in table(rounds(None, RED)).rows] == [("1", "passed"), ("!2", "failed")]


def test_a_round_shows_itself() -> None:
    assert repr(rounds(None, RED)[1]) == "<Round 2 failed>"
