"""What a rule is: it looks at records one by one and says what is wrong, with the records that prove it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, Protocol

from rigs.jobs.messages import Address
from rigs.jobs.model import Operation
from rigs.rules.knowledge import Knowledge
from rigs.trace.exchange import Exchange
from rigs.trace.pairing import Pairing
from rigs.trace.records import AnyRecord

Severity = Literal["violation", "remark"]


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
    where the pairing has one for the record, `repeated` when the record is the same PUBLISH once more.
    """

    profile: Mapping[str, Any]
    thing: str | None
    pairing: Pairing
    known: Knowledge
    address: Address | None = None
    exchange: Exchange | None = None
    repeated: bool = False
    asked: Exchange | None = None

    @property
    def request(self) -> Exchange | None:
        """The Jobs request that the present record begins; None for repeats and everything else."""
        return self.asked

    @property
    def report(self) -> Exchange | None:
        """The UpdateJobExecution that the present record begins; None for repeats and everything else."""
        return self.asked if self.asked is not None and self.asked.operation is Operation.UPDATE else None

    def bound(self, name: str, default: float) -> float:
        """Seconds of `timing.<name>` in the profile, `default` where it has none."""
        value = self.profile.get("timing", {}).get(name, default)
        return value.total_seconds() if isinstance(value, timedelta) else float(value)


class Rule(Protocol):
    """One rule; `looked` counts the records that it judged (coverage)."""

    id: str
    looked: int

    def feed(self, record: AnyRecord, context: Context) -> Iterator[Finding]:
        """Judge the next record; each costs the same."""
        ...

    def close(self, now: float, context: Context) -> Iterator[Finding]:
        """Judge what is still open at `now`, seconds of the trace: only bounds that have passed count."""
        ...


@dataclass(slots=True)
class RuleBase:
    """What most rules have: an id, a counter, a memory for remarks already made, nothing open at the end."""

    id: str
    looked: int = 0
    _said: set[str] = field(default_factory=set)

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
            self._said.add(key)
            yield finding


def told(exchange: Exchange) -> str:
    """A request in words: `J1: UpdateJobExecution SUCCEEDED (record 57)`."""
    api = {
        Operation.GET: "GetPendingJobExecutions",
        Operation.START_NEXT: "StartNextPendingJobExecution",
        Operation.DESCRIBE: "DescribeJobExecution",
        Operation.UPDATE: "UpdateJobExecution",
    }
    job = f"{exchange.job}: " if exchange.job is not None else ""
    status = f" {exchange.status}" if exchange.status else ""
    return f"{job}{api.get(exchange.operation, exchange.operation.value)}{status} (record {exchange.n})"
