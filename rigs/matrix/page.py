"""docs/kill-matrix.md: which bug is killed by which scenario, and how."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rigs.matrix.kills import Row, by
from rigs.outcomes import Line

HEAD = """\
# The kill matrix

A scenario that no bug can turn red is decoration. So each scenario has bugs of its own: defects that were shipped in
real agents, done again in the reference agent ([rigs/agent/mutants.py](../rigs/agent/mutants.py)), one switched on at a
time. This page is made by `jobrig mutants`; `jobrig mutants --own` asks only for each bug's own scenario, in minutes.

*Killed* means: a scenario accused the device, by a DeviceFault that names the job, the packet and the clause. A broken
or not reached scenario kills nothing. *By* is the rule that was broken or the sentence that was not true. *Faults off*:
the same row with a network that only watches; it has to be green, unless the scenario's trouble is not the network's
doing. *Also* are other scenarios that accuse the same bug. Words behind a scenario are habits with which it is played.
"""
OWN_ONLY = "Made with `--own`: what other scenarios say of a bug was not asked.\n"


def render(rows: Sequence[Row], idle: Mapping[str, str], *, whole: bool) -> str:
    """The page; `idle` are the scenarios that kill nothing, with the reason ("" where there is none)."""
    return "\n".join([HEAD, *([] if whole else [OWN_ONLY]), *_sections(rows, idle)]) + "\n"


def _sections(rows: Sequence[Row], idle: Mapping[str, str]) -> Iterator[str]:
    killed = [row for row in rows if row.killer]
    numbers = sorted({row.own for row in killed} | {number for row in rows for number in row.others})
    yield f"**{len(killed)} of {len(rows)} bugs are killed by their own scenario; {len(numbers)} scenarios kill.**"
    yield from _section("Bugs", ("bug", "what is wrong", "seen in", "own", "by", "faults off", "also"), map(_bug, rows))
    survivors = [row for row in rows if not row.killer]
    yield from _section("Survivors", ("bug", "own", "why"), map(_survivor, survivors))
    yield from _section("Scenarios", ("scenario", "its own bugs", "others that it kills"), _scenarios(rows, numbers))
    quiet = [(number, why or "**not explained**") for number, why in idle.items()]
    yield from _section("Scenarios that kill nothing", ("scenario", "why"), quiet)
    problems = [(row.bug, problem) for row in rows for problem in row.problems()]
    yield from _section("What is not as it should be", ("bug", "what"), problems)


def _section(title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"\n## {title}\n"
    lines = [f"| {' | '.join(map(_cell, row))} |" for row in rows]
    yield from [f"| {' | '.join(header)} |", f"|{' --- |' * len(header)}", *lines] if lines else ["None."]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def _bug(row: Row) -> Sequence[str]:
    killer = row.killer
    others = " ".join(_other(number, line) for number, line in sorted(row.others.items()))
    told = "**survives**" if killer is None else by(killer)
    own = " ".join([row.own, *(f"`{word}`" for word in row.mutant.habits)])
    return f"`{row.bug}`", row.mutant.sentence, row.mutant.source, own, told, row.without or "–", others or "–"


def _other(number: str, line: Line) -> str:
    return f"{number} ({', '.join(line.rules)})" if line.rules else number


def _survivor(row: Row) -> Sequence[str]:
    return f"`{row.bug}`", row.own, row.mutant.survives or "**not explained**"


def _scenarios(rows: Sequence[Row], numbers: Sequence[str]) -> Iterator[Sequence[str]]:
    for number in numbers:
        own = [f"`{row.bug}`" for row in rows if row.killer and row.own == number]
        others = [f"`{row.bug}`" for row in rows if number in row.others]
        yield number, " ".join(own) or "–", " ".join(others) or "–"
