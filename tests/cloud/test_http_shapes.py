"""Replies have the shape that the models give them: no member too many, and datetimes where boto3 promises them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import botocore.session
import pytest

from rigs.cloud.replies import OutOfShape, rendered
from rigs.jobs.api import Answer, Params
from tests.cloud.httpbench import HttpBench, out_of_shape, replies

MODEL: Any = botocore.session.Session().get_service_model("iot")


@pytest.fixture
def running() -> Iterator[HttpBench]:
    bench = HttpBench()
    yield bench
    bench.stop()


def test_replies_of_a_jobs_life(running: HttpBench) -> None:
    seen: list[Any] = []
    iot, device = running.client("iot"), running.client("iot-jobs-data")
    for api in (iot, device):
        replies(api, seen)
    iot.create_thing(thingName="t")
    arn = iot.describe_thing(thingName="t")["thingArn"]
    iot.create_job(jobId="j", targets=[arn], document="{}")
    device.get_pending_job_executions(thingName="t")
    device.start_next_pending_job_execution(thingName="t")
    device.describe_job_execution(thingName="t", jobId="j")
    where = {"jobId": "j", "thingName": "t"}
    times = [
        iot.describe_job(jobId="j")["job"]["createdAt"],
        iot.list_jobs()["jobs"][0]["createdAt"],
        iot.describe_job_execution(**where)["execution"]["queuedAt"],
        iot.list_job_executions_for_thing(thingName="t")["executionSummaries"][0]["jobExecutionSummary"]["queuedAt"],
        iot.list_job_executions_for_job(jobId="j")["executionSummaries"][0]["jobExecutionSummary"]["startedAt"],
    ]
    assert all(isinstance(one, datetime) and one.tzinfo for one in times)
    device.update_job_execution(**where, status="SUCCEEDED", includeJobExecutionState=True, includeJobDocument=True)
    iot.get_job_document(jobId="j")
    iot.delete_job_execution(**where, executionNumber=1)
    iot.cancel_job(jobId=iot.create_job(jobId="j2", targets=[arn], document="{}")["jobId"])
    iot.describe_endpoint(endpointType="iot:Data-ATS")
    assert len(seen) >= 16
    assert [(model.name, out_of_shape(model.output_shape, reply)) for model, reply in seen] == [
        (model.name, []) for model, _ in seen
    ]


WRONG = [
    ("a member too many", {"jobId": "j", "moon": 1}, "no member moon"),
    ("another type", {"jobId": 1}, "CreateJobResponse.jobId must be of type string"),
    ("None is no value", {"jobId": None}, "must be of type string, not None"),
]


@pytest.mark.parametrize(("name", "reply", "text"), WRONG, ids=[row[0] for row in WRONG])
def test_a_reply_out_of_shape_is_a_failure_of_ours(name: str, reply: dict[str, Any], text: str) -> None:
    shape = MODEL.operation_model("CreateJob").output_shape
    with pytest.raises(OutOfShape, match=text):
        rendered(shape, reply, shape.name)


def test_it_is_told_over_http() -> None:
    def create(params: Params, now: float) -> Answer:
        return {"moon": 1}, []

    bench = HttpBench(operations={"CreateJob": create})
    iot = bench.client("iot")
    with pytest.raises(iot.exceptions.ClientError, match=r"InternalFailureException.*no member moon"):
        iot.create_job(jobId="j", targets=["x"])
    bench.stop()
