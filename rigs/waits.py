"""What a scenario waits for, in the words of the features; every bound is from the device's profile."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta

from rigs.assignment import Job
from rigs.desk import Desk
from rigs.device import POLL
from rigs.errors import DeviceFault, NotReached, RigFault, ServiceFault
from rigs.jobs.model import Kind, Operation, Status
from rigs.network import Arming
from rigs.observe import ENDS
from rigs.trace.facts import Answered, AnyOf, Connected, Known, NothingPending, Noticed, Report, Seen
from rigs.trace.records import AnyRecord, Packet, Wait
from rigs.trace.views import sent

PROGRESS = frozenset({Status.IN_PROGRESS.value})


@dataclass(slots=True, kw_only=True)
class Waits(Desk):
    """Waiting for facts about jobs, faults and the device."""

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
            seconds = round(time.monotonic() - began, 3)
            self.rig.trace.append(Wait(seconds=seconds, text=f"nothing came of {job.id} any more"))

    def await_given_up(self, job: Job) -> None:
        """Until no report about the job came for as long as the next one may take, or one status came too often."""
        most, seen = self.rig.profile.number("tries"), -1
        while seen < len(reports := self.observer.reports(job)) and self.observer.most_in_trouble(job) <= most:
            seen = len(reports)
            self.observer.pause(self._until_next(job), job)

    def _until_next(self, job: Job) -> timedelta:
        """How long the next report about the job may take: a try after the last, or the way to its end."""
        timing, reports = self.rig.profile.timing, self.observer.reports(job)
        pause = 3 * timing.retry
        if not any(report.status in ENDS for report in reports):
            pause += timing.react + timing.report + (timedelta(0) if job.kind.release else job.kind.lasts)
        return pause if reports and reports[-1].answered else pause + timing.reply

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
        """A fault was hit; what its absence proves is said by the fault itself, unless a device that owes something was
        silent."""
        timing = self.rig.profile.timing
        within = timing.react + timing.report + timing.reply
        try:
            self.rig.trace.wait_for(held, since=held.since, within=within, blame=TimeoutError)
        except TimeoutError as late:
            free = isinstance(held.otherwise, NotReached) or self.observer.heard(held.since)
            missed = held.otherwise if free else self._silent(held, within)
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

    def await_done(self, job: Job) -> None:
        """Work is in evidence as done, and timing.persist has passed: its result survives a loss of power."""
        self.rig.device.await_work(job, {"done"}, self.patience(job))
        self.observer.pause(self.rig.profile.timing.persist)

    def await_sent_again(self, job: Job) -> None:
        """What was not acknowledged is sent again on the next connection; a session that the service has forgotten
        asks for nothing."""
        unheard = [report for report in self.observer.reports(job, ENDS) if report.puback is None]
        if not unheard:
            raise NotReached(f"every report of the end of {job.id} was acknowledged")
        within, since = self.rig.profile.timing.report, unheard[0].n
        joined = self.rig.trace.wait_for(Connected(), since=since, within=self.rig.profile.timing.reconnect)
        if not (isinstance(joined, Packet) and joined.more.get("session_present")):
            raise NotReached(f"the service had no session for the connection of record {joined.n}")
        self.rig.trace.wait_for(_Again(self.rig.trace.records[unheard[0].n - 1]), since=joined.n, within=within)

    def await_timer_cancelled(self, job: Job) -> None:
        """An update with stepTimeoutInMinutes −1."""
        fact = _Member(job.id, "stepTimeoutInMinutes", (-1, "-1"))
        self.rig.trace.wait_for(fact, since=job.mark or self.since, within=self.patience(job))

    def await_timer_set(self, job: Job) -> None:
        """An update with stepTimeoutInMinutes, after the start."""
        fact = _Member(job.id, "stepTimeoutInMinutes", tuple(range(1, 10081)))
        self.rig.trace.wait_for(fact, since=self.rig.trace.mark, within=self.patience(job))

    def await_question(self) -> None:
        """An answer that says "nothing is pending" since the device connected, or a third of timing.ack: nobody has to
        ask so early, and a subscription that is held longer is given up."""
        joined = self.rig.trace.all(Connected(), since=self.since)
        if self.rig.trace.find(NothingPending(), since=joined[-1].n if joined else self.since) is None:
            self.observer.pause(self.rig.profile.timing.ack / 3, until=NothingPending())

    def await_progress(self, job: Job, times: int) -> None:
        """So many reports of IN_PROGRESS with details, after the work has begun; a device may well tell fewer."""
        within = self.rig.profile.timing.reply + self.rig.profile.timing.report
        for _ in range(times):
            since = self.rig.trace.mark
            self.rig.trace.wait_for(_Progress(job.id), since=since, within=within, blame=NotReached)

    def await_polls(self, number: int) -> None:
        """So many times timing.poll."""
        self.observer.pause(number * self.rig.profile.timing.poll)

    def await_done_meanwhile(self, job: Job) -> None:
        """Work is in evidence as done while the answer to its start is held, and there was time to tell the end.

        A device that waits for the answer all the same, perhaps for the document in it, has not reached the case.
        """
        fact, since = Seen(job.id, frozenset({"done"})), job.mark or self.since
        within, ask = job.kind.lasts + self.rig.profile.timing.reply, self.rig.device.read_evidence
        self.rig.trace.wait_for(fact, since=since, within=within, blame=NotReached, ask=ask, every=POLL)
        told = self.observer.end_answered(job)
        if self.rig.trace.find(told, since=since) is None:
            self.observer.pause(self.rig.profile.timing.evidence_lag, until=told)

    def wait_as_long_as_work(self, job: Job) -> None:
        """Let the time pass that the profile gives the kind's work: absence before it is worth nothing."""
        self.observer.pause(job.kind.lasts)


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
class _Again:
    """The same PUBLISH as that record, with DUP."""

    first: AnyRecord

    def __repr__(self) -> str:
        assert isinstance(self.first, Packet)
        return f"record {self.first.n} {self.first.topic} once more, packet id {self.first.id} with DUP (MQTT-4.4.0-1)"

    def __call__(self, record: AnyRecord) -> bool:
        if not (isinstance(record, Packet) and isinstance(self.first, Packet) and record.dup):
            return False
        return (record.link, record.way, record.topic, record.id) == ("device", "up", self.first.topic, self.first.id)


@dataclass(frozen=True, slots=True)
class _Progress:
    """A report of IN_PROGRESS with details."""

    job: str

    def __repr__(self) -> str:
        return f"report IN_PROGRESS about {self.job} with statusDetails (UpdateJobExecution, jobs-protocol §2.4)"

    def __call__(self, record: AnyRecord) -> bool:
        message = sent(record)
        return Report(self.job, PROGRESS)(record) and message is not None and bool(message.body.get("statusDetails"))


@dataclass(frozen=True, slots=True)
class _Member:
    """A report about the job with a member of one of these values."""

    job: str
    name: str
    values: tuple[object, ...]

    def __repr__(self) -> str:
        return f"report about {self.job} with {self.name} {self.values[0]} (UpdateJobExecution, jobs-protocol §2.4)"

    def __call__(self, record: AnyRecord) -> bool:
        message = sent(record)
        return Report(self.job)(record) and message is not None and message.body.get(self.name) in self.values
