"""DescribeJobExecution over MQTT (jobs-protocol §2.3)."""

from __future__ import annotations

from tests.contract.moves import accepted, operate, queue, rejected
from tests.contract.row import row
from tests.contract.shapes import Fits, part
from tests.contract.words import ONE, REACH, STAMP, execution, refusal, report, shows

ROWS = (
    row(
        "DSC-01",
        "A QUEUED execution is described: version 1, number 1, no startedAt, document as an object",
        "jobs-protocol §2.3, §2.5; evidence.md Part 1 d",
        "A",
        queue("one"),
        accepted("@one/get", {"clientToken": "t"}, {"clientToken": "t", **execution("one")}),
        ordered=True,
    ),
    row(
        "DSC-02",
        "$next is the first pending execution",
        "jobs-protocol §2.3",
        "A",
        queue("one"),
        queue("two"),
        accepted("$next/get", {}, execution("one")),
    ),
    row(
        "DSC-03",
        "$next with nothing pending is accepted without execution",
        "jobs-protocol §2.3",
        "A",
        accepted("$next/get", {}, STAMP),
    ),
    row(
        "DSC-04",
        "$next is the one IN_PROGRESS before one that was queued earlier",
        "jobs-protocol §4 order of pending",
        "A",
        queue("one"),
        queue("two"),
        report(job="two"),
        accepted("$next/get", {}, execution("two", "IN_PROGRESS", 2)),
    ),
    row(
        "DSC-05",
        "includeJobDocument false leaves the document out",
        "jobs-protocol §2.3",
        "A",
        queue("one"),
        accepted("@one/get", {"includeJobDocument": False}, execution("one", document=None)),
    ),
    row(
        "DSC-06",
        "includeJobDocument true is the default",
        "jobs-protocol §2.3",
        "A",
        queue("one"),
        accepted("@one/get", {"includeJobDocument": True}, execution("one")),
    ),
    row(
        "DSC-07",
        "An execution number may be named",
        "jobs-protocol §2.3",
        "A",
        queue("one"),
        accepted("@one/get", {"executionNumber": 1}, execution("one")),
    ),
    row(
        "DSC-08",
        "An execution number may be named by its digits",
        "jobs-protocol §2.4",
        "B",
        queue("one"),
        accepted("@one/get", {"executionNumber": "1"}, execution("one")),
    ),
    row(
        "DSC-09",
        "A number that never was is ResourceNotFound",
        "jobs-protocol §3",
        "C",
        queue("one"),
        rejected("@one/get", {"executionNumber": 7}, refusal("ResourceNotFound")),
    ),
    row(
        "DSC-10",
        "A job that never was is ResourceNotFound; the token is echoed",
        "jobs-protocol §2.3, §3",
        "A",
        rejected("@none/get", {"clientToken": "t"}, {"clientToken": "t", **refusal("ResourceNotFound")}),
    ),
    *(
        row(
            f"DSC-11-{status}",
            f"An execution that is {status} is TerminalStateReached, without executionState",
            "jobs-protocol §2.3, §3; evidence.md Part 1 h",
            "A",
            *REACH[status],
            rejected("@one/get", {}, refusal("TerminalStateReached")),
        )
        for status in ("SUCCEEDED", "FAILED", "REJECTED", "CANCELED")
    ),
    row(
        "DSC-12",
        "TerminalStateReached says: Job Execution has reached terminal state. It is neither IN_PROGRESS nor QUEUED",
        "evidence.md Part 1 §3",
        "A",
        *REACH["SUCCEEDED"],
        rejected(
            "@one/get",
            {},
            part(message="Job Execution has reached terminal state. It is neither IN_PROGRESS nor QUEUED"),
        ),
    ),
    row(
        "DSC-13",
        "Describing changes nothing",
        "jobs-protocol §2.3",
        "A",
        queue("one"),
        accepted("@one/get", {}, execution("one")),
        shows("QUEUED", 1),
    ),
    row(
        "DSC-14",
        "An empty payload counts as {}",
        "evidence.md Part 2 a) third capture",
        "B",
        queue("one"),
        accepted("$next/get", b"", execution("one")),
    ),
    row(
        "DSC-15",
        "The details that were reported are told",
        "jobs-protocol §2.5",
        "A",
        queue("one"),
        report(statusDetails={"done": "30%"}),
        accepted("@one/get", {}, execution("one", "IN_PROGRESS", 2, details={"done": "30%"})),
        ordered=True,
    ),
    row(
        "DSC-16",
        "A deleted execution is ResourceNotFound",
        "jobs-protocol §4 delete",
        "A",
        *REACH["SUCCEEDED"],
        operate("delete_job_execution", **ONE, executionNumber=1),
        rejected("@one/get", {}, refusal("ResourceNotFound")),
        not_at={"aws": "the deletion is not at once, and nothing tells when it is done"},
    ),
    row(
        "DSC-17",
        "A document of nested values comes as it was written",
        "jobs-protocol §2.5",
        "A",
        queue("one", {"list": [1, "two", {"three": True}], "deep": {"er": {"est": "x"}}}),
        accepted(
            "@one/get",
            {},
            execution("one", document={"list": [1, "two", {"three": True}], "deep": {"er": {"est": "x"}}}),
        ),
    ),
    row(
        "DSC-18",
        "A placeholder of a presigned URL is replaced by a URL",
        "jobs-protocol §2.5",
        "A",
        queue("one", {"file": "${aws:iot:s3-presigned-url:https://s3.eu-central-1.amazonaws.com/bucket/key}"}),
        accepted(
            "@one/get",
            {},
            part(
                execution=part(jobDocument={"file": Fits("an https URL", lambda url: str(url).startswith("https://"))})
            ),
        ),
        not_at={"aws": "needs a role and a bucket", "emulator": "needs a role and a bucket"},
    ),
)
