"""Questions to the trace that Then steps ask; each answer that accuses the device names job, packet and clause."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from rigs.assignment import Job
from rigs.device import Device, Sort
from rigs.errors import DeviceFault, NotReached
from rigs.jobs.model import ENDS_BY_DEVICE, Kind, Operation, Status
from rigs.profile import Profile
from rigs.trace.exchange import Exchange, Reply
from rigs.trace.facts import Answered, Known, Report, Seen
from rigs.trace.pairing import paired, updates
from rigs.trace.records import AnyRecord, Evidence, Service, Wait
from rigs.trace.store import Fact, Trace
from rigs.trace.timeline import line
from rigs.trace.views import sent

ENDS = frozenset(status.value for status in ENDS_BY_DEVICE)


@dataclass(slots=True, kw_only=True)
class Observer:
    """Reads the scenario's slice of the trace, from `since` on."""

    trace: Trace
    profile: Profile
    device: Device
    since: int = 0

    def __repr__(self) -> str:
        return f"<Observer from record {self.since}>"

    def reports(self, job: Job | None = None, statuses: Iterable[str] = ()) -> list[Exchange]:
        """The device's reports, repeats of one PUBLISH folded, about one job or all."""
        wanted = frozenset(statuses)
        found = updates(self.trace.since(self.since), job.id if job else None)
        return [report for report in found if not wanted or report.status in wanted]

    def refused(self, job: Job | None = None, codes: Iterable[str] = ()) -> list[Exchange]:
        """The reports whose refusal reached the device, with one of these codes (any when none is named)."""
        wanted = frozenset(codes)
        return [
            report
            for report in self.reports(job)
            for reply in report.replies
            if reply.kind is Kind.REJECTED and reply.delivered and (not wanted or reply.code in wanted)
        ]

    def starts(self) -> list[Exchange]:
        """Start-next requests and IN_PROGRESS reports."""
        return [
            exchange
            for exchange in paired(self.trace.since(self.since)).exchanges
            if exchange.operation is Operation.START_NEXT or exchange.status == Status.IN_PROGRESS
        ]

    def first_refusal(self, job: Job, told: str, statuses: Iterable[str] = ()) -> int | None:
        """The record of the first refusal of a report (of these statuses), delivered, that tells this state."""
        delivered = [
            reply.delivered
            for report in self.reports(job, statuses)
            for reply in report.replies
            if reply.kind is Kind.REJECTED and reply.delivered and _tells(reply, told)
        ]
        return min(delivered, default=None)

    def end_answered(self, job: Job) -> Fact:
        """As a fact: an answer to a report of an end of the job has left for the device."""
        answer = Answered(job.id)
        return lambda record: answer(record) and any(report.answered for report in self.reports(job, ENDS))

    def reports_after(self, job: Job, told: str, statuses: Iterable[str] = ()) -> list[Exchange]:
        """The reports about the job sent after the first delivered refusal that tells this state."""
        first = self.first_refusal(job, told, statuses)
        if first is None:
            return []
        return [report for report in self.reports(job, statuses) if report.n > first]

    def settle(self, job: Job, told: str, most: int, statuses: Iterable[str] = ()) -> list[Exchange]:
        """Wait until 3 × timing.retry have passed since the last report after the refusal (K2), or one is too many."""
        window = 3 * self.profile.timing.retry.total_seconds()
        while True:
            late = self.reports_after(job, told, statuses)
            first = self.first_refusal(job, told, statuses)
            if first is None or len(late) > most:
                return late
            newest = max([self.trace.records[first - 1].at, *(report.at for report in late)])
            left = newest + window - time.monotonic()
            if left <= 0:
                return late
            self.pause(timedelta(seconds=left), job)

    def pause(self, within: timedelta, job: Job | None = None, until: Fact | None = None) -> None:
        """Let time pass that the scenario needs, ended by the next report about the job or by `until`; our wait."""
        began = time.monotonic()
        report = until or (Report(job.id) if job else _never)
        try:
            self.trace.wait_for(report, since=self.trace.mark, within=within, blame=TimeoutError)
        except TimeoutError:
            return
        finally:
            self.trace.append(Wait(seconds=round(time.monotonic() - began, 3), text="the scenario needs it"))

    def state(self, job: Job) -> Service | None:
        """What was learnt last about the job at the service."""
        found = self.trace.all(Known(job.id, frozenset(Status)), since=job.mark or self.since)
        return found[-1] if found and isinstance(found[-1], Service) else None

    def heard(self, since: int) -> bool:
        """Whether the device has sent any Jobs request after the mark."""
        return any(sent(record) is not None for record in self.trace.since(since))

    def unfinished(self, job: Job, within: timedelta) -> DeviceFault:
        """A job that did not end in time, as the device's fault: with the last request that the device has made."""
        state, reports = self.state(job), self.tell(self.reports(job))
        known = f"{state.status} at the service" if state is not None else "unknown to the service"
        made = [exchange for exchange in paired(self.trace.since(self.since)).exchanges if not exchange.dup]
        last = f"the last request of the device was {_said(made[-1])}" if made else "the device has requested nothing"
        text = f"{job.id} has not ended within {within.total_seconds():g} s, it is {known}; {last} (jobs-protocol §4)"
        lines = [text, f"reports about it:\n{reports}" if reports else "no report about it"]
        if made:
            lines.append(f"the last request and its answer:\n{self.tell(made[-1:])}")
        return DeviceFault("\n".join([*lines, f"full trace: {self.trace.path or 'in memory'}"]))

    # judgements ------------------------------------------------------------------------------------------------------

    def no_refusals(self, reports: Sequence[Exchange], what: str) -> None:
        """Raise DeviceFault naming the first of these refused reports."""
        if reports:
            text = f"{reports[0].job}: {len(reports)} reports were refused with {what}, none ought to be"
            raise DeviceFault(f"{text} (UpdateJobExecution, jobs-protocol §2.4, §3):\n{self.tell(reports)}")

    def at_most(self, most: int, found: Sequence[Exchange], what: str, clause: str) -> None:
        """Raise DeviceFault when there are more than `most`."""
        if len(found) > most:
            raise DeviceFault(f"{len(found)} {what}, at most {most} allowed ({clause}):\n{self.tell(found)}")

    def each_status_at_most(self, most: int, job: Job) -> None:
        """Raise DeviceFault when one status of the job was reported more often; repeated progress that was accepted is
        no trouble and is not counted."""
        troubled = self._troubled(job)
        counts = Counter(report.status for report in troubled)
        for status, count in counts.items():
            if count > most:
                same = [report for report in troubled if report.status == status]
                clause = "profile tries; jobs-protocol §3, refusals are not repeated for ever"
                self.at_most(most, same, f"reports of {status} about {job.id}", clause)

    def most_in_trouble(self, job: Job) -> int:
        """How often that status of the job was reported that was reported most; accepted progress is not counted."""
        return max(Counter(report.status for report in self._troubled(job)).values(), default=0)

    def _troubled(self, job: Job) -> list[Exchange]:
        return [report for report in self.reports(job) if not _accepted_progress(report)]

    def no_other_end(self, job: Job, end: str) -> None:
        """Raise DeviceFault when another end than `end` was reported."""
        others = [report for report in self.reports(job, ENDS) if report.status != end]
        if others:
            clause = "jobs-protocol §4: an end is final"
            raise DeviceFault(
                f"{job.id} has ended as {end}, and the device reported another end ({clause}):\n{self.tell(others)}"
            )

    def counted(self, job: Job, sort: Sort, least: int, most: int, since: int | None = None) -> None:
        """Raise DeviceFault when work of the job is in evidence less or more often than allowed, since a mark or at
        all."""
        count = self.device.count(job, sort, since, least)
        if not least <= count <= most:
            wanted = f"{least}" if least == most else f"{least} to {most}"
            packets = self.tell(self.reports(job)) or "no report about it"
            clause = "jobs-protocol §4: one execution is one run of the work"
            raise DeviceFault(
                f"work of {job.id} was {sort} {count} times, expected {wanted} ({clause}); reports:\n{packets}"
            )

    def done_before_end(self, job: Job) -> None:
        """Raise DeviceFault when a reading of the evidence that was asked for evidence_lag after the report of the end
        does not show the work as done; a reading that shows it tells only that it was done before."""
        ends, done = self.reports(job, ENDS), Seen(job.id, frozenset({"done"}))
        if not ends:
            raise NotReached(f"no end of {job.id} was reported")
        due = ends[0].at + self.profile.timing.evidence_lag.total_seconds()
        self.device.read_evidence_until(done, since=job.mark or 0, asked=due)
        seen = self.trace.find(done, since=job.mark or 0)
        if isinstance(seen, Evidence) and seen.after <= due:
            return
        when = f"more than {seen.after - ends[0].at:.2f} s before its" if isinstance(seen, Evidence) else "and no such"
        clause = "jobs-protocol §4: SUCCEEDED says that the work is done"
        raise DeviceFault(f"the end of {job.id} was reported {when} work was done ({clause}):\n{self.tell(ends)}")

    def began_before_start(self, job: Job) -> None:
        """Raise DeviceFault when evidence of work is older than the report of the start (tolerance evidence_lag)."""
        self.device.read_evidence()
        reports = [e for e in self.starts() if e.job == job.id or e.operation is Operation.START_NEXT]
        begun = self.trace.all(Seen(job.id, frozenset({"begun"})), since=job.mark or 0)
        if not reports or not begun:
            raise NotReached(f"no start or no evidence that work of {job.id} began")
        early = reports[0].at - begun[0].at
        if early > self.profile.timing.evidence_lag.total_seconds():
            text = f"work of {job.id} began {early:.2f} s before its start was reported in record {reports[0].n}"
            raise DeviceFault(f"{text} (profile reports_start; jobs-protocol §4)")

    def tell(self, reports: Sequence[Exchange]) -> str:
        """Reports with their answers, a line each."""
        numbers = sorted(
            {n for report in reports for n in (report.n, *(r.delivered or r.n or 0 for r in report.replies))}
        )
        return "\n".join(line(self.trace.records[n - 1]) for n in numbers if n)


def _said(request: Exchange) -> str:
    """A request and its fate in words."""
    what = " ".join(filter(None, (request.operation.value, request.status, request.job and f"about {request.job}")))
    reply = request.reply
    if reply is None or reply.delivered is None:
        return f"{what} in record {request.n}, and no answer reached it"
    return f"{what} in record {request.n}, {reply.kind.value}{f' with {reply.code}' if reply.code else ''}"


def _accepted_progress(report: Exchange) -> bool:
    reply = report.reply
    return report.status == Status.IN_PROGRESS and reply is not None and reply.kind is Kind.ACCEPTED


def _tells(reply: Reply, told: str) -> bool:
    state = (reply.told or reply.body).get("executionState")
    return isinstance(state, dict) and state.get("status") == told


def _never(record: AnyRecord) -> bool:
    """The fact that does not come: nothing but time passes."""
    return False
