"""The service against a second reading of its rules, by random operations of devices, the operator and the clock."""

from __future__ import annotations

import ast
import inspect
import io
import json
import tokenize
from collections.abc import Callable, Mapping
from functools import partial
from math import inf
from types import ModuleType
from typing import Any, TypeAlias, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from rigs.jobs.outgoing import Outgoing
from rigs.jobs.refusals import ApiError
from tests.jobs import jobreading, runreading
from tests.jobs.bench import CLIENT, THING, Bench
from tests.jobs.jobreading import GROUP, Job, Reading
from tests.jobs.runreading import NOTHING, OK, Run, Runs

THINGS = (THING, "bench-8")
ARNS = {name: f"arn:aws:iot:x:0:thing/{name}" for name in THINGS} | {GROUP: f"arn:aws:iot:x:0:thinggroup/{GROUP}"}
Notice: TypeAlias = tuple[str, list[Any]]
Notices: TypeAlias = dict[str, list[Notice]]
Said = TypeVar("Said")

JOB = st.sampled_from(["a", "b", "c"])
PENDING = st.sampled_from([0, 0, 1])  # a place in the thing's list of pending executions
THE_THING = st.sampled_from([*THINGS, THING])
STATUS = st.sampled_from(["IN_PROGRESS"] * 5 + ["SUCCEEDED", "REJECTED"] + ["FAILED"] * 2)
DETAILS = st.sampled_from([None, {}, {"p": "1"}, {"q": "2", "r": "3"}])
STEP = st.sampled_from([None, None, 1, 2, 3])
CHANGED = STEP | st.just(-1)
NUMBER = st.sampled_from([None, None, 1, 2, 3])
AHEAD = st.sampled_from([None, None, 0, 0, -1, 1])  # how far expectedVersion is from the version; None: not sent
RETRIES = st.sampled_from([{}, {"FAILED": 1}, {"TIMED_OUT": 2}, {"FAILED": 1, "TIMED_OUT": 1}, {"ALL": 2}])
MINUTES = st.sampled_from([None, 1, 2, 3])
SELDOM = st.sampled_from([False, False, True])
TARGETS = st.sets(st.sampled_from(sorted(ARNS)), min_size=1)


class TwoReadings(RuleBasedStateMachine):
    """Each operation is done by the service and by the model; what they say, keep and publish has to be the same."""

    def __init__(self) -> None:
        super().__init__()
        self.bench, self.reading = Bench(), Reading(*THINGS)
        self.bench.operate("CreateThing", thingName=THINGS[1])
        self.bench.operate("CreateThingGroup", thingGroupName=GROUP)
        self.believed: dict[str, dict[str, list[Any]]] = {thing: {"notify": [], "notify-next": []} for thing in THINGS}

    @rule(thing=THE_THING, details=DETAILS, step=STEP)
    def start_next(self, thing: str, details: dict[str, str] | None, step: int | None) -> None:
        members = {"statusDetails": details, "stepTimeoutInMinutes": step}
        self.ask(thing, "start-next", members, lambda: (OK, self.reading.start_next(thing, details, step)))

    @rule(thing=THE_THING, place=PENDING, status=STATUS, ahead=AHEAD, details=DETAILS, step=STEP)
    def report(
        self, thing: str, place: int, status: str, ahead: int | None, details: dict[str, str] | None, step: int | None
    ) -> None:
        for run in self.reading.pending(thing)[place : place + 1]:
            self.update(thing, run.job, status, ahead, None, details, step)

    @rule(thing=THE_THING, job=JOB, status=STATUS, ahead=AHEAD, number=NUMBER, details=DETAILS, step=CHANGED)
    def update(
        self, thing: str, job: str, status: str, ahead: int | None, number: int | None,
        details: dict[str, str] | None, step: int | None,
    ) -> None:  # fmt: skip
        run = self.reading.find(thing, job, number)
        version = None if ahead is None else run.version + ahead
        members = {
            "status": status,
            "expectedVersion": version,
            "executionNumber": number,
            "statusDetails": details,
            "stepTimeoutInMinutes": step,
            "includeJobExecutionState": True,
        }

        def said() -> tuple[str, Run]:
            return self.reading.update(run, status, version, details, step, force=True), run

        self.ask(thing, f"{job}/update", members, said)

    @initialize(aims=TARGETS, continuous=st.booleans(), minutes=MINUTES, retries=RETRIES)
    def begin(self, aims: set[str], continuous: bool, minutes: int | None, retries: dict[str, int]) -> None:
        self.create("a", aims, continuous, minutes, retries)
        self.create("b", {THING}, False, None, {})

    @rule(job=JOB, aims=TARGETS, continuous=st.booleans(), minutes=MINUTES, retries=RETRIES)
    def create(self, job: str, aims: set[str], continuous: bool, minutes: int | None, retries: dict[str, int]) -> None:
        criteria = [{"failureType": end, "numberOfRetries": times} for end, times in retries.items()]
        params: dict[str, Any] = {
            "targets": [ARNS[name] for name in sorted(aims)],
            "targetSelection": "CONTINUOUS" if continuous else "SNAPSHOT",
            "document": "{}",
            **({"timeoutConfig": {"inProgressTimeoutInMinutes": minutes}} if minutes else {}),
            **({"jobExecutionsRetryConfig": {"criteriaList": criteria}} if criteria else {}),
        }
        made = Job(set(aims), continuous, minutes or inf, retries)
        self.operate("CreateJob", {"jobId": job, **params}, lambda: self.reading.create(job, made))

    @rule(job=JOB, force=SELDOM)
    def cancel_job(self, job: str, force: bool) -> None:
        self.operate("CancelJob", {"jobId": job, "force": force}, lambda: self.reading.cancel_job(job, force))

    @rule(job=JOB, force=SELDOM)
    def delete_job(self, job: str, force: bool) -> None:
        self.operate("DeleteJob", {"jobId": job, "force": force}, lambda: self.reading.delete_job(job, force))

    @rule(thing=THE_THING, job=JOB, force=SELDOM, ahead=AHEAD, details=DETAILS)
    def cancel(self, thing: str, job: str, force: bool, ahead: int | None, details: dict[str, str] | None) -> None:
        run = self.reading.find(thing, job)
        version = None if ahead is None else run.version + ahead
        members = {"expectedVersion": version, "statusDetails": details}
        params = {"jobId": job, "thingName": thing, "force": force, **given(members)}
        said = lambda: self.reading.update(run, "CANCELED", version, details, None, force)  # noqa: E731
        self.operate("CancelJobExecution", params, said)

    @rule(thing=THE_THING, job=JOB, number=st.sampled_from([1, 1, 2, 3]), force=SELDOM)
    def delete(self, thing: str, job: str, number: int, force: bool) -> None:
        params = {"jobId": job, "thingName": thing, "executionNumber": number, "force": force}
        said = lambda: self.reading.delete(self.reading.find(thing, job, number), force)  # noqa: E731
        self.operate("DeleteJobExecution", params, said)

    @rule(thing=THE_THING, call=st.sampled_from(["AddThingToThingGroup", "RemoveThingFromThingGroup"]))
    def regroup(self, thing: str, call: str) -> None:
        members = self.reading.members
        change = members.add if call.startswith("Add") else members.discard
        names = {"thingGroupName": GROUP, "thingName": thing}
        self.operate(call, names, lambda: self.reading.retarget(lambda: change(thing)))

    @rule(minutes=st.integers(1, 3))
    def wait(self, minutes: int) -> None:
        self.bench.now += minutes * 60
        self.reading.now += minutes
        wanted: Notices = {thing: [] for thing in THINGS}
        for run in self.reading.due():
            _, told = self.foretell(partial(self.reading.shift, run, "TIMED_OUT"))
            wanted = {name: rows + told[name] for name, rows in wanted.items()}
        self.compare(self.bench.service.expire(self.bench.now), wanted)

    @invariant()
    def executions_are_the_same(self) -> None:
        for thing in THINGS:
            runs = [run for run in self.reading.runs if run.thing == thing]
            rows = self.bench.operate("ListJobExecutionsForThing", thingName=thing)["executionSummaries"]
            keys = [(row["jobId"], row["jobExecutionSummary"]["executionNumber"]) for row in rows]
            assert sorted(keys) == sorted((run.job, run.number) for run in runs)
            for run in runs:
                names = {"jobId": run.job, "thingName": thing, "executionNumber": run.number}
                found = self.bench.operate("DescribeJobExecution", **names)["execution"]
                told = found["status"], found["versionNumber"], found.get("statusDetails", {}).get("detailsMap", {})
                assert told == (run.status, run.version, run.details), run

    @invariant()
    def jobs_are_the_same(self) -> None:
        for name in self.reading.jobs:
            assert self.bench.operate("DescribeJob", jobId=name)["job"]["status"] == self.reading.status(name), name

    @invariant()
    def lists_are_the_same_and_the_notices_told_them(self) -> None:
        for thing in THINGS:
            pending = self.reading.pending(thing)
            _, lists, _ = self.request(thing, "get", {})
            assert summaries({"IN_PROGRESS": lists["inProgressJobs"], "QUEUED": lists["queuedJobs"]}) == listed(pending)
            assert self.believed[thing] == {
                "notify": sorted((run.job, run.number) for run in pending),
                "notify-next": [(run.job, run.number) for run in pending[:1]],
            }

    def ask(self, thing: str, word: str, members: Mapping[str, Any], said: Callable[[], tuple[str, Run]]) -> None:
        """A device's request: the same code, the same execution shown, the same notices."""
        (code, run), wanted = self.foretell(said)
        told, reply, notices = self.request(thing, word, members)
        assert told == code, reply
        if "executionState" in reply:
            assert stated(reply["executionState"]) == (run.status, run.version, run.details)
        if "executionState" not in reply and code == OK:
            assert shown(reply.get("execution")) == expected(run, self.reading.now)
        self.compare(notices, wanted)

    def operate(self, call: str, params: Mapping[str, Any], said: Callable[[], str]) -> None:
        """An operator's call: the same refusal, the same notices."""
        code, wanted = self.foretell(said)
        told, notices = OK, list[Outgoing]()
        try:
            _, notices = self.bench.service.operations.by_name[call](params, self.bench.now)
        except ApiError as refused:
            told = refused.code.removesuffix("Exception")
        assert told == code
        self.compare(notices, wanted)

    def request(self, thing: str, word: str, members: Mapping[str, Any]) -> tuple[str, dict[str, Any], list[Outgoing]]:
        """`accepted` or the code, the reply, and the notices that followed it."""
        topic = f"$aws/things/{thing}/jobs/{word}"
        answered = self.bench.service.handle(CLIENT, topic, json.dumps(given(members)).encode(), self.bench.now)
        assert answered
        reply, *notices = answered
        assert reply.topic in (f"{topic}/accepted", f"{topic}/rejected")
        assert not any(notice.to for notice in notices)
        return reply.payload.get("code", OK), reply.payload, notices

    def foretell(self, said: Callable[[], Said]) -> tuple[Said, Notices]:
        """What the model says, and the notices that its change of the pending executions makes."""
        before = {thing: listed(self.reading.pending(thing)) for thing in THINGS}
        result = said()
        return result, {thing: notices_of(self.reading, thing, former) for thing, former in before.items()}

    def compare(self, published: list[Outgoing], wanted: Notices) -> None:
        """The same notices in the same order for each thing; they are believed."""
        found: Notices = {thing: [] for thing in THINGS}
        for notice in published:
            _, _, thing, _, word = notice.topic.split("/")
            found[thing].append((word, told(word, notice.payload)))
        assert found == wanted
        for thing, notices in found.items():
            for word, payload in notices:
                self.believed[thing][word] = sorted(row[:2] for row in payload if row)


def notices_of(reading: Runs, thing: str, former: list[Any]) -> list[Notice]:
    """What a change of the pending executions publishes: notify, then notify-next (jobs-protocol §5)."""
    pending = reading.pending(thing)
    old, new = [row[:2] for row in former], [(run.job, run.number) for run in pending]
    row = expected(pending[0], reading.now) if pending else None
    notify: list[Notice] = [("notify", listed(pending))] if set(new) != set(old) else []
    return [*notify, ("notify-next", [row])] if new[:1] != old[:1] else notify


def told(word: str, payload: Mapping[str, Any]) -> list[Any]:
    """What a notice shows."""
    return summaries(payload["jobs"]) if word == "notify" else [shown(payload.get("execution"))]


def listed(pending: list[Run]) -> list[Any]:
    """What lists of pending executions have to show, in their order."""
    return [(run.job, run.number, run.status, run.version) for run in pending]


def summaries(lists: Mapping[str, Any]) -> list[Any]:
    """What they show."""
    return [
        (row["jobId"], row["executionNumber"], status, row["versionNumber"])
        for status in ("IN_PROGRESS", "QUEUED")
        for row in lists.get(status, [])
    ]


def expected(run: Run, now: float) -> tuple[Any, ...] | None:
    """What a message with this execution has to show."""
    left = min(run.bound, run.step) - now
    seconds = (
        max(0, left * 60 - 1) if left < inf else None
    )  # 599 right after a step of 10 minutes (evidence.md Part 2 f)
    return None if run is NOTHING else (run.job, run.number, run.status, run.version, run.details, seconds)


def shown(execution: Mapping[str, Any] | None) -> tuple[Any, ...] | None:
    """What it shows."""
    if execution is None:
        return None
    left = execution.get("approximateSecondsBeforeTimedOut")
    return (execution["jobId"], execution["executionNumber"], *stated(execution), left)


def stated(state: Mapping[str, Any]) -> tuple[str, int, dict[str, str]]:
    """Status, version and details of an execution."""
    return state["status"], state["versionNumber"], state.get("statusDetails", {})


def given(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members that are not None: what is not given is not sent."""
    return {key: value for key, value in members.items() if value is not None}


MANY = 5 * settings().max_examples  # the profile's
TwoReadings.TestCase.settings = settings(max_examples=MANY, stateful_step_count=40, deadline=None)
TestTwoReadings = TwoReadings.TestCase


SPACING = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


@pytest.mark.parametrize("model", [runreading, jobreading])
def test_a_model_can_be_read_at_once(model: ModuleType) -> None:
    """At most 60 lines of code; blank lines, comments and docstrings are free."""
    text = inspect.getsource(model)
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    code = {n for one in tokens if one.type not in SPACING for n in range(one.start[0], one.end[0] + 1)}
    texts = [one.value for one in ast.walk(ast.parse(text)) if isinstance(one, ast.Expr)]
    free = {n for one in texts if isinstance(one, ast.Constant) for n in range(one.lineno, (one.end_lineno or 0) + 1)}
    assert len(code - free) <= 60
