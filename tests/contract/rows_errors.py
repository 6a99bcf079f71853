"""What is refused before it is looked at, and which of two faults is told (jobs-protocol §3)."""

from __future__ import annotations

from tests.contract.moves import operate, queue, rejected
from tests.contract.row import row
from tests.contract.shapes import ABSENT, TEXT, Part, part
from tests.contract.words import ONE, REACH, RUNNING, refusal, refused, shows, state

BROKEN = {"clientToken": ABSENT, "executionState": ABSENT}

ROWS = (
    row(
        "ERR-01",
        "A payload that is no JSON is InvalidJson, told on the job's own update/rejected",
        "jobs-protocol §3; evidence.md Part 1 h",
        "A",
        queue("one"),
        refused("InvalidJson", b'{"status":'),
    ),
    row(
        "ERR-02",
        "InvalidJson echoes no clientToken",
        "jobs-protocol §3",
        "A-",
        queue("one"),
        rejected("@one/update", b'{"clientToken":"t","status":', part(code="InvalidJson", **BROKEN)),
    ),
    row(
        "ERR-03",
        "A payload that is no UTF-8 is InvalidJson",
        "jobs-protocol §3",
        "A",
        queue("one"),
        refused("InvalidJson", b'{"status":"\xff\xfe"}'),
    ),
    row(
        "ERR-04", "A word without quotes is InvalidJson", "jobs-protocol §3", "A", refused("InvalidJson", b"SUCCEEDED")
    ),
    row(
        "ERR-05",
        "get takes no broken JSON either",
        "jobs-protocol §3",
        "A",
        rejected("get", b"{", refusal("InvalidJson")),
    ),
    row(
        "ERR-06",
        "start-next takes no broken JSON either, and nothing begins",
        "jobs-protocol §3",
        "A",
        queue("one"),
        rejected("start-next", b"{", refusal("InvalidJson")),
        shows("QUEUED", 1),
    ),
    row(
        "ERR-07",
        "A list as payload is InvalidRequest",
        "jobs-protocol §3",
        "?",
        queue("one"),
        refused("InvalidRequest", b"[]"),
    ),
    row(
        "ERR-08",
        "A number as payload is InvalidRequest",
        "jobs-protocol §3",
        "?",
        queue("one"),
        refused("InvalidRequest", b"7"),
    ),
    row(
        "ERR-09",
        "A clientToken that is a number is InvalidRequest",
        "jobs-protocol §2",
        "?",
        queue("one"),
        refused("InvalidRequest", {**RUNNING, "clientToken": 7}),
    ),
    row(
        "ERR-10",
        "A flag that is a text is InvalidRequest",
        "jobs-protocol §3",
        "?",
        queue("one"),
        refused("InvalidRequest", {**RUNNING, "includeJobDocument": "yes"}),
    ),
    row(
        "ERR-11",
        "A refusal echoes the clientToken, first of its members",
        "jobs-protocol §2, §3",
        "B",
        queue("one"),
        rejected(
            "@one/update", {"status": "BANANA", "clientToken": "t"}, {"clientToken": "t", **refusal("InvalidRequest")}
        ),
        ordered=True,
    ),
    row(
        "ERR-12",
        "A refusal carries code, message and timestamp, and no state but where §3 says so",
        "jobs-protocol §2.5, §3",
        "A",
        queue("one"),
        refused("InvalidRequest", {"status": "BANANA"}),
    ),
    row(
        "ERR-13",
        "InvalidStateTransition of a finished execution tells status and version",
        "jobs-protocol §3; evidence.md Part 1 e,h",
        "A",
        *REACH["FAILED"],
        refused("InvalidStateTransition", RUNNING, executionState=state("FAILED", 2)),
    ),
    row(
        "ERR-14",
        "It tells the details that were stored last",
        "evidence.md Part 1 e,h",
        "B",
        queue("one"),
        operate("cancel_job_execution", **ONE, statusDetails={"by": "operator"}),
        refused(
            "InvalidStateTransition",
            RUNNING,
            executionState=Part({"status": "CANCELED", "statusDetails": {"by": "operator"}}),
        ),
    ),
    row(
        "ERR-15",
        "The details are judged before the status",
        "jobs-protocol §3 check order",
        "C",
        queue("one"),
        rejected(
            "@one/update",
            {"status": "CANCELED", "statusDetails": {"a": ""}},
            part(code="InvalidRequest", message=TEXT),
        ),
    ),
    row(
        "ERR-16",
        "The status is judged before the execution is looked for",
        "jobs-protocol §3 check order",
        "C",
        rejected("@none/update", {"status": "BANANA"}, part(code="InvalidRequest")),
    ),
    row(
        "ERR-17",
        "A status that is not for a device is judged before the execution is looked for",
        "jobs-protocol §3 check order",
        "C",
        rejected("@none/update", {"status": "CANCELED"}, part(code="InvalidStateTransition")),
    ),
    row(
        "ERR-18",
        "The execution is looked for before the version is judged",
        "jobs-protocol §3 check order",
        "C",
        rejected("@none/update", {**RUNNING, "expectedVersion": 9}, part(code="ResourceNotFound")),
    ),
    row(
        "ERR-19",
        "A refused request changes nothing",
        "jobs-protocol §3",
        "A",
        queue("one"),
        refused("InvalidRequest", {"status": "SUCCEEDED", "statusDetails": {"": ""}}),
        shows("QUEUED", 1),
    ),
    row(
        "ERR-20",
        "The job's id in the topic is one of 1 to 64 letters, digits, _ and -",
        "jobs-protocol §1",
        "?",
        rejected("no.such.job/update", RUNNING, part(code="InvalidRequest")),
    ),
)
