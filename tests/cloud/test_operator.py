"""The operator and another client against the local cloud's HTTP side, and what they leave on the trace."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta

import pytest

from rigs.cloud.operator import Credentials, Operator, Refused
from rigs.errors import ServiceFault, UsageFault
from rigs.trace import records
from rigs.trace.records import Header
from rigs.trace.store import Trace
from tests.cloud.httpbench import HttpBench

WITHIN = timedelta(seconds=10)


@pytest.fixture(scope="module")
def running() -> Iterator[HttpBench]:
    bench = HttpBench()
    yield bench
    bench.stop()


@pytest.fixture
def trace() -> Trace:
    return Trace(Header())


@pytest.fixture
def operator(running: HttpBench, trace: Trace, request: pytest.FixtureRequest) -> Operator:
    name = str(request.node.name).replace("_", "-")
    return Operator(trace=trace, thing=name, endpoint_url=running.side.url, credentials=Credentials())


def calls(trace: Trace) -> list[str]:
    return [record.call for record in trace.since(0) if isinstance(record, records.Operator) and not record.of]


def test_queue_asks_until_the_execution_is_there(operator: Operator, trace: Trace) -> None:
    operator.queue("j-queue", {"op": "x"}, within=WITHIN, in_progress_minutes=5, retry={"FAILED": 2})
    assert calls(trace) == ["describe_thing", "create_thing", "create_job", "describe_job_execution"]
    created = next(r for r in trace.since(0) if isinstance(r, records.Operator) and r.call == "create_job")
    assert created.arguments["timeoutConfig"] == {"inProgressTimeoutInMinutes": 5}
    asked = trace.records[-1]
    assert isinstance(asked, records.Service)
    assert (asked.source, asked.job, asked.status, asked.version, asked.execution) == (
        "asked",
        "j-queue",
        "QUEUED",
        1,
        1,
    )
    assert operator.pending() == ["j-queue"]


def test_each_call_is_answered_on_the_trace(operator: Operator, trace: Trace) -> None:
    operator.prepare_thing()
    called = [record for record in trace.since(0) if isinstance(record, records.Operator)]
    assert [(one.event, one.call, one.of) for one in called] == [
        ("called", "describe_thing", None),
        ("answered", "describe_thing", 1),
        ("called", "create_thing", None),
        ("answered", "create_thing", 3),
    ]
    assert called[1].error == f"ResourceNotFoundException: Thing {operator.thing} was not found"
    assert called[3].result["thingName"] == operator.thing


def test_asking_for_what_is_not_there(operator: Operator) -> None:
    asked = operator.ask("never-was")
    assert (asked.status, asked.event, asked.source) == (None, "not found", "asked")


def test_another_client_works_on_the_job(operator: Operator, trace: Trace) -> None:
    operator.queue("j-other", {"op": "x"}, within=WITHIN)
    assert operator.describe("$next")["execution"]["jobId"] == "j-other"
    assert operator.start_next(statusDetails={"a": "1"})["execution"]["versionNumber"] == 2
    operator.report("j-other", statusDetails={"p": "50"})
    assert operator.ask("j-other").details == {"p": "50"}
    assert (
        operator.report("j-other", "SUCCEEDED", includeJobExecutionState=True)["executionState"]["versionNumber"] == 4
    )
    actors = {one.call: one.actor for one in trace.since(0) if isinstance(one, records.Operator)}
    assert actors["update_job_execution"] == actors["start_next_pending_job_execution"] == "another client"
    assert actors["create_job"] == "operator"


def test_refusals_keep_code_and_message(operator: Operator, trace: Trace) -> None:
    operator.queue("j-refused", {"op": "x"}, within=WITHIN)
    operator.start_next()
    with pytest.raises(Refused) as refused:
        operator.cancel_execution("j-refused")
    assert refused.value.code == "InvalidStateTransitionException"
    with pytest.raises(Refused, match="VersionConflictException: Expected version 9 but found version 2"):
        operator.cancel_execution("j-refused", force=True, expectedVersion=9)
    with pytest.raises(Refused, match="Expected version 9 but found version 2"):
        operator.report("j-refused", expectedVersion=9)
    operator.cancel_execution("j-refused", force=True)
    assert operator.ask("j-refused").status == "CANCELED"
    operator.delete_job("j-refused")
    assert operator.ask("j-refused").event == "not found"


def test_clear_takes_away_what_is_pending_and_nothing_else(operator: Operator, running: HttpBench) -> None:
    operator.queue("j-own", {"op": "x"}, within=WITHIN)
    iot = running.client("iot")
    other = iot.create_thing(thingName="bystander")["thingArn"]
    arn = iot.describe_thing(thingName=operator.thing)["thingArn"]
    iot.create_job(jobId="j-shared", targets=[arn, other], document="{}")
    operator.start_next()
    operator.clear(WITHIN)
    assert operator.pending() == []
    assert operator.ask("j-own").event == operator.ask("j-shared").event == "not found"
    left = iot.describe_job_execution(jobId="j-shared", thingName="bystander")["execution"]
    assert left["status"] == "QUEUED"


def test_clearing_an_empty_queue_changes_nothing(operator: Operator, trace: Trace) -> None:
    operator.prepare_thing()
    mark = trace.mark
    operator.clear(WITHIN)
    made = [one.call for one in trace.since(mark) if isinstance(one, records.Operator) and one.event == "called"]
    assert made == ["list_job_executions_for_thing"] * 2


def test_retried_execution_is_asked_by_number(operator: Operator) -> None:
    operator.queue("j-retry", {"op": "x"}, within=WITHIN, retry={"ALL": 1})
    operator.report("j-retry", "FAILED")
    assert (operator.ask("j-retry").execution, operator.ask("j-retry").status) == (2, "QUEUED")
    assert operator.ask("j-retry", execution=1).status == "FAILED"


def test_nobody_answers(trace: Trace) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        operator = Operator(trace=trace, thing="t", endpoint_url=url, credentials=Credentials())
        with pytest.raises(ServiceFault, match=r"describe_thing at http://127\.0\.0\.1:.* no answer"):
            operator.prepare_thing()
    answered = trace.records[-1]
    assert isinstance(answered, records.Operator)
    assert (answered.error or "").startswith("EndpointConnectionError")


def test_credentials_are_the_users_matter(trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    operator = Operator(trace=trace, thing="t", endpoint_url="http://127.0.0.1:9")
    with pytest.raises(UsageFault, match="no AWS credentials; set AWS_PROFILE"):
        operator.prepare_thing()


def test_repr(operator: Operator, running: HttpBench) -> None:
    assert repr(operator) == f"<Operator of test-repr <Calls to {running.side.url}>>"
