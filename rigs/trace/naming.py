"""Which job executions a Jobs message names, and what it says of them (jobs-protocol §2, §5)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from rigs.jobs.messages import Address, parse_topic
from rigs.jobs.model import Kind, Operation
from rigs.trace.records import AnyRecord, Packet

_JOB_IN_TEXT = re.compile(r'"jobId"\s*:\s*"([^"\\]{1,128})"')
_LISTS = {"inProgressJobs": "IN_PROGRESS", "queuedJobs": "QUEUED"}
_address_of = lru_cache(maxsize=4096)(parse_topic)  # a trace says the same topics over and over


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A message handed to the device names an execution; `n` and `at` are those of the packet on the device leg.

    `execution` and `version` are None where the message does not say them: an `executionState` has no execution number,
    a shortened notification may lack both. `answer` tells whether the message answered a request of the device.
    """

    n: int
    at: float
    job: str
    execution: int | None = None
    version: int | None = None
    status: str | None = None
    by: Operation = Operation.NOTIFY_NEXT
    kind: Kind = Kind.NOTIFICATION
    document: Any = None

    @property
    def answer(self) -> bool:
        """Whether the device had asked for this, so that it surely reads it."""
        return self.kind is not Kind.NOTIFICATION

    def __repr__(self) -> str:
        version = "" if self.version is None else f" v{self.version}"
        number = "" if self.execution is None else f" #{self.execution}"
        return f"<Delivery {self.n} {self.job}{number} {self.status}{version} by {self.by} {self.kind}>"


def integer(value: Any) -> int | None:
    """A number, or a string of digits, as AWS reads both (jobs-protocol §2.4: SDKs send either); else None."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,19}", value, re.ASCII):
        return int(value)
    return None


def address(record: AnyRecord) -> Address | None:
    """The Jobs address of a PUBLISH, or None when the record is something else."""
    if isinstance(record, Packet) and record.type == "PUBLISH" and record.topic is not None:
        return _address_of(record.topic)
    return None


def body(record: Packet) -> dict[str, Any] | None:
    """The payload where it is a JSON object; an empty payload counts as one (jobs-protocol §2.1); else None."""
    if isinstance(record.payload, dict):
        return record.payload
    return {} if record.raw == "" else None


def to_device(record: AnyRecord) -> bool:
    """Whether the record is a message handed to the device (it left the tap on the device leg)."""
    return isinstance(record, Packet) and record.link == "device" and record.way == "down" and record.type == "PUBLISH"


def by_device(record: AnyRecord) -> bool:
    """Whether the record is a message that the device sent (it reached the tap on the device leg)."""
    return isinstance(record, Packet) and record.link == "device" and record.way == "up" and record.type == "PUBLISH"


def named(record: Packet, where: Address) -> Iterator[Delivery]:
    """The executions that a Jobs message names, each once, in the order of the message."""
    content = body(record)
    if content is None:
        return
    match where.operation, where.kind:
        case Operation.NOTIFY, Kind.NOTIFICATION:
            yield from _summaries(record, where, content.get("jobs"))
        case Operation.GET, Kind.ACCEPTED:
            yield from _summaries(record, where, {status: content.get(key) for key, status in _LISTS.items()})
        case Operation.UPDATE, Kind.ACCEPTED | Kind.REJECTED if isinstance(
            state := content.get("executionState"), dict
        ):
            yield _delivery(record, where, where.job or "", state)
        case (Operation.NOTIFY_NEXT, Kind.NOTIFICATION) | (Operation.START_NEXT | Operation.DESCRIBE, Kind.ACCEPTED):
            execution = content.get("execution")
            if isinstance(execution, dict) and isinstance(job := execution.get("jobId", where.job), str):
                yield _delivery(record, where, job, execution)


def _summaries(record: Packet, where: Address, lists: Any) -> Iterator[Delivery]:
    if not isinstance(lists, Mapping):
        return
    for status, entries in lists.items():
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict) and isinstance(job := entry.get("jobId"), str):
                yield _delivery(record, where, job, {**entry, "status": status})


def _delivery(record: Packet, where: Address, job: str, said: Mapping[str, Any]) -> Delivery:
    status = said.get("status")
    return Delivery(
        n=record.n,
        at=record.at,
        job=job,
        execution=integer(said.get("executionNumber")),
        version=integer(said.get("versionNumber")),
        status=status if isinstance(status, str) else None,
        by=where.operation,
        kind=where.kind,
        document=said.get("jobDocument"),
    )


def mentioned(record: Packet) -> list[str]:
    """Every job id that a message mentions anywhere, also one that is broken or forged: the device may have read it."""
    found: list[str] = []
    _walk(record.payload, found)
    if record.raw:
        try:
            text = base64.b64decode(record.raw).decode("utf-8", "replace")
        except binascii.Error:
            return found
        found += _JOB_IN_TEXT.findall(text)
    return found


def _walk(value: Any, found: list[str]) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "jobId" and isinstance(item, str):
                found.append(item)
            elif isinstance(item, (dict, list)):
                _walk(item, found)
    elif isinstance(value, list):
        for item in value:
            _walk(item, found)
