"""How many records a second `jobrig lint` judges, and in how much memory, beside tools that only read the lines.

    python -m benchmarks.lint [--records 300000] [--runs 3]

The traces are made here: a device does one job after another, by start-next, with progress, versions, tokens and QoS 1.
"packets" has nothing but packets; "a run" has steps, service records and console lines beside them, as a rig writes.
`json.loads` a line and `jq` (where it is installed) do a small part of the work: they read, and count the reports.
Thousands of records a second of processor time, median of runs in turn; each in a process of its own, whose greatest
memory (MiB) stands beside it: that of `lint` must not grow with the trace.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import msgspec

from rigs.jobs.model import Kind, Operation
from rigs.trace.records import Console, Header, Record, Service, Step, encoder
from rigs.trace.tape import Tape

LEAST = 50.0  # thousands of records a second
READ = """
import json, sys
print(sum("status" in (json.loads(line).get("payload") or ()) for line in open(sys.argv[1], encoding="utf-8")))
"""
TOOLS: Mapping[str, Sequence[str]] = {
    "jobrig lint": (sys.executable, "-m", "rigs.cli", "lint"),
    "json.loads": (sys.executable, "-c", READ),
    "jq": ("jq", "-c", "select(.payload.status?) | .n"),
}
R = TypeVar("R", bound=Record)


class Endless(Tape):
    """A tape that can be emptied; its numbers go on."""

    before = 0

    def add(self, record: R) -> R:
        """Number and stamp a record."""
        stored = msgspec.structs.replace(record, n=self.before + len(self.records) + 1, at=self.at)
        self.records.append(stored)  # type: ignore[arg-type]
        return stored

    def taken(self) -> bytes:
        """The records as lines; they are gone from here."""
        lines = b"".join(encoder.encode(record) + b"\n" for record in self.records)
        self.before += len(self.records)
        self.records.clear()
        return lines


def job(tape: Tape, name: str, beside: bool) -> None:
    """One job from its notices to its end."""
    entry = {"jobId": name, "versionNumber": 1, "executionNumber": 1}
    tape.down(tape.topic(Operation.NOTIFY, Kind.NOTIFICATION), {"timestamp": 1, "jobs": {"QUEUED": [entry]}})
    tape.notify_next(name)
    tape.start_next(name)
    for step in range(5):
        report(tape, name, "IN_PROGRESS", step + 2, beside, statusDetails={"step": "copy", "progress": f"{step * 20}"})
    report(tape, name, "SUCCEEDED", 7, beside)
    tape.notify_next()


def report(tape: Tape, name: str, status: str, version: int, beside: bool, **more: object) -> None:
    """A report that is accepted, and what a rig notes beside."""
    token = f"{name}-{version}"
    tape.wait(0.5).update(name, status, expectedVersion=version, clientToken=token, **more)
    tape.wait(0.05).accept(name, clientToken=token)
    if beside:
        tape.add(Step(text=f"the device reports {status}"))
        tape.add(Service(source="told", job=name, status=status, version=version))
        tape.add(Console(console="serial", text=f"{name} {status}"))
        tape.add(Console(console="serial", text="ok"))


def write(path: Path, count: int, beside: bool) -> int:
    """A trace of so many records and a few more; returns how many."""
    tape = Endless()
    with path.open("wb") as file:
        file.write(encoder.encode(Header(thing=tape.thing)) + b"\n")
        tape.connect()
        number = 0
        while tape.before < count:
            number += 1
            job(tape, f"job-{number}", beside)
            file.write(tape.taken())
    return tape.before


def measured(command: Sequence[str], path: Path) -> tuple[float, float]:
    """Seconds of processor time and MiB of a process that reads the file."""
    pid = os.fork()
    if not pid:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.execvp(command[0], [*command, str(path)])
    _, status, usage = os.wait4(pid, 0)
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"{command[0]} has failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / (1 if sys.platform == "darwin" else 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=300_000)
    parser.add_argument("--runs", type=int, default=3)
    wanted = parser.parse_args()
    tools = {name: command for name, command in TOOLS.items() if shutil.which(command[0])}
    with TemporaryDirectory() as folder:
        traces = {"packets": Path(folder) / "packets.jsonl", "a run": Path(folder) / "run.jsonl"}
        counts = {name: write(path, wanted.records, name == "a run") for name, path in traces.items()}
        cells: dict[tuple[str, str], list[tuple[float, float]]] = {}
        for _ in range(wanted.runs):
            for tool, command in tools.items():
                for name, path in traces.items():
                    cells.setdefault((tool, name), []).append(measured(command, path))
    print(f"{'1000 records/s':16}" + "".join(f"{name:>10}{'MiB':>8}" for name in traces))
    speed = {}
    for tool in tools:
        row = ""
        for name in traces:
            speed[tool, name] = counts[name] / 1000 / statistics.median(seconds for seconds, _ in cells[tool, name])
            row += f"{speed[tool, name]:10.0f}{max(memory for _, memory in cells[tool, name]):8.0f}"
        print(f"{tool:16}{row}")
    print(f"limit for jobrig {LEAST:.0f}{'' if speed['jobrig lint', 'packets'] >= LEAST else '   MISSED'}")


if __name__ == "__main__":
    main()
