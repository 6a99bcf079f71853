"""A user's own repository in a folder, and runs of pytest over it in processes of their own."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rigs.trace.records import AnyRecord, Verdict
from rigs.trace.store import read

ROOT = Path(__file__).parents[2]
MARK = "JOBRIG_INNER_RUN"
LAST_LINE = re.compile(r"judged (\d+) · skipped (\d+) · not reached (\d+) · broken (\d+)")
AT_MOST_SECONDS = 100.0
AT_ONCE = 6

RIG = """
[rig]
name = "bench"
like = "embedded"

[device]
thing = "bench"

[profile]
tries = 2

[profile.timing]
boot = 4
connect = 2
react = 1
report = 1
reconnect = 2
"""
"""The embedded rig with bounds that an inner run need not wait for long."""


STEPS = """
from datetime import timedelta
from pytest_bdd import then
from rigs.trace.facts import Known

@then("the job is done soon")
def done_soon(course, job):
    fact, ask = Known(job.id, frozenset({"SUCCEEDED"})), lambda: course.rig.operator.ask(job.id)
    course.rig.trace.wait_for(fact, since=job.mark, within=timedelta(seconds=1), ask=ask)

@then("the device is at fault")
def at_fault():
    assert "this step" == "passes"
"""
"""Steps of the user's own: one that accuses the device after a second, one that does so at once."""

GOOD = """
    @S009
    Scenario: good
      When a "succeeds" job is queued for the device
      Then the job execution ends as SUCCEEDED
"""


class Repository:
    """What a user of the product keeps: a conftest of one line, features, steps and rig files."""

    def __init__(self, folder: Path, python: Path | str = sys.executable, path: Path | None = ROOT) -> None:
        self.folder, self.python, self._path = folder, str(python), path
        self.write("conftest.py", 'pytest_plugins = ["rigs.plugin"]\n')
        self.write("pytest.ini", "[pytest]\naddopts = --strict-markers\n")
        self.write("rigs/bench.toml", RIG)
        self.write("steps/common.py", STEPS)

    def __repr__(self) -> str:
        return f"<Repository {self.folder}>"

    def write(self, name: str, text: str) -> Path:
        """Write a file of the repository."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def feature(self, *scenarios: str, name: str = "bench") -> Path:
        """Write a feature of one rule with these scenarios."""
        head = f"Feature: {name}\n  What a user wants to know of a device of their own.\n\n  Rule: It works\n"
        return self.write(f"features/{name}.feature", head + "\n".join(scenarios))

    def start(self, *arguments: str, rig: str = "bench", folder: Path | None = None) -> subprocess.Popen[str]:
        """Start pytest; the mark in its environment is inherited by whatever it starts."""
        return subprocess.Popen(
            [self.python, "-m", "pytest", "--rig", rig, *arguments],
            cwd=folder or self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def pytest(self, *arguments: str, rig: str = "bench", results: str = "out", folder: Path | None = None) -> Ended:
        """Run pytest to its end; `results` is the folder for the run's files, "" leaves it to the product."""
        where = ("--results", str(self.folder / results)) if results else ()
        process = self.start(*arguments, *where, rig=rig, folder=folder)
        try:
            text, _ = process.communicate(timeout=AT_MOST_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            text, _ = process.communicate()
            raise AssertionError(f"the run did not end within {AT_MOST_SECONDS:g} s:\n{text}") from None
        latest = (folder or self.folder) / "results" / "latest"
        return Ended(process.returncode, text, self.folder / results if results else latest)

    def left_over(self) -> list[str]:
        """The processes that a run of this repository has left, by the mark in their environment."""
        return list(processes(str(self.folder)).values())

    def _environment(self) -> Mapping[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
        path = {} if self._path is None else {"PYTHONPATH": str(self._path)}
        kept.pop("PYTHONPATH", None)
        # Other plugins of this environment are no part of the product, and take as long to import as all of it.
        off = " ".join(f"-p no:{name}" for name in ("hypothesispytest", "anyio"))
        return {**kept, **path, MARK: str(self.folder), "COLUMNS": "200", "PYTEST_ADDOPTS": off}


class Ended:
    """How a run ended."""

    def __init__(self, code: int, text: str, results: Path) -> None:
        self.code, self.text, self.results = code, text, results

    def __repr__(self) -> str:
        return f"<Ended {self.code}>\n{self.text}"

    @property
    def last(self) -> str:
        """The last line of the output."""
        return self.text.rstrip("\n").rpartition("\n")[2]

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Judged, skipped, not reached, broken, by the last line."""
        match = LAST_LINE.fullmatch(self.last)
        assert match is not None, f"the last line is {self.last!r}:\n{self.text}"
        judged, skipped, missed, broken = (int(number) for number in match.groups())
        return judged, skipped, missed, broken

    @property
    def traces(self) -> list[Path]:
        """The trace files of the run."""
        return sorted(self.results.glob("trace-*.jsonl"))

    @property
    def verdicts(self) -> dict[str, Verdict]:
        """The verdicts on the traces, by scenario."""
        found = [record for trace in self.traces for record in records(trace) if isinstance(record, Verdict)]
        return {verdict.scenario: verdict for verdict in found}

    @property
    def words(self) -> dict[str, str]:
        """What junit.xml says of each test: passed, skipped, failure or error."""
        cases = ElementTree.parse(self.results / "junit.xml").iter("testcase")
        tags = {case.attrib["name"]: [child.tag for child in case if child.tag != "properties"] for case in cases}
        return {name: next(iter(found), "passed") for name, found in tags.items()}


def together(*runs: Callable[[], Ended], at_once: int = AT_ONCE) -> list[Ended]:
    """Several runs at the same time: most of what an inner run takes is waiting."""
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(lambda run: run(), runs))


def records(trace: Path) -> list[AnyRecord]:
    """All records of a trace file."""
    _, found = read(trace)
    return list(found)


def processes(mark: str) -> dict[int, str]:
    """Command lines of the living processes whose environment bears the mark."""
    found, wanted = {}, f"{MARK}={mark}".encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                environment = (entry / "environ").read_bytes().split(b"\0")
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
            if wanted in environment and line:
                found[int(entry.name)] = line
    return found


def await_none(mark: str, within: float) -> list[str]:
    """The marked processes that still live after at most `within` seconds."""
    deadline = time.monotonic() + within
    while (left := processes(mark)) and (seconds := deadline - time.monotonic()) > 0:
        try:
            process = os.pidfd_open(next(iter(left)))
        except ProcessLookupError:
            continue
        select.select([process], [], [], seconds)
        os.close(process)
    return list(left.values())
