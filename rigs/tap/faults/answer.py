"""The network answers in the service's place."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

from rigs.errors import UsageFault
from rigs.jobs.model import ErrorCode, Kind, Operation
from rigs.tap.actions import Action, Reply
from rigs.tap.match import Match, Seen

FORGEABLE = {
    ErrorCode.INVALID_TOPIC: "Request was sent to a topic that does not map to any API",
    ErrorCode.INVALID_JSON: "Payload is not valid JSON",
    ErrorCode.INVALID_REQUEST: "Contents of the request were not valid",
    ErrorCode.INTERNAL_ERROR: "Internal error",
    ErrorCode.REQUEST_THROTTLED: "Rate exceeded",
}
_EMPTY: dict[Operation, dict[str, Any]] = {Operation.GET: {"inProgressJobs": [], "queuedJobs": []}}


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """Refuse the requests of `match` with `code`; they are acknowledged and never reach the service.

    Only codes that assert nothing about an execution can be forged (notes L9, design.md Judging 6): raises UsageFault
    for the others, which the operator or another client has to bring about. InvalidJson carries no clientToken
    (jobs-protocol §3).
    """

    name: ClassVar[str] = "answer"
    match: Match
    _: KW_ONLY
    code: ErrorCode
    message: str = ""

    def __post_init__(self) -> None:
        if self.code not in FORGEABLE:
            known = ", ".join(FORGEABLE)
            text = f"{self.code} asserts a state of the service and must not be forged; let the operator or another"
            raise UsageFault(f"{text} client bring it about, or answer one of {known}")

    def __repr__(self) -> str:
        return f"answer {self.code} to {self.match!r}"

    def decide(self, seen: Seen) -> Action | None:
        """A rejected reply, for requests only."""
        if seen.address is None or seen.address.kind is not Kind.REQUEST:
            return None
        body = {"code": self.code.value, "message": self.message or FORGEABLE[self.code]}
        return Reply(kind=Kind.REJECTED, body=body, echo=self.code is not ErrorCode.INVALID_JSON)


@dataclass(frozen=True, slots=True, repr=False)
class AnswerEmpty:
    """Tell the questions of `match` that nothing is pending; the service does not hear of them.

    AWS does so shortly after a job was queued (jobs-protocol §4, eventual consistency). Updates are not answered.
    """

    name: ClassVar[str] = "answer empty"
    match: Match

    def __repr__(self) -> str:
        return f"answer that nothing is pending to {self.match!r}"

    def decide(self, seen: Seen) -> Action | None:
        """An accepted reply without an execution, for questions only."""
        address = seen.address
        if address is None or address.kind is not Kind.REQUEST or address.operation is Operation.UPDATE:
            return None
        return Reply(kind=Kind.ACCEPTED, body=dict(_EMPTY.get(address.operation, {})))
