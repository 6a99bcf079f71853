"""The frame of one scenario on a rig: arranged, run, closed; and what there is to judge by afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rigs import ladder
from rigs.assignment import Job
from rigs.cloud.operator import Refused
from rigs.course import Course
from rigs.desk import CLEAR_WITHIN
from rigs.errors import DeviceFault, NotReached, RigError, RigFault, ServiceFault, UsageFault
from rigs.habits import contradictions
from rigs.judging import Found
from rigs.network import Arming, decide_missed
from rigs.rig import Rig
from rigs.trace.facts import AnyOf, Seen, Taken
from rigs.trace.records import AnyRecord, Link, Scenario

MOST_UNREADY = 2
"""So many scenarios in a row that could not be arranged, and the run gives the rig up."""


@dataclass(slots=True, kw_only=True)
class Frame:
    """Around the steps of one scenario."""

    rig: Rig
    name: str
    id: str
    course: Course
    since: int = 0
    connected: int = 0
    violations: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    doubts: list[Exception] = field(default_factory=list)
    unrest: str = ""
    mute: bool = False

    def __repr__(self) -> str:
        return f"<Frame {self.id or self.name} on {self.rig.name}>"

    @property
    def records(self) -> Sequence[AnyRecord]:
        """This scenario's slice of the trace."""
        return self.rig.trace.since(self.since)

    # arranging -------------------------------------------------------------------------------------------------------

    def arrange(self) -> None:
        """No fault armed, queue empty, device at rest (N2, L2); raises the rig's doubts.

        A rig that could not be arranged for several scenarios in a row is given up: the others are skipped.
        """
        rig = self.rig
        try:
            self._arrange()
        except RigError as doubt:
            rig.unready += 1
            if rig.unready >= MOST_UNREADY and not rig.stuck:
                rig.stuck = f"rig not ready since {self.id or self.name}: {str(doubt).splitlines()[0]}"
            raise
        rig.unready = 0

    def _arrange(self) -> None:
        rig = self.rig
        rig.doubts()  # what came between two scenarios belongs to none; if it lasts, arranging meets it again
        self.since = rig.trace.mark
        rig.trace.append(Scenario(event="start", name=self.name, id=self.id))
        rig.network.armings.clear()
        rig.device.jobs.clear()
        rig.device.free_storage()  # where closing the scenario before could not
        rig.operator.clear(CLEAR_WITHIN)
        self._await_rest()
        try:
            rig.device.read_evidence()
            self.course.boots = rig.device.boots() if rig.device.table.boots else None
        except ladder.DEAF:
            ladder.climb(rig, self.id or self.name, mute=True)
            raise
        rig.judge.begin()
        self.connected = rig.rest.since
        rig.trace.append(Scenario(event="arranged", name=self.name, id=self.id))
        rig.doubts()
        rig.measure_turns()
        self.course.since = rig.trace.mark
        rig.trace.append(Scenario(event="run", name=self.name, id=self.id))

    def _await_rest(self) -> None:
        """Raise where the device does not come to rest; it gets the ladder, so that the next scenario finds it there.

        A cloud that cannot be reached for a moment is waited for.
        """
        rig = self.rig
        reason = rig.come_to_rest(patient=True)
        if not reason:
            return
        for doubt in rig.doubts():
            raise doubt
        ladder.climb(rig, self.id or self.name)
        raise RigFault(f"the device is not at rest before the scenario: {reason}")

    # closing ---------------------------------------------------------------------------------------------------------

    def close(self, error: BaseException | None) -> Found:
        """Lift faults, let go what is held, clear the queue, come to rest; returns what there is to judge by.

        Each of these is done whatever became of the ones before. The first doubt is what all others come from.
        """
        rig, missed = self.rig, self._missed()
        self.doubts += [*rig.doubts(), *([error] if isinstance(error, RigError) else [])]
        self.mute = ladder.deaf(self.doubts)
        for tidy in (rig.network.lift_all, rig.tap.allow, rig.normal_clock, self._power_on, self._hear):
            self._try(tidy)
        self._try(rig.device.free_storage)
        for tidy in (self._withdraw, self._let_end, self._clear, self._rest, self._read, self._hear):
            self._try(tidy)
        if isinstance(error, DeviceFault | AssertionError) and not self.unrest:
            self._try(self._begin_anew)
        self._close_judge()
        missed += self._contradictions()
        rig.trace.append(Scenario(event="closed", name=self.name, id=self.id))
        self.doubts += [*rig.doubts(), *self._cloud_lost()]
        if isinstance(error, AssertionError) or self.violations or self.unrest:
            self.doubts += self._too_slow()
        return Found(error=error, doubts=self.doubts, violations=self.violations, unrest=self.unrest, missed=missed)

    def _try(self, tidy: Callable[[], None]) -> None:
        try:
            tidy()
        except (RigError, Refused) as doubt:
            self.doubts.append(doubt)
            self.mute = self.mute or ladder.deaf([doubt])
        except (DeviceFault, NotReached) as fault:
            self.unrest = self.unrest or str(fault)

    def _power_on(self) -> None:
        if not self.rig.device.is_on:
            self.rig.device.on()

    def _hear(self) -> None:
        """Where the console did not answer: see whether it does now, else bring it back by the device's power."""
        if not self.mute or self.rig.stuck:
            return
        try:
            ladder.listen(self.rig)
        except ladder.DEAF:
            self.doubts += ladder.climb(self.rig, self.id or self.name, mute=True)
        self.mute = False

    def _withdraw(self) -> None:
        """What the device has not begun it shall not begin any more."""
        for job in self.course.jobs:
            if job.mark is not None and not self._begun(job):
                self.rig.operator.remove(job.id)

    def _let_end(self) -> None:
        """What has begun ends here: a report of it that comes later would be judged with the next scenario."""
        if self.mute or self.rig.stuck:
            return
        begun = [job for job in self.course.jobs if job.mark is not None and self._begun(job)]
        for job in begun:
            self.rig.device.release(job)
        for job in begun:
            if not self._cloud_in_doubt():
                self.course.await_finished(job)

    def _begun(self, job: Job) -> bool:
        fact = AnyOf((Taken(job.id), Seen(job.id, frozenset({"begun"}))))
        found = self.rig.trace.find(fact, since=job.mark or 0)
        if found is not None:
            self.rig.device.released_at.setdefault(job.id, found.n)
        return found is not None

    def _clear(self) -> None:
        self.rig.operator.clear(CLEAR_WITHIN)
        for job in self.course.jobs:
            if job.mark is not None:
                self.course.forget(job)

    def _read(self) -> None:
        if not (self.mute or self.rig.stuck):
            self.rig.device.read_evidence()

    def _rest(self) -> None:
        """Wait for rest; a device that does not come to rest is named here and goes up the ladder."""
        if self.rig.stuck or not (reason := self.rig.come_to_rest()) or self._cloud_in_doubt():
            return
        jobs = ", ".join(job.id for job in self.course.jobs if job.mark is not None) or "the scenario"
        what = f"the device does not come to rest after {jobs}: {reason}"
        self.unrest = f"{what} (profile timing: react, report, reconnect)"
        self.doubts += ladder.climb(self.rig, self.id or self.name)

    def _begin_anew(self) -> None:
        """A device that has failed may be at rest and deaf: the next scenario shall not fail for this one's fault.

        What goes wrong on the way says nothing about this scenario; arranging the next one meets it again.
        """
        if not (self.mute or self.rig.stuck or self._cloud_in_doubt()):
            ladder.climb(self.rig, self.id or self.name)

    def _cloud_in_doubt(self) -> bool:
        """Without the cloud no device comes to rest: that is not held against it, and no rung helps."""
        return self.rig.in_doubt or any(isinstance(doubt, ServiceFault) for doubt in self.doubts)

    def _contradictions(self) -> list[Exception]:
        """Declared habits that the records since the connection began contradict."""
        records = self.rig.trace.since(max(0, min(self.connected, self.since) - 1))
        return [UsageFault(f"{self.rig.description.path} {text}") for text in contradictions(self.rig.profile, records)]

    def _missed(self) -> list[Exception]:
        records = self.records
        verdicts = [decide_missed(arming, self._passed(arming), records) for arming in self.rig.network.armings]
        return [verdict for verdict in verdicts if verdict is not None]

    def _passed(self, arming: Arming) -> list[AnyRecord]:
        return [] if arming.passes is None else self.rig.trace.all(arming.passes, since=arming.since)

    def _close_judge(self) -> None:
        judge = self.rig.judge
        judge.close(time.monotonic())
        self.violations = [f"{finding.rule}: {finding.text}" for finding in judge.violations]
        self.remarks = [f"{finding.rule}: {finding.text}" for finding in judge.remarks]

    def _too_slow(self) -> list[Exception]:
        """The rig stood still for longer than a device waits for a reply: what a device does then is our doing."""
        lag, reply = self.rig.loop.lag, self.rig.profile.timing.reply.total_seconds()
        if lag <= reply:
            return []
        text = f"the rig's loop stood still for {lag:.1f} s, a device waits {reply:g} s for a reply (timing.reply)"
        return [RigFault(f"{text}; is this machine busy with something else?")]

    def _cloud_lost(self) -> list[Exception]:
        """The cloud did not take the tap's connection."""
        for record in self.rig.trace.since(self.course.since):
            if isinstance(record, Link) and record.link == "cloud" and record.event == "refused":
                return [ServiceFault(f"the cloud cannot be reached (record {record.n}): {record.reason}")]
        return []
