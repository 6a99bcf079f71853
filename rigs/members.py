"""Questions to the members of the requests that the device sent: the UpdateJobExecution page, member by member."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from rigs.assignment import Job
from rigs.errors import DeviceFault, NotReached
from rigs.jobs.messages import NEXT
from rigs.jobs.model import DEVICE_STATUSES, Kind, Operation, Status
from rigs.observe import ENDS, Observer
from rigs.rules.judge import Judge
from rigs.trace.exchange import Exchange
from rigs.trace.facts import Known, NothingPending, Taken
from rigs.trace.pairing import paired
from rigs.trace.records import Clock, Service

KEY = re.compile(r"[a-zA-Z0-9:_-]{1,128}")
MAX_DETAIL = 1024
NOW = timedelta(0)
PAGE = "UpdateJobExecution, jobs-protocol §2.4"
TOPIC = "jobs-protocol §1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """Asks an observer's slice; each accusation names job, packet and clause."""

    observer: Observer
    thing: str
    mark: int
    judge: Judge

    # status and topic ------------------------------------------------------------------------------------------------

    def legal_statuses(self) -> None:
        """Every report says one of the four statuses of a device."""
        self._each("status", lambda report: report.status in DEVICE_STATUSES, PAGE)

    def own_topics(self) -> None:
        """Every report names this thing and a job that was queued for it."""
        known = self.observer.device.every_job
        self._each(
            "topic",
            lambda report: report.address.thing == self.thing and report.job in known and report.job != NEXT,
            TOPIC,
        )

    def agree_with_topic(self) -> None:
        """thingName and jobId in a payload are those of the topic."""
        self._each("thingName", lambda report: _member(report, "thingName") in (None, self.thing), PAGE)
        self._each("jobId", lambda report: _member(report, "jobId") in (None, report.job), PAGE)

    def versions_told(self) -> None:
        """Every report names a version that the device can know, or none (rule I8); null, "" and 2.0 are no version."""
        self._each("expectedVersion", lambda report: not _named(report) or report.expected_version is not None, PAGE)
        for finding in self.judge.violations:
            if finding.rule == "I8":
                raise DeviceFault(finding.text)

    def first_says(self, job: Job, status: str) -> None:
        """The first report about the job has this status."""
        reports = self.observer.reports(job)
        if not reports or reports[0].status != status:
            told = self.observer.tell(reports[:1]) or "no report"
            raise DeviceFault(f"the first report about {job.id} is not {status} ({PAGE}):\n{told}")

    # clientToken -----------------------------------------------------------------------------------------------------

    def tokens_apart(self) -> None:
        """No two different requests were outstanding under one token."""
        exchanges = [exchange for exchange in self._requests() if exchange.token]
        for index, later in enumerate(exchanges):
            for earlier in exchanges[:index]:
                if earlier.token == later.token and _different(earlier, later) and _open_at(earlier, later.n):
                    both = self.observer.tell([earlier, later])
                    raise DeviceFault(
                        f"{later.job}: two requests wait under {later.token!r} (clientToken, {PAGE}):\n{both}"
                    )

    def tokens_filled(self) -> None:
        """No token is the empty text."""
        self._each("clientToken", lambda report: _member(report, "clientToken") != "", PAGE)

    # statusDetails ---------------------------------------------------------------------------------------------------

    def details_flat(self) -> None:
        """Objects of non-empty strings, within AWS's bounds, or not there."""
        self._each("statusDetails", lambda report: _flat(report), PAGE)

    # refusals --------------------------------------------------------------------------------------------------------

    def not_refused(self, codes: str | None) -> None:
        """No refusal with one of the codes (`A or B`), or with any, reached the device."""
        wanted = codes.split(" or ") if codes else []
        self.observer.no_refusals(self.observer.refused(codes=wanted), codes or "any code")

    def few_refused(self, job: Job, most: int, *codes: str) -> None:
        """At most so many reports about the job were refused; with reports of one boot only where a device booted."""
        refused = self.observer.refused(job, codes)
        what = f"refused reports about {job.id}"
        self.observer.at_most(most, refused, what, f"profile tries; {PAGE}, expectedVersion")

    def each_status(self, job: Job) -> None:
        """Each status at most `tries` times."""
        if not self.observer.profile["backoff"]:
            self.observer.each_status_at_most(self.observer.profile.number("tries"), job)

    def calm(self, job: Job, told: str, most: int, *, ends_only: bool) -> None:
        """After the first delivered refusal that tells this state at most so many more reports about the job."""
        statuses: Iterable[str] = ENDS if ends_only else ()
        first = self.observer.first_refusal(job, told, statuses)
        late = self.observer.settle(job, told, most, statuses)
        what = f"reports about {job.id} after the refusal in record {first} that told {told}"
        self.observer.at_most(most, late, what, "jobs-protocol §3–§4: an end is final")

    # ends ------------------------------------------------------------------------------------------------------------

    def no_other_end(self, job: Job) -> None:
        """The device reported no other end than the service holds."""
        known = self.observer.trace.find(Known(job.id, ENDS), since=job.mark or self.mark)
        if not isinstance(known, Service):
            raise NotReached(f"{job.id} has no end yet")
        self.observer.no_other_end(job, str(known.status))

    def end_once(self, job: Job) -> None:
        """One report of the end; repeats made before its acceptance was delivered are excepted."""
        reports = self.observer.reports(job, ENDS)
        accepted = [reply.delivered for report in reports for reply in report.replies if reply.kind is Kind.ACCEPTED]
        delivered = min((n for n in accepted if n), default=None)
        late = [report for report in reports if delivered is not None and report.n > delivered]
        self.observer.at_most(0, late, f"reports of the end of {job.id} after its acceptance", f"{PAGE}; F39")

    def silent(self, job: Job, *, since_rest: bool) -> None:
        """No report about the job, at all or after the device was told that nothing is pending."""
        late = [report for report in self.observer.reports(job) if not report.dup]
        if not since_rest:
            self.observer.at_most(0, late, f"reports about {job.id}", "profile foreign_jobs; jobs-protocol §4")
            return
        trace = self.observer.trace
        end = trace.find(Known(job.id, ENDS), since=job.mark or self.mark)
        told = trace.find(NothingPending(), since=end.n if end else self.mark)
        late = [report for report in late if told is not None and report.n > told.n]
        self.observer.at_most(0, late, f"reports about {job.id} after the empty message", "jobs-protocol §5")

    # order and haste -------------------------------------------------------------------------------------------------

    def in_order(self) -> None:
        """The jobs were taken up in the order in which they were queued: the service's, where queuedAt differs."""
        profile, trace = self.observer.profile, self.observer.trace
        if not (profile["reports_start"] or profile["one_at_a_time"]):
            raise NotReached("a device that works on several jobs and reports no start does not show when it takes one")
        queued = [job for job in self.observer.device.jobs.values() if job.mark is not None]
        taken = {job.id: trace.wait_for(Taken(job.id), since=self.mark, within=NOW).n for job in queued}
        for earlier, later in itertools.pairwise(queued):
            if taken[later.id] < taken[earlier.id]:
                text = f"{later.id} was taken in record {taken[later.id]}, before {earlier.id} in {taken[earlier.id]}"
                raise DeviceFault(f"{text}, which was queued before it (profile in_order; jobs-protocol §2.1–§2.2)")

    def unhurried(self) -> None:
        """No two questions in vain are closer together than timing.poll (rule I18)."""
        self._found("I18", f"after {', '.join(self.observer.device.jobs)}: ", "profile timing.poll")

    def progress_true(self) -> None:
        """Progress does not shrink and is not more than the whole (rule I16), where the device tells any."""
        if not self.judge.coverage.get("I16"):
            raise NotReached("no report tells progress under the profile's progress_key")
        self._found("I16", "", f"profile progress_key; {PAGE}")

    def _found(self, rule: str, where: str, clause: str) -> None:
        for finding in self.judge.findings:
            if finding.rule == rule and not finding.waived:
                raise DeviceFault(f"{where}{finding.text} ({clause})")

    # step timer ------------------------------------------------------------------------------------------------------

    def timer_settings(self, job: Job, least: int) -> list[Exchange]:
        """The requests that set the step timer, at least so many."""
        settings = self._timer_settings(job)
        if len(settings) < least:
            text = f"{len(settings)} settings of the step timer of {job.id}, expected {least} or more"
            raise DeviceFault(f"{text} (stepTimeoutInMinutes, {PAGE}):\n{self.observer.tell(settings)}")
        return settings

    def timer_gaps(self, job: Job) -> None:
        """No gap between two settings, or the last and the end, is longer than the step set before it."""
        settings = self._timer_settings(job)
        ends = self.observer.reports(job, ENDS)[:1]
        for earlier, later in zip(settings, [*settings[1:], *ends], strict=False):
            step = 60 * int(str(_member(earlier, "stepTimeoutInMinutes")))
            gap = self._service_seconds(earlier.n, later.n)
            if gap > step:
                both = self.observer.tell([earlier, later])
                raise DeviceFault(
                    f"{gap:.0f} s of service time between two settings, the step is {step} s ({PAGE}):\n{both}"
                )

    def _timer_settings(self, job: Job) -> list[Exchange]:
        starts = [e for e in self._requests() if e.operation is Operation.START_NEXT and e.n > (job.mark or self.mark)]
        reports = [report for report in self.observer.reports(job) if report.status == Status.IN_PROGRESS]
        found = sorted([*starts[:1], *reports], key=lambda exchange: exchange.n)
        return [exchange for exchange in found if _member(exchange, "stepTimeoutInMinutes") not in (None, -1)]

    def _service_seconds(self, start: int, end: int) -> float:
        """Service time between two records, by the clock's rate (steps included)."""
        records = self.observer.trace.records
        rate, seconds, at = 1.0, 0.0, records[start - 1].at
        for record in records[:end]:
            if isinstance(record, Clock):
                if record.n > start:
                    seconds += (record.at - at) * rate + record.stepped
                    at = record.at
                rate = record.rate
        return seconds + (records[end - 1].at - at) * rate

    # -----------------------------------------------------------------------------------------------------------------

    def _requests(self) -> list[Exchange]:
        return paired(self.observer.trace.since(self.mark)).exchanges

    def _each(self, member: str, right: Any, clause: str) -> None:
        for report in self.observer.reports():
            if not right(report):
                line = self.observer.tell([report])
                raise DeviceFault(f"{report.job}: {member} is not one that a device may send ({clause}):\n{line}")


def _member(exchange: Exchange, name: str) -> Any:
    return (exchange.body or {}).get(name)


def _named(report: Exchange) -> bool:
    return "expectedVersion" in (report.body or {})


def _flat(report: Exchange) -> bool:
    if "statusDetails" not in (report.body or {}):
        return True
    details = _member(report, "statusDetails")
    return isinstance(details, dict) and all(
        KEY.fullmatch(key) and isinstance(value, str) and 0 < len(value) <= MAX_DETAIL for key, value in details.items()
    )


def _different(one: Exchange, other: Exchange) -> bool:
    """Two requests that are not a repeat of each other: another topic or another status."""
    return str(one.address) != str(other.address) or one.status != other.status


def _open_at(exchange: Exchange, n: int) -> bool:
    return all(reply.delivered is None or reply.delivered > n for reply in exchange.replies)
