"""docs/habits.md: the healthy agent in a table of habits in which any two values meet; none of them is ever accused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rigs.matrix.kills import by
from rigs.matrix.pairwise import Row
from rigs.outcomes import Line
from rigs.profile import CONTRADICTIONS, WORDS, Contradiction, Value

LEFT_OUT: dict[str, str] = {
    "one_shot": "the board has to start such an agent again and again (`[board] restart_agent` in the rig file)",
}
"""Words that the table does not have, and why."""

UNPLAYED: tuple[Contradiction, ...] = (
    ({"renews_step_timer": (True,), "cancels_step_timer": (True,)}, "the agent renews no timer that it has cancelled"),
    ({"asks_on": ("start",), "session": ("clean",)}, "the agent asks again for what a new session cannot have kept"),
    ({"asks_on": ("never",)}, "the agent does not trust that it is told of what it was given before it started"),
    ({"reports_start": (False,), "sets_step_timer": (10,)}, "the agent sets the timer in its report of the start"),
)
"""What a device may well do together and the reference agent does not."""

NUMBERS: dict[str, tuple[Value, ...]] = {"sets_step_timer": (10, False)}
"""Values for the words that take a number."""

VALUES: dict[str, tuple[Value, ...]] = {
    word: entry.choices or NUMBERS[word] for word, entry in WORDS.items() if word not in LEFT_OUT
}
OUTCOMES = ("judged", "skipped", "not reached", "red")

HEAD = """\
# The healthy agent in all its habits

A scenario that a healthy device can turn red is slander. Each row is a run of all scenarios with the reference agent,
no bug, and other habits and promises ([docs/profile.md](profile.md)). The table is pairwise: any two values of two
words that do not contradict each other stand together in a row. *Red* counts scenarios that failed or were broken. This
page is made by `jobrig mutants --habits`, which runs the table.
"""


def allowed(row: Row) -> bool:
    """Whether the words, as far as they are given, contradict each other (rigs/profile.py) or the agent."""
    return not any(_meets(row, combination) for combination, _ in (*CONTRADICTIONS, *UNPLAYED))


def _meets(row: Row, combination: Mapping[str, tuple[Value, ...]]) -> bool:
    return all(word in row and row[word] in values for word, values in combination.items())


def words(row: Row) -> list[str]:
    """As they are written behind --profile."""
    return [f"{word}={_shown(value)}" for word, value in row.items()]


def _shown(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def counts(lines: Sequence[Line]) -> Counter[str]:
    """How many scenarios ended how, in the page's words."""
    words = {"passed": "judged", "failed": "red", "broken": "red"}
    return Counter(words.get(line.outcome, line.outcome) for line in lines)


def counted(name: str, lines: Sequence[Line]) -> str:
    """A run in a line."""
    found = counts(lines)
    return f"{name}: " + " · ".join(f"{word} {found[word]}" for word in OUTCOMES)


def render(rows: Sequence[tuple[Row, Sequence[Line]]]) -> str:
    """The page for the rows and the lines of their runs."""
    red = sum(counts(lines)["red"] for _, lines in rows)
    verdict = "none of them is red anywhere" if not red else f"{red} scenarios are red"
    parts = [HEAD, f"**{len(rows)} rows; {verdict}.**", "", *_counts(rows), *_words(rows), *_skips(rows), *_reds(rows)]
    return "\n".join(parts) + "\n"


def _counts(rows: Sequence[tuple[Row, Sequence[Line]]]) -> Iterator[str]:
    yield from ["## Runs", ""]
    found = [counts(lines) for _, lines in rows]
    yield from _table(
        ("row", *OUTCOMES), ([str(n), *(str(each[w]) for w in OUTCOMES)] for n, each in enumerate(found, 1))
    )


def _words(rows: Sequence[tuple[Row, Sequence[Line]]]) -> Iterator[str]:
    yield from ["", "## Rows", "", "Words down, rows across; `·` stands for the value of the row before.", ""]
    header = ("word", *(str(number) for number in range(1, len(rows) + 1)))
    yield from _table(header, ((f"`{word}`", *_folded(row[word] for row, _ in rows)) for word in VALUES))
    yield from ["", *(f"`{word}` is left out: {why}." for word, why in LEFT_OUT.items())]
    yield from (f"{_together(combination)} are in no row: {why}." for combination, why in UNPLAYED)


def _together(combination: Mapping[str, tuple[Value, ...]]) -> str:
    return " and ".join(f"`{word} = {_shown(value)}`" for word, values in combination.items() for value in values)


def _folded(values: Iterable[Value]) -> Iterator[str]:
    before = None
    for value in map(_shown, values):
        yield "·" if value == before else value
        before = value


def _skips(rows: Sequence[tuple[Row, Sequence[Line]]]) -> Iterator[str]:
    yield from ["", "## Why scenarios were skipped or not reached", ""]
    why: dict[str, Counter[int]] = {}
    for number, (_, lines) in enumerate(rows, 1):
        for line in lines:
            if line.outcome in ("skipped", "not reached"):
                reason = line.text.partition("\n")[0] if line.outcome == "skipped" else f"not reached: {line.id}"
                why.setdefault(reason, Counter())[number] += 1
    listed = (
        (reason, str(sum(found.values())), " ".join(map(str, sorted(found)))) for reason, found in sorted(why.items())
    )
    yield from _table(("reason", "scenarios", "in rows"), listed)


def _reds(rows: Sequence[tuple[Row, Sequence[Line]]]) -> Iterator[str]:
    found = [
        (str(n), line.id, line.name, by(line)) for n, (_, lines) in enumerate(rows, 1) for line in lines if line.red
    ]
    if found:
        yield from ["", "## What is red", "", *_table(("row", "scenario", "name", "by"), found)]


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield f"|{' --- |' * len(header)}"
    for row in rows:
        yield f"| {' | '.join(text.replace('|', chr(92) + '|') for text in row)} |"
