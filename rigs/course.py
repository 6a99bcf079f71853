"""The course of one scenario: what its steps do and wait for, in the words of the features."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from rigs.assignment import Job, name_of, nonce
from rigs.cloud.operator import Refused
from rigs.errors import DeviceFault, NotReached, RigFault, ServiceFault
from rigs.jobs.model import Kind, Operation, Status
from rigs.members import Members
from rigs.network import Arming
from rigs.observe import ENDS, Observer
from rigs.rig import Rig
from rigs.trace.facts import Answered, AnyOf, Connected, Known, NothingPending, Noticed, Report, Seen, Taken
from rigs.trace.records import AnyRecord, Service
from rigs.trace.views import sent

CLEAR_WITHIN = timedelta(seconds=30)
ASK_EVERY = timedelta(seconds=1)


@dataclass(slots=True, kw_only=True)
class Course:
    """Steps get at everything through it; `since` is the mark at which the scenario's steps began."""

    rig: Rig
    jobs: list[Job] = field(default_factory=list)
    since: int = 0
    boots: int | None = None

    def __repr__(self) -> str:
        return f"<Course of {len(self.jobs)} jobs on {self.rig.name}>"

    @property
    def observer(self) -> Observer:
        """Questions to this scenario's slice of the trace."""
        rig = self.rig
        return Observer(trace=rig.trace, profile=rig.profile, device=rig.device, since=self.since)

    @property
    def members(self) -> Members:
        """Questions to the requests that the device sent."""
        return Members(observer=self.observer, thing=self.rig.thing, mark=self.since)

    # jobs ------------------------------------------------------------------------------------------------------------

    def plan(self, kind: str, name: str | None = None, minutes: int | None = None, retries: int | None = None) -> Job:
        """A job with fresh id and nonce, not queued yet."""
        chance = self.rig.chance
        entry = self.rig.profile.jobs[kind]
        id = name or f"{kind}-{name_of(6, chance)}"
        job = Job(id=id, nonce=nonce(chance), kind=entry, minutes=minutes, retries=retries)
        self.jobs.append(job)
        self.rig.device.jobs[job.id] = job
        self.rig.device.every_job.add(job.id)
        return job

    def name_of(self, length: int) -> str:
        """A fresh job id of that length."""
        return name_of(length, self.rig.chance)

    def queue(self, job: Job) -> Job:
        """Queue a planned job; nothing happens when it was queued before."""
        if job.mark is None:
            job.mark = self.rig.trace.mark
            retry = {"FAILED": job.retries} if job.retries else None
            self.rig.operator.queue(
                job.id, job.document, in_progress_minutes=job.minutes, retry=retry, within=CLEAR_WITHIN
            )
        return job

    def begin(self, job: Job) -> Job:
        """Queue a job and wait until its work has begun and the device's start is answered."""
        self.queue(job)
        self.rig.device.await_work(job, {"begun"}, self.patience(job))
        if self.rig.profile["reports_start"]:
            started = Known(job.id, frozenset({"IN_PROGRESS"}))
            self.rig.trace.wait_for(started, since=job.mark or 0, within=self.rig.profile.timing.react)
        return job

    def patience(self, job: Job) -> timedelta:
        """How long a job may take at most from now on, with a repeat for each try and one reconnect or boot."""
        timing = self.rig.profile.timing
        tries = self.rig.profile.number("tries") * (timing.reply + timing.retry)
        lasts = timedelta(0) if job.kind.release else job.kind.lasts
        give_up = timing.give_up if job.kind.name == "hangs" else timedelta(0)
        back = max(timing.reconnect, timing.boot + timing.connect)
        return timing.react + lasts + give_up + timing.report + tries + back

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

    def taken_on_this_connection(self, job: Job) -> None:
        """Within timing.react, without a new CONNECT and without a boot."""
        trace, mark = self.rig.trace, job.mark or self.since
        taken = trace.wait_for(Taken(job.id), since=mark, within=self.rig.profile.timing.react)
        connect = trace.find(Connected(), since=mark)
        if connect is not None and connect.n < taken.n:
            raise RigFault(f"the device connected anew (record {connect.n}) before it took {job.id}: inconclusive")

    # waiting ---------------------------------------------------------------------------------------------------------

    def at_rest(self) -> None:
        """Raise where the device has left its rest since the scenario was arranged.

        One that ends when nothing is pending is idle for a moment only: it is met when it has just come again.
        """
        if self.rig.profile["one_shot"]:
            self.rig.device.await_connected(self.rig.trace.mark, self.rig.profile.timing.reconnect)
        if reason := self.rig.come_to_rest():
            raise RigFault(f"the device is not idle: {reason}")

    def await_finished(self, job: Job) -> None:
        """Its end is answered, it was dropped, or it asks for something else; else its time to do so passes (K6)."""
        since = job.mark or self.since
        asks = _Moved(job.id, self.rig.device.released_at.get(job.id, since))
        timing = self.rig.profile.timing
        within = timing.report + self.rig.profile.number("tries") * (timing.reply + timing.retry)
        if job.kind.name == "hangs":
            within += timing.give_up
        began = time.monotonic()
        try:
            self.rig.trace.wait_for(
                AnyOf((self.observer.end_answered(job), asks, Seen(job.id, frozenset({"dropped"})))),
                since=since,
                within=within,
                blame=TimeoutError,
                ask=self.rig.device.read_evidence,
                every=timedelta(milliseconds=100),
            )
        except TimeoutError:
            self.rig.trace.caused_waits += time.monotonic() - began

    def await_given_up(self, job: Job) -> None:
        """Until no report about the job came for 3 × timing.retry, or one status was reported too often."""
        most, seen = self.rig.profile.number("tries"), -1
        while seen < len(ends := self.observer.reports(job, ENDS)) <= most:
            seen = len(ends)
            self.observer.pause(3 * self.rig.profile.timing.retry, job)

    def await_starts_given_up(self, held: Arming) -> None:
        """Until no start came for 3 × timing.retry, or more were refused than the profile allows."""
        most, seen = self.rig.profile.number("tries"), -1
        while seen < len(held.hits) <= most:
            seen = len(held.hits)
            self.observer.pause(3 * self.rig.profile.timing.retry, until=held)

    def await_stop(self, job: Job) -> None:
        """timing.stop since the first notification or refusal that tells that the execution is gone was delivered."""
        gone = AnyOf(
            (
                Noticed(f"without {job.id}", lambda listed: job.id not in listed),
                Answered(job.id, kinds=frozenset({Kind.REJECTED})),
            )
        )
        since = job.mark or self.since
        self.rig.trace.wait_for(gone, since=since, within=self.rig.profile.timing.react, blame=NotReached)
        self.observer.pause(self.rig.profile.timing.stop)

    def await_nothing_pending(self, job: Job) -> None:
        """An empty message leaves for the device after the job's end."""
        end = self.rig.trace.find(Known(job.id, ENDS), since=job.mark or self.since)
        since = end.n if end is not None else self.rig.trace.mark
        self.rig.trace.wait_for(NothingPending(), since=since, within=self.rig.profile.timing.react, blame=NotReached)

    def await_noticed(self, job: Job) -> None:
        """A notification that names the job as next has left for the device."""
        fact = Noticed(f"that names {job.id}", lambda listed: job.id in listed)
        first = next(iter(self.observer.reports(self.jobs[0], ENDS)), None)
        since = first.n if first is not None else self.since
        self.rig.trace.wait_for(fact, since=since, within=self.rig.profile.timing.react, blame=ServiceFault)

    def await_hit(self, held: Arming) -> None:
        """A fault was hit; what its absence proves is said by the fault itself, unless the device was silent."""
        timing = self.rig.profile.timing
        within = timing.react + timing.report + timing.reply
        try:
            self.rig.trace.wait_for(held, since=held.since, within=within, blame=TimeoutError)
        except TimeoutError as late:
            missed = held.otherwise if self.observer.heard(held.since) else self._silent(held, within)
            missed.add_note(str(late))
            raise missed from late

    def _silent(self, held: Arming, within: timedelta) -> DeviceFault:
        jobs = ", ".join(job.id for job in self.jobs if job.mark is not None) or "no job"
        text = f"the device sent no Jobs request at all within {within.total_seconds():g} s, with {jobs} queued"
        return DeviceFault(f"{text}, while the network waited for {held!r} (profile timing.react; jobs-protocol §5)")

    def await_refusal(self, job: Job, code: str) -> None:
        """A refusal with that code reaches the device; one that left, or learnt the version, is not at fault."""
        fact = Answered(job.id, kinds=frozenset({Kind.REJECTED}), code=code)
        within = self.rig.profile.timing.reply + self.rig.profile.timing.report
        self.rig.trace.wait_for(fact, since=job.mark or self.since, within=within, blame=NotReached)

    def await_timer_cancelled(self, job: Job) -> None:
        """An update with stepTimeoutInMinutes −1."""
        fact = _Member(job.id, "stepTimeoutInMinutes", (-1, "-1"))
        self.rig.trace.wait_for(fact, since=job.mark or self.since, within=self.patience(job))

    def wait_as_long_as_work(self, job: Job) -> None:
        """Let the time pass that the profile gives the kind's work: absence before it is worth nothing."""
        self.observer.pause(job.kind.lasts)

    # doing -----------------------------------------------------------------------------------------------------------

    def let_end(self, job: Job) -> None:
        """Let held work end; a device that is off or was cut from its power is let end at its next start."""
        self.rig.device.released_at.setdefault(job.id, self.rig.trace.mark)
        self.rig.device.release(job)

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

    def cancel(self, job: Job) -> None:
        """Cancel without force; one that has ended by itself is left alone."""
        with contextlib.suppress(Refused):
            self.rig.operator.cancel_execution(job.id)

    def forget(self, job: Job) -> None:
        """Delete the job, so that its name and place are free; one that is gone is fine."""
        with contextlib.suppress(Refused):
            self.rig.operator.delete_job(job.id)

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
        """Let the device connect again and wait for it."""
        mark = self.rig.trace.mark
        self.rig.tap.allow()
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

    def scale_to_renewals(self) -> None:
        """One step lasts twice timing.renew of real time."""
        renew = self.rig.profile.timing.renew.total_seconds()
        self.rig.scale_clock(self.step.total_seconds() / (2 * renew))

    def let_steps_pass(self, number: int) -> None:
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

    def starts_bounded(self) -> None:
        """At most `tries` starts were refused, unless the profile declares back-off."""
        if self.rig.profile["backoff"]:
            return
        starts = [start for start in self.observer.starts() if start.reply and start.reply.kind is Kind.REJECTED]
        most = self.rig.profile.number("tries")
        self.observer.at_most(most, starts, "refused starts", "profile tries; jobs-protocol §3")


@dataclass(frozen=True, slots=True)
class _Moved:
    """After the mark the device asks, or reports about another job."""

    job: str
    mark: int

    def __repr__(self) -> str:
        return "question of the device, or report about another job"

    def __call__(self, record: AnyRecord) -> bool:
        message = sent(record)
        if message is None or record.n <= self.mark:
            return False
        return message.is_ask or (message.operation is Operation.UPDATE and message.job != self.job)


@dataclass(frozen=True, slots=True)
class _Member:
    """A report about the job with a member of one of these values."""

    job: str
    name: str
    values: tuple[object, ...]

    def __repr__(self) -> str:
        return f"report about {self.job} with {self.name} {self.values[0]}"

    def __call__(self, record: AnyRecord) -> bool:
        message = sent(record)
        return Report(self.job)(record) and message is not None and message.body.get(self.name) in self.values
