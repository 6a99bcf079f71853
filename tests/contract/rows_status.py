"""UpdateJobExecution: the status that is reported (jobs-protocol §2.4, §4, evidence.md Part 1)."""

from __future__ import annotations

from tests.contract.moves import accepted, operate, queue, rejected
from tests.contract.row import open_row, row
from tests.contract.shapes import ABSENT, INSTANT, part
from tests.contract.words import ONE, REACH, RUNNING, STAMP, execution, refusal, refused, report, shows, state

ROWS = (
    row(
        "UPD-20",
        "An update without a status is InvalidRequest",
        "jobs-protocol §2.4",
        "B",
        queue("one"),
        refused("InvalidRequest", {}),
    ),
    row(
        "UPD-21",
        "It says: Value null at 'status' failed to satisfy constraint: Member must not be null",
        "evidence.md Part 1 §3",
        "B",
        queue("one"),
        refused(
            "InvalidRequest",
            {"statusDetails": {"a": "1"}},
            message="Value null at 'status' failed to satisfy constraint: Member must not be null",
        ),
    ),
    row(
        "UPD-22",
        "A status that is no status is InvalidRequest",
        "jobs-protocol §10.11",
        "?",
        queue("one"),
        refused("InvalidRequest", {"status": "BANANA"}),
        shows("QUEUED", 1),
    ),
    row(
        "UPD-23",
        "A status in small letters is InvalidRequest",
        "jobs-protocol §10.11",
        "?",
        queue("one"),
        refused("InvalidRequest", {"status": "in_progress"}),
    ),
    row(
        "UPD-24",
        "A status that is a number is InvalidRequest",
        "jobs-protocol §10.11",
        "?",
        queue("one"),
        refused("InvalidRequest", {"status": 1}),
    ),
    *(
        open_row(
            f"UPD-25-{status}",
            f"{status} is not for a device to report",
            "jobs-protocol §3, §10.10; evidence.md Part 1 g",
            "foreign_status",
            (
                "InvalidStateTransition",
                (
                    queue("one"),
                    refused(
                        "InvalidStateTransition",
                        {"status": status},
                        message=f"The status of job execution cannot be changed to be {status}",
                    ),
                    shows("QUEUED", 1),
                ),
            ),
            ("InvalidRequest", (queue("one"), refused("InvalidRequest", {"status": status}), shows("QUEUED", 1))),
            trust="C",
        )
        for status in ("QUEUED", "CANCELED", "TIMED_OUT", "REMOVED")
    ),
    row(
        "UPD-26",
        "QUEUED straight to FAILED counts one version and sets startedAt",
        "evidence.md Part 1 c, d",
        "A",
        queue("one"),
        report("FAILED"),
        shows("FAILED", 2, startedAt=INSTANT),
    ),
    row(
        "UPD-27",
        "QUEUED straight to SUCCEEDED counts one version and sets startedAt",
        "evidence.md Part 1 c",
        "A-",
        queue("one"),
        report("SUCCEEDED"),
        shows("SUCCEEDED", 2, startedAt=INSTANT),
    ),
    row(
        "UPD-28",
        "QUEUED straight to REJECTED sets no startedAt",
        "jobs-protocol §2.5",
        "C",
        queue("one"),
        report("REJECTED"),
        shows("REJECTED", 2, startedAt=ABSENT),
    ),
    row(
        "UPD-29",
        "A report of IN_PROGRESS that changes nothing counts a version",
        "evidence.md Part 1 d",
        "A",
        *REACH["IN_PROGRESS"],
        report(),
        report(),
        shows("IN_PROGRESS", 4),
    ),
    row(
        "UPD-30",
        "startedAt stays that of the first report",
        "jobs-protocol §2.5",
        "A",
        *REACH["IN_PROGRESS"],
        report(),
        accepted("@one/get", {}, execution("one", "IN_PROGRESS", 3)),
        ordered=True,
    ),
    open_row(
        "UPD-31",
        "The same end reported again is refused, and its state is told",
        "jobs-protocol §10.12; evidence.md Part 1 b",
        "same_end_again",
        (
            "refused",
            (
                *REACH["SUCCEEDED"],
                refused("InvalidStateTransition", {"status": "SUCCEEDED"}, executionState=state("SUCCEEDED", 2)),
            ),
        ),
        (
            "accepted",
            (*REACH["SUCCEEDED"], accepted("@one/update", {"status": "SUCCEEDED"}, STAMP), shows("SUCCEEDED", 2)),
        ),
        trust="A-",
    ),
    row(
        "UPD-32",
        "An update of an execution that was canceled by force tells CANCELED",
        "jobs-protocol §4 cancel",
        "A",
        *REACH["IN_PROGRESS"],
        operate("cancel_job_execution", **ONE, force=True),
        refused("InvalidStateTransition", {"status": "SUCCEEDED"}, executionState=part(status="CANCELED")),
    ),
    row(
        "UPD-33",
        "An update of a job that never was is ResourceNotFound",
        "jobs-protocol §3",
        "A",
        rejected("@none/update", RUNNING, refusal("ResourceNotFound")),
    ),
    row(
        "UPD-34",
        "An update of a job that was deleted by force is ResourceNotFound",
        "jobs-protocol §4 delete",
        "A",
        *REACH["IN_PROGRESS"],
        operate("delete_job", jobId="@one", force=True),
        refused("ResourceNotFound", {"status": "SUCCEEDED"}),
        not_at={"aws": "the deletion is not at once, and nothing tells when it is done"},
    ),
    open_row(
        "UPD-35",
        "UpdateJobExecution does not take $next as a job",
        "jobs-protocol §10.14",
        "update_next",
        ("InvalidRequest", (queue("one"), rejected("$next/update", RUNNING, refusal("InvalidRequest")))),
        ("InvalidTopic", (queue("one"), rejected("$next/update", RUNNING, refusal("InvalidTopic")))),
    ),
)
