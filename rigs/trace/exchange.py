"""A request of the device with its PUBACK, its replies and its repeats."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from rigs.jobs.messages import Address
from rigs.jobs.model import Kind, Operation
from rigs.trace.naming import integer


@dataclass(slots=True, kw_only=True)
class Reply:
    """An answer to a request.

    `n` is its record on the cloud leg (None when the tap forged it), `delivered` its first record on the device leg
    (None: lost), at `delivered_at`. `body` is what the service said, `told` what the device was told (the tap may have
    changed it; `{}` where it made it unreadable).
    """

    kind: Kind
    body: dict[str, Any]
    n: int | None
    at: float
    delivered: int | None = None
    delivered_at: float = 0.0
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def code(self) -> str | None:
        """The error code of a rejection (jobs-protocol §3)."""
        code = (self.told or self.body).get("code")
        return code if isinstance(code, str) else None

    def __repr__(self) -> str:
        fate = "lost" if self.delivered is None else f"delivered as {self.delivered}"
        return f"<Reply {self.kind} {self.code or ''}{' ' if self.code else ''}{fate}>"


@dataclass(slots=True, kw_only=True, eq=False)
class Exchange:
    """A request of the device with everything that belongs to it; numbers are those of records.

    `copies` are the records of the same PUBLISH sent again (DUP, or a library's re-send of what was not acknowledged):
    one report however often it travelled. `puback` is the PUBACK handed to the device, `forwarded` the first record
    that went on to the cloud (None: the tap kept it), `changed` says that the tap put something else in its place, or
    in that of a copy.

    `token`, `status`, `execution` and `expected_version` are what the payload says, None where it does not: the
    clientToken, the status of an update, the execution number and the version that are named.
    """

    n: int
    at: float
    conn: int
    address: Address
    body: dict[str, Any] | None
    qos: int
    id: int | None
    dup: bool
    forwarded: int | None = None
    puback: int | None = None
    changed: bool = False
    copies: list[int] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    token: str | None = field(init=False)
    status: str | None = field(init=False)
    execution: int | None = field(init=False)
    expected_version: int | None = field(init=False)

    def __post_init__(self) -> None:
        said = self.body or {}
        token, status = said.get("clientToken"), said.get("status")
        self.token = token if isinstance(token, str) else None
        self.status = status if isinstance(status, str) else None
        self.execution = integer(said.get("executionNumber"))
        self.expected_version = integer(said.get("expectedVersion"))

    @property
    def operation(self) -> Operation:
        """What is asked."""
        return self.address.operation

    @property
    def job(self) -> str | None:
        """The job that the topic names; None for get and start-next, "$next" as it stands."""
        return self.address.job

    @property
    def reply(self) -> Reply | None:
        """The reply that reached the device first, else the first that the service gave."""
        if len(self.replies) == 1:
            return self.replies[0]
        return next((reply for reply in self.replies if reply.delivered), self.replies[0] if self.replies else None)

    @property
    def answered(self) -> bool:
        """Whether a reply reached the device."""
        return any(reply.delivered for reply in self.replies)

    def accepted(self, before: float) -> bool:
        """Whether the device was handed an acceptance that it could read, `before` this time."""
        return any(
            reply.kind is Kind.ACCEPTED and reply.told and reply.delivered is not None and reply.delivered_at < before
            for reply in self.replies
        )

    @property
    def sent(self) -> list[int]:
        """The records of the request and of its copies."""
        return [self.n, *self.copies]

    def __repr__(self) -> str:
        what = f"{self.job}/{self.operation}" if self.job is not None else str(self.operation)
        said = f" {self.status}" if self.status else ""
        return f"<Exchange {self.n} {what}{said} {self.reply!r}>"
