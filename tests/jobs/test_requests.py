"""What a device gets for each request, one row a rule; P is jobs-protocol.md, E is evidence.md."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rigs.jobs.model import Operation
from rigs.jobs.refusals import ApiError
from rigs.jobs.switches import Switches
from tests.jobs.bench import CLIENT, NOON, ROOT, THING, Bench

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
UPDATE = {"status": "IN_PROGRESS"}


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


def busy(switches: Switches | None = None) -> Bench:
    """job1 IN_PROGRESS at version 2, done1 SUCCEEDED at version 3."""
    bench = Bench(switches)
    bench.queue("done1", "job1")
    for job in ("done1", "job1"):
        bench.accepted(f"{job}/update", status="IN_PROGRESS", statusDetails={"p": "1"})
    bench.accepted("done1/update", status="SUCCEEDED")
    bench.told()
    return bench


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


def test_reply_goes_to_the_requesting_client_only_and_first() -> None:
    """E2a; P5: accepted, then notify, then notify-next."""
    bench = Bench()
    bench.queue("job1")
    sent = bench.raw("job1/update", b'{"status":"SUCCEEDED"}')
    assert [(one.topic.removeprefix(ROOT), one.to) for one in sent] == [
        ("job1/update/accepted", CLIENT),
        ("notify", None),
        ("notify-next", None),
    ]


@pytest.mark.parametrize("token", ["", "tok", "ü" * 300])
def test_token_is_echoed_verbatim(token: str) -> None:
    """P2, E1i: also the empty one; first in the reply."""
    assert next(iter(Bench().accepted("get", clientToken=token).items())) == ("clientToken", token)


@pytest.mark.parametrize("payload", [b"{", b"\xff\xfe", b"nonsense", b'{"a": NaN}', b"[" * 20_000])
def test_invalid_json(payload: bytes) -> None:
    """P3, P10.20: no token can be echoed; the refusal comes on the request's own topic."""
    (sent,) = Bench().raw("job1/update", payload)
    assert sent.topic == f"{ROOT}job1/update/rejected"
    assert sent.payload["code"] == "InvalidJson"
    assert "clientToken" not in sent.payload


def test_json_that_is_no_object_is_an_invalid_request() -> None:
    assert Bench().raw("get", b"[]")[0].payload["code"] == "InvalidRequest"


@pytest.mark.parametrize("word", ["get", "start-next", "$next/get"])
def test_empty_payload_is_an_empty_object(word: str) -> None:
    """P2.1, E2a: two field devices send nothing at all."""
    assert Bench().raw(word, b"") == Bench().raw(word, b"{}")


def test_topics_that_are_no_request() -> None:
    service = Bench().service
    assert service.handle(CLIENT, "sensors/7", b"", NOON) is None
    assert service.handle(CLIENT, f"$aws/things/{THING}/shadow/get", b"", NOON) is None
    for word in ("notify", "notify-next", "get/accepted", "job1/update/rejected"):
        assert service.handle(CLIENT, ROOT + word, b"{}", NOON) == []


def test_topic_without_an_operation() -> None:
    """P3: InvalidTopic; where it is answered is undocumented (P10.20), so it can be switched off."""
    (sent,) = Bench().raw("job1/delete", b"{}")
    assert (sent.topic, sent.payload["code"], sent.to) == (f"{ROOT}job1/delete/rejected", "InvalidTopic", CLIENT)
    assert Bench(Switches(unknown_topic="silent")).raw("job1/delete", b"{}") == []


def test_start_next_returns_work_in_progress_unchanged() -> None:
    """P2.2, E1d: the same execution, details and version untouched."""
    bench = Bench()
    bench.queue("job1", "job2")
    first = bench.accepted("start-next", statusDetails={"a": "1"})["execution"]
    bench.now += 60
    again = bench.accepted("start-next", statusDetails={"b": "2"}, stepTimeoutInMinutes=5)["execution"]
    assert again == first


def test_start_next_takes_the_oldest_unless_another_is_in_progress() -> None:
    bench = Bench()
    bench.queue("job1", "job2", "job3")
    bench.accepted("job2/update", status="IN_PROGRESS")
    assert bench.accepted("start-next")["execution"]["jobId"] == "job2"
    bench.accepted("job2/update", status="SUCCEEDED")
    assert bench.accepted("start-next")["execution"]["jobId"] == "job1"


def test_in_progress_jobs_are_listed_apart() -> None:
    """E2 d2."""
    bench = Bench()
    bench.queue("job1", "job2")
    bench.accepted("start-next")
    lists = bench.accepted("get")
    assert [[row["jobId"] for row in lists[key]] for key in ("inProgressJobs", "queuedJobs")] == [["job1"], ["job2"]]
    assert lists["inProgressJobs"][0]["startedAt"] == S


def test_lists_are_capped() -> None:
    """P10.16: ten by default, fifteen by switch; start-next still finds the oldest."""
    for cap in (10, 15):
        bench = Bench(Switches(pending_cap=cap))
        bench.queue(*(f"job{n}" for n in range(20)))
        assert [row["jobId"] for row in bench.accepted("get")["queuedJobs"]] == [f"job{n}" for n in range(cap)]


def test_details_are_replaced_whole_and_kept_when_absent() -> None:
    """E1e."""
    bench = busy()
    for members, wanted in (
        ({"statusDetails": {"q": "2"}}, {"q": "2"}),
        ({}, {"q": "2"}),
        ({"statusDetails": {}}, None),
    ):
        state = bench.accepted("job1/update", status="IN_PROGRESS", includeJobExecutionState=True, **members)
        assert state["executionState"].get("statusDetails") == wanted


def test_version_counts_every_accepted_update_and_no_refused_one() -> None:
    """E1d: 1 queued, 2 started, then one more for each accepted update, also an unchanged one."""
    bench = Bench()
    bench.queue("job1")
    seen = [bench.state()[1]]
    for status in ("IN_PROGRESS", "IN_PROGRESS", "BANANA", "IN_PROGRESS", "SUCCEEDED", "FAILED"):
        bench.ask("job1/update", status=status)
        seen.append(bench.state()[1])
    assert seen == [1, 2, 3, 3, 4, 5, 5]


def test_failing_without_a_start_sets_both_times() -> None:
    """E1c: startedAt = lastUpdatedAt; rejecting from QUEUED sets no startedAt (P2.5)."""
    bench = Bench()
    bench.queue("job1", "job2")
    bench.now += 30
    bench.accepted("job1/update", status="FAILED")
    bench.accepted("job2/update", status="REJECTED")
    shown = [bench.operate("DescribeJobExecution", jobId=job, thingName=THING)["execution"] for job in ("job1", "job2")]
    assert (shown[0]["startedAt"], shown[0]["lastUpdatedAt"]) == (NOON + 30, NOON + 30)
    assert "startedAt" not in shown[1]


def test_presigned_urls_differ_between_deliveries() -> None:
    """P2.5: replaced at each delivery; the rest of the document stays."""
    bench = Bench()
    bench.queue("job1", document={"url": "${aws:iot:s3-presigned-url:https://host/fw.bin}", "n": 1})
    first, second = (bench.accepted("job1/get")["execution"]["jobDocument"] for _ in range(2))
    assert first["url"] != second["url"]
    assert {one["url"].partition("?")[0] for one in (first, second)} == {"https://host/fw.bin"}
    assert (first["n"], second["n"]) == (1, 1)


# a switch, a request on job1 (IN_PROGRESS at version 2), and the code of its refusal or None
SWITCHED: list[tuple[Switches, str, dict[str, Any], str | None]] = [
    (Switches(step_out_of_range="ignored"), "job1/update", {**UPDATE, "stepTimeoutInMinutes": 0}, None),
    (Switches(step_out_of_range="ignored"), "start-next", {"stepTimeoutInMinutes": 10081}, None),
    (Switches(update_next="InvalidTopic"), "$next/update", UPDATE, "InvalidTopic"),
    (Switches(detail_controls=""), "job1/update", {**UPDATE, "statusDetails": {"a": "b\n"}}, "InvalidRequest"),
    (Switches(detail_controls="\t"), "job1/update", {**UPDATE, "statusDetails": {"a": "b\t"}}, None),
    (Switches(detail_pairs=1), "job1/update", {**UPDATE, "statusDetails": {"a": "b", "c": "d"}}, "InvalidRequest"),
    (Switches(detail_length=128), "job1/update", {**UPDATE, "statusDetails": {"a": "b" * 129}}, "InvalidRequest"),
]


@pytest.mark.parametrize(("switches", "word", "members", "code"), SWITCHED)
def test_switched(switches: Switches, word: str, members: dict[str, Any], code: str | None) -> None:
    kind, payload = busy(switches).ask(word, **members)
    assert (kind, payload.get("code")) == ("rejected" if code else "accepted", code)


@pytest.mark.parametrize(("counts", "version"), [(True, 3), (False, 2)])
def test_whether_a_cancel_counts_can_be_switched(counts: bool, version: int) -> None:
    bench = busy(Switches(cancel_counts=counts))
    bench.operate("CancelJob", jobId="job1", force=True)
    assert bench.state("job1") == ("CANCELED", version)


@pytest.mark.parametrize("name", ["InvalidRequestException", "InvalidStateTransitionException"])
def test_version_mismatch_over_http_can_be_switched(name: Any) -> None:
    """P10.22."""
    service = busy(Switches(http_mismatch=name)).service
    with pytest.raises(ApiError, match=f"{name}: Expected version 9 but found version 2"):
        service.handle_http(Operation.UPDATE, THING, "job1", {**UPDATE, "expectedVersion": 9}, NOON)
