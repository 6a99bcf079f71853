"""The frame of one scenario on a rig: arranged, run, closed; and what there is to judge by afterwards."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from rigs.course import CLEAR_WITHIN, Course
from rigs.errors import DeviceFault, NotReached, RigError, RigFault, ServiceFault
from rigs.judging import Found
from rigs.network import Arming, decide_missed
from rigs.rig import Rig
from rigs.trace.records import AnyRecord, Link, Scenario


@dataclass(slots=True, kw_only=True)
class Frame:
    """Around the steps of one scenario."""

    rig: Rig
    name: str
    id: str
    course: Course
    since: int = 0
    violations: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"<Frame {self.id or self.name} on {self.rig.name}>"

    @property
    def records(self) -> Sequence[AnyRecord]:
        """This scenario's slice of the trace."""
        return self.rig.trace.since(self.since)

    def arrange(self) -> None:
        """No fault armed, queue empty, device at rest (N2, L2); raises the rig's doubts."""
        rig = self.rig
        rig.raise_doubts()
        self.since = rig.trace.mark
        rig.trace.append(Scenario(event="start", name=self.name, id=self.id))
        rig.network.armings.clear()
        rig.device.jobs.clear()
        rig.operator.clear(CLEAR_WITHIN)
        if reason := rig.come_to_rest():
            raise RigFault(f"the device is not at rest before the scenario: {reason}")
        rig.device.read_evidence()
        self.course.boots = rig.device.boots() if rig.device.table.boots else None
        rig.judge.begin()
        rig.trace.append(Scenario(event="arranged", name=self.name, id=self.id))
        self.course.since = rig.trace.mark
        rig.trace.append(Scenario(event="run", name=self.name, id=self.id))

    def close(self, error: BaseException | None) -> Found:
        """Lift faults, let go what is held, clear the queue, come to rest; returns what there is to judge by."""
        missed, doubts, unrest = self._missed(), list[Exception](), ""
        try:
            self._restore()
            unrest = self._rest()
            self.rig.device.read_evidence()
        except RigError as doubt:
            doubts.append(doubt)
        except (DeviceFault, NotReached) as fault:
            unrest = unrest or str(fault)
        self._close_judge()
        self.rig.trace.append(Scenario(event="closed", name=self.name, id=self.id))
        doubts += [*self.rig.doubts(), *self._cloud_lost()]
        return Found(error=error, doubts=doubts, violations=self.violations, unrest=unrest, missed=missed)

    def _restore(self) -> None:
        rig = self.rig
        rig.network.lift_all()
        rig.tap.allow()
        rig.normal_clock()
        if not rig.device.is_on:
            rig.device.on()
        for job in self.course.jobs:
            if job.mark is not None:
                rig.device.release(job)
        rig.operator.clear(CLEAR_WITHIN)
        for job in self.course.jobs:
            if job.mark is not None:
                self.course.forget(job)

    def _rest(self) -> str:
        """Wait for rest; a device that does not come to rest is named here and goes up the ladder."""
        reason = self.rig.come_to_rest()
        if not reason:
            return ""
        self.rig.climb(self.id or self.name)
        jobs = ", ".join(job.id for job in self.course.jobs if job.mark is not None) or "the scenario"
        return f"the device does not come to rest after {jobs}: {reason} (profile timing: react, report, reconnect)"

    def _missed(self) -> list[Exception]:
        verdicts = [decide_missed(arming, self._passed(arming)) for arming in self.rig.network.armings]
        return [verdict for verdict in verdicts if verdict is not None]

    def _passed(self, arming: Arming) -> list[AnyRecord]:
        return [] if arming.passes is None else self.rig.trace.all(arming.passes, since=arming.since)

    def _close_judge(self) -> None:
        judge = self.rig.judge
        judge.close(time.monotonic())
        self.violations = [f"{finding.rule}: {finding.text}" for finding in judge.violations]
        self.remarks = [f"{finding.rule}: {finding.text}" for finding in judge.remarks]

    def _cloud_lost(self) -> list[Exception]:
        """The cloud did not take the tap's connection."""
        for record in self.records:
            if isinstance(record, Link) and record.link == "cloud" and record.event == "refused":
                return [ServiceFault(f"the cloud cannot be reached (record {record.n}): {record.reason}")]
        return []
