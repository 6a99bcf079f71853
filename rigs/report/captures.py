"""`python -m rigs.report.captures FOLDER` writes into docs/captures.md what the rules find in a folder of recordings.

The recordings are other people's agents and do not lie in this repository; what stands above the mark of the page is
written by hand. `--check` compares instead of writing: exit code 1 when the page is old.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rigs.rules.base import Finding
from rigs.rules.offline import Linted, findings
from rigs.trace.imports import opened

PAGE = Path(__file__).parents[2] / "docs" / "captures.md"
MARK = "<!-- from here on made by `python -m rigs.report.captures FOLDER` -->"
_VARIES = re.compile(r"^\S+: |\(records? [\d…]+\)|records? \d+|\b\d+\.\d+\b")
_CLAUSE = re.compile(r" \[[^\[\]]*\]$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One recording: whose it is, what was done, how many of its lines were taken, what was found."""

    agent: str
    scenario: str
    lines: str
    found: list[Finding]
    note: str = ""

    def __repr__(self) -> str:
        return f"<Run {self.agent} {self.scenario} {len(self.found)} findings>"


def run_of(path: Path) -> Run:
    """Import and judge one recording; its name is `<agent>__<scenario>.jsonl`."""
    agent, _, scenario = path.stem.partition("__")
    with opened(path) as (file, ledger):
        found = [finding for _, finding in findings(file, Linted())]
        taken = f"{ledger.taken} of {ledger.lines}" if ledger is not None else "a trace"
        note = ledger.note if ledger is not None else ""
    return Run(agent=agent, scenario=scenario, lines=taken, found=found, note=note)


def told(run: Run) -> str:
    """The findings of a run in a cell: each sort once, with its number and the first one's words."""
    sorts: dict[tuple[str, str, str], list[str]] = {}
    for finding in run.found:
        text = _CLAUSE.sub("", finding.text)
        sorts.setdefault((finding.rule, finding.severity, _VARIES.sub("", text)), []).append(text)
    lines = (_one(rule, severity, texts) for (rule, severity, _), texts in sorts.items())
    return "<br>".join(lines) or ("not judged: HTTPS" if run.note else "nothing")


def _one(rule: str, severity: str, texts: Sequence[str]) -> str:
    times = f" ×{len(texts)}" if len(texts) > 1 else ""
    return f"{rule} {severity}{times}: {texts[0].replace('|', chr(92) + '|')}"


def table(runs: Iterable[Run]) -> Iterator[str]:
    """The lines of the page below its mark."""
    every = list(runs)
    counts = Counter((finding.rule, finding.severity) for run in every for finding in run.found)
    severities = Counter(finding.severity for run in every for finding in run.found)
    sums = f"{severities['violation']} violations and {severities['remark']} remarks"
    said = ", ".join(f"{rule} {severity} ×{count}" for (rule, severity), count in sorted(counts.items()))
    yield f"{len(every)} runs, {sums}{f': {said}' if said else ''}."
    yield ""
    yield "| agent | scenario | lines taken | what the rules found |"
    yield "| --- | --- | --- | --- |"
    for run in every:
        yield f"| {run.agent} | {run.scenario} | {run.lines} | {told(run)} |"


def render(page: str, folder: Path) -> str:
    """The page with its table made anew. Raises ValueError when the mark is gone or the folder has no recording."""
    head, mark, _ = page.partition(MARK)
    recordings = sorted(folder.glob("*__*.jsonl"))
    if not mark:
        raise ValueError(f"the page has no line {MARK!r}, below which the table goes")
    if not recordings:
        raise ValueError(f"no recordings <agent>__<scenario>.jsonl in {folder}")
    return "\n".join([f"{head}{MARK}", "", *table(map(run_of, recordings)), ""])


def main(arguments: Sequence[str] | None = None, page: Path = PAGE) -> int:
    """Write the page, or with `--check` say whether it is current."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    folders = [word for word in words if not word.startswith("-")]
    if len(folders) != 1:
        print("usage: python -m rigs.report.captures FOLDER [--check]", file=sys.stderr)
        return 4
    made = render(page.read_text(encoding="utf-8"), Path(folders[0]))
    if "--check" in words:
        return int(made != page.read_text(encoding="utf-8"))
    page.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
