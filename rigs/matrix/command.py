"""`jobrig mutants`: the kill matrix, or with `--habits` the healthy agent in all its habits."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from rigs.agent.mutants import MUTANTS
from rigs.errors import UsageFault
from rigs.matrix import habits as habits_page
from rigs.matrix import page
from rigs.matrix.explained import KILLS_NOTHING
from rigs.matrix.kills import Row, by, idle
from rigs.matrix.pairwise import pairwise
from rigs.matrix.plan import Plan
from rigs.matrix.runs import Bench, Ended
from rigs.matrix.trials import chosen
from rigs.outcomes import Line
from rigs.shipped import features

PAGE, HABITS_PAGE = Path("docs/kill-matrix.md"), Path("docs/habits.md")
RIG, HABITS_RIG = "embedded-quick", "embedded"
"""A stuck agent need not be waited for long; but not in all its habits does the healthy one keep such short bounds."""
RUNS_A_JOB = 2
"""Runs that the bugs of an `--own` matrix are dealt out to, for each that runs at a time: few, as each start costs."""


def mutants(
    bugs: Sequence[str],
    *,
    own: bool = False,
    habits: bool = False,
    scenarios: str = "",
    jobs: int | None = None,
    rig: str = "",
    results: Path = Path("results/mutants"),
    output: Path | None = None,
) -> int:
    """Run what has changed since `results` were made, write the page; 1 where something is not as it should be."""
    plan = Plan(features=Path(features()), rig=rig or (HABITS_RIG if habits else RIG), scenarios=scenarios)
    bench = Bench(results=results.absolute(), features=plan.features, jobs=jobs or os.cpu_count() or 1)
    if habits:
        return _habits(plan, bench, output or HABITS_PAGE)
    names = _names(bugs)
    rows = matrix(plan, bench, names, whole=not own)
    numbers = _numbers(bench.known(plan.clean())) if not own else []
    quiet = {
        number: KILLS_NOTHING.get(number, "") for number in (idle(rows, numbers) if names == list(MUTANTS) else [])
    }
    _write(output or PAGE, page.render(rows, quiet, whole=not own))
    problems = [f"{row.bug}: {problem}" for row in rows for problem in row.problems()]
    problems += [f"{number} kills nothing, and nothing explains why" for number, why in quiet.items() if not why]
    for problem in problems:
        print(problem)
    print(f"{len(rows)} bugs, {sum(row.killer is not None for row in rows)} killed by their own scenario")
    return 1 if problems else 0


def _names(bugs: Sequence[str]) -> list[str]:
    try:
        return chosen(",".join(bugs) or "all")
    except Exception as unknown:
        raise UsageFault(str(unknown)) from unknown


def _numbers(clean: Ended | None) -> list[str]:
    """The scenarios that the healthy agent was judged by."""
    lines = clean.lines if clean is not None else ()
    return sorted({line.id for line in lines if line.outcome in ("passed", "failed")})


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    print(f"written: {path}")


def matrix(plan: Plan, bench: Bench, bugs: Sequence[str], *, whole: bool) -> list[Row]:
    """The rows of the matrix, in the order of the bugs; `whole`: each bug with every scenario too."""
    all_lines = _everything(plan, bench, bugs) if whole else {}
    trials = _trials(plan, bench, bugs)
    rows = [Row(bug=bug, mutant=MUTANTS[bug], trials=trials[bug], all=all_lines.get(bug, ())) for bug in bugs]
    clean = _healthy(plan, bench, [row for row in rows if row.unclear])
    return [replace(row, clean=clean.get(row.mutant.habits, ())) for row in rows]


def _healthy(plan: Plan, bench: Bench, rows: Sequence[Row]) -> dict[tuple[str, ...], Sequence[Line]]:
    """The healthy agent in the rows' scenarios, the faults off, by the habits that these are played with."""
    wanted: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        wanted.setdefault(row.mutant.habits, []).append(row.own)
    units = {habits: plan.dry(numbers, habits) for habits, numbers in wanted.items()}
    lines = {ended.unit.name: ended.lines for ended in bench.run(list(units.values()))}
    return {habits: lines[unit.name] for habits, unit in units.items()}


def _trials(plan: Plan, bench: Bench, bugs: Sequence[str]) -> dict[str, Sequence[Line]]:
    """Each bug's own scenario, asked in few runs and kept bug by bug."""
    singles = {bug: plan.own(bug) for bug in bugs}
    kept = {bug: bench.known(unit) for bug, unit in singles.items()}
    found: dict[str, Sequence[Line]] = {bug: ended.lines for bug, ended in kept.items() if ended is not None}
    rest, most = [bug for bug in bugs if bug not in found], bench.jobs * RUNS_A_JOB
    hands = [hand for number in range(most) if (hand := rest[number::most])]
    for ended in bench.run([plan.own(*hand) for hand in hands]):
        for bug in ended.unit.arguments[1].split(","):
            found[bug] = tuple(line for line in ended.lines if line.bug == bug)
            if ended.unit.name != singles[bug].name:
                bench.keep(singles[bug], found[bug])
            _progress(len(found), len(bugs), Row(bug=bug, mutant=MUTANTS[bug], trials=found[bug]))
    return found


def _progress(number: int, of: int, row: Row) -> None:
    told = f"survives {row.own}" if row.killer is None else f"killed by {row.own}: {by(row.killer)}"
    print(f"[{number}/{of}] {row.bug} {told}; faults off: {row.without or 'not asked'}", flush=True)


def _everything(plan: Plan, bench: Bench, bugs: Sequence[str]) -> dict[str, Sequence[Line]]:
    """Every scenario with each bug; raises UsageFault where some are red without any."""
    red = [f"{line.id} {by(line)}" for ended in bench.run([plan.clean()]) for line in ended.lines if line.red]
    if red:
        raise UsageFault(f"without any bug these are red, so the matrix would say nothing: {'; '.join(red)}")
    units = {plan.all(bug).name: bug for bug in bugs}
    found: dict[str, Sequence[Line]] = {}
    for ended in bench.run([plan.all(bug) for bug in bugs]):
        found[units[ended.unit.name]] = ended.lines
        accused = " ".join(sorted({line.id for line in ended.lines if line.red})) or "nothing"
        print(f"[{len(found)}/{len(units)}] {ended.unit.name} {ended.seconds:.0f} s, red: {accused}", flush=True)
    return found


def _habits(plan: Plan, bench: Bench, output: Path) -> int:
    """The healthy agent in each row of the table of habits."""
    table = pairwise(habits_page.VALUES, habits_page.allowed)
    units = [plan.habits(number, habits_page.words(row)) for number, row in enumerate(table, 1)]
    lines: dict[str, Sequence[Line]] = {}
    for ended in bench.run(units):
        lines[ended.unit.name] = ended.lines
        print(f"[{len(lines)}/{len(units)}] {habits_page.counted(ended.unit.name, ended.lines)}", flush=True)
    ordered = [(row, lines[unit.name]) for row, unit in zip(table, units, strict=True)]
    _write(output, habits_page.render(ordered))
    red = [f"habits {n:02}: {line.id} {line.name}: {by(line)}" for n, line in _red(ordered)]
    for line in red:
        print(line)
    return 1 if red else 0


def _red(rows: Iterable[tuple[object, Sequence[Line]]]) -> Iterator[tuple[int, Line]]:
    for number, (_, lines) in enumerate(rows, 1):
        yield from ((number, line) for line in lines if line.red)
