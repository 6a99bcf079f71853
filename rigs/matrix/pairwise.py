"""Tables in which every pair of values of two words stands in a row: few rows show how any two words get along.

Most defects of combinations need two values, few need more (D. R. Kuhn, D. R. Wallace, A. M. Gallo, IEEE Transactions
on Software Engineering 30 (2004) 418–421). Made greedily, a row at a time, as in AETG (D. M. Cohen and others, IEEE
Transactions on Software Engineering 23 (1997) 437–444), but without chance: the same words give the same table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations

from rigs.profile import Value

Row = dict[str, Value]
Values = Mapping[str, Sequence[Value]]
Allowed = Callable[[Row], bool]
"""Whether a row, also one that is not yet whole, contradicts nothing."""

_Pair = frozenset[tuple[str, int]]
"""Two words, each with the number of its value: True and 1 are one key in Python."""


def pairwise(values: Values, allowed: Allowed) -> list[Row]:
    """The rows; pairs that no allowed row has are left out."""
    open_pairs: dict[_Pair, None] = dict.fromkeys(_pairs(values))  # a dict keeps the order, and so the table the same
    table: list[Row] = []
    while open_pairs:
        pair = next(iter(open_pairs))
        row = _grown(dict(sorted(pair)), values, allowed, open_pairs)
        if row is None:
            del open_pairs[pair]
            continue
        for covered in _within(row):
            open_pairs.pop(covered, None)
        table.append(_row(row, values))
    return table


def _pairs(values: Values) -> list[_Pair]:
    return [
        frozenset({(first, one), (second, two)})
        for first, second in combinations(values, 2)
        for one in range(len(values[first]))
        for two in range(len(values[second]))
    ]


def _within(row: Mapping[str, int]) -> list[_Pair]:
    return [frozenset(two) for two in combinations(row.items(), 2)]


def _row(row: Mapping[str, int], values: Values) -> Row:
    return {word: values[word][row[word]] for word in values if word in row}


def _grown(
    row: dict[str, int], values: Values, allowed: Allowed, open_pairs: Mapping[_Pair, None]
) -> dict[str, int] | None:
    """The row with a value for each other word, the one first that covers most; None where that cannot be."""
    if not allowed(_row(row, values)):
        return None
    if len(row) == len(values):
        return row
    # The word with the fewest values left comes next: what cannot be is found before anything hangs on it.
    word, left = min(_left(row, values, allowed).items(), key=lambda entry: len(entry[1]))

    def gain(number: int) -> int:
        return sum(frozenset({(word, number), known}) in open_pairs for known in row.items())

    for number in sorted(left, key=lambda number: (-gain(number), number)):
        grown = _grown({**row, word: number}, values, allowed, open_pairs)
        if grown is not None:
            return grown
    return None


def _left(row: Mapping[str, int], values: Values, allowed: Allowed) -> dict[str, list[int]]:
    """For each word that has no value yet those that it may have."""
    return {
        word: [number for number in range(len(some)) if allowed(_row({**row, word: number}, values))]
        for word, some in values.items()
        if word not in row
    }
