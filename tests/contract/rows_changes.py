"""notify and notify-next: what each change publishes, and nothing else (jobs-protocol §5, evidence.md Part 2 d)."""

from __future__ import annotations

from tests.contract.moves import (
    Forget,
    Heard,
    Move,
    Notice,
    accepted,
    http,
    operate,
    queue,
)
from tests.contract.noticewords import EMPTY
from tests.contract.row import row
from tests.contract.shapes import part
from tests.contract.words import (
    CONTINUOUS,
    GROUP,
    MEMBER,
    ONE,
    REACH,
    execution,
    grouped,
    notify,
    notify_next,
    refused,
    report,
    state,
    summary,
)


def change(*moves: Move, hears: tuple[Notice, ...] = (), before: tuple[Move, ...] = ()) -> tuple[Move, ...]:
    """What was heard before is forgotten; these changes publish exactly these notices."""
    return (*before, Forget(), *moves, Heard(notices=hears))


QUEUED = REACH["QUEUED"]

RUNNING_ONE = REACH["IN_PROGRESS"]

TWO = (queue("one"), queue("two"))

ROWS = (
    row(
        "NOT-11",
        "A report of progress publishes nothing",
        "jobs-protocol §5",
        "A",
        *change(report(statusDetails={"done": "50%"}), before=RUNNING_ONE),
    ),
    row(
        "NOT-12",
        "start-next publishes nothing",
        "evidence.md Part 2 d2",
        "A",
        *change(accepted("start-next", {}, execution("one", "IN_PROGRESS", 2)), before=QUEUED),
    ),
    row(
        "NOT-13",
        "Describing and asking for the lists publish nothing",
        "jobs-protocol §5",
        "A",
        *change(
            accepted("@one/get", {}, execution("one")), accepted("get", {}, part(inProgressJobs=[])), before=QUEUED
        ),
    ),
    row(
        "NOT-14",
        "A refused report publishes nothing",
        "jobs-protocol §5",
        "A",
        *change(
            refused(
                "VersionMismatch", {"status": "SUCCEEDED", "expectedVersion": 9}, executionState=state("QUEUED", 1)
            ),
            before=QUEUED,
        ),
    ),
    row(
        "NOT-15",
        "The last job's end publishes jobs {} and a notify-next without execution",
        "jobs-protocol §5; evidence.md Part 2 d2",
        "A",
        *change(report("SUCCEEDED"), hears=EMPTY, before=RUNNING_ONE),
    ),
    row(
        "NOT-16",
        "FAILED publishes as SUCCEEDED does",
        "jobs-protocol §5",
        "A",
        *change(report("FAILED"), hears=EMPTY, before=RUNNING_ONE),
    ),
    row(
        "NOT-17",
        "REJECTED publishes as SUCCEEDED does",
        "jobs-protocol §5",
        "A",
        *change(report("REJECTED"), hears=EMPTY, before=QUEUED),
    ),
    row(
        "NOT-18",
        "A canceled QUEUED execution leaves: both",
        "jobs-protocol §4 cancel",
        "A",
        *change(operate("cancel_job", jobId="@one"), hears=EMPTY, before=QUEUED),
    ),
    row(
        "NOT-19",
        "An execution IN_PROGRESS that is canceled by force leaves: both",
        "jobs-protocol §4 cancel; evidence.md Part 1 c",
        "A",
        *change(operate("cancel_job", jobId="@one", force=True), hears=EMPTY, before=RUNNING_ONE),
    ),
    row(
        "NOT-20",
        "Canceling a job without force publishes nothing about what is IN_PROGRESS",
        "jobs-protocol §4 cancel",
        "A",
        *change(operate("cancel_job", jobId="@one"), before=RUNNING_ONE),
    ),
    row(
        "NOT-21",
        "A canceled execution that was not the first: notify only",
        "jobs-protocol §5",
        "A",
        *change(operate("cancel_job", jobId="@two"), hears=(notify(queued=(summary("one"),)),), before=TWO),
    ),
    row(
        "NOT-22",
        "Deleting a finished job publishes nothing",
        "evidence.md Part 2 d2",
        "A",
        *change(operate("delete_job", jobId="@one", force=True), before=REACH["SUCCEEDED"]),
    ),
    row(
        "NOT-23",
        "Deleting a finished execution publishes nothing",
        "evidence.md Part 2 d2",
        "A",
        *change(operate("delete_job_execution", **ONE, executionNumber=1), before=REACH["SUCCEEDED"]),
    ),
    row(
        "NOT-24",
        "A QUEUED execution that is deleted by force leaves: both",
        "jobs-protocol §4 delete, §5",
        "A",
        *change(operate("delete_job_execution", **ONE, executionNumber=1, force=True), hears=EMPTY, before=QUEUED),
    ),
    row(
        "NOT-25",
        "A thing that leaves the group of a CONTINUOUS job loses what is QUEUED: both",
        "jobs-protocol §4",
        "A-",
        *change(operate("remove_thing_from_thing_group", **MEMBER), hears=EMPTY, before=grouped()),
    ),
    row(
        "NOT-26",
        "A thing that joins the group of a CONTINUOUS job: both",
        "jobs-protocol §4 continuous job",
        "A",
        operate("create_thing_group", **GROUP),
        queue("one", **CONTINUOUS),
        *change(
            operate("add_thing_to_thing_group", **MEMBER), hears=(notify(queued=(summary("one"),)), notify_next("one"))
        ),
    ),
    row(
        "NOT-27",
        "Another client's update over HTTP publishes as the device's own does",
        "jobs-protocol §5, §7",
        "A",
        *change(http("update_job_execution", jobId="@one", status="SUCCEEDED"), hears=EMPTY, before=RUNNING_ONE),
    ),
    row(
        "NOT-28",
        "Of three pending the first ends: notify-next shows the second with its document",
        "jobs-protocol §5",
        "A",
        *change(
            report("SUCCEEDED"),
            hears=(notify(queued=(summary("two"), summary("three"))), notify_next("two")),
            before=(*TWO, queue("three")),
        ),
    ),
    row(
        "NOT-29",
        "An execution that begins while an earlier one is IN_PROGRESS publishes nothing",
        "jobs-protocol §5",
        "A",
        *change(report(job="two"), before=(*TWO, report())),
    ),
    row(
        "NOT-30",
        "An execution that begins before an earlier queued one that is IN_PROGRESS later: notify-next only",
        "jobs-protocol §5",
        "A-",
        *change(report(job="one"), hears=(notify_next("one", "IN_PROGRESS", 2),), before=(*TWO, report(job="two"))),
    ),
    row(
        "NOT-31",
        "A notice shows details and seconds left of the one that is next",
        "jobs-protocol §2.5",
        "A-",
        queue("one"),
        queue("two"),
        report(job="two", statusDetails={"a": "1"}),
        *change(report("SUCCEEDED", job="one"), hears=(notify(running=(summary("two", 2),)),)),
    ),
)
