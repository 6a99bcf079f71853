"""A packet record seen as a message of AWS IoT Jobs: the one place that opens topics and payloads of records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rigs.jobs.messages import Address, parse_topic
from rigs.jobs.model import Kind, Operation, Status
from rigs.trace.records import AnyRecord, Packet

ENDS = frozenset({Status.SUCCEEDED, Status.FAILED, Status.REJECTED})
ASKS = frozenset({Operation.GET, Operation.START_NEXT, Operation.DESCRIBE})


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True)
class JobsMessage:
    """A PUBLISH on a Jobs topic; `body` is `{}` for an empty payload or one that is no JSON object."""

    record: Packet
    address: Address
    body: dict[str, Any]

    def __repr__(self) -> str:
        return f"<{self.address.operation.value} {self.address.kind.value} {self.job} {self.status or self.code or ''}>"

    @property
    def n(self) -> int:
        """The number of the record."""
        return self.record.n

    @property
    def operation(self) -> Operation:
        return self.address.operation

    @property
    def kind(self) -> Kind:
        return self.address.kind

    @property
    def execution(self) -> dict[str, Any]:
        """The JobExecutionData that a reply or notify-next carries; `{}` where there is none."""
        return _object(self.body.get("execution"))

    @property
    def job(self) -> str | None:
        """The job that the message is about: from its topic, or from the execution that it carries."""
        named = self.execution.get("jobId")
        if isinstance(named, str):
            return named
        return self.address.job

    @property
    def status(self) -> str | None:
        """The status that an update reports."""
        status = self.body.get("status")
        return status if isinstance(status, str) else None

    @property
    def code(self) -> str | None:
        """The error code of a rejected reply (jobs-protocol §3)."""
        code = self.body.get("code")
        return code if isinstance(code, str) else None

    @property
    def told(self) -> str | None:
        """The status in a reply's executionState."""
        status = _object(self.body.get("executionState")).get("status")
        return status if isinstance(status, str) else None

    @property
    def token(self) -> str | None:
        token = self.body.get("clientToken")
        return token if isinstance(token, str) else None

    @property
    def listed(self) -> frozenset[str]:
        """The jobs that a notification or a list names."""
        if self.operation is Operation.NOTIFY:
            lists = list(_object(self.body.get("jobs")).values())
        elif self.operation is Operation.GET:
            lists = [self.body.get("inProgressJobs"), self.body.get("queuedJobs")]
        else:
            return frozenset({self.job} if self.execution and self.job else ())
        return frozenset(entry["jobId"] for one in lists if isinstance(one, list) for entry in one if "jobId" in entry)

    @property
    def says_nothing_pending(self) -> bool:
        """Whether the message tells that no execution is pending (jobs-protocol §2.1–§2.5)."""
        if self.kind is Kind.REQUEST or self.kind is Kind.REJECTED or self.operation is Operation.UPDATE:
            return False
        return not self.listed

    @property
    def is_start(self) -> bool:
        """A request that makes an execution IN_PROGRESS: start-next, or an update that says so."""
        if self.kind is not Kind.REQUEST:
            return False
        return self.operation is Operation.START_NEXT or self.status == Status.IN_PROGRESS

    @property
    def is_end(self) -> bool:
        """A report of an end: SUCCEEDED, FAILED or REJECTED."""
        return self.operation is Operation.UPDATE and self.kind is Kind.REQUEST and self.status in ENDS

    @property
    def is_ask(self) -> bool:
        """A request for pending jobs or for an execution."""
        return self.kind is Kind.REQUEST and self.operation in ASKS


def jobs_message(record: AnyRecord) -> JobsMessage | None:
    """The record as a Jobs message, or None when it is none."""
    if not isinstance(record, Packet) or record.type != "PUBLISH" or record.topic is None:
        return None
    address = parse_topic(record.topic)
    return None if address is None else JobsMessage(record, address, _object(record.payload))


def sent(record: AnyRecord) -> JobsMessage | None:
    """A Jobs message that the device sent, as it reached the tap."""
    if isinstance(record, Packet) and record.link == "device" and record.way == "up":
        return jobs_message(record)
    return None


def given(record: AnyRecord) -> JobsMessage | None:
    """A Jobs message that left the tap towards the device."""
    if isinstance(record, Packet) and record.link == "device" and record.way == "down":
        return jobs_message(record)
    return None
