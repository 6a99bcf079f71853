"""The words of AWS IoT Jobs (jobs-protocol §2–§4), snake_cased in one place."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """The status of a job execution (jobs-protocol §4)."""

    QUEUED = "QUEUED"
    IN_PROGRESS = "IN_PROGRESS"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    REJECTED = "REJECTED"
    REMOVED = "REMOVED"
    CANCELED = "CANCELED"

    @property
    def terminal(self) -> bool:
        """Whether nothing can be reported about the execution any more."""
        return self not in (Status.QUEUED, Status.IN_PROGRESS)


DEVICE_STATUSES = frozenset({Status.IN_PROGRESS, Status.SUCCEEDED, Status.FAILED, Status.REJECTED})
ENDS_BY_DEVICE = frozenset({Status.SUCCEEDED, Status.FAILED, Status.REJECTED})


class ErrorCode(StrEnum):
    """The `code` of a rejected reply over MQTT (jobs-protocol §3)."""

    INVALID_TOPIC = "InvalidTopic"
    INVALID_JSON = "InvalidJson"
    INVALID_REQUEST = "InvalidRequest"
    INVALID_STATE_TRANSITION = "InvalidStateTransition"
    RESOURCE_NOT_FOUND = "ResourceNotFound"
    VERSION_MISMATCH = "VersionMismatch"
    INTERNAL_ERROR = "InternalError"
    REQUEST_THROTTLED = "RequestThrottled"
    TERMINAL_STATE_REACHED = "TerminalStateReached"


class Operation(StrEnum):
    """What a Jobs topic is about; `get` is GetPendingJobExecutions, `describe` DescribeJobExecution."""

    GET = "get"
    START_NEXT = "start-next"
    DESCRIBE = "describe"
    UPDATE = "update"
    NOTIFY = "notify"
    NOTIFY_NEXT = "notify-next"


class Kind(StrEnum):
    """Which side of an operation a message is."""

    REQUEST = "request"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    NOTIFICATION = "notification"
