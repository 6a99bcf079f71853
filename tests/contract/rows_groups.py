"""Jobs of thing groups, CONTINUOUS and SNAPSHOT (jobs-protocol §4)."""

from __future__ import annotations

from tests.contract.moves import Operate, accepted, operate, queue
from tests.contract.operatorwords import MODEL, NONE, job
from tests.contract.row import row
from tests.contract.shapes import part
from tests.contract.words import (
    CONTINUOUS,
    GROUP,
    MEMBER,
    REACH,
    execution,
    grouped,
    report,
    shows,
)

JOIN = operate("add_thing_to_thing_group", **MEMBER)

PART = operate("remove_thing_from_thing_group", **MEMBER)


def counts(**members: int) -> Operate:
    return job(jobProcessDetails=part(**members))


ROWS = (
    row(
        "GRP-01",
        "A CONTINUOUS job is queued for a thing that joins its group",
        "jobs-protocol §4 continuous job",
        "A",
        *grouped(),
        accepted("$next/get", {}, execution("one")),
    ),
    row(
        "GRP-02",
        "A CONTINUOUS job goes on when all its executions have ended",
        MODEL,
        "A",
        *grouped(),
        report("SUCCEEDED"),
        job(status="IN_PROGRESS", targetSelection="CONTINUOUS"),
    ),
    row(
        "GRP-03",
        "A thing that leaves the group: what is QUEUED is REMOVED, its version unchanged",
        "jobs-protocol §4; evidence.md Part 1 §2",
        "C",
        *REACH["REMOVED"],
        shows("REMOVED", 1),
    ),
    row(
        "GRP-04",
        "A thing that leaves the group: what is IN_PROGRESS stays",
        "jobs-protocol §4",
        "C",
        *grouped(),
        report(),
        PART,
        shows("IN_PROGRESS", 2),
        report("SUCCEEDED"),
    ),
    row(
        "GRP-05",
        "A thing that joins again after it has finished gets the job again: number 2, version 1",
        "jobs-protocol §4 executionNumber; evidence.md Part 1 k",
        "A",
        *grouped(),
        report("SUCCEEDED"),
        PART,
        JOIN,
        accepted("$next/get", {}, execution("one", number=2)),
    ),
    row(
        "GRP-06",
        "A thing that joins again after it was REMOVED gets the job again: number 2",
        "jobs-protocol §4 executionNumber",
        "C",
        *REACH["REMOVED"],
        JOIN,
        accepted("$next/get", {}, execution("one", number=2)),
    ),
    row(
        "GRP-07",
        "A SNAPSHOT job is for the things that the group has now",
        MODEL,
        "A",
        operate("create_thing_group", **GROUP),
        queue("one", targets=["@grouparn"]),
        JOIN,
        NONE,
    ),
    row(
        "GRP-08",
        "A SNAPSHOT job is queued for the members of its group",
        MODEL,
        "A",
        operate("create_thing_group", **GROUP),
        JOIN,
        queue("one", targets=["@grouparn"]),
        accepted("$next/get", {}, execution("one")),
    ),
    row(
        "GRP-09",
        "A target may be associated with a CONTINUOUS job later",
        MODEL,
        "A",
        operate("create_thing_group", **GROUP),
        queue("one", **CONTINUOUS),
        operate("associate_targets_with_job", jobId="@one", targets=["@arn"], answer=part(jobId="@one")),
        accepted("$next/get", {}, execution("one")),
    ),
    row(
        "GRP-10",
        "No target may be associated with a SNAPSHOT job",
        MODEL,
        "A",
        queue("one"),
        operate("associate_targets_with_job", jobId="@one", targets=["@arn"], refused="InvalidRequestException"),
    ),
    row(
        "GRP-11",
        "A thing that is named twice has one execution",
        MODEL,
        "A-",
        operate("create_thing_group", **GROUP),
        JOIN,
        queue("one", targets=["@grouparn", "@arn"]),
        counts(numberOfQueuedThings=1),
    ),
)
