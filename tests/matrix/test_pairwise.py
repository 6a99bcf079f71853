"""The table of habits: any two values that may stand together do, none that may not, and always the same table."""

from __future__ import annotations

from itertools import combinations, product

import pytest

from rigs.matrix import habits
from rigs.matrix.pairwise import Row, Values, pairwise
from rigs.profile import WORDS, Value, check_words

TABLE = pairwise(habits.VALUES, habits.allowed)
COLOURS: Values = {"a": ("x", "y", "z"), "b": (True, False), "c": (0, 1), "d": ("p", "q", "r")}

Pair = tuple[tuple[str, str], tuple[str, str]]


def pairs(table: list[Row]) -> set[Pair]:
    """The pairs of values that stand together."""
    plain = [[(word, repr(value)) for word, value in row.items()] for row in table]
    return {pair for row in plain for pair in combinations(row, 2)}


def every(values: Values) -> set[Pair]:
    """All pairs of values of two words."""
    plain = {word: [(word, repr(value)) for value in some] for word, some in values.items()}
    return {pair for one, other in combinations(plain.values(), 2) for pair in product(one, other)}


def test_every_pair_is_there_where_all_may_be() -> None:
    table = pairwise(COLOURS, lambda row: True)
    assert pairs(table) == every(COLOURS)
    assert len(table) <= 12, "nine rows are needed; a table of all combinations has 36"


def test_a_pair_that_may_not_be_is_in_no_row_and_costs_no_other() -> None:
    table = pairwise(COLOURS, lambda row: (row.get("a"), row.get("b")) != ("x", True))
    assert every(COLOURS) - pairs(table) == {(("a", "'x'"), ("b", "True"))}


def test_what_follows_of_two_rules_together_is_left_out_too() -> None:
    def allowed(row: Row) -> bool:
        """x demands b = True, and b = True demands c = 1."""
        return (row.get("a"), row.get("b")) != ("x", False) and (row.get("b"), row.get("c")) != (True, 0)

    assert (("a", "'x'"), ("c", "0")) not in pairs(pairwise(COLOURS, allowed))


def test_the_table_is_always_the_same() -> None:
    assert pairwise(habits.VALUES, habits.allowed) == TABLE


def test_no_row_of_the_habits_contradicts_itself() -> None:
    for row in TABLE:
        check_words(row, "a row")
        assert habits.allowed(row)


def test_what_no_row_has_cannot_be() -> None:
    missing = every(habits.VALUES) - pairs(TABLE)
    direct = {frozenset(pair) for pair in missing if not habits.allowed(_row(pair))}
    indirect = [pair for pair in missing if frozenset(pair) not in direct]
    assert direct
    for pair in indirect:
        assert not pairwise({**habits.VALUES, **_fixed(pair)}, habits.allowed), pair


def test_the_table_can_be_run_in_a_night() -> None:
    assert len(TABLE) <= 40


@pytest.mark.parametrize("word", WORDS)
def test_every_word_of_the_profile_is_played_or_left_out_with_a_reason(word: str) -> None:
    assert (word in habits.VALUES) != (word in habits.LEFT_OUT)


def _row(pair: Pair) -> Row:
    return {word: _value(word, value) for word, value in pair}


def _fixed(pair: Pair) -> dict[str, tuple[Value, ...]]:
    return {word: (value,) for word, value in _row(pair).items()}


def _value(word: str, shown: str) -> Value:
    return next(value for value in habits.VALUES[word] if repr(value) == shown)
