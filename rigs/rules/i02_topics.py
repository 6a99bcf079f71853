"""I2: a request names this thing and a job that the device was given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from rigs.jobs.messages import NEXT, Address, in_jobs_namespace
from rigs.jobs.model import Kind, Operation
from rigs.rules.base import SENT, Context, Finding, RuleBase, Sort
from rigs.trace.records import AnyRecord, Packet, Unseen

HIDES_JOBS: frozenset[Unseen] = frozenset({"told", "delivery", "gaps", "beginning"})


@dataclass(slots=True, repr=False)
class Topics(RuleBase):
    """A job counts as given once any message to the device mentioned it, by a list or injected by the tap too.

    A job reported before the device was told of any may be kept from before the trace began: a remark. A log that
    has not all that the device was told, from the beginning, says nothing about what it was given.
    """

    id: str = "I2"
    _thing: str | None = None
    _kept: set[str] = field(default_factory=set)

    @property
    def hears(self) -> frozenset[Sort]:
        """Whatever the device publishes."""
        return frozenset({SENT})

    def feed(self, record: AnyRecord, context: Context) -> Iterator[Finding]:
        """Judge the topic of each message of the device that lies in the Jobs namespace."""
        if not isinstance(record, Packet) or not in_jobs_namespace(record.topic or ""):
            return
        if "/namespace-" in (record.topic or ""):  # Greengrass's own deployments (jobs-protocol §1)
            return
        self.looked += 1
        where = context.address
        if where is None or where.kind is not Kind.REQUEST:
            yield self.violation(f"record {record.n} publishes to {record.topic!r}, which is no request", record.n)
            return
        self._thing = self._thing or context.thing or where.thing
        if where.thing != self._thing:
            said = f"record {record.n} publishes to {record.topic!r}: this thing is {self._thing!r}"
            yield self.violation(said, record.n)
        elif where.job is not None:
            yield from self._job(record, where, context)

    def _job(self, record: Packet, where: Address, context: Context) -> Iterator[Finding]:
        job = where.job or ""
        if job == NEXT and where.operation is Operation.DESCRIBE:
            return
        if job in ("", NEXT):
            name = "an empty job id" if not job else "$next"
            yield self.violation(
                f"record {record.n} publishes to {record.topic!r}: {name} cannot be reported", record.n
            )
        elif job not in context.known.given and job not in self._kept and not context.unseen & HIDES_JOBS:
            if context.known.given and not context.known.forgot:
                yield self.violation(f"{job}: record {record.n} is about a job that was never given", record.n)
            else:
                self._kept.add(job)
                yield self.remark(f"{job}: record {record.n} is about a job from before this trace", record.n)
