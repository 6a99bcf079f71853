"""What a rule is: it looks at records one by one and says what is wrong, with the records that prove it."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar, Literal, Protocol

from rigs.jobs.messages import Address
from rigs.jobs.model import Operation
from rigs.rules.knowledge import Knowledge
from rigs.trace.exchange import Exchange
from rigs.trace.pairing import Pairing
from rigs.trace.records import AnyRecord, Console, Evidence, Packet, Power

Severity = Literal["violation", "remark"]
Sort = Hashable
"""Of which sort a record is: (link, way, type) of a packet, (Console, way) of a console line, else its class."""
SENT: Sort = ("device", "up", "PUBLISH")
HANDED: Sort = ("device", "down", "PUBLISH")
REQUEST: Sort = "a Jobs request"
"""What is SENT and begins a Jobs request: no repeat, no other topic."""
REPORT: Sort = "a report"
"""A REQUEST that is an UpdateJobExecution."""
RESTARTS: frozenset[Sort] = frozenset({Power, Evidence, (Console, "sent")})
"""The sorts among which `restarts` finds what made the device forget."""
REMEMBERED = 10_000
"""Of what a rule must remember as long as the trace is, that many of the newest at least."""


def sort_of(record: AnyRecord) -> Sort:
    """The sort of a record: rules name those that they want to see."""
    if isinstance(record, Packet):
        return record.link, record.way, record.type
    if isinstance(record, Console):
        return Console, record.way
    return type(record)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A rule was broken (violation: the scenario fails) or strained (remark: shown and counted).

    `text` names job, packet and clause; `proof` holds the numbers of the proving records; `waived` is the reason that
    the profile gives for putting up with it, "" when it does not.
    """

    rule: str
    severity: Severity
    text: str
    proof: list[int]
    waived: str = ""

    def __repr__(self) -> str:
        waived = f" (waived: {self.waived})" if self.waived else ""
        return f"<{self.rule} {self.severity}: {self.text}{waived}>"


@dataclass(slots=True, kw_only=True)
class Context:
    """What the rules share about the present record: the pairing has seen it already, `known` has not yet.

    So `known` is what the device could know when it sent the record. `address` is set for Jobs messages, `exchange`
    where the pairing has one for the record. `request` is the Jobs request that the record begins, `report` the
    UpdateJobExecution: None for repeats and everything else. `unseen` is what the log cannot show; `perhaps_repeated`
    that the request may be an earlier one once more, which such a log does not tell.
    """

    profile: Mapping[str, Any]
    thing: str | None
    pairing: Pairing
    known: Knowledge
    unseen: frozenset[str] = frozenset()
    address: Address | None = None
    exchange: Exchange | None = None
    request: Exchange | None = None
    report: Exchange | None = None
    perhaps_repeated: bool = False

    def bound(self, name: str, default: float) -> float:
        """Seconds of `timing.<name>` in the profile, `default` where it has none."""
        value = self.profile.get("timing", {}).get(name, default)
        return value.total_seconds() if isinstance(value, timedelta) else float(value)


class Rule(Protocol):
    """One rule; `looked` counts the records that it judged (coverage).

    It is fed the records of the sorts in `hears`. One that is `clocked` has bounds: after `due`, in seconds of the
    trace, it is fed the next record whatever it is.
    """

    id: str
    looked: int
    due: float
    clocked: ClassVar[bool]

    @property
    def hears(self) -> frozenset[Sort]:
        """The sorts of record that it wants."""
        ...

    def feed(self, record: AnyRecord, context: Context) -> Iterator[Finding]:
        """Judge the next record; each costs the same."""
        ...

    def close(self, now: float, context: Context) -> Iterator[Finding]:
        """Judge what is still open at `now`, seconds of the trace: only bounds that have passed count."""
        ...


@dataclass(slots=True)
class RuleBase:
    """What most rules have: an id, a counter, a memory for remarks already made, nothing open at the end."""

    clocked: ClassVar[bool] = False
    id: str
    looked: int = 0
    due: float = math.inf
    _said: set[str] = field(default_factory=set)

    @property
    def hears(self) -> frozenset[Sort]:
        """The requests of the device, which are all that many rules judge."""
        return frozenset({REQUEST})

    def __repr__(self) -> str:
        return f"<{self.id} looked at {self.looked}>"

    def close(self, now: float, context: Context) -> Iterator[Finding]:
        """Nothing is open."""
        return iter(())

    def violation(self, text: str, *proof: int) -> Finding:
        """A finding that fails the scenario."""
        return Finding(rule=self.id, severity="violation", text=text, proof=list(proof))

    def remark(self, text: str, *proof: int) -> Finding:
        """A finding that is shown and counted."""
        return Finding(rule=self.id, severity="remark", text=text, proof=list(proof))

    def once(self, key: str, finding: Finding) -> Iterator[Finding]:
        """The finding, the first time that `key` comes up: a habit need not be told at every message."""
        if key not in self._said:
            if len(self._said) >= REMEMBERED:
                self._said.clear()
            self._said.add(key)
            yield finding


def newest(memory: dict[Any, Any]) -> None:
    """Forget the older half of what fills up."""
    if len(memory) > 2 * REMEMBERED:
        for key in list(memory)[:-REMEMBERED]:
            del memory[key]


_API = {
    Operation.GET: "GetPendingJobExecutions",
    Operation.START_NEXT: "StartNextPendingJobExecution",
    Operation.DESCRIBE: "DescribeJobExecution",
    Operation.UPDATE: "UpdateJobExecution",
}


def told(exchange: Exchange) -> str:
    """A request in words: `J1: UpdateJobExecution SUCCEEDED (record 57)`."""
    job = f"{exchange.job}: " if exchange.job is not None else ""
    status = f" {exchange.status}" if exchange.status else ""
    return f"{job}{_API.get(exchange.operation, exchange.operation.value)}{status} (record {exchange.n})"
