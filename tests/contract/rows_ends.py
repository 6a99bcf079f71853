"""Cancellation and deletion (jobs-protocol §4)."""

from __future__ import annotations

from typing import Any

from tests.contract.moves import Operate, operate, queue
from tests.contract.operatorwords import MODEL, NONE, job
from tests.contract.row import open_row, row
from tests.contract.shapes import part
from tests.contract.words import (
    ONE,
    REACH,
    refused,
    report,
    shows,
)

FORBIDDEN = "InvalidStateTransitionException"


def cancel(**members: Any) -> Operate:
    return operate("cancel_job_execution", **ONE, **members)


ROWS = (
    row(
        "CAN-01",
        "CancelJob without force cancels what is QUEUED",
        "jobs-protocol §4 cancel",
        "A",
        queue("one"),
        operate("cancel_job", jobId="@one"),
        operate("describe_job_execution", **ONE, answer=part(execution=part(status="CANCELED"))),
        not_at={"aws": "the cancellation is not at once, and nothing tells when it is done"},
    ),
    row(
        "CAN-02",
        "CancelJob without force leaves what is IN_PROGRESS, and its end is still taken",
        "jobs-protocol §4 cancel",
        "A",
        *REACH["IN_PROGRESS"],
        operate("cancel_job", jobId="@one"),
        report("SUCCEEDED"),
        shows("SUCCEEDED", 3),
    ),
    row(
        "CAN-03",
        "CancelJob with force cancels what is IN_PROGRESS, and its end is refused",
        "jobs-protocol §4 cancel; evidence.md Part 1 c",
        "A",
        *REACH["IN_PROGRESS"],
        operate("cancel_job", jobId="@one", force=True),
        refused("InvalidStateTransition", {"status": "SUCCEEDED"}, executionState=part(status="CANCELED")),
    ),
    row(
        "CAN-04",
        "A canceled job is CANCELED",
        MODEL,
        "A",
        queue("one"),
        operate("cancel_job", jobId="@one", comment="enough"),
        job(status="CANCELED", comment="enough"),
        not_at={"aws": "the cancellation is not at once, and nothing tells when it is done"},
    ),
    row(
        "CAN-05",
        "A COMPLETED job cannot be canceled",
        MODEL,
        "A-",
        *REACH["SUCCEEDED"],
        operate("cancel_job", jobId="@one", refused="InvalidRequestException"),
        not_at={"aws": "the job completes a while later, and nothing tells when"},
    ),
    row(
        "CAN-06",
        "CancelJobExecution cancels what is QUEUED",
        "jobs-protocol §4 cancel",
        "A",
        queue("one"),
        cancel(),
        NONE,
    ),
    row(
        "CAN-07",
        "CancelJobExecution of one IN_PROGRESS needs force",
        "jobs-protocol §4 cancel",
        "A",
        *REACH["IN_PROGRESS"],
        cancel(refused=FORBIDDEN, http_status=409),
        shows("IN_PROGRESS", 2),
    ),
    row(
        "CAN-08",
        "CancelJobExecution with force ends one IN_PROGRESS, and says so",
        "jobs-protocol §4 cancel",
        "A",
        *REACH["IN_PROGRESS"],
        cancel(force=True),
        operate("describe_job_execution", **ONE, answer=part(execution=part(status="CANCELED", forceCanceled=True))),
    ),
    row(
        "CAN-09",
        "CancelJobExecution with another expected version is VersionConflict",
        "jobs-protocol §4 cancel",
        "A",
        queue("one"),
        cancel(expectedVersion=5, refused="VersionConflictException", http_status=409),
        shows("QUEUED", 1),
    ),
    row(
        "CAN-10",
        "CancelJobExecution with the right expected version cancels",
        "jobs-protocol §4 cancel",
        "A",
        queue("one"),
        cancel(expectedVersion=1),
        NONE,
    ),
    row(
        "CAN-11",
        "CancelJobExecution may set details",
        "jobs-protocol §4 cancel",
        "A",
        queue("one"),
        cancel(statusDetails={"by": "operator"}),
        operate(
            "describe_job_execution",
            **ONE,
            answer=part(execution=part(statusDetails={"detailsMap": {"by": "operator"}})),
        ),
    ),
    row(
        "CAN-12",
        "A finished execution cannot be canceled",
        "jobs-protocol §4 cancel",
        "A",
        *REACH["SUCCEEDED"],
        cancel(refused=FORBIDDEN),
        shows("SUCCEEDED", 2),
    ),
    row(
        "CAN-13",
        "A finished execution cannot be canceled by force either",
        "jobs-protocol §4 cancel",
        "A",
        *REACH["SUCCEEDED"],
        cancel(force=True, refused=FORBIDDEN),
    ),
    open_row(
        "CAN-14",
        "A cancellation counts the version up",
        "jobs-protocol §4 versionNumber; evidence.md Part 1 d",
        "cancel_counts",
        (True, (queue("one"), cancel(), shows("CANCELED", 2))),
        (False, (queue("one"), cancel(), shows("CANCELED", 1))),
        trust="C",
    ),
    row(
        "DEL-01",
        "A job that is not over is deleted only by force",
        "jobs-protocol §4 delete",
        "A",
        queue("one"),
        operate("delete_job", jobId="@one", refused=FORBIDDEN, http_status=409),
    ),
    row(
        "DEL-02",
        "A finished job may be deleted",
        "jobs-protocol §4 delete",
        "A",
        *REACH["SUCCEEDED"],
        operate("delete_job", jobId="@one"),
        operate("describe_job", jobId="@one", refused="ResourceNotFoundException"),
        not_at={"aws": "neither the end nor the deletion is at once"},
    ),
    row(
        "DEL-03",
        "An execution that is not over is deleted only by force",
        "jobs-protocol §4 delete",
        "A",
        queue("one"),
        operate("delete_job_execution", **ONE, executionNumber=1, refused=FORBIDDEN, http_status=409),
    ),
    row(
        "DEL-04",
        "A pending execution that is deleted by force is gone for the device",
        "jobs-protocol §4 delete",
        "A",
        *REACH["IN_PROGRESS"],
        operate("delete_job_execution", **ONE, executionNumber=1, force=True),
        refused("ResourceNotFound", {"status": "SUCCEEDED"}),
        not_at={"aws": "the deletion is not at once, and nothing tells when it is done"},
    ),
    row(
        "DEL-05",
        "A deletion names an execution number that is there",
        MODEL,
        "A",
        queue("one"),
        operate("delete_job_execution", **ONE, executionNumber=3, force=True, refused="ResourceNotFoundException"),
    ),
)
