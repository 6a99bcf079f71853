"""The HTTP data plane as a device with a certificate speaks it: port 8443, no signature (jobs-protocol §7)."""

from __future__ import annotations

from typing import Any

from tests.contract.moves import Fetch, Move, fetch, queue
from tests.contract.row import Row, row
from tests.contract.shapes import ABSENT, SECONDS, TEXT, Fits, part
from tests.contract.words import shows, state

PENDING, ONE, NEXT = "/things/@thing/jobs", "/things/@thing/jobs/@one", "/things/@thing/jobs/$next"
WORKS = {"status": "IN_PROGRESS"}
NO_PORT = {"emulator": "it has no port for devices that come with a certificate and without a signature"}
A_TEXT = Fits("the document as a text", lambda value: isinstance(value, str) and '"work"' in value)
DATA = {
    "jobId": "@one",
    "thingName": "@thing",
    "status": "QUEUED",
    "queuedAt": SECONDS,
    "lastUpdatedAt": SECONDS,
    "versionNumber": 1,
    "executionNumber": 1,
    "jobDocument": A_TEXT,
}
SUMMARY = {"jobId": "@one", "queuedAt": SECONDS, "lastUpdatedAt": SECONDS, "versionNumber": 1, "executionNumber": 1}


def said(**more: Any) -> Any:
    return part(message=TEXT, **more)


def https(id: str, says: str, trust: Any, *moves: Move) -> Row:
    return row(id, f"On port 8443: {says}", "jobs-protocol §7", trust, *moves, not_at=NO_PORT)


def refused(method: str, path: str, status: int, error: str, body: Any = None) -> Fetch:
    return fetch(method, path, said(), body, status=status, error=error)


ROWS = (
    https(
        "HTS-01",
        "Nothing pending: two empty lists, no timestamp and no clientToken",
        "A",
        fetch("GET", PENDING, {"inProgressJobs": [], "queuedJobs": []}),
    ),
    https(
        "HTS-02",
        "A pending execution is a summary of whole seconds",
        "A",
        queue("one"),
        fetch("GET", PENDING, {"inProgressJobs": [], "queuedJobs": [SUMMARY]}),
    ),
    https(
        "HTS-03",
        "What is described carries thingName, and its document as a text",
        "C",
        queue("one"),
        fetch("GET", ONE, {"execution": DATA}),
    ),
    https("HTS-04", "$next with nothing pending is an empty object", "A", fetch("GET", NEXT, {})),
    https(
        "HTS-05",
        "includeJobDocument=false in the query leaves the document out",
        "A",
        queue("one"),
        fetch(
            "GET",
            f"{ONE}?includeJobDocument=false",
            {"execution": {key: value for key, value in DATA.items() if key != "jobDocument"}},
        ),
    ),
    https(
        "HTS-06",
        "PUT on $next starts the first pending execution",
        "A",
        queue("one"),
        fetch("PUT", NEXT, {"execution": part(jobId="@one", status="IN_PROGRESS", versionNumber=2)}, {}),
        shows("IN_PROGRESS", 2),
    ),
    https("HTS-07", "PUT on $next with nothing pending is an empty object", "A", fetch("PUT", NEXT, {}, {})),
    https(
        "HTS-08",
        "A plain update is answered with an empty object",
        "A",
        queue("one"),
        fetch("POST", ONE, {}, WORKS),
        shows("IN_PROGRESS", 2),
    ),
    https(
        "HTS-09",
        "State and document come when asked for",
        "A",
        queue("one"),
        fetch(
            "POST",
            ONE,
            {"executionState": state("IN_PROGRESS", 2), "jobDocument": A_TEXT},
            {**WORKS, "includeJobExecutionState": True, "includeJobDocument": True},
        ),
    ),
    https(
        "HTS-10",
        "A clientToken in the body is not echoed",
        "A-",
        queue("one"),
        fetch("POST", ONE, {}, {**WORKS, "clientToken": "t"}),
    ),
    https(
        "HTS-11",
        "A job that never was is ResourceNotFoundException, 404",
        "A",
        refused("GET", ONE, 404, "ResourceNotFoundException"),
    ),
    https(
        "HTS-12",
        "An update without a status is InvalidRequestException, 400",
        "A-",
        queue("one"),
        refused("POST", ONE, 400, "InvalidRequestException", {}),
    ),
    https(
        "HTS-13",
        "A finished execution cannot be updated: InvalidStateTransitionException, 409, no executionState",
        "C",
        queue("one"),
        fetch("POST", ONE, {}, {"status": "SUCCEEDED"}),
        fetch("POST", ONE, said(executionState=ABSENT), WORKS, status=409, error="InvalidStateTransitionException"),
    ),
    https(
        "HTS-14",
        "A certificate may not ask for somebody else's jobs: ForbiddenException, 403",
        "A-",
        refused("GET", "/things/somebody-else/jobs", 403, "ForbiddenException"),
    ),
)
