"""A device that is nothing but its work log."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

from rigs.assignment import Job
from rigs.device import Device
from rigs.profile import Evidence, JobKind, Profile, Timing
from rigs.trace.records import Header
from rigs.trace.store import Trace

WORK = Evidence(begun="^begun {nonce}$", done="^done {nonce}$")
KIND = JobKind(name="succeeds", document={}, lasts=timedelta(0), evidence=WORK)


@dataclass
class WorkLog:
    """A console that prints the log from a byte on; before each reading the next of `grows` is added."""

    grows: Iterator[str] = field(default_factory=lambda: iter(()))
    text: str = ""

    def run(self, command: str) -> str:
        if grown := next(self.grows, ""):
            self.text += f"{grown}\n"
        return self.text.encode()[int(command.split()[-1]) :].decode().removesuffix("\n")


@dataclass
class Table:
    """What of the rig file a device needs here."""

    evidence: str = "read {offset}"
    thing: str = "bench"


def device_with(log: Any, lag: float = 0.05) -> tuple[Device, Job]:
    """The device, whose trace is a second behind, and the job that it has."""
    trace = Trace(Header(rig="bench", device="device", thing="bench"), clock=lambda: time.monotonic() - 1)
    profile = Profile(words={}, timing=Timing({"evidence_lag": lag}), numbers={}, jobs={})
    unused = cast(Any, None)
    device = Device(table=cast(Any, Table()), profile=profile, trace=trace, tap=unused, console=log)
    job = Job(id="j1", nonce="abc", kind=KIND, mark=0)
    device.jobs[job.id] = job
    return device, job
