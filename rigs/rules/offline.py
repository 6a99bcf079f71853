"""The rules on traces that were recorded before: `jobrig lint`."""

from __future__ import annotations

import gc
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TextIO

from rigs.errors import UsageFault
from rigs.rules.base import Finding
from rigs.rules.judge import Judge
from rigs.rules.table import RULES
from rigs.trace.imports import opened
from rigs.trace.imports_ledger import Ledger, sums
from rigs.trace.imports_survey import SeveralThings
from rigs.trace.reader import TraceFile
from rigs.trace.records import Scenario
from rigs.trace.timeline import line

CLEAN, DEVICE, USAGE, NOTHING = 0, 1, 4, 11  # exit codes, as pytest and design.md have them


@dataclass(slots=True, kw_only=True)
class Linted:
    """The sums of what the rules said of one trace: findings by severity ("waived" apart), and what each rule saw.

    `looked` counts the records that a rule judged; `mute` holds the rules that could not speak, and for want of what.
    """

    counts: Counter[str] = field(default_factory=Counter)
    looked: dict[str, int] = field(default_factory=dict)
    mute: dict[str, list[str]] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Linted {self.counts['violation']} violations, {self.counts['remark']} remarks>"

    @property
    def code(self) -> int:
        """The exit code that this trace stands for."""
        if self.counts["violation"]:
            return DEVICE
        return CLEAN if any(self.looked.values()) else NOTHING


def findings(file: TraceFile, linted: Linted) -> Iterator[tuple[str, Finding]]:
    """What the rules say of a trace, as they say it, each with its scenario ("" outside of any); `linted` is filled.

    Nothing is kept: a trace may be of any length. The profile is the one that the header carries.
    """
    header = file.header
    records = iter(file)
    first = next(records, None)
    unseen = [*header.unseen, *(["beginning"] if first is not None and first.n > 1 else [])]
    judge = Judge(header.profile, header.thing, header.profile.get("waived"), unseen)
    linted.mute = judge.mute
    scenario, now = "", 0.0
    for record in chain([first] if first is not None else [], records):
        if found := judge.feed(record):
            yield from ((scenario, _counted(finding, linted)) for finding in found)
            judge.findings.clear()
        if isinstance(record, Scenario):
            scenario = _scenario(record, scenario)
        now = record.at
    for finding in judge.close(now):
        yield scenario, _counted(finding, linted)
    linted.looked = judge.coverage


def _counted(finding: Finding, linted: Linted) -> Finding:
    linted.counts["waived" if finding.waived else finding.severity] += 1
    return finding


def _scenario(record: Scenario, present: str) -> str:
    match record.event:
        case "start":
            return f"{record.id} {record.name}".strip()
        case "end":
            return ""
        case _:
            return present


def told(name: Path, file: TraceFile, ledger: Ledger | None, linted: Linted) -> Iterator[str]:
    """The findings as text: rule, sentence, proving records as lines; last a line of sums."""
    if ledger is not None:
        yield from ledger.told()
    for scenario, finding in findings(file, linted):
        waived = f", waived: {finding.waived}" if finding.waived else ""
        where = f" in {scenario}" if scenario else ""
        yield f"{finding.rule} {finding.severity}{waived}{where}: {finding.text}"
        yield f"   rule: {RULES[finding.rule].sentence}"
        yield from (f"   {line(record)}" for record in file.fetch(finding.proof))
    imported = file.header.imported
    if imported.get("left_out"):
        yield f"{name}: {sums(imported)}"
    if imported.get("note"):
        yield f"{name}: {imported['note']}"
    if file.torn:
        yield f"{name}: the last line is torn and left out"
    if linted.mute:
        lacking = sorted({word for words in linted.mute.values() for word in words})
        yield f"{name}: not judged: {', '.join(linted.mute)}, since the log does not show: {', '.join(lacking)}"
    found = ", ".join(f"{linted.counts[kind]} {kind}s" for kind in ("violation", "remark"))
    looked = " ".join(f"{rule}:{'-' if rule in linted.mute else n}" for rule, n in linted.looked.items())
    yield f"{name}: {found}, {linted.counts['waived']} waived; {looked}"


def lint(paths: Iterable[Path], out: TextIO | None = None) -> int:
    """Judge each trace and print what was found.

    A log of several devices is judged for each of them. Exit code 0: no violation; 1: the device broke a rule; 11: no
    request of a device in any of them; 4: a file is no trace (the others are judged all the same).
    """
    stream = out or sys.stdout
    with _seldom_collected():
        return _worst([_lint_one(path, stream) for path in paths])


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """What is judged makes no cycles: to look for them every 700 objects costs a quarter of the time."""
    usual = gc.get_threshold()
    gc.set_threshold(100_000, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _worst(codes: Sequence[int]) -> int:
    return next(code for code in (USAGE, DEVICE, CLEAN, NOTHING) if code in codes or code == NOTHING)


def _lint_one(path: Path, stream: TextIO, thing: str | None = None) -> int:
    linted = Linted()
    name = Path(f"{path} ({thing})") if thing is not None else path
    try:
        with opened(path, thing) as (file, ledger):
            for text in told(name, file, ledger, linted):
                print(text, file=stream)
    except SeveralThings as several:
        return _worst([_lint_one(path, stream, each) for each in several.things])
    except BrokenPipeError:
        raise
    except (UsageFault, OSError) as wrong:
        print(wrong, file=stream)
        return USAGE
    return linted.code
