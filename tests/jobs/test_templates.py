"""Job templates, and jobs made from them (botocore; developer guide, job templates)."""

from __future__ import annotations

from typing import Any

import pytest

from rigs.jobs.refusals import ApiError
from tests.jobs.bench import NOON, THING, Bench

ARN = "arn:aws:iot:us-east-1:000000000000:jobtemplate/nightly"
TARGETS = [f"arn:aws:iot:x:0:thing/{THING}"]
LIMIT = {"timeoutConfig": {"inProgressTimeoutInMinutes": 7}}
RATE = {"jobExecutionsRolloutConfig": {"maximumPerMinute": 3}}
NIGHTLY = {"jobTemplateId": "nightly", "description": "every night", "document": '{"op":"update"}', **LIMIT, **RATE}


def made(**params: Any) -> Bench:
    bench = Bench()
    bench.operate("CreateJobTemplate", **NIGHTLY)
    bench.operate("CreateJob", **{"jobId": "job1", "targets": TARGETS, "jobTemplateArn": ARN, **params})
    return bench


def test_a_template_is_created_shown_listed_and_deleted() -> None:
    bench = Bench()
    assert bench.operate("CreateJobTemplate", **NIGHTLY) == {"jobTemplateArn": ARN, "jobTemplateId": "nightly"}
    bench.operate("CreateJobTemplate", jobTemplateId="plain", description="no more", document="{}")
    summary = {"jobTemplateArn": ARN, "jobTemplateId": "nightly", "description": "every night", "createdAt": NOON}
    shown = bench.restarted().operate("DescribeJobTemplate", jobTemplateId="nightly")
    assert shown == {**summary, "document": '{"op":"update"}', **LIMIT, **RATE}
    listed = bench.operate("ListJobTemplates", maxResults=1)
    assert [row["jobTemplateId"] for row in listed["jobTemplates"]] == ["plain"]
    rest = bench.operate("ListJobTemplates", nextToken=listed["nextToken"])
    assert rest == {"jobTemplates": [summary]}
    bench.operate("DeleteJobTemplate", jobTemplateId="nightly")
    for call in ("DescribeJobTemplate", "DeleteJobTemplate"):
        with pytest.raises(ApiError, match="ResourceNotFoundException"):
            bench.operate(call, jobTemplateId="nightly")


# members of CreateJob beside the template; members of the job
TAKEN: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {**LIMIT, **RATE}),
    (
        {"timeoutConfig": {"inProgressTimeoutInMinutes": 9}},
        {"timeoutConfig": {"inProgressTimeoutInMinutes": 9}, **RATE},
    ),
    ({"description": "mine"}, {"description": "mine", **LIMIT, **RATE}),
]


@pytest.mark.parametrize(("given", "members"), TAKEN)
def test_what_the_call_says_itself_wins(given: dict[str, Any], members: dict[str, Any]) -> None:
    job = made(**given).job()
    assert {key: job[key] for key in members} == members
    assert job["jobTemplateArn"] == ARN
    assert job.get("description") == given.get("description")


def test_the_document_is_the_template_s_unless_one_is_given() -> None:
    assert made().accepted("start-next")["execution"]["jobDocument"] == {"op": "update"}
    other = made(document='{"op":"other"}')
    assert other.accepted("start-next")["execution"]["jobDocument"] == {"op": "other"}


def test_the_configuration_of_a_template_acts() -> None:
    bench = made()
    bench.accepted("start-next")
    assert bench.service.next_deadline() == NOON + 7 * 60


def test_a_job_outlives_its_template() -> None:
    bench = made()
    bench.operate("DeleteJobTemplate", jobTemplateId="nightly")
    assert bench.accepted("start-next")["execution"]["jobDocument"] == {"op": "update"}


def test_a_template_of_a_job() -> None:
    bench = Bench()
    bench.queue("job1", **LIMIT, **RATE)
    arn = "arn:aws:iot:us-east-1:000000000000:job/job1"
    rate = {"jobExecutionsRolloutConfig": {"maximumPerMinute": 4}}
    bench.operate("CreateJobTemplate", jobTemplateId="copy", description="a copy", jobArn=arn, **rate)
    shown = bench.operate("DescribeJobTemplate", jobTemplateId="copy")
    assert (shown["document"], shown["timeoutConfig"]) == ('{"op": "succeed"}', LIMIT["timeoutConfig"])
    assert shown["jobExecutionsRolloutConfig"] == rate["jobExecutionsRolloutConfig"]


# call, its members, what it is refused with
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("CreateJobTemplate", NIGHTLY, "ConflictException: Job Template nightly already exists"),
    ("CreateJobTemplate", {"jobTemplateId": "x", "description": "d"}, "Neither job document nor job document source"),
    ("CreateJobTemplate", {**NIGHTLY, "jobTemplateId": "x", "document": "[]"}, "must be a JSON object"),
    (
        "CreateJobTemplate",
        {"jobTemplateId": "x", "description": "d", "jobArn": "arn:aws:iot:us-east-1:000000000000:job/none"},
        "ResourceNotFoundException: Job none",
    ),
    (
        "CreateJobTemplate",
        {**NIGHTLY, "jobTemplateId": "x", "jobExecutionsRolloutConfig": {"maximumPerMinute": 1001}},
        "maximumPerMinute must be 1 to 1000",
    ),
    ("CreateJobTemplate", {**NIGHTLY, "jobTemplateId": "x", "documentSource": "s3"}, "does not play documentSource"),
    ("CreateJobTemplate", {**NIGHTLY, "jobTemplateId": "x", "maintenanceWindows": []}, "does not play maintenance"),
    ("CreateJob", {"jobTemplateArn": f"{ARN}x"}, "ResourceNotFoundException: Job Template nightlyx"),
    ("CreateJob", {"jobTemplateArn": "arn:aws:iot:x:0:job/nightly"}, "is no ARN of a job template"),
    ("CreateJob", {"jobTemplateArn": "arn:aws:iot:x::jobtemplate/AWS-Reboot:1.0"}, "managed template AWS-Reboot:1.0"),
    ("CreateJob", {"jobTemplateArn": ARN, "documentParameters": {}}, "does not play documentParameters"),
]


@pytest.mark.parametrize(("call", "params", "error"), REFUSED, ids=[f"{row[0]} {row[2][:24]}" for row in REFUSED])
def test_refusals(call: str, params: dict[str, Any], error: str) -> None:
    bench = Bench()
    bench.operate("CreateJobTemplate", **NIGHTLY)
    head = {"jobId": "job1", "targets": TARGETS} if call == "CreateJob" else {}
    with pytest.raises(ApiError, match=error):
        bench.operate(call, **head, **params)
    assert [row["jobTemplateId"] for row in bench.operate("ListJobTemplates")["jobTemplates"]] == ["nightly"]
    assert bench.operate("ListJobs")["jobs"] == []
