"""The device on the rig: its agent, its power and the evidence of its work, by the commands of the rig file."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from rigs.assignment import Job
from rigs.console.base import Console
from rigs.description import DeviceTable
from rigs.errors import RigFault, UsageFault
from rigs.power.base import Power
from rigs.profile import Profile
from rigs.tap.proxy import Tap
from rigs.trace.facts import Connected, Disconnected, Seen
from rigs.trace.records import Evidence
from rigs.trace.store import Fact, Trace

POLL = timedelta(milliseconds=40)
Sort = Literal["begun", "done", "dropped"]


@dataclass(slots=True, kw_only=True)
class Device:
    """What steps do with the device beside the network."""

    table: DeviceTable
    profile: Profile
    trace: Trace
    tap: Tap
    console: Console
    power: Power | None = None
    is_on: bool = True
    on_since: int = 0
    """The mark at which it was switched on last."""
    filled: bool = False
    """Whether its storage was filled and not freed yet."""
    offset: int = 0
    """Where the last line of the evidence begins that was read."""
    last: str = ""
    noted: list[str] = field(default_factory=list)
    """Its lines that were work."""
    asked: float = 0.0
    """When the last reading of the evidence was asked for; what it does not show happened later."""
    jobs: dict[str, Job] = field(default_factory=dict)
    every_job: set[str] = field(default_factory=set)
    released: set[str] = field(default_factory=set)
    released_at: dict[str, int] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Device {self.table.thing} {'on' if self.is_on else 'off'}>"

    def run(self, command: str | None, what: str) -> str:
        """Run a command of the rig file; raises UsageFault where the rig file has none."""
        if command is None:
            raise UsageFault(f"[device] {what} is missing in the rig file")
        return self.console.run(command)

    # power and agent -----------------------------------------------------------------------------------------------

    def off(self) -> None:
        """Take the device away: power if it can be cut, else the agent is stopped."""
        if self.power is not None and self.power.ability == "cut":
            self.tap.hush()
            self.power.off()
        else:
            self.run(self.table.stop, "stop")
        self.is_on = False

    def on(self) -> None:
        """Bring the device back and wait for its CONNACK, within boot + connect of its profile."""
        mark = self.on_since = self.trace.mark
        if self.power is not None and self.power.ability == "cut":
            self.power.on()
        else:
            self.run(self.table.start, "start")
        self.is_on = True
        self.await_connected(mark, self.profile.timing.boot + self.profile.timing.connect)

    def await_connected(self, since: int, within: timedelta) -> None:
        """Wait for a CONNACK after the mark."""
        self.trace.wait_for(Connected(), since=since, within=within)

    def await_disconnected(self, since: int, within: timedelta) -> None:
        """Wait for the end of the device's connection."""
        self.trace.wait_for(Disconnected(), since=since, within=within, blame=RigFault)

    def stop_agent(self) -> None:
        """Tell the agent to stop; the device stays as it is."""
        self.run(self.table.stop, "stop")

    def start_agent(self) -> None:
        """Start the agent and wait for its CONNACK."""
        mark = self.trace.mark
        self.run(self.table.start, "start")
        self.await_connected(mark, self.profile.timing.connect)

    def restart_agent(self) -> None:
        """Stop and start the agent: the first rung of the ladder."""
        self.stop_agent()
        self.start_agent()

    def reboot(self) -> None:
        """Let the device boot: the second rung."""
        mark = self.trace.mark
        self.run(self.table.reboot, "reboot")
        self.await_connected(mark, self.profile.timing.boot + self.profile.timing.connect)

    def cycle(self) -> None:
        """Take the power away and give it back: the last rung."""
        self.off()
        self.on()

    def rungs(self) -> list[Callable[[], None]]:
        """The ways back to a device at rest that this rig has, mildest first."""
        rungs: list[Callable[[], None]] = []
        if self.table.start and self.table.stop:
            rungs.append(self.restart_agent)
        if self.table.reboot:
            rungs.append(self.reboot)
        if self.power is not None and self.power.ability == "cut":
            rungs.append(self.cycle)
        return rungs

    def boots(self) -> int:
        """How often the device has booted, by its own count; raises UsageFault where it keeps none."""
        return self._number("boots")

    # storage ---------------------------------------------------------------------------------------------------------

    def fill_storage(self) -> None:
        """Take the device's free space; raises RigFault where it says that some is left."""
        self.filled = True
        self.run(self.table.fill_storage, "fill_storage")
        if (left := self._number("storage")) > 0:
            raise RigFault(f"[device] fill_storage left {left} bytes free, by [device] storage; it has to take all")

    def free_storage(self) -> None:
        """Give back the space that `fill_storage` has taken; nothing happens where none was taken.

        Raises RigFault where the device says that there is still none: such a rig is good for nothing.
        """
        if not self.filled:
            return
        self.run(self.table.free_storage, "free_storage")
        if not self._number("storage"):
            raise RigFault("[device] free_storage left no space free, by [device] storage; clear the device by hand")
        self.filled = False

    def _number(self, command: str) -> int:
        """The last number that a command of the rig file prints, which is named like its key there."""
        text = self.run(getattr(self.table, command), command)
        numbers = re.findall(r"\d+", text)
        if not numbers:
            raise RigFault(f"[device] {command} printed no number: {text!r}")
        return int(numbers[-1])

    def firmware(self) -> str:
        """The firmware's version as the device tells it, "" where the rig file has no command for it."""
        return self.console.run(self.table.firmware).strip() if self.table.firmware else ""

    # work ------------------------------------------------------------------------------------------------------------

    def release(self, job: Job) -> None:
        """Let held work end; nothing happens when it was let end before."""
        if job.kind.release is not None and job.id not in self.released:
            self.released.add(job.id)
            self.console.run(job.fill(job.kind.release))

    def read_evidence(self) -> None:
        """Bring what is new in the device's evidence to the trace; nothing is read while the device is off.

        The last line is read again each time. Where it is there no more, all is read again from the beginning; raises
        RigFault, with a gap on the trace, where work that was noted is gone: what stood behind it cannot be counted.
        Between two scenarios that is no loss.
        """
        if self.table.evidence is None or not self.is_on:
            return
        before, self.asked = self.asked, time.monotonic()
        if (lines := self._unread(self.table.evidence)) is None:
            self.offset, self.last = 0, ""
            lines = self._behind_what_was_noted(self._unread(self.table.evidence) or [])
            before = 0.0  # readings may have missed it
        for line in lines:
            self._note(line.strip(), before)

    def _unread(self, command: str) -> list[str] | None:
        """The lines behind the last one that was read, and that one too if it was not whole; None where it is gone."""
        lines = self.console.run(command.replace("{offset}", str(self.offset))).split("\n")
        again = (at for at, line in enumerate(lines) if line == self.last or (at == 0 and line.startswith(self.last)))
        if (found := next(again, None)) is None:
            return None
        unread = lines[found + (lines[found] == self.last) :]
        self.offset += len("".join(f"{line}\n" for line in lines[:-1]).encode())
        self.last = lines[-1]
        return unread

    def _behind_what_was_noted(self, lines: list[str]) -> list[str]:
        if not self.jobs:
            self.noted.clear()
        plain, place = [line.strip() for line in lines], 0
        for line in self.noted:
            if line not in plain[place:]:
                self.noted.clear()
                gap = self.trace.append(Evidence(sort="gap", text=line))
                raise RigFault(
                    f"the evidence has a gap (record {gap.n}): {line!r} was read and is there no more, so work cannot "
                    "be counted; keep the log of [device] evidence whole over reboots and power cuts, and unrotated"
                )
            place = plain.index(line, place) + 1
        return lines[place:]

    def read_evidence_until(self, fact: Fact, *, since: int, asked: float) -> None:
        """Read the evidence again and again until it shows the fact, or a reading was asked for at `asked` or later."""
        left = timedelta(seconds=max(0.0, asked - time.monotonic()))
        with suppress(TimeoutError):
            self.trace.wait_for(fact, since=since, within=left, blame=TimeoutError, ask=self.read_evidence, every=POLL)
            return
        self.read_evidence()

    def _note(self, line: str, before: float) -> None:
        every = ((job, sort, pattern) for job in self.jobs.values() for sort, pattern in patterns(job))
        shown = [(job, sort) for job, sort, pattern in every if re.search(pattern, line)]
        for job, sort in shown:
            self.trace.append(Evidence(job=job.id, sort=sort, text=line, after=round(before, 6)))
        self.noted += [line] if shown else []

    def await_work(self, job: Job, sorts: Iterable[str], within: timedelta) -> None:
        """Wait until work of the job is in evidence; the device is at fault when it is not."""
        fact = Seen(job.id, frozenset(sorts))
        self.trace.wait_for(fact, since=job.mark or 0, within=within, ask=self.read_evidence, every=POLL)

    def count(self, job: Job, sort: Sort, since: int | None = None, least: int = 0) -> int:
        """How often work of the job is in evidence as begun or done; UsageFault where the kind has no pattern.

        Counted from the mark `since` on, by default from when the job was queued. Where it is less than `least`,
        timing.evidence_lag is waited for more: a device may report faster than its evidence is to be read.
        """
        if sort not in dict(patterns(job)):
            where = f"[profile.jobs.{job.kind.name}] evidence.{sort}"
            raise UsageFault(f"{where} is missing in the rig file: it cannot be said how often the work was {sort}")
        seen, mark = Seen(job.id, frozenset({sort})), since or job.mark or 0
        self.read_evidence()
        if len(self.trace.all(seen, since=mark)) < least:
            lag = self.profile.timing.evidence_lag.total_seconds()
            due = time.monotonic() + lag
            self.read_evidence_until(lambda _: len(self.trace.all(seen, since=mark)) >= least, since=mark, asked=due)
        return len(self.trace.all(seen, since=mark))


def patterns(job: Job) -> list[tuple[Sort, str]]:
    """The evidence patterns of a job, as (sort, regular expression)."""
    evidence = job.kind.evidence
    every: dict[Sort, str | None] = {"begun": evidence.begun, "done": evidence.done, "dropped": evidence.dropped}
    words = {"{nonce}": re.escape(job.nonce), "{job}": re.escape(job.id)}
    found: list[tuple[Sort, str]] = []
    for sort, pattern in every.items():
        if pattern is not None:
            for name, word in words.items():
                pattern = pattern.replace(name, word)
            found.append((sort, pattern))
    return found
