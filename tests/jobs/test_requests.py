"""What a device gets for each request, one row a rule; P is jobs-protocol.md, E is evidence.md."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rigs.jobs.switches import Switches
from tests.jobs.bench import NOON, UPDATE, Bench, busy

S = int(NOON)
SUMMARY = {"jobId": "job1", "queuedAt": S, "lastUpdatedAt": S, "executionNumber": 1, "versionNumber": 1}
QUEUED = {
    "jobId": "job1",
    "status": "QUEUED",
    "queuedAt": S,
    "lastUpdatedAt": S,
    "versionNumber": 1,
    "executionNumber": 1,
    "jobDocument": {"op": "succeed"},
}
STARTED = {
    "jobId": "job1",
    "status": "IN_PROGRESS",
    "statusDetails": {"a": "1"},
    "queuedAt": S,
    "startedAt": S + 5,
    "lastUpdatedAt": S + 5,
    "versionNumber": 2,
    "executionNumber": 1,
    "approximateSecondsBeforeTimedOut": 599,
    "jobDocument": {"op": "succeed"},
}
UNDOCUMENTED = {key: value for key, value in QUEUED.items() if key != "jobDocument"}

# name and clause, jobs queued, request, members, payload of accepted without the timestamp (key order counts)
ACCEPTED: list[tuple[str, list[str], str, dict[str, Any], dict[str, Any]]] = [
    ("both lists are there when empty P2.1", [], "get", {}, {"inProgressJobs": [], "queuedJobs": []}),
    ("pending jobs are listed P2.5", ["job1"], "get", {}, {"inProgressJobs": [], "queuedJobs": [SUMMARY]}),
    ("nothing pending, no execution P2.2", [], "start-next", {}, {}),
    ("nothing pending, no execution P2.3", [], "$next/get", {}, {}),
    ("the next one, no thingName P2.5", ["job1"], "$next/get", {}, {"execution": QUEUED}),
    ("by job id P2.3", ["job1", "job2"], "job1/get", {}, {"execution": QUEUED}),
    ("document declined P2.5", ["job1"], "job1/get", {"includeJobDocument": False}, {"execution": UNDOCUMENTED}),
    ("number as digits P2.4", ["job1"], "job1/get", {"executionNumber": "1"}, {"execution": QUEUED}),
    (
        "start-next begins it E2f",
        ["job1"],
        "start-next",
        {"statusDetails": {"a": "1"}, "stepTimeoutInMinutes": 10},
        {"execution": STARTED},
    ),
    ("end without start E1c", ["job1"], "job1/update", {"status": "SUCCEEDED"}, {}),
    ("rejected without start E1c", ["job1"], "job1/update", {"status": "REJECTED"}, {}),
    ("digits as version E1i", ["job1"], "job1/update", {"status": "FAILED", "expectedVersion": "1"}, {}),
    (
        "state after the update P2.4",
        ["job1"],
        "job1/update",
        {"status": "IN_PROGRESS", "statusDetails": {"p": "5"}, "includeJobExecutionState": True},
        {"executionState": {"status": "IN_PROGRESS", "statusDetails": {"p": "5"}, "versionNumber": 2}},
    ),
    (
        "document on request P2.4",
        ["job1"],
        "job1/update",
        {"status": "IN_PROGRESS", "includeJobDocument": True},
        {"jobDocument": {"op": "succeed"}},
    ),
    (
        "unknown members are ignored P2.4",
        ["job1"],
        "job1/update",
        {"status": "IN_PROGRESS", "thingName": "other", "jobId": 7, "colour": []},
        {},
    ),
    ("a null member counts as absent", ["job1"], "job1/update", {"status": "FAILED", "expectedVersion": None}, {}),
    ("newline in a detail E1e", ["job1"], "job1/update", {"status": "FAILED", "statusDetails": {"e": "a\n"}}, {}),
    ("1024 characters E1e", ["job1"], "job1/update", {"status": "FAILED", "statusDetails": {"e": "x" * 1024}}, {}),
    ("empty details P2.4", ["job1"], "job1/update", {"status": "IN_PROGRESS", "statusDetails": {}}, {}),
    (
        "step time-out with an end is ignored P10.8",
        ["job1"],
        "job1/update",
        {"status": "FAILED", "stepTimeoutInMinutes": 5},
        {},
    ),
]


@pytest.mark.parametrize(("name", "jobs", "word", "members", "wanted"), ACCEPTED, ids=[row[0] for row in ACCEPTED])
def test_accepted(name: str, jobs: list[str], word: str, members: dict[str, Any], wanted: dict[str, Any]) -> None:
    bench = Bench()
    bench.queue(*jobs)
    bench.now += 5.75
    payload = bench.accepted(word, **members)
    assert json.dumps(payload) == json.dumps({"timestamp": S + 5, **wanted})


STATE = {"status": "IN_PROGRESS", "statusDetails": {"p": "1"}, "versionNumber": 2}
DONE = {"status": "SUCCEEDED", "statusDetails": {"p": "1"}, "versionNumber": 3}


def value(shown: Any, member: str, constraint: str) -> str:
    return f"Value {shown} at '{member}' failed to satisfy constraint: {constraint}"


# name and clause, request, members, code, text (or its beginning), executionState.
# job1 is IN_PROGRESS at version 2 with the detail p=1 and no timer, done1 SUCCEEDED at version 3.
REJECTED: list[tuple[str, str, dict[str, Any], str, str, dict[str, Any] | None]] = [
    ("no status E1h", "job1/update", {}, "InvalidRequest", value("null", "status", "Member must not be null"), None),
    (
        "unknown status P10.11",
        "job1/update",
        {"status": "BANANA"},
        "InvalidRequest",
        "Value 'BANANA' at 'status'",
        None,
    ),
    ("status no string", "job1/update", {"status": 7}, "InvalidRequest", "Value '7' at 'status'", None),
    *[
        (
            f"{status} is not the device's E1g",
            "job1/update",
            {"status": status},
            "InvalidStateTransition",
            f"The status of job execution cannot be changed to be {status}",
            None,
        )
        for status in ("QUEUED", "CANCELED", "TIMED_OUT", "REMOVED")
    ],
    ("unknown job P3", "junk/update", UPDATE, "ResourceNotFound", "Job execution of job junk", None),
    ("unknown job P3", "junk/get", {}, "ResourceNotFound", "Job execution of job junk", None),
    ("unknown number P3", "job1/update", {**UPDATE, "executionNumber": 2}, "ResourceNotFound", "Job exec", None),
    (
        "stale version E1a",
        "job1/update",
        {"status": "SUCCEEDED", "expectedVersion": 99},
        "VersionMismatch",
        "Expected version 99 but found version 2",
        STATE,
    ),
    (
        "finished E1a",
        "done1/update",
        UPDATE,
        "InvalidStateTransition",
        "Job execution has already finished with status SUCCEEDED",
        DONE,
    ),
    ("the same end again P10.12", "done1/update", {"status": "SUCCEEDED"}, "InvalidStateTransition", "Job", DONE),
    (
        "stale and finished P10.13",
        "done1/update",
        {**UPDATE, "expectedVersion": 2},
        "VersionMismatch",
        "Expected version 2 but found version 3",
        DONE,
    ),
    (
        "describe a finished one E1h",
        "done1/get",
        {},
        "TerminalStateReached",
        "Job Execution has reached terminal state. It is neither IN_PROGRESS nor QUEUED",
        None,
    ),
    ("-1 without a step timer E1f", "job1/update", {**UPDATE, "stepTimeoutInMinutes": -1}, "InvalidRequest", "V", None),
    ("step 0 P10.8", "job1/update", {**UPDATE, "stepTimeoutInMinutes": 0}, "InvalidRequest", "Value '0' at 's", None),
    ("step 10081 P10.8", "job1/update", {**UPDATE, "stepTimeoutInMinutes": "10081"}, "InvalidRequest", "Value", None),
    ("-1 in start-next P2.2", "start-next", {"stepTimeoutInMinutes": -1}, "InvalidRequest", "Value '-1' at", None),
    ("$next in update P10.14", "$next/update", UPDATE, "InvalidRequest", "Value '$next' at 'jobId'", None),
    ("version no number P10.15", "job1/update", {**UPDATE, "expectedVersion": "two"}, "InvalidRequest", "Value", None),
    ("version a fraction P10.15", "job1/update", {**UPDATE, "expectedVersion": 2.0}, "InvalidRequest", "Value", None),
    ("version a boolean", "job1/update", {**UPDATE, "expectedVersion": True}, "InvalidRequest", "Value 'True'", None),
    ("flag no boolean", "job1/get", {"includeJobDocument": "yes"}, "InvalidRequest", "Value 'yes' at", None),
    ("token no string", "get", {"clientToken": 5}, "InvalidRequest", "Value '5' at 'clientToken'", None),
    ("details no map", "job1/update", {**UPDATE, "statusDetails": ["a"]}, "InvalidRequest", "Value", None),
    ("detail a number P10", "job1/update", {**UPDATE, "statusDetails": {"a": 1}}, "InvalidRequest", "Value '1'", None),
    ("detail empty P2.4", "job1/update", {**UPDATE, "statusDetails": {"a": ""}}, "InvalidRequest", "Value", None),
    ("1025 characters", "job1/update", {**UPDATE, "statusDetails": {"a": "x" * 1025}}, "InvalidRequest", "Val", None),
    ("control character", "job1/update", {**UPDATE, "statusDetails": {"a": "\a"}}, "InvalidRequest", "Value", None),
    ("detail key", "job1/update", {**UPDATE, "statusDetails": {"a b": "x"}}, "InvalidRequest", "Value 'a b'", None),
    (
        "11 pairs P10.7",
        "job1/update",
        {**UPDATE, "statusDetails": {f"k{n}": "v" for n in range(11)}},
        "InvalidRequest",
        "Value '11 pairs'",
        None,
    ),
]


@pytest.mark.parametrize(("name", "word", "members", "code", "text", "state"), REJECTED, ids=[r[0] for r in REJECTED])
def test_rejected(name: str, word: str, members: dict[str, Any], code: str, text: str, state: Any) -> None:
    bench = busy()
    token = {} if "clientToken" in members else {"clientToken": "tok-1"}
    payload = bench.rejected(word, **token, **members)
    told = {**token, "timestamp": S, "code": code, "message": payload["message"]}
    assert list(payload.items()) == [*told.items(), *([("executionState", state)] if state else [])]
    assert payload["message"].startswith(text)
    assert (bench.state("job1"), bench.state("done1")) == (("IN_PROGRESS", 2), ("SUCCEEDED", 3))
    assert bench.told() == []


@pytest.mark.parametrize(
    ("switches", "members", "code"),
    [
        (Switches(version_before_state=False), {"status": "FAILED", "expectedVersion": 2}, "InvalidStateTransition"),
        (Switches(foreign_status="InvalidRequest"), {"status": "REMOVED"}, "InvalidRequest"),
    ],
)
def test_switched_refusals_of_a_finished_execution(switches: Switches, members: dict[str, Any], code: str) -> None:
    assert busy(switches).rejected("done1/update", **members)["code"] == code


def test_same_end_again_can_be_accepted_without_a_version() -> None:
    bench = busy(Switches(same_end_again="accepted"))
    bench.accepted("done1/update", status="SUCCEEDED", expectedVersion=2)
    assert bench.state("done1") == ("SUCCEEDED", 3)


def test_rejecting_work_in_progress_is_allowed_unless_switched_off() -> None:
    busy().accepted("job1/update", status="REJECTED")
    refused = busy(Switches(rejected_from_in_progress=False)).rejected("job1/update", status="REJECTED")
    assert (refused["code"], refused["executionState"]) == ("InvalidStateTransition", STATE)


def test_numbers_as_details_can_be_stored() -> None:
    bench = busy(Switches(detail_scalars="stored"))
    payload = bench.accepted(
        "job1/update", status="IN_PROGRESS", statusDetails={"n": 1.5, "b": True}, includeJobExecutionState=True
    )
    assert payload["executionState"]["statusDetails"] == {"n": "1.5", "b": "true"}
