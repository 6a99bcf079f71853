"""I6 and I7: after its end was accepted, an execution is over for the device too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rigs.jobs.model import Status
from rigs.rules.base import REPORT, Context, Finding, RuleBase, Sort, told
from rigs.rules.knowledge import Ended
from rigs.trace.exchange import Exchange
from rigs.trace.records import AnyRecord


def _ended(context: Context) -> tuple[Exchange, Ended] | None:
    """The fresh report and the end that it comes after, if it comes after one.

    Armed by an acceptance that reached the device, kept per execution number, ended when the service announces the
    execution again (notes G4, K11).
    """
    if (report := context.report) is None or context.perhaps_repeated:
        return None
    execution = context.known.about(report)
    if execution is None or execution.ended is None:
        return None
    return report, execution.ended


@dataclass(slots=True, repr=False)
class NothingAfterTheEnd(RuleBase):
    """The same end once more is a remark (a repeat without DUP), another end a violation."""

    id: str = "I6"

    @property
    def hears(self) -> frozenset[Sort]:
        """Reports."""
        return frozenset({REPORT})

    def feed(self, record: AnyRecord, context: Context) -> Iterator[Finding]:
        """Judge each report of an end."""
        if (report := context.report) is None or report.status == Status.IN_PROGRESS:
            return
        self.looked += 1
        if (found := _ended(context)) is None:
            return
        _, end = found
        proof = (end.report, end.accepted, report.n)
        before = f"{told(report)} after {end.status} (record {end.report}) was accepted (record {end.accepted})"
        if report.status == end.status:
            yield self.remark(f"{before}: the same end again", *proof)
        else:
            yield self.violation(f"{before}: another end", *proof)


@dataclass(slots=True, repr=False)
class NoProgressAfterTheEnd(RuleBase):
    """IN_PROGRESS after the accepted end would start finished work anew."""

    id: str = "I7"

    @property
    def hears(self) -> frozenset[Sort]:
        """Reports."""
        return frozenset({REPORT})

    def feed(self, record: AnyRecord, context: Context) -> Iterator[Finding]:
        """Judge each report of progress."""
        if (report := context.report) is None or report.status != Status.IN_PROGRESS:
            return
        self.looked += 1
        if (found := _ended(context)) is None:
            return
        _, end = found
        said = f"{told(report)} after {end.status} (record {end.report}) was accepted (record {end.accepted})"
        yield self.violation(said, end.report, end.accepted, report.n)
