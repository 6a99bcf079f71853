"""UpdateJobExecution: expectedVersion and executionNumber (jobs-protocol §2.4, evidence.md Part 1 d, i)."""

from __future__ import annotations

from tests.contract.moves import accepted, queue, rejected
from tests.contract.row import open_row, row
from tests.contract.words import REACH, RUNNING, execution, refusal, refused, report, shows, state

MISMATCH = state("IN_PROGRESS", 2)

ROWS = (
    row(
        "VER-01",
        "The expected version may be named",
        "jobs-protocol §2.4",
        "A",
        queue("one"),
        report(expectedVersion=1),
        report("SUCCEEDED", expectedVersion=2),
        shows("SUCCEEDED", 3),
    ),
    row(
        "VER-02",
        "The expected version may be named by its digits",
        "jobs-protocol §2.4; evidence.md Part 1 i",
        "A",
        queue("one"),
        report(expectedVersion="1"),
        shows("IN_PROGRESS", 2),
    ),
    row(
        "VER-03",
        "Another version is VersionMismatch and tells the state",
        "jobs-protocol §3",
        "A",
        *REACH["IN_PROGRESS"],
        refused("VersionMismatch", {"status": "SUCCEEDED", "expectedVersion": 1}, executionState=MISMATCH),
    ),
    row(
        "VER-04",
        "It says: Expected version 99 but found version 1",
        "evidence.md Part 1 §3",
        "B",
        queue("one"),
        refused(
            "VersionMismatch",
            {"status": "SUCCEEDED", "expectedVersion": 99},
            message="Expected version 99 but found version 1",
            executionState=state("QUEUED", 1),
        ),
    ),
    row(
        "VER-05",
        "A VersionMismatch tells the details and echoes the token",
        "jobs-protocol §3",
        "A",
        queue("one"),
        report(statusDetails={"a": "1"}),
        rejected(
            "@one/update",
            {"status": "FAILED", "expectedVersion": 1, "clientToken": "t"},
            {"clientToken": "t", **refusal("VersionMismatch", executionState=state("IN_PROGRESS", 2, {"a": "1"}))},
        ),
    ),
    row(
        "VER-06",
        "A VersionMismatch changes nothing",
        "jobs-protocol §3",
        "A",
        *REACH["IN_PROGRESS"],
        refused(
            "VersionMismatch",
            {"status": "SUCCEEDED", "expectedVersion": 1, "statusDetails": {"a": "1"}},
            executionState=MISMATCH,
        ),
        accepted("@one/get", {}, execution("one", "IN_PROGRESS", 2)),
    ),
    row(
        "VER-07",
        "An expected version that is no number is InvalidRequest",
        "jobs-protocol §10.15",
        "?",
        queue("one"),
        refused("InvalidRequest", {**RUNNING, "expectedVersion": "one"}),
    ),
    row(
        "VER-08",
        "An expected version that is a fraction is InvalidRequest",
        "jobs-protocol §10.15",
        "?",
        queue("one"),
        refused("InvalidRequest", {**RUNNING, "expectedVersion": 1.5}),
    ),
    row(
        "VER-09",
        "The expected version 0 is no wish: it does not fit version 1",
        "jobs-protocol §2.4",
        "?",
        queue("one"),
        refused("VersionMismatch", {**RUNNING, "expectedVersion": 0}, executionState=state("QUEUED", 1)),
    ),
    row(
        "VER-10",
        "start-next counts the version from 1 to 2, so that 2 is expected next",
        "evidence.md Part 1 d",
        "A",
        queue("one"),
        accepted("start-next", {}, execution("one", "IN_PROGRESS", 2)),
        report(expectedVersion=2),
        report("SUCCEEDED", expectedVersion=3),
    ),
    row(
        "VER-11",
        "The execution number may be named",
        "jobs-protocol §2.4",
        "A",
        queue("one"),
        report(executionNumber=1),
    ),
    row(
        "VER-12",
        "The execution number may be named by its digits",
        "jobs-protocol §2.4",
        "B",
        queue("one"),
        report(executionNumber="1"),
    ),
    row(
        "VER-13",
        "An execution number that never was is ResourceNotFound",
        "jobs-protocol §3",
        "C",
        queue("one"),
        refused("ResourceNotFound", {**RUNNING, "executionNumber": 9}),
    ),
    open_row(
        "VER-14",
        "A stale version of a finished execution is told as VersionMismatch before its end",
        "jobs-protocol §3, §10.13; evidence.md Part 1 a",
        "version_before_state",
        (
            True,
            (
                *REACH["SUCCEEDED"],
                refused(
                    "VersionMismatch", {"status": "FAILED", "expectedVersion": 1}, executionState=state("SUCCEEDED", 2)
                ),
            ),
        ),
        (
            False,
            (
                *REACH["SUCCEEDED"],
                refused(
                    "InvalidStateTransition",
                    {"status": "FAILED", "expectedVersion": 1},
                    executionState=state("SUCCEEDED", 2),
                ),
            ),
        ),
    ),
)
