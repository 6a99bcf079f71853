"""Facts that can be waited for: frozen predicates over records whose repr reads in an error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rigs.jobs.model import Kind, Operation, Status
from rigs.trace.records import AnyRecord, Evidence, Link, Packet, Service
from rigs.trace.views import given, sent


@dataclass(frozen=True, slots=True)
class Known:
    """The service is known to hold the execution in one of these states."""

    job: str
    statuses: frozenset[str]
    execution: int | None = None

    def __repr__(self) -> str:
        number = f" (execution {self.execution})" if self.execution else ""
        return f"{' or '.join(sorted(self.statuses))} of {self.job}{number} at the service"

    def __call__(self, record: AnyRecord) -> bool:
        return (
            isinstance(record, Service)
            and record.source != "inside"
            and record.job == self.job
            and record.status in self.statuses
            and self.execution in (None, record.execution)
        )


@dataclass(frozen=True, slots=True)
class Report:
    """The device reported one of these statuses about the job (any status when empty)."""

    job: str
    statuses: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"report {' or '.join(sorted(self.statuses)) or 'of any status'} about {self.job}"

    def __call__(self, record: AnyRecord) -> bool:
        message = sent(record)
        return (
            message is not None
            and message.operation is Operation.UPDATE
            and message.job == self.job
            and (not self.statuses or message.status in self.statuses)
        )


@dataclass(frozen=True, slots=True)
class Taken:
    """The device took the job up: it started or reported it, or a start-next handed it out."""

    job: str

    def __repr__(self) -> str:
        return f"start-next or update of the device about {self.job}"

    def __call__(self, record: AnyRecord) -> bool:
        if (message := sent(record)) is not None:
            return message.operation is Operation.UPDATE and message.job == self.job
        answer = given(record)
        return answer is not None and answer.operation is Operation.START_NEXT and answer.job == self.job


@dataclass(frozen=True, slots=True)
class Answered:
    """A reply about the job reached the device: accepted, rejected, or either; with a code or a told state if named."""

    job: str | None
    kinds: frozenset[Kind] = frozenset({Kind.ACCEPTED, Kind.REJECTED})
    operations: frozenset[Operation] = frozenset({Operation.UPDATE})
    code: str | None = None
    told: str | None = None

    def __repr__(self) -> str:
        words = "/".join(sorted(kind.value for kind in self.kinds))
        extra = f" {self.code}" if self.code else ""
        state = f" that says {self.told}" if self.told else ""
        return f"{words} reply{extra}{state} about {self.job or 'any job'} delivered to the device"

    def __call__(self, record: AnyRecord) -> bool:
        message = given(record)
        return (
            message is not None
            and message.kind in self.kinds
            and message.operation in self.operations
            and self.job in (None, message.job)
            and self.code in (None, message.code)
            and self.told in (None, message.told)
        )


@dataclass(frozen=True, slots=True)
class Noticed:
    """A notification that passed the test left the tap towards the device."""

    text: str
    test: Callable[[frozenset[str]], bool]

    def __repr__(self) -> str:
        return f"notification {self.text} delivered to the device"

    def __call__(self, record: AnyRecord) -> bool:
        message = given(record)
        return message is not None and message.kind is Kind.NOTIFICATION and self.test(message.listed)


@dataclass(frozen=True, slots=True)
class NothingPending:
    """The device was told that nothing is pending: by a notification or by the answer to its question."""

    def __repr__(self) -> str:
        return "message to the device that says nothing is pending"

    def __call__(self, record: AnyRecord) -> bool:
        message = given(record)
        return message is not None and message.says_nothing_pending


@dataclass(frozen=True, slots=True)
class Seen:
    """Work of a job is in evidence."""

    job: str
    sorts: frozenset[str]

    def __repr__(self) -> str:
        return f"evidence that work of {self.job} was {' or '.join(sorted(self.sorts))}"

    def __call__(self, record: AnyRecord) -> bool:
        return isinstance(record, Evidence) and record.job == self.job and record.sort in self.sorts


@dataclass(frozen=True, slots=True)
class Connected:
    """The device has its CONNACK."""

    def __repr__(self) -> str:
        return "CONNACK delivered to the device"

    def __call__(self, record: AnyRecord) -> bool:
        return (
            isinstance(record, Packet)
            and record.type == "CONNACK"
            and (record.link, record.way) == ("device", "down")
            and record.more.get("code", 0) == 0
        )


@dataclass(frozen=True, slots=True)
class Disconnected:
    """A device leg ended."""

    def __repr__(self) -> str:
        return "end of the device's connection"

    def __call__(self, record: AnyRecord) -> bool:
        return isinstance(record, Link) and record.link == "device" and record.event == "close"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of several facts."""

    facts: tuple[Callable[[AnyRecord], bool], ...]

    def __repr__(self) -> str:
        return " or ".join(map(repr, self.facts))

    def __call__(self, record: AnyRecord) -> bool:
        return any(fact(record) for fact in self.facts)


ENDED = frozenset({Status.SUCCEEDED.value, Status.FAILED.value, Status.REJECTED.value})
