"""Jobs and executions as the operator makes and sees them (jobs-protocol §4, §7)."""

from __future__ import annotations

from typing import Any

from tests.contract.moves import Operate, operate, queue
from tests.contract.operatorwords import MODEL, job
from tests.contract.row import row
from tests.contract.shapes import ABSENT, INSTANT, TEXT, Fits, part
from tests.contract.words import (
    ONE,
    REACH,
    report,
)

HOST = Fits("a host name", lambda value: isinstance(value, str) and "/" not in value and value != "")

CREATE: dict[str, Any] = {"jobId": "@one", "targets": ["@arn"], "document": '{"work": 1}'}


def listed(*statuses: str, call: str = "list_job_executions_for_thing", **where: Any) -> Operate:
    rows = [part(jobExecutionSummary=part(status=status)) for status in statuses]
    return operate(call, **where, answer=part(executionSummaries=rows))


def create(**members: Any) -> Operate:
    return operate("create_job", **{**CREATE, **members})


ROWS = (
    row(
        "OPS-01",
        "CreateJob answers the id and the ARN of the job",
        MODEL,
        "A",
        create(answer={"jobId": "@one", "jobArn": TEXT}),
    ),
    row(
        "OPS-02",
        "A job id that is taken is refused with 409",
        MODEL,
        "A",
        queue("one"),
        create(refused="ResourceAlreadyExistsException", http_status=409),
    ),
    row(
        "OPS-03",
        "A job for a thing that is not there is ResourceNotFound",
        MODEL,
        "A",
        create(targets=["@arn-not-there"], refused="ResourceNotFoundException", http_status=404),
        not_at={"aws": "not sure: the documents name the error, not the check"},
    ),
    row(
        "OPS-04",
        "A document that is no JSON is refused",
        "botocore iot 2015-05-28 CreateJob",
        "A-",
        create(document="{", refused="InvalidRequestException", http_status=400),
    ),
    row(
        "OPS-05",
        "An in-progress time-out of more than 10080 minutes is refused",
        "jobs-protocol §4 in-progress timer",
        "A",
        create(timeoutConfig={"inProgressTimeoutInMinutes": 10081}, refused="InvalidRequestException"),
    ),
    row(
        "OPS-06",
        "A job that waits is IN_PROGRESS and SNAPSHOT, with the counts of its executions",
        MODEL,
        "A",
        queue("one"),
        job(status="IN_PROGRESS", targetSelection="SNAPSHOT", jobProcessDetails=part(numberOfQueuedThings=1)),
    ),
    row(
        "OPS-07",
        "A snapshot job whose executions have all ended is COMPLETED",
        MODEL,
        "A",
        *REACH["SUCCEEDED"],
        job(status="COMPLETED", completedAt=INSTANT, jobProcessDetails=part(numberOfSucceededThings=1)),
        not_at={"aws": "the job completes a while later, and nothing tells when"},
    ),
    row(
        "OPS-08",
        "A job of which the only execution is REJECTED is COMPLETED too",
        MODEL,
        "A-",
        *REACH["REJECTED"],
        job(status="COMPLETED"),
        not_at={"aws": "the job completes a while later, and nothing tells when"},
    ),
    row(
        "OPS-09",
        "The document is kept as it was given",
        MODEL,
        "A",
        create(document='{"b": 1,  "a": 2}'),
        operate("get_job_document", jobId="@one", answer=part(document=TEXT)),
    ),
    row(
        "OPS-10",
        "A job that is not there is ResourceNotFound",
        MODEL,
        "A",
        operate("describe_job", jobId="@one", refused="ResourceNotFoundException", http_status=404),
    ),
    row(
        "OPS-11",
        "An execution that is not there is ResourceNotFound",
        MODEL,
        "A",
        operate("describe_job_execution", **ONE, refused="ResourceNotFoundException", http_status=404),
    ),
    row(
        "OPS-12",
        "An execution is described with its version and number, and its instants as instants",
        MODEL,
        "A",
        queue("one"),
        operate(
            "describe_job_execution",
            **ONE,
            answer=part(
                execution=part(
                    jobId="@one",
                    status="QUEUED",
                    queuedAt=INSTANT,
                    lastUpdatedAt=INSTANT,
                    startedAt=ABSENT,
                    versionNumber=1,
                    executionNumber=1,
                    thingArn="@arn",
                )
            ),
        ),
    ),
    row(
        "OPS-13",
        "The endpoint of devices is a host name",
        "evidence.md Part 2 k",
        "A",
        operate("describe_endpoint", endpointType="iot:Data-ATS", answer=part(endpointAddress=HOST)),
    ),
    row(
        "OPS-14",
        "The endpoint type iot:Jobs is refused, naming iot:Data-ATS",
        "jobs-protocol §7; evidence.md Part 2 k",
        "A",
        operate(
            "describe_endpoint",
            endpointType="iot:Jobs",
            refused="InvalidRequestException",
            says=Fits("a text that names iot:Data-ATS", lambda text: "iot:Data-ATS" in text),
        ),
    ),
    row(
        "OPS-15",
        "The executions of a thing are listed with their states",
        MODEL,
        "A",
        queue("one"),
        report("FAILED"),
        listed("FAILED", thingName="@thing"),
    ),
    row(
        "OPS-16",
        "The list of a thing can be narrowed to a status",
        MODEL,
        "A",
        queue("one"),
        queue("two"),
        report(),
        listed("IN_PROGRESS", thingName="@thing", status="IN_PROGRESS"),
    ),
    row(
        "OPS-17",
        "The executions of a job are listed",
        MODEL,
        "A",
        queue("one"),
        listed("QUEUED", call="list_job_executions_for_job", jobId="@one"),
    ),
    row(
        "OPS-18",
        "The operator sees statusDetails {} of an execution without details",
        "aws/aws-cli awscli/examples/iot/describe-job-execution.rst",
        "A-",
        queue("one"),
        operate("describe_job_execution", **ONE, answer=part(execution=part(statusDetails={}))),
    ),
)
