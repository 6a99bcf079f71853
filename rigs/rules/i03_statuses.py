"""I3 and I10: the statuses and the step timers that a device may set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rigs.jobs.model import DEVICE_STATUSES, Operation
from rigs.rules.base import REPORT, Context, Finding, RuleBase, Sort, told
from rigs.trace.naming import integer
from rigs.trace.records import AnyRecord

LONGEST_STEP_MINUTES = 10080  # jobs-protocol §2.2, §2.4
NO_STEP = -1  # cancels the step timer, in an update only


@dataclass(slots=True, repr=False)
class Statuses(RuleBase):
    """A report without a status is I1's, a null or empty one I4's."""

    id: str = "I3"

    @property
    def hears(self) -> frozenset[Sort]:
        """Reports."""
        return frozenset({REPORT})

    def feed(self, record: AnyRecord, context: Context) -> Iterator[Finding]:
        """Judge each report once."""
        if (report := context.report) is None or not report.status:
            return
        self.looked += 1
        if report.status not in DEVICE_STATUSES:
            known = ", ".join(sorted(DEVICE_STATUSES))
            yield self.violation(f"{told(report)}: a device reports {known}", report.n)


@dataclass(slots=True, repr=False)
class StepTimers(RuleBase):
    """Digit strings are numbers here too."""

    id: str = "I10"

    def feed(self, record: AnyRecord, context: Context) -> Iterator[Finding]:
        """Judge each request that sets a step timer."""
        request = context.request
        minutes = integer((request.body or {}).get("stepTimeoutInMinutes")) if request is not None else None
        if request is None or minutes is None or request.operation not in (Operation.UPDATE, Operation.START_NEXT):
            return
        self.looked += 1
        cancels = request.operation is Operation.UPDATE and minutes == NO_STEP
        if not cancels and not 1 <= minutes <= LONGEST_STEP_MINUTES:
            also = " or -1" if request.operation is Operation.UPDATE else ""
            yield self.violation(f"{told(request)}: stepTimeoutInMinutes {minutes}, must be 1…10080{also}", request.n)
