"""The version of each execution at the service, as the cloud leg shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from rigs.jobs.model import Kind, Operation
from rigs.trace.exchange import Exchange
from rigs.trace.naming import address, named
from rigs.trace.pairing import Pairing
from rigs.trace.records import AnyRecord, Packet, Service

ENDED_BY_SERVICE = ("timed out", "canceled", "removed", "deleted")


@dataclass(slots=True)
class Known:
    """The newest version and status of an execution."""

    version: int | None = None
    status: str | None = None

    def __str__(self) -> str:
        return f"v{'?' if self.version is None else self.version} {self.status or ''}".rstrip()


@dataclass(slots=True)
class Versions:
    """Fed record by record. `before` and `after` hold, by the request's record, the version around each update.

    An acceptance counts one up (jobs-protocol §4); a refusal that tells the state tells the version that was there.
    `keep` bounds what is remembered, for a trace of any length: at least so many of the newest of each.
    """

    keep: int | None = None
    pairing: Pairing = field(default_factory=Pairing)
    before: dict[int, int | None] = field(default_factory=dict)
    after: dict[int, int | None] = field(default_factory=dict)
    _known: dict[str, Known] = field(default_factory=dict)
    _inside: dict[str, int] = field(default_factory=dict)
    _shown: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.keep is not None:
            self.pairing = Pairing(self.keep)

    def feed(self, record: AnyRecord) -> str:
        """Take a record; returns what is known after it as a label, "" when that was said before."""
        exchange = self.pairing.feed(record)
        if isinstance(record, Service) and record.job:
            return self._service(record)
        if not isinstance(record, Packet) or record.link != "cloud" or record.way != "down":
            return ""
        where = address(record)
        if where is None:
            return ""
        if exchange is not None and where.operation is Operation.UPDATE:
            self._answered(exchange, where.kind)
            return self._label(exchange.job or "")
        for one in named(record, where):
            self._state(one.job, one.version, one.status)
        return next((text for one in named(record, where) if (text := self._label(one.job))), "")

    def _service(self, record: Service) -> str:
        """The service's own word counts at once; what the operator was told only while no answer is under way."""
        open_jobs = {one.job for one in self.pairing.open_requests}
        if record.source == "inside":
            self._inside[record.job] = record.n
        elif record.source != "asked" or record.job in open_jobs:
            return ""
        self._state(record.job, record.version, record.status)
        return self._label(record.job) if record.event in ENDED_BY_SERVICE else ""

    def _state(self, job: str, version: int | None, status: str | None) -> None:
        known = self._known.setdefault(job, Known())
        known.version = known.version if version is None else version
        known.status = status or known.status

    def _label(self, job: str) -> str:
        label = f"{job} {self._known[job]}"
        if self._shown.get(job) == label:
            return ""
        self._shown[job] = label
        return label

    def _answered(self, exchange: Exchange, kind: Kind) -> None:
        state = exchange.replies[-1].body.get("executionState")
        said: dict[str, Any] = state if isinstance(state, dict) else {}
        known = self._known.setdefault(exchange.job or "", Known())
        accepted = kind is Kind.ACCEPTED
        counted = self._inside.get(exchange.job or "", 0) > (exchange.forwarded or exchange.n)
        after = said.get("versionNumber")
        if not isinstance(after, int):
            after = known.version if known.version is None or counted else known.version + accepted
        self.before[exchange.n] = None if after is None else after - accepted
        self.after[exchange.n] = after
        if self.keep is not None and len(self.after) > 2 * self.keep:
            self._forget(self.keep)
        self._state(exchange.job or "", after, said.get("status") or (exchange.status if accepted else None))

    def _forget(self, keep: int) -> None:
        """The older half; a job of which nothing was said for so long gets its label anew."""
        memories: list[dict[Any, Any]] = [self.before, self.after, self._known, self._inside, self._shown]
        for memory in memories:
            for key in list(memory)[:-keep]:
                del memory[key]
