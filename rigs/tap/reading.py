"""What the payload of a Jobs message says (jobs-protocol §2), read in this one place.

The readers are tolerant: a message that the tap or a device has spoilt says less, it never raises.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rigs.jobs.messages import NEXT, Address
from rigs.jobs.model import Kind, Operation

_LISTS = {"inProgressJobs": "IN_PROGRESS", "queuedJobs": "QUEUED"}


def member(body: Any, name: str) -> Any:
    """A member of an object, or None."""
    return body.get(name) if isinstance(body, Mapping) else None


def text(body: Any, name: str) -> str | None:
    """A member that is a string, or None."""
    value = member(body, name)
    return value if isinstance(value, str) else None


def whole(body: Any, name: str) -> int | None:
    """A member that is a whole number or a string of one (jobs-protocol §2.4), or None."""
    value = member(body, name)
    if isinstance(value, str):
        return int(value) if value.isdecimal() and value.isascii() else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def token(body: Any) -> str | None:
    """The clientToken of a request or reply."""
    return text(body, "clientToken")


def summaries(body: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Status and summary of each execution in a notify or in the reply to get (§2.1, §2.5)."""
    jobs = member(body, "jobs")
    lists = jobs if isinstance(jobs, Mapping) else {status: member(body, name) for name, status in _LISTS.items()}
    for status, entries in lists.items():
        if isinstance(entries, list):
            yield from ((str(status), entry) for entry in entries if isinstance(entry, Mapping))


def jobs(address: Address, body: Any) -> frozenset[str]:
    """The jobs that a message is about: by its topic, its execution or its lists."""
    own = address.job if address.job != NEXT else None
    named = (own, text(member(body, "execution"), "jobId"), *(text(entry, "jobId") for _, entry in summaries(body)))
    return frozenset(job for job in named if job is not None)


def statuses(address: Address, body: Any, request: Any) -> frozenset[str]:
    """The statuses that a message is about.

    A request and its replies: the status that was asked for; deliveries: the execution's; lists: those of the entries.
    """
    if address.operation is Operation.UPDATE:
        found = [text(body if address.kind is Kind.REQUEST else request, "status")]
    else:
        found = [text(member(body, "execution"), "status"), *(status for status, _ in summaries(body))]
    return frozenset(status for status in found if status is not None)
