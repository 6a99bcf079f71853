"""What the service has told about executions, read off the cloud leg as Service records (source "told")."""

from __future__ import annotations

from typing import Any

from rigs.jobs.messages import Address
from rigs.jobs.model import Kind, Operation
from rigs.tap import reading
from rigs.tap.match import Seen
from rigs.trace.records import Service


def told(seen: Seen) -> list[Service]:
    """The executions that a reply or notification names; `event` says in which message it was told.

    A plain accepted to an update names neither status nor version (jobs-protocol §2.4): the status is the one that was
    reported, the version stays unknown.
    """
    address = seen.address
    if seen.way != "down" or address is None or address.kind is Kind.REQUEST:
        return []
    if address.kind is Kind.REJECTED:
        return _rejected(seen, address)
    if address.operation is Operation.UPDATE:
        return _updated(seen, address)
    execution = reading.member(seen.body, "execution")
    named = [_service(seen, address, execution, reading.text(execution, "status"))] if execution is not None else []
    return named + [_service(seen, address, entry, status) for status, entry in reading.summaries(seen.body)]


def _rejected(seen: Seen, address: Address) -> list[Service]:
    state = reading.member(seen.body, "executionState")
    return [] if state is None else [_service(seen, address, state, reading.text(state, "status"))]


def _updated(seen: Seen, address: Address) -> list[Service]:
    state = reading.member(seen.body, "executionState")
    if state is not None:
        return [_service(seen, address, state, reading.text(state, "status"))]
    if seen.answers is None:
        return []
    request = {name: reading.member(seen.answers.body, name) for name in ("executionNumber", "statusDetails")}
    return [_service(seen, address, request, reading.text(seen.answers.body, "status"))]


def _service(seen: Seen, address: Address, said: Any, status: str | None) -> Service:
    details = reading.member(said, "statusDetails")
    # an accepted update is about the execution that its request named, or the latest
    request = seen.answers.body if seen.answers is not None and address.operation is Operation.UPDATE else None
    number = reading.whole(said, "executionNumber") or reading.whole(request, "executionNumber")
    return Service(
        source="told",
        job=reading.text(said, "jobId") or address.job or "",
        execution=number,
        status=status,
        version=reading.whole(said, "versionNumber"),
        details=details if isinstance(details, dict) else None,
        event=_event(seen, address),
        stamp=reading.whole(seen.body, "timestamp"),
        of=seen.n,
    )


def _event(seen: Seen, address: Address) -> str:
    kind = "" if address.kind is Kind.NOTIFICATION else address.kind.value
    return " ".join(filter(None, (address.operation.value, kind, reading.text(seen.body, "code"))))
