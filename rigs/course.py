"""The course of one scenario: what its steps do, in the words of the features."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from rigs.assignment import Job
from rigs.cloud.operator import Refused
from rigs.desk import ASK_EVERY, CLEAR_WITHIN
from rigs.errors import DeviceFault, NotReached, RigFault, ServiceFault
from rigs.jobs.model import Kind, Status
from rigs.network import Arming
from rigs.observe import ENDS
from rigs.trace.facts import Connected, Known, Taken
from rigs.trace.records import Service
from rigs.waits import Waits


@dataclass(slots=True, kw_only=True)
class Course(Waits):
    """Steps get at everything through it."""

    # facts about a job -----------------------------------------------------------------------------------------------

    def ends(self, job: Job, statuses: Iterable[str], execution: int | None = None) -> None:
        """Wait until the service holds one of these ends; another end or none is the device's fault."""
        wanted, anything = frozenset(statuses), frozenset(status.value for status in Status if status.terminal)
        within = self.patience(job)
        try:
            found = self.rig.trace.wait_for(
                Known(job.id, anything, execution),
                since=job.mark or self.since,
                within=within,
                ask=lambda: self._ask(job, execution),
                every=ASK_EVERY,
            )
        except DeviceFault as late:
            raise self.observer.unfinished(job, within) from late
        assert isinstance(found, Service)
        if found.status not in wanted:
            reports = self.observer.tell(self.observer.reports(job)) or "no report about it"
            text = f"{job.id} ended as {found.status}, expected {' or '.join(sorted(wanted))} (record {found.n}"
            raise DeviceFault(f"{text}; jobs-protocol §4); reports:\n{reports}")

    def each_ends(self, jobs: Iterable[Job], statuses: Iterable[str]) -> None:
        """All of them end so, in whatever order."""
        for job in jobs:
            self.ends(job, statuses)

    def each_was(self, jobs: Iterable[Job], least: int, most: int) -> None:
        """The work of each was done as often as that."""
        for job in jobs:
            self.observer.counted(job, "done", least, most)

    def _ask(self, job: Job, execution: int | None) -> None:
        self.rig.operator.ask(job.id, execution)

    def does(self, job: Job) -> None:
        """The job ends as SUCCEEDED and its work is done once, where there is evidence."""
        self.ends(job, {"SUCCEEDED"})
        if job.kind.evidence.whole and self.rig.device.table.evidence:
            self.rig.device.await_work(job, {"done"}, self.rig.profile.timing.report)
            self.observer.counted(job, "done", 1, 1)

    def is_at_service(self, job: Job, status: str) -> None:
        """The service says that status when it is asked."""
        known = self.rig.operator.ask(job.id)
        if known.status == status:
            return
        reports = self.observer.tell(self.observer.reports(job)) or "no report about it"
        text = f"{job.id} is {known.status} at the service, expected {status} (record {known.n}); reports:\n{reports}"
        raise (DeviceFault if known.status in ENDS else ServiceFault)(text)

    def was_in_progress(self, job: Job) -> None:
        """The service was told of IN_PROGRESS before the end."""
        fact = Known(job.id, frozenset({"IN_PROGRESS"}))
        end = self.rig.trace.find(Known(job.id, ENDS), since=job.mark or self.since)
        begun = self.rig.trace.find(fact, since=job.mark or self.since)
        if begun is None or (end is not None and end.n < begun.n):
            raise DeviceFault(
                f"{job.id} ended without having been IN_PROGRESS (profile reports_start; jobs-protocol §4)"
            )

    def has_reason(self, job: Job) -> None:
        """The operator sees a non-empty detail."""
        known = self.rig.operator.ask(job.id)
        if not any(str(value).strip() for value in (known.details or {}).values()):
            text = f"{job.id} is {known.status} with statusDetails {known.details}: no reason to read"
            raise DeviceFault(f"{text} in the last UpdateJobExecution (profile reports_reason; jobs-protocol §2.4)")

    def ends_after_reboot(self) -> frozenset[str]:
        """The ends that the profile's after_reboot allows."""
        return {"fail": frozenset({"FAILED", "SUCCEEDED"})}.get(
            str(self.rig.profile["after_reboot"]), frozenset({"SUCCEEDED"})
        )

    def done_as_reboot_allows(self, job: Job) -> None:
        """Once; twice where the device does the work anew after a boot."""
        self.observer.counted(job, "done", 1, 2 if self.rig.profile["after_reboot"] == "restart" else 1)

    def ends_as_done(self, job: Job) -> frozenset[str]:
        """Wait for an end of the device's own; the ends that are true: SUCCEEDED only with the work in evidence."""
        self.ends(job, ENDS)
        return ENDS if self.rig.device.count(job, "done", least=1) else ENDS - {"SUCCEEDED"}

    def taken_on_this_connection(self, job: Job) -> None:
        """Within timing.react, without a new CONNECT and without a boot."""
        trace, mark = self.rig.trace, job.mark or self.since
        taken = trace.wait_for(Taken(job.id), since=mark, within=self.rig.profile.timing.react)
        connect = trace.find(Connected(), since=mark)
        if connect is not None and connect.n < taken.n:
            raise RigFault(f"the device connected anew (record {connect.n}) before it took {job.id}: inconclusive")

    # doing -----------------------------------------------------------------------------------------------------------

    def queue_more(self, number: int, kind: str) -> None:
        """Queue further jobs, a second of service time apart: queuedAt counts in seconds, and it is their order."""
        for _ in range(number):
            self.pass_seconds(1)
            self.queue(self.plan(kind))

    def let_end(self, job: Job) -> None:
        """Let held work end; a device that is off or was cut from its power is let end at its next start."""
        self.rig.device.released_at.setdefault(job.id, self.rig.trace.mark)
        self.rig.device.release(job)

    def hold_until(self, message: str, other: str) -> Arming:
        """Let one message overtake another; not longer than two tries take, so that no device is stuck for good."""
        timing = self.rig.profile.timing
        at_most = 2 * (timing.reply + timing.retry)
        return self.rig.network.hold(message, self.subject, until=other, at_most=at_most)

    def let_go(self, held: Arming) -> None:
        """What waits goes on, and nothing is held any more."""
        held.lift()

    def clear(self) -> None:
        """The operator clears the queue."""
        self.rig.operator.clear(CLEAR_WITHIN)

    def refused_cancel(self, job: Job) -> None:
        """The operator's cancel without force is refused; a service that allows it is at fault."""
        try:
            self.rig.operator.cancel_execution(job.id)
        except Refused:
            return
        raise ServiceFault(f"CancelJobExecution of {job.id} in progress without force was not refused (§4, Cancel)")

    def force_cancel(self, job: Job) -> None:
        """The execution is CANCELED whatever the device does."""
        self.rig.operator.cancel_execution(job.id, force=True)

    def cancel(self, job: Job) -> None:
        """Cancel without force; one that has ended by itself is left alone."""
        with contextlib.suppress(Refused):
            self.rig.operator.cancel_execution(job.id)

    def forget(self, job: Job) -> None:
        """Delete the job, so that its name and place are free; one that is gone is fine."""
        with contextlib.suppress(Refused):
            self.rig.operator.delete_job(job.id)
        if job.group is not None and job.mark is not None:
            self.rig.operator.disband(job.group)

    def cancel_in_time(self, job: Job) -> None:
        """Cancel a job that the device has not begun; where it was faster the case is not reached."""
        try:
            self.rig.operator.cancel_execution(job.id)
        except Refused as refused:
            raise NotReached(f"the device had taken {job.id} before the operator could cancel it") from refused

    def rejoin(self, job: Job) -> None:
        """The thing leaves the job's group and joins it again; then the service has a further execution of the job.

        Two seconds lie between, since queuedAt counts in seconds: executions of one second are alike to a device that
        tells them apart by it.
        """
        assert job.group is not None
        self.rig.operator.leave(job.group)
        self.pass_seconds(2)
        self.rig.operator.join(job.group)
        number = Known(job.id, frozenset(Status), execution=2)
        ask = lambda: self._ask(job, 2)  # noqa: E731
        within = CLEAR_WITHIN
        self.rig.trace.wait_for(number, since=self.rig.trace.mark, within=within, blame=ServiceFault, ask=ask)

    def write_faster(self, job: Job) -> None:
        """Another client moves the version; once the execution is over there is nothing to move."""
        with contextlib.suppress(Refused):
            self.rig.operator.report(job.id)

    def link_down(self) -> None:
        """End both legs and keep them down."""
        mark = self.rig.trace.mark
        self.rig.tap.keep_down()
        self.rig.tap.cut()
        self.rig.device.await_disconnected(mark, timedelta(seconds=5))

    def link_up(self) -> None:
        """Let the device connect again and wait for it; for one that is off, when it is switched on."""
        mark = self.rig.trace.mark
        self.rig.tap.allow()
        if self.rig.device.is_on:
            self.rig.device.await_connected(mark, self.rig.profile.timing.reconnect)

    def power_cut(self) -> None:
        """Off, silently, and on."""
        self.rig.device.off()
        self.rig.device.on()

    # clock -----------------------------------------------------------------------------------------------------------

    @property
    def step(self) -> timedelta:
        """The step that the device sets, by its profile."""
        return timedelta(minutes=float(str(self.rig.profile["sets_step_timer"])))

    def seconds_left(self, job: Job) -> int:
        """What the service says is left of the nearer timer."""
        execution = self.rig.operator.describe(job.id)["execution"]
        return int(execution.get("approximateSecondsBeforeTimedOut", 0))

    def within_step(self, seconds: int) -> None:
        """Raise where no timer runs or more is left than the device sets."""
        if not 0 < seconds <= self.step.total_seconds():
            text = f"{seconds} s are left, the profile sets a step of {self.step.total_seconds():g} s"
            raise DeviceFault(f"{text} (sets_step_timer; stepTimeoutInMinutes is minutes, jobs-protocol §2.4)")

    def pass_step_timer(self, job: Job) -> None:
        """Step the service clock past what it says is left, until the execution is over; renewals are overtaken."""
        for _ in range(3):
            self.rig.step_clock(timedelta(seconds=self.seconds_left(job) + 60))
            if self.rig.operator.ask(job.id).status == Status.TIMED_OUT:
                return

    def scale_to(self, real: timedelta) -> None:
        """One step of the device lasts so long in real time."""
        self.rig.scale_clock(self.step / real)

    def pass_seconds(self, seconds: float) -> None:
        """Let service time pass: stepped where the clock can be, else waited for."""
        if self.rig.description.cloud.kind == "local":
            self.rig.step_clock(timedelta(seconds=seconds))
        else:
            self.observer.pause(timedelta(seconds=seconds))

    def let_steps_pass(self, number: float) -> None:
        """So many steps of service time pass at the present rate."""
        self.observer.pause(number * self.step / self.rig.clock_rate)

    # boots -----------------------------------------------------------------------------------------------------------

    def booted(self, times: int) -> None:
        """Raise where the device booted another number of times since the scenario began."""
        booted = self.rig.device.boots() - (self.boots or 0)
        if booted != times:
            jobs = ", ".join(job.id for job in self.jobs)
            raise DeviceFault(
                f"the device booted {booted} times for {jobs}, expected {times} (evidence: its boot count)"
            )

    def begun_since_boot(self, job: Job) -> None:
        """Raise where the work was begun more than once since the device was switched on last."""
        self.observer.counted(job, "begun", 0, 1, since=self.rig.device.on_since)

    def starts_bounded(self) -> None:
        """At most `tries` starts were refused in a round of asking, unless the profile declares back-off."""
        if self.rig.profile["backoff"]:
            return
        starts = [start for start in self.observer.starts() if start.reply and start.reply.kind is Kind.REJECTED]
        rounds = 1
        if starts and self.rig.profile["polls"]:  # each time that it asks for jobs by itself is a new beginning
            rounds += math.ceil((starts[-1].at - starts[0].at) / self.rig.profile.timing.poll.total_seconds())
        most = rounds * self.rig.profile.number("tries")
        self.observer.at_most(most, starts, "refused starts", "profile tries; jobs-protocol §3")
