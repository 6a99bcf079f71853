"""UpdateJobExecution: what comes back (jobs-protocol §2.4, evidence.md Part 1)."""

from __future__ import annotations

from tests.contract.moves import DOCUMENT, accepted, queue
from tests.contract.row import row
from tests.contract.words import REACH, RUNNING, STAMP, state

ALL = {"includeJobExecutionState": True, "includeJobDocument": True}

WITH_STATE = {**RUNNING, "includeJobExecutionState": True}

ROWS = (
    row(
        "UPD-01",
        "A plain update is answered with the timestamp alone",
        "jobs-protocol §2.4; evidence.md Part 2",
        "A",
        queue("one"),
        accepted("@one/update", {"status": "SUCCEEDED"}, STAMP),
    ),
    row(
        "UPD-02",
        "clientToken comes back, before the timestamp",
        "jobs-protocol §2",
        "B",
        queue("one"),
        accepted("@one/update", {**RUNNING, "clientToken": "t"}, {"clientToken": "t", **STAMP}),
        ordered=True,
    ),
    row(
        "UPD-03",
        "An empty clientToken comes back empty",
        "evidence.md Part 1 i",
        "B",
        queue("one"),
        accepted("@one/update", {**RUNNING, "clientToken": ""}, {"clientToken": "", **STAMP}),
    ),
    row(
        "UPD-04",
        "includeJobExecutionState tells the state after the update",
        "jobs-protocol §2.4",
        "A",
        queue("one"),
        accepted("@one/update", WITH_STATE, {**STAMP, "executionState": state("IN_PROGRESS", 2)}),
        ordered=True,
    ),
    row(
        "UPD-05",
        "The state tells the details too",
        "jobs-protocol §2.4",
        "A",
        queue("one"),
        accepted(
            "@one/update",
            {**WITH_STATE, "statusDetails": {"a": "1"}},
            {**STAMP, "executionState": state("IN_PROGRESS", 2, {"a": "1"})},
        ),
        ordered=True,
    ),
    row(
        "UPD-06",
        "includeJobDocument brings the document as an object",
        "jobs-protocol §2.4",
        "A",
        queue("one"),
        accepted("@one/update", {**RUNNING, "includeJobDocument": True}, {**STAMP, "jobDocument": DOCUMENT}),
    ),
    row(
        "UPD-07",
        "State and document may come together",
        "jobs-protocol §2.4",
        "A",
        queue("one"),
        accepted(
            "@one/update",
            {**RUNNING, **ALL},
            {**STAMP, "executionState": state("IN_PROGRESS", 2), "jobDocument": DOCUMENT},
        ),
    ),
    row(
        "UPD-08",
        "includeJobExecutionState false is as absent",
        "jobs-protocol §2.4",
        "A",
        queue("one"),
        accepted("@one/update", {**RUNNING, "includeJobExecutionState": False, "includeJobDocument": False}, STAMP),
    ),
    row(
        "UPD-09",
        "Members that the operation does not know, thingName and jobId among them, are ignored",
        "jobs-protocol §2.4",
        "A",
        queue("one"),
        accepted("@one/update", {**RUNNING, "thingName": "@thing", "jobId": "@one", "more": {"x": None}}, STAMP),
    ),
    row(
        "UPD-10",
        "Members that are null are as absent",
        "jobs-protocol §2.4",
        "?",
        queue("one"),
        accepted(
            "@one/update", {**RUNNING, "statusDetails": None, "expectedVersion": None, "clientToken": None}, STAMP
        ),
    ),
    row(
        "UPD-11",
        "The state after an end is told in its accepted reply",
        "jobs-protocol §2.4",
        "A",
        *REACH["IN_PROGRESS"],
        accepted(
            "@one/update",
            {"status": "SUCCEEDED", "includeJobExecutionState": True},
            {**STAMP, "executionState": state("SUCCEEDED", 3)},
        ),
    ),
)
