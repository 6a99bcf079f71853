"""What the device can know of its executions, from what was handed to it on its own side of the tap.

Versions are spans, not points: a device may count a report that got no answer or wait for the answer, believe a notice
or only its own questions, and it may be about to read what the tap has just written. Only the rules accuse.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field

from rigs.jobs.messages import Address
from rigs.jobs.model import ENDS_BY_DEVICE, Kind, Operation
from rigs.trace.exchange import Exchange, Reply
from rigs.trace.naming import Delivery, body, mentioned, named, to_device
from rigs.trace.records import AnyRecord, Console, Evidence, Link, Packet, Power

READING = 0.1  # seconds until what the device sends was sent after reading, where no profile says timing.round_trip
PATIENCE = 5.0  # seconds that a device waits for an answer, where no profile says timing.reply
MANY_JOBS = 5_000  # that many of the newest are known at least; a trace of any length must not fill the memory
MANY_REPORTS = 10_000
TOLD_AT_ONCE = 64  # messages that may be on their way when the link breaks


@dataclass(slots=True, kw_only=True)
class Ended:
    """The end whose acceptance reached the device, at `at` seconds."""

    status: str
    report: int
    accepted: int
    at: float


@dataclass(slots=True, kw_only=True)
class Execution:
    """One execution of a job, as the device can know it; `low`…`high` are the versions it can have counted to.

    `unanswered` are the device's reports that no answer has reached it for, and when it sent them: each may have
    counted the version up.
    `from_the_queue` says that it was seen QUEUED, so that nothing can have been counted before.
    """

    number: int | None
    given: int
    reading: float = READING
    from_the_queue: bool = False
    low: int | None = None
    high: int | None = None
    lowest: int | None = None
    version_named: int | None = None
    ended: Ended | None = None
    unanswered: dict[int, float] = field(default_factory=dict)
    newest_report: int = 0
    restarts: int = 0
    newest_settled: int = 0
    _before: list[tuple[float, int, int]] = field(default_factory=list)

    def span(self, at: float) -> tuple[int, int] | None:
        """The versions that a report sent at `at` may expect, None when the device was told none."""
        if self.low is None or self.high is None:
            return None
        while self._before and at - self._before[0][0] > self.reading:
            del self._before[0]
        low = min([self.low, *(low for _, low, _ in self._before)])
        high = max([self.high + len(self.unanswered), *(high for _, _, high in self._before)])
        return low, high

    def move(self, at: float, low: int, high: int, n: int) -> None:
        """The span is another one from `at` on; the former one holds on while the device may not have read."""
        if self.low is not None and self.high is not None:
            self._before.append((at, self.low, self.high + len(self.unanswered)))
            del self._before[:-16]
        self.low, self.high, self.version_named = low, high, n
        self.lowest = low if self.lowest is None else min(low, self.lowest)

    def doubt(self, at: float) -> None:
        """The link broke at `at`: what was handed over just before may never have been read."""
        lows = [low for since, low, _ in self._before if at - since <= self.reading]
        if lows and self.low is not None:
            self.low = min(self.low, *lows)
        if self.ended is not None and at - self.ended.at <= self.reading:
            self.ended = None

    def after(self, restarts: int) -> Execution:
        """Itself; a device that was started anew may go on from any version that it ever stored (notes S041)."""
        if restarts != self.restarts:
            self.restarts = restarts
            self.low = self.lowest
        return self

    def name(self, delivery: Delivery, sure: bool) -> None:
        """A delivery names the execution: `sure` when it answers the newest question, else the device may ignore it."""
        if delivery.by is not Operation.UPDATE or delivery.status in ("QUEUED", "IN_PROGRESS"):
            self.ended = None
        version = delivery.version
        if version is None:
            return
        if sure or self.low is None or self.high is None:
            self.move(delivery.at, version, version, delivery.n)
        else:
            self.move(delivery.at, min(self.low, version), max(self.high, version), delivery.n)

    def accepted(self, exchange: Exchange, at: float, n: int, again: bool) -> None:
        """A plain acceptance counts as one up (jobs-protocol §4 versionNumber); a late or second one may be ignored."""
        if self.low is None or self.high is None:
            return
        ignorable = again or exchange.n < self.newest_report
        self.move(at, self.low if ignorable else self.low + 1, self.high + 1, self.version_named or n)

    def reported(self, n: int, at: float) -> None:
        """The device sent the report `n`; of very many that got no answer the oldest only count."""
        self.unanswered[n] = at
        self.newest_report = n
        if len(self.unanswered) > MANY_REPORTS:
            del self.unanswered[next(iter(self.unanswered))]
            self.high = None if self.high is None else self.high + 1

    def settle(self, n: int, at: float) -> None:
        """The report `n` was answered; until the device has read that, it may go on counting it."""
        if n in self.unanswered and self.low is not None and self.high is not None:
            self._before = [*self._before[-15:], (at, self.low, self.high + len(self.unanswered))]
        self.unanswered.pop(n, None)
        self.newest_settled = max(self.newest_settled, n)

    def overtake(self, question: int, version: int, since: float) -> None:
        """An answer to `question` tells the version: what the device reported before that is contained in it.

        Unless the version has not moved: then a report sent after `since` may be under way still, and the device may
        count on it.
        """
        unmoved = version == self.low == self.high
        self.unanswered = {n: at for n, at in self.unanswered.items() if n >= question or (unmoved and at > since)}


_STOPS = re.compile(r"\b(stop|restart|reboot|reset|kill|halt|poweroff|shutdown)\b", re.IGNORECASE)


def restarts(record: AnyRecord) -> bool:
    """Whether the device lost its memory or was told to: power, a boot, or a command on the console."""
    if isinstance(record, Packet):
        return False
    match record:
        case Power(event="off" | "reset") | Evidence(sort="boot"):
            return True
        case Console(way="sent", text=text):
            return _STOPS.search(text) is not None
        case _:
            return False


class Knowledge:
    """Fed record by record; keeps what the device was given and what it can know.

    `reading` is how long a message of the tap may not have been read yet by a device whose report comes; `patience` how
    long the device counts on a report that nobody has answered, whatever it is told meanwhile. `forgot` says
    that there were more jobs than are kept.
    """

    def __init__(self, reading: float = READING, patience: float = PATIENCE) -> None:
        self.given: dict[str, int] = {}
        self.reading = reading
        self.patience = patience
        self.forgot = False
        self._jobs: dict[str, dict[int | None, Execution]] = {}
        self._reports: dict[int, Execution] = {}
        self._told: deque[tuple[float, Execution]] = deque(maxlen=TOLD_AT_ONCE)
        self._restarts = 0

    def __repr__(self) -> str:
        return f"<Knowledge of {', '.join(self.given) or 'no job'}>"

    def executions(self, job: str) -> list[Execution]:
        """The executions of the job that the device was given, in the order of first naming."""
        return [execution.after(self._restarts) for execution in self._jobs.get(job, {}).values()]

    def latest(self, job: str) -> Execution | None:
        """The execution with the highest number: the one that a report without a number is about."""
        of_job = self._jobs.get(job)
        if not of_job:
            return None
        if len(of_job) == 1:
            return next(iter(of_job.values())).after(self._restarts)
        return max(self.executions(job), key=lambda execution: execution.number or 0)

    def about(self, exchange: Exchange) -> Execution | None:
        """The execution that a report is about, as far as the device can know it."""
        of_job = self._jobs.get(exchange.job or "", {})
        if exchange.execution is not None:
            execution = of_job.get(exchange.execution) or of_job.get(None)
            return execution.after(self._restarts) if execution is not None else None
        return self.latest(exchange.job or "")

    def learn(
        self, record: AnyRecord, address: Address | None, exchange: Exchange | None, report: Exchange | None
    ) -> None:
        """Take what the record shows: a message to the device, or a fresh report of it."""
        if report is not None:
            self._reported(report)
        elif isinstance(record, Link):
            self._linked(record)
        elif restarts(record):
            self._restarts += 1
        elif isinstance(record, Packet) and to_device(record):
            for job in mentioned(record):
                self.given.setdefault(job, record.n)
            if len(self.given) > 2 * MANY_JOBS:
                self._shorten()
            if address is not None:
                self._delivered(record, address, exchange)

    def _linked(self, record: Link) -> None:
        if record.link == "device" and record.event == "close":
            for at, execution in self._told:
                if record.at - at <= self.reading:
                    execution.doubt(record.at)

    def _shorten(self) -> None:
        """The older half of the jobs is forgotten."""
        self.forgot = True
        self.given = dict(list(self.given.items())[-MANY_JOBS:])
        self._jobs = {job: executions for job, executions in self._jobs.items() if job in self.given}

    def _reported(self, report: Exchange) -> None:
        execution = self.about(report)
        if execution is not None:
            execution.reported(report.n, report.at)
            self._reports[report.n] = execution
            if len(self._reports) > MANY_REPORTS:
                del self._reports[next(iter(self._reports))]

    def _delivered(self, record: Packet, address: Address, exchange: Exchange | None) -> None:
        if exchange is not None and exchange.operation is Operation.UPDATE:
            self._answered(record, address, exchange)
        elif exchange is None and (address.operation, address.kind) == (Operation.UPDATE, Kind.ACCEPTED):
            self._stray(record, address)
        for delivery in named(record, address):
            execution = self._execution(delivery, exchange).after(self._restarts)
            sure = (
                exchange is not None
                and address.operation is not Operation.GET
                and exchange.n >= max(execution.newest_settled, execution.newest_report)
                and delivery.status in (None, "QUEUED", "IN_PROGRESS")  # past an end a device may stop counting
            )
            if exchange is not None and delivery.version is not None:
                execution.overtake(exchange.n, delivery.version, record.at - self.patience)
            execution.name(delivery, sure)
            self._told.append((record.at, execution))

    def _answered(self, record: Packet, address: Address, exchange: Exchange) -> None:
        execution = self._reports.get(exchange.n)
        reply = _told_by(exchange, record)
        if execution is None or reply is None:
            return
        execution.after(self._restarts)
        spoilt = body(record) is None  # the device may not even have read the topic
        again = reply.delivered != record.n or exchange.n not in execution.unanswered or record.conn != exchange.conn
        if address.kind is Kind.ACCEPTED:
            execution.accepted(exchange, record.at, record.n, again or spoilt)
            if exchange.status in ENDS_BY_DEVICE and execution.ended is None and not spoilt:
                status = exchange.status or ""
                execution.ended = Ended(status=status, report=exchange.n, accepted=record.n, at=record.at)
            self._told.append((record.at, execution))
        execution.settle(exchange.n, record.at)

    def _stray(self, record: Packet, address: Address) -> None:
        """An acceptance that answers nothing: a device that pairs by topic may count it (notes S018)."""
        execution = self.latest(address.job or "")
        if execution is not None and execution.low is not None and execution.high is not None:
            execution.move(record.at, execution.low, execution.high + 1, record.n)

    def _execution(self, delivery: Delivery, exchange: Exchange | None) -> Execution:
        of_job = self._jobs.setdefault(delivery.job, {})
        self.given.setdefault(delivery.job, delivery.n)
        if delivery.execution is None:
            known = self._reports.get(exchange.n) if exchange is not None else None
            if (known := known or self.latest(delivery.job)) is not None:
                return known
        elif delivery.execution in of_job:
            return of_job[delivery.execution]
        elif (unnumbered := of_job.pop(None, None)) is not None:
            unnumbered.number = delivery.execution
            of_job[delivery.execution] = unnumbered
            return unnumbered
        queued = delivery.status == "QUEUED"
        of_job[delivery.execution] = Execution(
            number=delivery.execution, given=delivery.n, reading=self.reading, from_the_queue=queued
        )
        return of_job[delivery.execution]


def _told_by(exchange: Exchange, record: Packet) -> Reply | None:
    if len(exchange.replies) == 1:
        return exchange.replies[0]
    return next((reply for reply in exchange.replies if reply.delivered == record.n), exchange.reply)
