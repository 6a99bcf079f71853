"""I8 and I9: the version and the execution number that a report names are ones the device can know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from rigs.rules.base import REPORT, Context, Finding, RuleBase, Sort, newest, told
from rigs.rules.knowledge import Execution
from rigs.trace.exchange import Exchange
from rigs.trace.records import AnyRecord

MOST_REPEATS = 16  # of one report without answer: those before are like it


@dataclass(slots=True, repr=False)
class Versions(RuleBase):
    """A span, judged on the device's side of the tap: named, counted up by answers, plus reports still unanswered."""

    id: str = "I8"
    _said_so: dict[tuple[str | None, str | None, int], list[Exchange]] = field(default_factory=dict)

    @property
    def hears(self) -> frozenset[Sort]:
        """Reports."""
        return frozenset({REPORT})

    def feed(self, record: AnyRecord, context: Context) -> Iterator[Finding]:
        """Judge each report that names a version."""
        report = context.report
        if report is None or (version := report.expected_version) is None:
            return
        self.looked += 1
        candidates = _candidates(report, context)
        if not candidates:  # a job that was never given is I2's
            return
        spans = [(execution, span) for execution in candidates if (span := execution.span(record.at)) is not None]
        repeats = self._repeats(report, version)
        if repeats or context.perhaps_repeated or any(low <= version <= high for _, (low, high) in spans):
            return
        if "beginning" in context.unseen and not all(one.from_the_queue for one in candidates):
            return  # what it counted before the log begins
        if not spans:
            yield self.violation(f"{told(report)} expects version {version}, but none was ever told", report.n)
            return
        execution, (low, high) = spans[-1]
        can = f"{low}" if low == high else f"{low}…{high}"
        proof = [execution.version_named or execution.given, report.n]
        yield self.violation(f"{told(report)} expects version {version}; the device can know {can}", *proof)

    def _repeats(self, report: Exchange, version: int) -> bool:
        """Whether it says again what got no answer: a repeat may be as old as what it repeats (notes S246)."""
        said = (report.job, report.status, version)
        open_ones = [one for one in self._said_so.pop(said, ()) if not one.answered]
        self._said_so[said] = [*open_ones, report][-MOST_REPEATS:]
        newest(self._said_so)
        return bool(open_ones)


def _candidates(report: Exchange, context: Context) -> list[Execution]:
    """The executions that the report may be about: a late honest report of an earlier one counts (notes S085)."""
    if report.execution is not None:
        about = context.known.about(report)
        return [about] if about is not None else context.known.executions(report.job or "")
    every = context.known.executions(report.job or "")
    running = [execution for execution in every if execution.ended is None]
    return running or every[-1:]


@dataclass(slots=True, repr=False)
class ExecutionNumbers(RuleBase):
    """The number delivered last, or an earlier one whose work the device has not ended itself (notes S085)."""

    id: str = "I9"

    @property
    def hears(self) -> frozenset[Sort]:
        """Reports."""
        return frozenset({REPORT})

    def feed(self, record: AnyRecord, context: Context) -> Iterator[Finding]:
        """Judge each report that names a number."""
        report = context.report
        if report is None or (number := report.execution) is None or context.perhaps_repeated:
            return
        self.looked += 1
        every = context.known.executions(report.job or "")
        told_of = {execution.number: execution for execution in every}
        if not every or (None in told_of and len(told_of) == 1):
            return
        newest = max(every, key=lambda execution: execution.number or 0)
        if number not in told_of and "beginning" in context.unseen and number < (newest.number or 0):
            return
        if number not in told_of:
            said = f"{told(report)} names execution {number}; the device was given {newest.number}"
            yield self.violation(said, newest.given, report.n)
        elif number != newest.number and (end := told_of[number].ended) is not None:
            said = f"{told(report)} names execution {number}, which it has ended; it was given {newest.number}"
            yield self.violation(said, end.accepted, newest.given, report.n)
