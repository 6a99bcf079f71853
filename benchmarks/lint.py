"""How many records a second `jobrig lint` judges, and in how much memory, beside tools that only read the lines.

    python -m benchmarks.lint [--records 300000] [--runs 3]

The trace is made here: a device does one job after another, by start-next, with progress, versions, tokens and QoS 1.
"packets" has nothing but packets; "a run" has steps, service records and console lines beside them, as a rig writes.
`json.loads` a line and `jq` (where it is installed) do a small part of the work: they read, and count the reports. The
memory is that of the process that lints (peak, MiB): it must not grow with the trace.
"""

from __future__ import annotations

import argparse
import io
import json
import resource
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from rigs.jobs.model import Kind, Operation
from rigs.rules.offline import lint
from rigs.trace.records import AnyRecord, Console, Header, Service, Step, encoder
from rigs.trace.tape import Tape

LEAST = 50_000  # records a second
REPORTS = 'select(.what == "packet" and .link == null and .payload.status != null) | .n'


def jobs(tape: Tape, beside: bool) -> Iterator[list[AnyRecord]]:
    """The records of one job after another; the tape is emptied each time, its numbers go on."""
    tape.connect()
    number = 0
    while True:
        number += 1
        _job(tape, f"job-{number}", beside)
        yield tape.records


def _job(tape: Tape, job: str, beside: bool) -> None:
    topic = tape.topic(Operation.NOTIFY, Kind.NOTIFICATION)
    tape.down(topic, {"timestamp": 1, "jobs": {"QUEUED": [{"jobId": job, "versionNumber": 1, "executionNumber": 1}]}})
    tape.notify_next(job)
    tape.start_next(job)
    for step in range(5):
        details = {"step": "download", "progress": f"{step * 20}"}
        _report(tape, job, "IN_PROGRESS", step + 2, beside, statusDetails=details)
    _report(tape, job, "SUCCEEDED", 7, beside)
    tape.notify_next()


def _report(tape: Tape, job: str, status: str, version: int, beside: bool, **more: object) -> None:
    token = f"{job}-{version}"
    tape.wait(0.5).update(job, status, expectedVersion=version, clientToken=token, **more)
    tape.wait(0.05).accept(job, clientToken=token)
    if beside:
        for record in (
            Step(text=f"the device reports {status}"),
            Service(source="told", job=job, status=status, version=version),
            Console(console="serial", text=f"{job} {status}"),
            Console(console="serial", text="ok"),
        ):
            tape.add(record)


def write(path: Path, count: int, beside: bool) -> int:
    """A trace of so many records and a few more; returns how many."""
    tape = Counting()
    with path.open("wb") as file:
        file.write(encoder.encode(Header(thing=tape.thing)) + b"\n")
        for records in jobs(tape, beside):
            file.writelines(encoder.encode(record) + b"\n" for record in records)
            tape.empty()
            if tape.before >= count:
                return tape.before
    return 0


class Counting(Tape):
    """A tape that can be emptied: its numbers go on."""

    before = 0

    def add(self, record: AnyRecord) -> AnyRecord:  # type: ignore[override]
        import msgspec

        stored = msgspec.structs.replace(record, n=self.before + len(self.records) + 1, at=self.at)
        self.records.append(stored)
        return stored

    def empty(self) -> None:
        """What is written needs not be kept."""
        self.before += len(self.records)
        self.records.clear()
