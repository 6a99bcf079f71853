"""What holds whatever devices and operators do, in whatever order."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from rigs.jobs.model import ErrorCode
from rigs.jobs.outgoing import Outgoing
from rigs.jobs.refusals import ApiError
from tests.jobs.bench import CLIENT, ROOT, THING, Bench

JOBS = st.sampled_from(["a", "b", "c"])
STATUSES = st.sampled_from(["IN_PROGRESS", "SUCCEEDED", "FAILED", "REJECTED"])
RETRY = {"criteriaList": [{"failureType": "ALL", "numberOfRetries": 1}]}


class AnyOrder(RuleBasedStateMachine):
    """A device that believes the notices knows what one that asks knows."""

    def __init__(self) -> None:
        super().__init__()
        self.bench = Bench()
        self.pending: dict[str, list[str]] = {}
        self.next: tuple[str, int] | None = None

    @rule(job=JOBS, retried=st.booleans(), timed=st.booleans())
    def create(self, job: str, retried: bool, timed: bool) -> None:
        config: dict[str, Any] = {"jobExecutionsRetryConfig": RETRY} if retried else {}
        if timed:
            config["timeoutConfig"] = {"inProgressTimeoutInMinutes": 2}
        self.operate("CreateJob", jobId=job, targets=[f"arn:aws:iot:x:0:thing/{THING}"], document="{}", **config)

    @rule(job=JOBS, force=st.booleans())
    def cancel(self, job: str, force: bool) -> None:
        self.operate("CancelJobExecution", jobId=job, thingName=THING, force=force)

    @rule(job=JOBS, force=st.booleans())
    def delete(self, job: str, force: bool) -> None:
        self.operate("DeleteJob", jobId=job, force=force)

    @rule()
    def start_next(self) -> None:
        self.request("start-next", {})

    @rule(job=JOBS, status=STATUSES, version=st.sampled_from([None, 1, 2]))
    def report(self, job: str, status: str, version: int | None) -> None:
        before = self.version(job)
        kind = self.request(f"{job}/update", {"status": status, "expectedVersion": version})
        if before is not None:
            after = self.version(job, before[0])
            assert after == (before[0], before[1] + (kind == "accepted"))

    @rule(minutes=st.integers(1, 3))
    def wait(self, minutes: int) -> None:
        self.bench.now += minutes * 60
        self.learn(self.bench.service.expire(self.bench.now))

    @invariant()
    def notices_tell_what_asking_tells(self) -> None:
        lists = self.bench.accepted("get")
        asked = {"IN_PROGRESS": lists["inProgressJobs"], "QUEUED": lists["queuedJobs"]}
        shown = sorted(row["jobId"] for rows in asked.values() for row in rows)
        assert sorted(job for jobs in self.pending.values() for job in jobs) == shown
        first = self.bench.accepted("$next/get").get("execution")
        assert self.next == (None if first is None else (first["jobId"], first["executionNumber"]))

    def operate(self, call: str, **params: Any) -> None:
        try:
            self.bench.operate(call, **params)
        except ApiError as refused:
            assert refused.http_status < 500  # noqa: PT017
        self.learn(self.bench.published)
        self.bench.published.clear()

    def request(self, word: str, members: dict[str, Any]) -> str:
        reply, *notices = self.bench.raw(word, json.dumps(members).encode())
        self.learn(notices)
        return reply.topic.rpartition("/")[2]

    def learn(self, notices: list[Outgoing]) -> None:
        for notice in notices:
            if notice.topic == f"{ROOT}notify":
                jobs = notice.payload["jobs"]
                self.pending = {status: [row["jobId"] for row in rows] for status, rows in jobs.items()}
            else:
                execution = notice.payload.get("execution")
                self.next = None if execution is None else (execution["jobId"], execution["executionNumber"])

    def version(self, job: str, number: int | None = None) -> tuple[int, int] | None:
        """Execution number and version, the latest's or the numbered one's."""
        params: dict[str, Any] = {"jobId": job, "thingName": THING, "executionNumber": number}
        try:
            found = self.bench.operate("DescribeJobExecution", **params)["execution"]
        except ApiError:
            return None
        return found["executionNumber"], found["versionNumber"]


AnyOrder.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestAnyOrder = AnyOrder.TestCase

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
MEMBERS = st.sampled_from(
    [
        "clientToken",
        "executionNumber",
        "expectedVersion",
        "includeJobDocument",
        "includeJobExecutionState",
        "jobId",
        "status",
        "statusDetails",
        "stepTimeoutInMinutes",
        "thingName",
    ]
)
WORDS = st.sampled_from(
    ["get", "start-next", "$next/get", "a/get", "a/update", "$next/update", "/update", "x/y", "a/b/c"]
)


@settings(max_examples=200, deadline=None)
@given(word=WORDS, payload=st.dictionaries(MEMBERS, JSON).map(lambda one: json.dumps(one).encode()) | st.binary())
def test_every_request_is_answered_once_in_the_service_s_own_words(word: str, payload: bytes) -> None:
    bench = Bench()
    bench.queue("a")
    reply, *_ = bench.raw(word, payload)
    assert reply.to == CLIENT
    assert reply.topic in (f"{ROOT}{word}/accepted", f"{ROOT}{word}/rejected")
    assert isinstance(reply.payload["timestamp"], int)
    if reply.topic.endswith("rejected"):
        assert reply.payload["code"] in set(ErrorCode)
        assert reply.payload["message"]
    json.dumps(reply.payload)
