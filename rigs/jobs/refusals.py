"""How the service says no: to a device over MQTT (a code of §3), to boto3 over HTTP (an exception of the model)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rigs.jobs.execution import Execution
from rigs.jobs.model import ErrorCode, Operation

# jobs-protocol §7. A version mismatch has no error of its own in the model: see Switches.http_mismatch.
HTTP_NAMES: Mapping[ErrorCode, str] = {
    ErrorCode.INVALID_TOPIC: "InvalidRequestException",
    ErrorCode.INVALID_JSON: "InvalidRequestException",
    ErrorCode.INVALID_REQUEST: "InvalidRequestException",
    ErrorCode.INVALID_STATE_TRANSITION: "InvalidStateTransitionException",
    ErrorCode.RESOURCE_NOT_FOUND: "ResourceNotFoundException",
    ErrorCode.TERMINAL_STATE_REACHED: "TerminalStateException",
    ErrorCode.REQUEST_THROTTLED: "ThrottlingException",
    ErrorCode.INTERNAL_ERROR: "ServiceUnavailableException",
}


# Statuses of what no model of botocore has: for all else the model says it (httpStatusCode of the exception's shape).
HTTP_STATUS: Mapping[str, int] = {
    "SerializationException": 400,
    "InvalidRequestException": 400,
    "ForbiddenException": 403,
    "MissingAuthenticationTokenException": 403,
    "UnknownOperationException": 404,
    "RequestEntityTooLargeException": 413,
    "InternalFailureException": 500,
}


class Refusal(Exception):
    """A request of a device is refused; `execution` is there where the rejected message carries an executionState."""

    def __init__(self, code: ErrorCode, message: str, execution: Execution | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.execution = code, message, execution

    def members(self) -> dict[str, Any]:
        """The members of ErrorResponse that tell the cause."""
        state = {} if self.execution is None else {"executionState": self.execution.state()}
        return {"code": self.code.value, "message": self.message, **state}


class ApiError(Exception):
    """A call over HTTP is refused with an exception of AWS's model.

    `members` are those that the exception has beside its message, `resourceArn` for example.
    """

    def __init__(self, code: str, message: str, **members: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.members = code, message, members


def value_refused(value: Any, member: str, constraint: str) -> Refusal:
    """InvalidRequest in the words of AWS's validation (a real one: evidence.md Part 1, §3)."""
    shown = "null" if value is None else f"'{value}'"
    return Refusal(ErrorCode.INVALID_REQUEST, f"Value {shown} at '{member}' failed to satisfy constraint: {constraint}")


def not_found(operation: Operation, thing: str, job: str | None) -> Refusal:
    """ResourceNotFound for an execution that never was, was deleted, or has another number."""
    text = f"Job execution of job {job} for thing {thing} was not found ({operation})"
    return Refusal(ErrorCode.RESOURCE_NOT_FOUND, text)
