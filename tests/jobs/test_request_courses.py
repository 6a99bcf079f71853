"""The courses that requests take: replies, lists, versions, and what switches change (jobs-protocol §2–§4)."""

from __future__ import annotations

from typing import Any

import pytest

from rigs.jobs.model import Operation
from rigs.jobs.refusals import ApiError
from rigs.jobs.switches import Switches
from tests.jobs.bench import CLIENT, NOON, ROOT, THING, UPDATE, Bench, busy

S = int(NOON)


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
