"""The HTTP data plane, boto3's iot-jobs-data (jobs-protocol §7)."""

from __future__ import annotations

from typing import Any

from tests.contract.moves import http, queue
from tests.contract.row import Row, open_row, row
from tests.contract.shapes import ABSENT, SECONDS, Fits, one_of, part
from tests.contract.words import shows, state

WORKS: dict[str, Any] = {"jobId": "@one", "status": "IN_PROGRESS"}
ENDS: dict[str, Any] = {"jobId": "@one", "status": "SUCCEEDED"}
START = http("start_next_pending_job_execution")
WORK, END = http("update_job_execution", **WORKS), http("update_job_execution", **ENDS)
DOCUMENT = Fits("the document as a text", lambda value: isinstance(value, str) and value.startswith("{"))
QUEUED = {"jobId": "@one", "queuedAt": SECONDS, "lastUpdatedAt": SECONDS, "executionNumber": 1, "versionNumber": 1}
DATA = {
    "jobId": "@one",
    "thingName": "@thing",
    "status": "QUEUED",
    "queuedAt": SECONDS,
    "lastUpdatedAt": SECONDS,
    "versionNumber": 1,
    "executionNumber": 1,
    "jobDocument": DOCUMENT,
}
BEGUN = {**DATA, "status": "IN_PROGRESS", "startedAt": SECONDS, "versionNumber": 2}
CLAUSE = "jobs-protocol §7"


def data(id: str, says: str, trust: Any, *moves: Any, clause: str = CLAUSE, **more: Any) -> Row:
    return row(id, says, clause, trust, *moves, **more)


def told(call: str, answer: Any, **arguments: Any) -> Any:
    return http(call, answer=answer, **arguments)


REPLIES = (
    data(
        "HTP-01",
        "Nothing pending: two empty lists",
        "A",
        told("get_pending_job_executions", {"inProgressJobs": [], "queuedJobs": []}),
    ),
    data(
        "HTP-02",
        "A pending execution is a summary with whole seconds",
        "A",
        queue("one"),
        told("get_pending_job_executions", {"inProgressJobs": [], "queuedJobs": [QUEUED]}),
    ),
    data("HTP-03", "Nothing to start: no execution", "A", told("start_next_pending_job_execution", {})),
    data(
        "HTP-04",
        "What is started carries thingName, and its document as a text",
        "C",
        queue("one"),
        told("start_next_pending_job_execution", {"execution": BEGUN}),
    ),
    data(
        "HTP-05",
        "What is described carries thingName, and its document as a text",
        "C",
        queue("one"),
        told("describe_job_execution", {"execution": DATA}, jobId="@one"),
    ),
    data(
        "HTP-06",
        "$next is the first pending execution",
        "A",
        queue("one"),
        told("describe_job_execution", {"execution": DATA}, jobId="$next"),
    ),
    data(
        "HTP-07", "$next with nothing pending is no execution", "A", told("describe_job_execution", {}, jobId="$next")
    ),
    data(
        "HTP-08",
        "includeJobDocument false leaves the document out",
        "A",
        queue("one"),
        told(
            "describe_job_execution", part(execution=part(jobDocument=ABSENT)), jobId="@one", includeJobDocument=False
        ),
    ),
    data(
        "HTP-09",
        "An execution number may be named",
        "A",
        queue("one"),
        told("describe_job_execution", part(execution=part(executionNumber=1)), jobId="@one", executionNumber=1),
    ),
    data(
        "HTP-10",
        "A plain update is answered with nothing",
        "A",
        queue("one"),
        told("update_job_execution", {}, **WORKS),
        shows("IN_PROGRESS", 2),
    ),
    data(
        "HTP-11",
        "State and document come when asked for",
        "A",
        queue("one"),
        told(
            "update_job_execution",
            {"executionState": state("IN_PROGRESS", 2), "jobDocument": DOCUMENT},
            **WORKS,
            includeJobExecutionState=True,
            includeJobDocument=True,
        ),
    ),
    data(
        "HTP-12",
        "An update over HTTP counts the version that MQTT sees",
        "A",
        queue("one"),
        WORK,
        told("update_job_execution", {}, **ENDS, expectedVersion=2),
        shows("SUCCEEDED", 3),
    ),
    data(
        "HTP-13",
        "start-next sets details and step timer",
        "A",
        queue("one"),
        told(
            "start_next_pending_job_execution",
            part(execution=part(statusDetails={"a": "1"}, approximateSecondsBeforeTimedOut=one_of(299, 300))),
            statusDetails={"a": "1"},
            stepTimeoutInMinutes=5,
        ),
    ),
)

ERRORS = (
    data(
        "HTP-21",
        "A job that never was is ResourceNotFoundException, 404",
        "A",
        told("describe_job_execution", None, jobId="@one", refused="ResourceNotFoundException", http_status=404),
    ),
    data(
        "HTP-22",
        "An update of it is ResourceNotFoundException, 404",
        "A",
        told("update_job_execution", None, **WORKS, refused="ResourceNotFoundException", http_status=404),
    ),
    data(
        "HTP-23",
        "A finished execution cannot be described: TerminalStateException, 410",
        "A",
        queue("one"),
        END,
        told(
            "describe_job_execution",
            None,
            jobId="@one",
            refused="TerminalStateException",
            http_status=410,
            says="Job Execution has reached terminal state. It is neither IN_PROGRESS nor QUEUED",
        ),
        clause="jobs-protocol §7; evidence.md Part 1 h, j",
    ),
    data(
        "HTP-24",
        "A finished execution cannot be updated: InvalidStateTransitionException, 409",
        "A",
        queue("one"),
        END,
        told("update_job_execution", None, **WORKS, refused="InvalidStateTransitionException", http_status=409),
        clause="jobs-protocol §7; evidence.md Part 1 a, j",
    ),
    data(
        "HTP-25",
        "A status that is no status is InvalidRequestException, 400",
        "A-",
        queue("one"),
        told(
            "update_job_execution",
            None,
            jobId="@one",
            status="BANANA",
            refused="InvalidRequestException",
            http_status=400,
        ),
    ),
    data(
        "HTP-26",
        "Details that are too long are InvalidRequestException, 400",
        "A-",
        queue("one"),
        told(
            "update_job_execution",
            None,
            **WORKS,
            statusDetails={"a": "x" * 2000},
            refused="InvalidRequestException",
            http_status=400,
        ),
    ),
    data(
        "HTP-27",
        "A step time-out out of range is InvalidRequestException, 400",
        "?",
        queue("one"),
        told(
            "update_job_execution",
            None,
            **WORKS,
            stepTimeoutInMinutes=99999,
            refused="InvalidRequestException",
            http_status=400,
        ),
    ),
    open_row(
        "HTP-28",
        "Another version than expected is InvalidRequestException",
        "jobs-protocol §7, §10.22; evidence.md Part 1 j",
        "http_mismatch",
        *(
            (
                name,
                (
                    queue("one"),
                    told("update_job_execution", None, **WORKS, expectedVersion=7, refused=name),
                    shows("QUEUED", 1),
                ),
            )
            for name in ("InvalidRequestException", "InvalidStateTransitionException")
        ),
        trust="C",
    ),
    open_row(
        "HTP-29",
        "A status that is not for a device is refused over HTTP with 409",
        "evidence.md Part 1 j",
        "foreign_status",
        (
            "InvalidStateTransition",
            (
                queue("one"),
                told(
                    "update_job_execution",
                    None,
                    jobId="@one",
                    status="CANCELED",
                    refused="InvalidStateTransitionException",
                    http_status=409,
                ),
            ),
        ),
        (
            "InvalidRequest",
            (
                queue("one"),
                told(
                    "update_job_execution",
                    None,
                    jobId="@one",
                    status="CANCELED",
                    refused="InvalidRequestException",
                    http_status=400,
                ),
            ),
        ),
        trust="C",
    ),
    data(
        "HTP-30",
        "A thing that is not there has nothing pending",
        "?",
        http(
            "get_pending_job_executions", thingName="@thing-not-there", answer={"inProgressJobs": [], "queuedJobs": []}
        ),
    ),
)

ROWS = (*REPLIES, *ERRORS)
