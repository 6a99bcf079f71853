"""I1–I5, I10 and I14: what one request looks like."""

from typing import Any

import pytest

from rigs.jobs.model import Operation
from rigs.rules.base import Finding
from rigs.rules.judge import judged
from rigs.trace.tape import Tape


def given(*jobs: str) -> Tape:
    """A device that was told of some jobs."""
    tape = Tape()
    tape.connect()
    for job in jobs or ("A",):
        tape.notify_next(job)
    return tape


def found(tape: Tape, rule: str) -> list[Finding]:
    return [finding for finding in judged(tape.records, thing="bench-7").findings if finding.rule == rule]


def severities(tape: Tape, rule: str) -> list[str]:
    return [finding.severity for finding in found(tape, rule)]


@pytest.mark.parametrize(
    "body",
    [
        b"{not json",
        [1, 2],
        {},
        {"status": "IN_PROGRESS", "expectedVersion": "two"},
        {"status": "IN_PROGRESS", "expectedVersion": True},
        {"status": "IN_PROGRESS", "executionNumber": 1.5},
        {"status": "IN_PROGRESS", "includeJobDocument": "true"},
        {"status": "IN_PROGRESS", "clientToken": 7},
        {"status": 3},
    ],
)
def test_i1_wrong_json_and_wrong_types_are_violations(body: Any) -> None:
    tape = given()
    sent = tape.up(tape.topic(Operation.UPDATE, job="A"), body)
    [finding] = found(tape, "I1")
    assert (finding.severity, finding.proof) == ("violation", [sent])


@pytest.mark.parametrize(
    "members",
    [{"expectedVersion": "2", "executionNumber": "1"}, {"statusDetails": {}}, {"stepTimeoutInMinutes": "10"}],
)
def test_i1_digit_strings_are_numbers(members: dict[str, Any]) -> None:
    tape = given()
    tape.update("A", "IN_PROGRESS", **members)
    assert not found(tape, "I1")


@pytest.mark.parametrize("operation", [Operation.GET, Operation.START_NEXT])
def test_i1_an_empty_payload_counts_as_an_empty_object(operation: Operation) -> None:
    tape = given()
    tape.up(tape.topic(operation), b"")
    assert not found(tape, "I1")


def test_i1_members_that_aws_does_not_know_are_one_remark_each() -> None:
    tape = given()
    for _ in range(3):
        tape.update("A", "IN_PROGRESS", thingName="bench-7", jobId="A")
    assert severities(tape, "I1") == ["remark", "remark"]


@pytest.mark.parametrize(
    "topic",
    [
        "$aws/things/bench-7/jobs//update",
        "$aws/things/bench-7/jobs/$next/update",
        "$aws/things/bench-8/jobs/A/update",
        "$aws/things/bench-7/jobs/never-given/update",
        "$aws/things/bench-7/jobs/never-given/get",
        "$aws/things/bench-7/jobs/A/update/accepted",
        "$aws/things/bench-7/jobs/A/finish",
    ],
)
def test_i2_wrong_topics_are_violations(topic: str) -> None:
    tape = given("A")
    sent = tape.up(topic, {"status": "SUCCEEDED"})
    [finding] = found(tape, "I2")
    assert (finding.severity, finding.proof) == ("violation", [sent])


def test_i2_next_may_be_looked_up_and_other_topics_are_free() -> None:
    tape = given("A")
    tape.up("$aws/things/bench-7/jobs/$next/get", {})
    tape.up("$aws/things/bench-7/jobs/A/get", {})
    tape.up("$aws/things/bench-8/shadow/update", {})
    tape.up("$aws/things/bench-7/jobs/thing-1/namespace-aws-gg-deployment/update", {})
    assert not found(tape, "I2")


def test_i2_a_job_is_given_by_a_list_by_the_tap_and_by_broken_json() -> None:
    tape = given("A")
    tape.up(tape.topic(Operation.GET), {})
    tape.down("$aws/things/bench-7/jobs/get/accepted", {"inProgressJobs": [], "queuedJobs": [{"jobId": "B"}]})
    tape.down("$aws/things/bench-7/jobs/notify", {"jobs": {"QUEUED": [{"jobId": "C"}]}})
    tape.notify_next("D", by="insert")
    tape.down("$aws/things/bench-7/jobs/notify-next", b'{"execution":{"jobId":"E","jobDocum', by="insert")
    for job in "BCDE":
        tape.up(tape.topic(Operation.DESCRIBE, job=job), {})
    assert not found(tape, "I2")


def test_i2_a_notification_that_was_lost_gave_nothing() -> None:
    tape = given("A")
    tape.notify_next("B", lost=True)
    tape.update("B", "SUCCEEDED")
    assert severities(tape, "I2") == ["violation"]


def test_i2_a_job_from_before_the_trace_is_a_remark_once() -> None:
    tape = Tape()
    tape.connect()
    tape.update("old", "SUCCEEDED")
    tape.notify_next("A")
    tape.update("old", "SUCCEEDED")
    assert severities(tape, "I2") == ["remark"]


@pytest.mark.parametrize("status", ["CANCELED", "TIMED_OUT", "QUEUED", "succeeded", "DONE"])
def test_i3_a_status_that_no_device_may_report(status: str) -> None:
    tape = given()
    tape.update("A", status)
    assert severities(tape, "I3") == ["violation"]


@pytest.mark.parametrize("status", ["IN_PROGRESS", "SUCCEEDED", "FAILED", "REJECTED"])
def test_i3_the_four_statuses_of_a_device(status: str) -> None:
    tape = given()
    tape.update("A", status)
    assert not judged(tape.records).violations


@pytest.mark.parametrize(
    "members",
    [
        {"expectedVersion": None},
        {"expectedVersion": ""},
        {"statusDetails": None},
        {"statusDetails": "done"},
        {"statusDetails": {"step": None}},
        {"statusDetails": {"step": ""}},
        {"statusDetails": {"step": {"name": "copy"}}},
        {"statusDetails": {"two words": "x"}},
        {"statusDetails": {"k" * 129: "x"}},
        {"statusDetails": {"log": "x" * 1025}},
    ],
)
def test_i4_null_empty_nested_and_long_are_violations(members: dict[str, Any]) -> None:
    tape = given()
    tape.update("A", "FAILED", **members)
    assert [finding.rule for finding in judged(tape.records).violations] == ["I4"]


@pytest.mark.parametrize("details", [{"uptime": 1.07}, {"ok": True}, {"out": "a\tb"}])
def test_i4_what_aws_leaves_open_is_a_remark(details: dict[str, Any]) -> None:
    tape = given()
    tape.update("A", "SUCCEEDED", statusDetails=details)
    assert severities(tape, "I4") == ["remark"]


def test_i4_an_empty_token_is_a_remark() -> None:
    tape = given()
    tape.update("A", "SUCCEEDED", clientToken="")
    assert severities(tape, "I4") == ["remark"]


@pytest.mark.parametrize("details", [{}, {"step": "x" * 1024}, {"out": "1\n2\n3\n"}, {"k" * 128: "grün"}])
def test_i4_details_that_are_right(details: dict[str, Any]) -> None:
    tape = given()
    tape.update("A", "SUCCEEDED", statusDetails=details)
    assert not found(tape, "I4")


def test_i5_two_different_requests_under_one_token_are_a_remark() -> None:
    tape = given("A", "B")
    first = tape.update("A", "IN_PROGRESS", clientToken="t")
    second = tape.update("B", "IN_PROGRESS", clientToken="t")
    [finding] = found(tape, "I5")
    assert (finding.severity, finding.proof) == ("remark", [first, second])


def test_i5_a_start_and_an_end_under_one_token_are_a_remark() -> None:
    tape = given()
    tape.up(tape.topic(Operation.START_NEXT), {"clientToken": "bench-7"})
    tape.update("A", "SUCCEEDED", clientToken="bench-7")
    assert severities(tape, "I5") == ["remark"]


def test_i5_a_repeat_may_keep_its_token() -> None:
    tape = given()
    tape.update("A", "SUCCEEDED", clientToken="t")
    tape.wait(5).update("A", "SUCCEEDED", clientToken="t", statusDetails={"try": "2"})
    assert not found(tape, "I5")


def test_i5_a_constant_token_is_free_once_the_answer_came_or_the_link_went() -> None:
    tape = given("A", "B")
    tape.update("A", "SUCCEEDED", clientToken="t")
    tape.accept("A", clientToken="t")
    tape.update("B", "IN_PROGRESS", clientToken="t")
    tape.close()
    tape.connect()
    tape.update("B", "SUCCEEDED", clientToken="t")
    assert not found(tape, "I5")


@pytest.mark.parametrize("minutes", [0, 10081, -2, "0"])
def test_i10_a_step_time_out_of_range(minutes: Any) -> None:
    tape = given()
    tape.update("A", "IN_PROGRESS", stepTimeoutInMinutes=minutes)
    assert severities(tape, "I10") == ["violation"]


def test_i10_minus_one_is_for_updates_only() -> None:
    tape = given()
    tape.up(tape.topic(Operation.START_NEXT), {"stepTimeoutInMinutes": -1})
    tape.update("A", "IN_PROGRESS", stepTimeoutInMinutes=-1)
    [finding] = found(tape, "I10")
    assert "StartNextPendingJobExecution" in finding.text


@pytest.mark.parametrize("minutes", [1, 10080, "15"])
def test_i10_step_times_that_are_right(minutes: Any) -> None:
    tape = given()
    tape.up(tape.topic(Operation.START_NEXT), {"stepTimeoutInMinutes": minutes})
    assert not found(tape, "I10")


def test_i14_a_payload_above_128_kib() -> None:
    tape = given()
    tape.up("telemetry", b"x" * (128 * 1024 + 1))
    assert severities(tape, "I14") == ["violation"]


def test_i14_a_topic_too_long_and_one_too_deep() -> None:
    tape = given()
    tape.up("x" * 257, {})
    tape.up("a/b/c/d/e/f/g/h/i", {})
    assert severities(tape, "I14") == ["violation", "violation"]


def test_i14_the_limits_themselves_are_right() -> None:
    tape = given()
    tape.up("x" * 256, b"x" * (128 * 1024))
    tape.up("a/b/c/d/e/f/g/h", {})
    tape.up("$aws/rules/my_rule/a/b/c/d/e/f/g", {})
    assert not found(tape, "I14")
