"""Event messages of jobs and executions (jobs-protocol §1.1)."""

from __future__ import annotations

from typing import Any

from tests.contract.moves import Join, Move, Notice, heard, operate, queue
from tests.contract.row import Row, row
from tests.contract.shapes import ANYTHING, SECONDS, TEXT, Fits, part
from tests.contract.words import ONE, REACH, report

CLAUSE = "jobs-protocol §1.1"
ACCOUNT = {"aws": "events are turned on for a whole account, which these rows leave as it is"}
MILLISECONDS = Fits("milliseconds since the epoch", lambda value: type(value) is int and 10**12 <= value < 10**13)
WATCH = Join(name="device", filters=("$aws/events/job/@one/#", "$aws/events/jobExecution/@one/#", "+/update/+"))


def turned(on: bool) -> Move:
    wish = {"Enabled": on}
    return operate("update_event_configurations", eventConfigurations={"JOB": wish, "JOB_EXECUTION": wish})


def of_job(operation: str, status: str, **more: Any) -> Notice:
    shape = part(
        eventType="JOB",
        eventId=TEXT,
        timestamp=SECONDS,
        operation=operation,
        jobId="@one",
        status=status,
        targetSelection="SNAPSHOT",
        targets=["@arn"],
        createdAt=MILLISECONDS,
        lastUpdatedAt=MILLISECONDS,
        **more,
    )
    return Notice(topic=f"$aws/events/job/@one/{operation}", shape=shape)


def of_execution(operation: str, status: str, **more: Any) -> Notice:
    shape = part(
        eventType="JOB_EXECUTION",
        eventId=TEXT,
        timestamp=SECONDS,
        operation=operation,
        jobId="@one",
        thingArn="@arn",
        status=status,
        **more,
    )
    return Notice(topic=f"$aws/events/jobExecution/@one/{operation}", shape=shape)


def event(id: str, says: str, trust: Any, *play: Move) -> Row:
    return row(id, says, CLAUSE, trust, WATCH, turned(True), *play, not_at=ACCOUNT, versions=(5,))


DONE = part(numberOfSucceededThings=1, numberOfFailedThings=0)
ROWS = (
    event(
        "EVT-01",
        "An execution that has SUCCEEDED is told with its details, and its job as completed with the counts",
        "A",
        queue("one"),
        report("SUCCEEDED", statusDetails={"a": "1"}),
        heard(
            of_execution("succeeded", "SUCCEEDED", statusDetails={"a": "1"}),
            of_job("completed", "COMPLETED", completedAt=MILLISECONDS, jobProcessDetails=DONE),
        ),
    ),
    event(
        "EVT-02",
        "An execution that has FAILED is told",
        "A",
        queue("one"),
        report("FAILED"),
        heard(of_execution("failed", "FAILED"), of_job("completed", "COMPLETED")),
    ),
    event(
        "EVT-03",
        "An execution that was REJECTED is told",
        "A",
        queue("one"),
        report("REJECTED"),
        heard(of_execution("rejected", "REJECTED"), of_job("completed", "COMPLETED")),
    ),
    event(
        "EVT-04",
        "Queueing, starting and reporting progress have no events",
        "A",
        queue("one"),
        report(),
        report(statusDetails={"a": "1"}),
        heard(),
    ),
    event(
        "EVT-05",
        "An execution that has timed out is told",
        "A",
        *REACH["TIMED_OUT"],
        heard(of_execution("timed_out", "TIMED_OUT"), of_job("completed", "COMPLETED")),
    ),
    event(
        "EVT-06",
        "An execution that was REMOVED is told",
        "A",
        *REACH["REMOVED"],
        heard(of_execution("removed", "REMOVED")),
    ),
    event(
        "EVT-07",
        "An execution that the operator canceled is told",
        "A",
        queue("one"),
        operate("cancel_job_execution", **ONE),
        heard(of_execution("canceled", "CANCELED"), Notice(topic="$aws/events/job/@one/completed", shape=ANYTHING)),
    ),
    row(
        "EVT-08",
        "While events are turned off nothing is told",
        CLAUSE,
        "A",
        WATCH,
        turned(False),
        queue("one"),
        report("SUCCEEDED"),
        heard(),
        not_at=ACCOUNT,
    ),
    event(
        "EVT-09",
        "Events of a type that is turned off are not told",
        "A",
        operate("update_event_configurations", eventConfigurations={"JOB": {"Enabled": False}}),
        queue("one"),
        report("SUCCEEDED"),
        heard(of_execution("succeeded", "SUCCEEDED")),
    ),
    row(
        "EVT-10",
        "The settings of events are told",
        "botocore iot 2015-05-28",
        "A",
        turned(True),
        operate(
            "describe_event_configurations",
            answer=part(eventConfigurations=part(JOB={"Enabled": True}, JOB_EXECUTION={"Enabled": True})),
        ),
        not_at=ACCOUNT,
    ),
)
