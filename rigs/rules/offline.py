"""The rules on traces that were recorded before: `jobrig lint`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from rigs.errors import UsageFault
from rigs.rules.base import Finding
from rigs.rules.judge import Judge
from rigs.rules.table import RULES
from rigs.trace.imports import imported, is_recording
from rigs.trace.records import AnyRecord, Header, Scenario
from rigs.trace.store import read
from rigs.trace.timeline import line

CLEAN, DEVICE, USAGE, NOTHING = 0, 1, 4, 11  # exit codes, as pytest and design.md have them


@dataclass(slots=True, kw_only=True)
class Linted:
    """What the rules said of one trace: findings, each with the scenario it came up in ("" outside of any)."""

    path: Path
    header: Header
    records: list[AnyRecord]
    findings: list[tuple[str, Finding]] = field(default_factory=list)
    coverage: dict[str, int] = field(default_factory=dict)

    @property
    def violations(self) -> list[Finding]:
        """What is wrong and not waived."""
        return [finding for _, finding in self.findings if finding.severity == "violation" and not finding.waived]

    def __repr__(self) -> str:
        return f"<Linted {self.path} {len(self.violations)} violations of {len(self.findings)} findings>"


def load(path: Path) -> tuple[Header, Iterable[AnyRecord]]:
    """A trace, or a recording of another tool that can be imported. Raises UsageFault for anything else."""
    with path.open(encoding="utf-8", errors="replace") as stream:
        first = stream.readline()
        if not first.lstrip().startswith("{"):
            raise UsageFault(f"{path}:1: neither a jobrig trace nor a recording; got {first[:60]!r}")
        if not is_recording(first):
            return read(path)
        stream.seek(0)
        return imported(stream, path.name)


def lint_records(path: Path, header: Header, records: Iterable[AnyRecord]) -> Linted:
    """The rules on one trace, with the profile that its header carries."""
    profile = dict(header.profile)
    judge = Judge(profile, header.thing, profile.get("waived"))
    linted = Linted(path=path, header=header, records=[])
    scenario = ""
    for record in records:
        linted.records.append(record)
        linted.findings += [(scenario, finding) for finding in judge.feed(record)]
        if isinstance(record, Scenario) and record.event in ("start", "end"):
            scenario = f"{record.id} {record.name}".strip() if record.event == "start" else ""
    if linted.records:
        linted.findings += [(scenario, finding) for finding in judge.close(linted.records[-1].at)]
    linted.coverage = judge.coverage
    return linted


def told(linted: Linted) -> Iterator[str]:
    """The findings as text: rule, sentence, proving records as lines; last a line of sums."""
    for scenario, finding in linted.findings:
        waived = f", waived: {finding.waived}" if finding.waived else ""
        where = f" in {scenario}" if scenario else ""
        yield f"{finding.rule} {finding.severity}{waived}{where}: {finding.text}"
        yield f"   rule: {RULES[finding.rule].sentence}"
        for n in finding.proof:
            if 0 < n <= len(linted.records):
                yield f"   {line(linted.records[n - 1])}"
    sums = Counter(finding.severity for _, finding in linted.findings if not finding.waived)
    waived_count = sum(1 for _, finding in linted.findings if finding.waived)
    looked = " ".join(f"{rule}:{count}" for rule, count in linted.coverage.items())
    yield f"{linted.path}: {sums['violation']} violations, {sums['remark']} remarks, {waived_count} waived; {looked}"


def lint(paths: Iterable[Path], out: TextIO | None = None) -> int:
    """Judge each trace and print what was found.

    Exit code 0: no violation; 1: the device broke a rule; 11: no request of a device in any of them; 4: a file is no
    trace (the others are judged all the same).
    """
    stream = out or sys.stdout
    codes = {_lint_one(path, stream) for path in paths} or {NOTHING}
    return next(code for code in (USAGE, DEVICE, CLEAN, NOTHING) if code in codes)


def _lint_one(path: Path, stream: TextIO) -> int:
    try:
        linted = lint_records(path, *load(path))
    except (UsageFault, OSError) as wrong:
        print(wrong, file=stream)
        return USAGE
    print(*told(linted), sep="\n", file=stream)
    if linted.violations:
        return DEVICE
    return CLEAN if any(linted.coverage.values()) else NOTHING
