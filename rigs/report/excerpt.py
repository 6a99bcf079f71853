"""Parts of a trace: a scenario, a span of time or of records, what concerns one job."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rigs.errors import UsageFault
from rigs.jobs.messages import NEXT
from rigs.jobs.model import Kind
from rigs.trace.naming import address, mentioned
from rigs.trace.pairing import Pairing
from rigs.trace.records import AnyRecord, Evidence, Operator, Packet, Scenario, Service

REMEMBERED = 5_000  # requests of which it is known that their answer is about the job


def one_scenario(records: Iterable[AnyRecord], wanted: str) -> Iterator[AnyRecord]:
    """The records of a scenario, from its start to its end. Raises UsageFault, naming those there are, for none."""
    known: dict[str, None] = {}
    inside = found = False
    for record in records:
        if isinstance(record, Scenario) and record.event == "start":
            known[f"{record.id} {record.name}".strip()] = None
            inside = wanted in (record.id, record.name)
            found = found or inside
        if inside:
            yield record
        if isinstance(record, Scenario) and record.event == "end":
            inside = False
    if not found:
        raise UsageFault(f"no scenario {wanted!r} in this trace; it has: {', '.join(known) or 'none'}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """One end of a span: a moment, in seconds as the trace is shown, or a record by its number."""

    value: float
    record: bool = False

    def passed(self, record: AnyRecord, zero: float) -> bool:
        """Whether the record lies behind it."""
        return (record.n if self.record else record.at - zero) > self.value

    def before(self, record: AnyRecord, zero: float) -> bool:
        """Whether the record lies before it."""
        return (record.n if self.record else record.at - zero) < self.value


def edge(text: str) -> Edge:
    """`12.5`: seconds; `n120`: the record of this number. Raises UsageFault for anything else."""
    match = re.fullmatch(r"(n?)(\d+(?:\.\d+)?)", text)
    if match is None:
        raise UsageFault(f"{text!r} is no place in a trace: give seconds, as 12.5, or a record's number, as n120")
    return Edge(value=float(match.group(2)), record=bool(match.group(1)))


@dataclass(slots=True)
class About:
    """What concerns one job: what names it, the requests whose answer names it, and what is about no job at all.

    `see` is shown every record, as early as possible; then `wants` says whether it belongs.
    """

    job: str
    seen: bool = False
    _pairing: Pairing = field(default_factory=lambda: Pairing(REMEMBERED))
    _asks: dict[int, None] = field(default_factory=dict)

    def see(self, record: AnyRecord) -> None:
        """Learn which requests brought the job."""
        exchange = self._pairing.feed(record)
        if exchange is None or not isinstance(record, Packet) or self.job not in mentioned(record):
            return
        self._asks |= dict.fromkeys([*exchange.sent, exchange.forwarded or 0])
        for n in list(self._asks)[: -2 * REMEMBERED]:
            del self._asks[n]

    def wants(self, record: AnyRecord) -> bool:
        """Whether the record concerns the job, or is none of any job: connections, power, clock, steps."""
        found, other = self._names(record)
        self.seen = self.seen or found
        return found or not other

    def _names(self, record: AnyRecord) -> tuple[bool, bool]:
        match record:
            case Packet(type="PUBLISH"):
                return self._message(record), True
            case Operator(arguments=arguments) if arguments:
                return arguments.get("jobId") == self.job, True
            case Service(job=job) | Evidence(job=job) if job:
                return job == self.job, True
            case _:
                return False, False

    def _message(self, record: Packet) -> bool:
        where = address(record)
        if where is None:
            return False
        if where.job not in (None, NEXT):
            return where.job == self.job
        if where.kind is Kind.REQUEST:
            return record.n in self._asks or record.of in self._asks
        return self.job in mentioned(record)
