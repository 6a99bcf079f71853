"""I16: the progress that a device tells does not shrink, and is not more than the whole."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rigs.jobs.model import Status
from rigs.rules.base import HANDED, REPORT, RESTARTS, Context, Finding, RuleBase, Sort, newest, told
from rigs.rules.knowledge import restarts
from rigs.trace.exchange import Exchange
from rigs.trace.naming import named
from rigs.trace.records import AnyRecord, Packet

NUMBER = re.compile(r"\s*(-?\d{1,15}(?:\.\d{1,9})?)\s*(?:(%)|/\s*(\d{1,15}(?:\.\d{1,9})?))?\s*", re.ASCII)
UNDER_WAY = 64  # reports that may wait for their answers at a time
CONNECT: Sort = ("device", "up", "CONNECT")


@dataclass(slots=True, kw_only=True)
class _Attempt:
    """What one attempt has told: its beginning (the second number, else the first), the newest, the words beside.

    `steady` are the other members that were the same in its two newest reports.
    """

    number: int | None
    whole: float | None
    beside: Mapping[str, Any]
    beginning: float
    newest: float
    n: int
    reports: int = 1
    steady: frozenset[str] = frozenset()
    said: deque[tuple[float, Exchange]] = field(default_factory=lambda: deque(maxlen=UNDER_WAY))

    def continued(self, number: int | None, whole: float | None, beside: Mapping[str, Any], now: float) -> bool:
        """Whether it can be this attempt that goes on."""
        if (number, whole, _words(beside)) != (self.number, self.whole, _words(self.beside)):
            return False
        moved = any(beside.get(name) != self.beside.get(name) for name in self.steady)
        return now >= self.newest or (now > self.beginning and not moved)

    def repeated(self, now: float, read: float) -> bool:
        """Whether the number was said before, and no acceptance of that report was there at `read` to be read."""
        return any(value == now and not report.accepted(read) for value, report in self.said)

    def goes_on(self, report: Exchange, now: float, beside: Mapping[str, Any]) -> None:
        """The next report of it."""
        self.beginning = now if self.reports == 1 else self.beginning
        self.steady = frozenset(name for name, value in beside.items() if value == self.beside.get(name))
        self.newest, self.n, self.beside = now, report.n, beside
        self.reports += 1
        self.said.append((now, report))


@dataclass(slots=True, repr=False)
class Progress(RuleBase):
    """The profile names the member of statusDetails (`progress_key`): a number, `n/m` or `n %`.

    An attempt ends with a restart, a new connection, an end, another execution, the job QUEUED again, another whole,
    other words beside the number ("step": "install", or "1/3" that stood for two reports), and where the number falls
    back to where the attempt began: a download that is tried again (notes S024). It need not tell its zero, so its
    beginning goes as far as the second report. A number that is said again because its report got no answer, or was
    refused, is none of it; n/0 is a whole that is not known.
    """

    id: str = "I16"
    _attempts: dict[str, _Attempt] = field(default_factory=dict)

    @property
    def hears(self) -> frozenset[Sort]:
        """Reports, what the device is told, and what may have made it begin anew."""
        return frozenset({REPORT, HANDED, CONNECT}) | RESTARTS

    def feed(self, record: AnyRecord, context: Context) -> Iterator[Finding]:
        """Judge each report of progress."""
        report = context.report
        if restarts(record) or (isinstance(record, Packet) and record.type == "CONNECT"):
            self._attempts.clear()
        elif report is None:
            if self._attempts and isinstance(record, Packet) and context.address is not None:
                for each in named(record, context.address):
                    if each.status != Status.IN_PROGRESS:
                        self._attempts.pop(each.job, None)
        elif report.status != Status.IN_PROGRESS:
            self._attempts.pop(report.job or "", None)
        elif not context.perhaps_repeated:
            yield from self._reported(report, str(context.profile.get("progress_key", "")), context)

    def _reported(self, report: Exchange, key: str, context: Context) -> Iterator[Finding]:
        details = (report.body or {}).get("statusDetails")
        value = details.get(key) if isinstance(details, dict) else None
        if not isinstance(details, dict) or (found := progress_of(value)) is None:
            return
        self.looked += 1
        now, whole = found
        if now < 0 or (whole is not None and now > whole):
            bound = "at least 0" if now < 0 else f"at most {whole:g}"
            yield self.violation(f"{told(report)}: statusDetails[{key!r}] is {value!r}, must be {bound}", report.n)
            return
        before = self._compared(report, now, whole, {name: details[name] for name in details if name != key}, context)
        if before is not None:
            after, n = before
            said = f"{told(report)}: statusDetails[{key!r}] is {value!r} after {after:g} (record {n}): progress shrinks"
            yield self.violation(said, n, report.n)

    def _compared(
        self, report: Exchange, now: float, whole: float | None, beside: Mapping[str, Any], context: Context
    ) -> tuple[float, int] | None:
        """The higher number before, and its record; None where there is none, or it does not count."""
        job, about = report.job or "", context.known.about(report)
        number = about.number if about is not None else report.execution
        attempt = self._attempts.get(job)
        if attempt is None or not attempt.continued(number, whole, beside, now):
            self._attempts.pop(job, None)
            self._attempts[job] = attempt = _Attempt(
                number=number, whole=whole, beside=beside, beginning=now, newest=now, n=report.n
            )
            attempt.said.append((now, report))
            newest(self._attempts)
            return None
        if now < attempt.newest and attempt.repeated(now, report.at - context.known.reading):
            attempt.said.append((now, report))
            return None
        before = attempt.newest, attempt.n
        attempt.goes_on(report, now, beside)
        return before if now < before[0] else None


def progress_of(value: Any) -> tuple[float, float | None] | None:
    """A number and its whole (None: unknown), from a number, digits, `n/m` or `n %`; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    match = NUMBER.fullmatch(str(value))
    if match is None:
        return None
    number, percent, whole = match.groups()
    return float(number), 100.0 if percent else float(whole or 0) or None


def _words(beside: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    """The other members that hold no digit: what is being done, not how far it is."""
    words = ((name, value) for name, value in beside.items() if isinstance(value, str))
    return frozenset((name, value) for name, value in words if not any(char.isdigit() for char in value))
