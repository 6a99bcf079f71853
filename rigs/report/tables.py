"""The version table and the timer table of a scenario."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from rigs.jobs.model import Operation
from rigs.report.flow import duration
from rigs.report.versions import Versions
from rigs.trace.exchange import Exchange
from rigs.trace.naming import integer
from rigs.trace.records import AnyRecord, Clock, Operator, Packet, Service

VERSION_HEADERS = ("#", "t", "message", "status sent", "expectedVersion", "version before", "answer", "version after")
TIMER_HEADERS = ("timer", "set by", "set to", "deadline", "fired or cleared at", "error")
MARK = "✗ "  # a cell that begins with it is shown marked


def version_rows(records: Iterable[AnyRecord]) -> list[list[str]]:
    """A row for each report of the device; the expected version is marked where it was not the one at the service.

    Empty when nothing was reported, or when no report named a version and none was refused.
    """
    every, versions = list(records), Versions()
    for record in every:
        versions.feed(record)
    start = every[0].at if every else 0.0
    reports = [one for one in versions.pairing.exchanges if one.operation is Operation.UPDATE]
    if not any(one.expected_version is not None or _code(one) for one in reports):
        return []
    return [_version_row(number, one, start, versions) for number, one in enumerate(reports, start=1)]


def _version_row(number: int, one: Exchange, start: float, versions: Versions) -> list[str]:
    before, after = versions.before.get(one.n), versions.after.get(one.n)
    expected = one.expected_version
    wrong = _code(one) == "VersionMismatch" or (None not in (expected, before) and expected != before)
    copies = f" ×{len(one.sent)}" if one.copies else ""
    return [
        str(number),
        f"{one.at - start:.3f} s",
        f"{one.job} update{copies} (record {one.n})",
        one.status or "",
        f"{MARK if wrong else ''}{'' if expected is None else expected}",
        _number(before),
        _answer(one),
        _number(after),
    ]


def _number(version: int | None) -> str:
    return "" if version is None else str(version)


def _code(one: Exchange) -> str | None:
    return next((reply.code for reply in one.replies if reply.code), None)


def _answer(one: Exchange) -> str:
    if (reply := one.reply) is None:
        return "none" if one.forwarded else "none: did not reach the service"
    return f"{reply.code or reply.kind}{'' if reply.delivered else ', lost on its way back'}"


@dataclass(slots=True, kw_only=True)
class Timer:
    """A timer from its setting to its end; instants of service time in seconds since the epoch, `at…` of the trace."""

    job: str
    name: str
    by: str
    minutes: float | None = None
    deadline: float | None = None
    at: float = 0.0
    at_end: float | None = None
    ended: float | None = None
    end: str = ""

    @property
    def error(self) -> float | None:
        """Seconds that it fired after its deadline."""
        late = self.end == "fired" and self.ended is not None and self.deadline is not None
        return self.ended - self.deadline if late else None  # type: ignore[operator]


def timers(records: Iterable[AnyRecord]) -> list[Timer]:
    """The timers that the service told of; without its inside records, those that the device set and was granted."""
    every = list(records)
    inside = list(_inside(every))
    return inside or list(_asked_for(every))


def _inside(records: Iterable[AnyRecord]) -> Iterator[Timer]:
    running: dict[str, Timer] = {}
    cause = ""
    for record in records:
        cause = _cause(record) or cause
        if not isinstance(record, Service) or record.source != "inside":
            continue
        timer = running.get(record.job)
        fired = record.event == "timed out"
        gone = record.event in ("ended", "canceled", "removed", "deleted") or not record.timer
        if timer is not None and (fired or gone or (record.timer, record.deadline) != (timer.name, timer.deadline)):
            timer.end = "fired" if fired else f"cleared ({record.event})" if gone else "set anew"
            timer.ended, timer.at_end = record.stamp, record.at
            del running[record.job]
            yield timer
        if record.timer and not fired and not gone and record.job not in running:
            running[record.job] = _set(record, cause)
    yield from running.values()


def _set(record: Service, cause: str) -> Timer:
    known = record.deadline is not None and record.stamp is not None
    minutes = (record.deadline - record.stamp) / 60 if known else None  # type: ignore[operator]
    return Timer(job=record.job, name=record.timer, by=cause, minutes=minutes, deadline=record.deadline, at=record.at)


def _cause(record: AnyRecord) -> str:
    """Who may have set a timer: the newest request at the service."""
    if isinstance(record, Operator) and record.event == "called" and not record.call.startswith(("describe", "list")):
        return f"{record.actor}: {record.call}"
    if isinstance(record, Packet) and record.type == "PUBLISH" and (record.link, record.way) == ("cloud", "up"):
        word = (record.topic or "").rpartition("/jobs/")[2]
        return f"{word} (record {record.n})" if word else ""
    return "the service clock" if isinstance(record, Clock) else ""


def _asked_for(records: Iterable[AnyRecord]) -> Iterator[Timer]:
    versions = Versions()
    for record in records:
        versions.feed(record)
    for one in versions.pairing.exchanges:
        minutes = integer((one.body or {}).get("stepTimeoutInMinutes"))
        if minutes is not None and one.reply is not None and one.reply.code is None:
            started = one.reply.body.get("execution")
            job = one.job or (str(started.get("jobId", "")) if isinstance(started, dict) else "")
            word = f"{one.operation} (record {one.n})"
            yield Timer(job=job, name="step", by=word, minutes=float(minutes), at=one.at)


def timer_rows(records: Iterable[AnyRecord]) -> list[list[str]]:
    """A row for each timer; empty when none was set."""
    return [_timer_row(timer) for timer in timers(records)]


def _timer_row(timer: Timer) -> list[str]:
    minutes = "" if timer.minutes is None else "cancelled" if timer.minutes < 0 else duration(timer.minutes * 60)
    late = timer.error
    error = "" if late is None else f"{MARK if late > 60 else ''}{late:+.1f} s"
    ended = f"{timer.end} {_clock(timer.ended)}".strip()
    return [f"{timer.job} {timer.name}", timer.by, minutes, _clock(timer.deadline), ended, error]


def _clock(stamp: float | None) -> str:
    return "" if stamp is None else datetime.fromtimestamp(stamp, UTC).strftime("%H:%M:%S")
