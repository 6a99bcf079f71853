"""`python -m rigs.docs`: writes the tables of docs/profile.md anew; what stands above the mark is written by hand."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from rigs.costs import shipped
from rigs.language import Case
from rigs.needs import ATTRIBUTE, KIND_NAMED, MEANS
from rigs.profile import CONTRADICTIONS, KINDS, NUMBERS, TEXTS, TIMING, WORDS, Value

PAGE = Path(__file__).parents[1] / "docs" / "profile.md"
MARK = "<!-- from here on made by `python -m rigs.docs` from rigs/profile.py and features/ -->"
WIDE = 12
"""Scenario numbers in a cell; more are counted."""

Row = Sequence[str]


def render(page: str, cases: Sequence[Case]) -> str:
    """The page with its tables made anew for these scenarios; raises ValueError when the mark is gone."""
    head, mark, _ = page.partition(MARK)
    if not mark:
        raise ValueError(f"the page has no line {MARK!r}, below which the tables go")
    return "\n".join([f"{head}{MARK}", "", *_sections(cases)])


def _sections(cases: Sequence[Case]) -> Iterator[str]:
    for title, text, header, rows in (
        ("Habits", HABITS, ("word", "meaning", "values", "scenarios that ask for it"), list(_words("habit", cases))),
        (
            "Promises",
            PROMISES,
            ("word", "meaning", "default", "scenarios that ask for it"),
            list(_words("promise", cases)),
        ),
        ("Times", TIMES, ("`[profile.timing]`", "from → to", "default, seconds"), list(_timing())),
        ("Numbers and names", COUNTS, ("word", "meaning", "default"), list(_numbers())),
        ("Kinds of job", JOBS, ("`[profile.jobs.…]`", "scenarios that queue it"), list(_kinds(cases))),
        ("What else scenarios need", NEEDS, ("a scenario …", "scenarios"), list(_means(cases))),
        ("Contradictions", REFUSED, ("words", "why"), list(_contradictions())),
    ):
        yield from [f"## {title}", "", text, "", *_table(header, rows), ""]


def _table(header: Row, rows: Iterable[Row]) -> Iterator[str]:
    for row in (header, ["---"] * len(header), *rows):
        yield f"| {' | '.join(row)} |"


def _words(sort: str, cases: Sequence[Case]) -> Iterator[Row]:
    for word, entry in WORDS.items():
        if entry.sort == sort:
            values = ", ".join(map(_value, entry.choices)) or "a number, `false`"
            shown = _value(entry.default) if sort == "promise" else values
            yield f"`{word}`", entry.meaning, shown, _asked(word, entry.choices, cases)


def _asked(word: str, choices: Iterable[Value], cases: Sequence[Case]) -> str:
    """Scenarios with the word's policy tag; those that want one value of it behind that value."""
    found = [_numbers_of(cases, lambda case: word in case.policies)]
    for choice in choices:
        tag = f"{word}.{choice}"
        if numbers := _numbers_of(cases, lambda case, tag=tag: tag in case.policies):  # type: ignore[misc]
            found.append(f"{_value(choice)}: {numbers}")
    return "; ".join(filter(None, found)) or "–"


def _numbers_of(cases: Sequence[Case], test: Callable[[Case], bool]) -> str:
    names = list(dict.fromkeys(case.identity for case in cases if test(case)))
    rest = f" and {len(names) - WIDE} more" if len(names) > WIDE else ""
    return " ".join(names[:WIDE]) + rest


def _value(value: Value) -> str:
    shown = str(value).lower() if isinstance(value, bool | int) else f'"{value}"'
    return f"`{shown}`"


def _timing() -> Iterator[Row]:
    for name, (meaning, seconds) in TIMING.items():
        yield f"`{name}`", meaning, f"{seconds:g}"


def _numbers() -> Iterator[Row]:
    for name, (meaning, default) in NUMBERS.items():
        yield f"`{name}`", meaning, str(default)
    for name, (meaning, text) in TEXTS.items():
        yield f"`{name}`", meaning, text or "none"


def _kinds(cases: Sequence[Case]) -> Iterator[Row]:
    for kind in KINDS:
        yield f"`{kind}`", _numbers_of(cases, lambda case, kind=kind: kind in _queued(case)) or "–"  # type: ignore[misc]


def _needed(case: Case) -> set[str]:
    return set().union(*(getattr(function, ATTRIBUTE, frozenset()) for function in case.functions))


def _queued(case: Case) -> set[str]:
    named = {kind for _, text in case.steps for kind in KIND_NAMED.findall(text)}
    return named | {mean.removeprefix("kind:") for mean in _needed(case)}


def _means(cases: Sequence[Case]) -> Iterator[Row]:
    for mean, (_, sentence) in MEANS.items():
        yield sentence, _numbers_of(cases, lambda case, mean=mean: mean in _needed(case)) or "–"  # type: ignore[misc]


def _contradictions() -> Iterator[Row]:
    for combination, why in CONTRADICTIONS:
        words = (f"`{word}` = {' or '.join(map(_value, values))}" for word, values in combination.items())
        yield " with ".join(words), why


HABITS = (
    "A habit is neither good nor bad, and none is assumed: scenarios that ask for one that is not declared, or that is "
    '`false`, `"none"` or `"never"`, are skipped with this reason. A value in front of numbers: only devices with '
    "this value are asked."
)
PROMISES = "A good device keeps these. One that does not is declared with `false`, and every report shows it."
TIMES = (
    "Bounds that the device keeps, in seconds. They decide how long a scenario waits before it says that something did "
    "not happen, so a bound that is too wide only costs time, and one that is too narrow blames a good device."
)
COUNTS = "Written in `[profile]` beside the words."
JOBS = (
    "`succeeds` is the only one that every rig needs; scenarios that queue a kind that is not there are skipped. See "
    "[bring your board](bring-your-board.md) for what stands in such a table."
)
NEEDS = "Not in the profile, but in the other tables of the rig file."
REFUSED = "A rig file that says one of these is refused when it is read."


def main(arguments: Sequence[str]) -> int:
    """Write the page, or with `--check` only say (exit code 1) that it is old."""
    old = PAGE.read_text()
    new = render(old, shipped())
    if "--check" in arguments:
        return int(old != new)
    PAGE.write_text(new)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
