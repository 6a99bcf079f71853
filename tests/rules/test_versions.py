"""I8 and I9: versions and execution numbers that a device can know."""

from typing import Any

import pytest

from rigs.jobs.model import Kind, Operation
from rigs.rules.base import Finding
from rigs.rules.judge import judged
from rigs.trace.tape import Tape, execution


def started(**said: Any) -> Tape:
    """A device that was given A by start-next: IN_PROGRESS, version 2, and has had time to read it."""
    tape = Tape()
    tape.connect()
    tape.notify_next("A")
    tape.start_next("A", **said)
    return tape.wait(1)


def found(tape: Tape, rule: str = "I8") -> list[Finding]:
    return [finding for finding in judged(tape.records).findings if finding.rule == rule]


def report(tape: Tape, status: str, version: object) -> int:
    return tape.update("A", status, expectedVersion=version)


@pytest.mark.parametrize("version", [1, 3, 0, -1, 2147483647, "7"])
def test_i8_a_version_that_was_never_told(version: object) -> None:
    tape = started()
    sent = report(tape, "SUCCEEDED", version)
    [finding] = found(tape)
    assert (finding.severity, finding.proof[-1]) == ("violation", sent)
    assert "can know 2" in finding.text


def test_i8_a_constant_version_after_an_accepted_report() -> None:
    tape = started()
    report(tape, "IN_PROGRESS", 2)
    tape.accept("A")
    report(tape.wait(1), "SUCCEEDED", 2)
    assert len(found(tape)) == 1


@pytest.mark.parametrize(("round_trip", "wrong"), [(0.1, 1), (2, 0)])
def test_i8_on_a_long_way_a_report_crosses_the_acceptance_of_the_one_before(round_trip: float, wrong: int) -> None:
    tape = started()
    report(tape, "IN_PROGRESS", 2)
    tape.accept("A")
    report(tape.wait(1.5), "IN_PROGRESS", 2)
    findings = judged(tape.records, {"timing": {"round_trip": round_trip}}).findings
    assert [finding.rule for finding in findings] == ["I8"] * wrong


def test_i8_any_version_when_none_was_told() -> None:
    tape = Tape()
    tape.connect()
    tape.notify_next("A", versionNumber=None)
    report(tape.wait(1), "IN_PROGRESS", 1)
    assert "none was ever told" in found(tape)[0].text


def test_i8_a_version_from_the_clouds_side_of_a_shifting_tap() -> None:
    tape = Tape()
    tape.connect()
    topic = tape.topic(Operation.NOTIFY_NEXT, Kind.NOTIFICATION)
    said = tape.packet("cloud", "down", "PUBLISH", topic=topic, payload={"execution": execution("A")})
    shifted = {"execution": execution("A", versionNumber=5)}
    tape.packet("device", "down", "PUBLISH", topic=topic, payload=shifted, of=said.n, by="shift")
    report(tape.wait(1), "IN_PROGRESS", 5)
    tape.accept("A")
    report(tape.wait(1), "IN_PROGRESS", 2)
    assert len(found(tape)) == 1


def test_i8_named_then_counted_by_plain_answers() -> None:
    tape = started()
    for version in (2, "3", 4):
        report(tape, "IN_PROGRESS", version)
        tape.accept("A")
        tape.wait(1)
    report(tape, "SUCCEEDED", 5)
    assert not found(tape)


def test_i8_reports_that_are_under_way_may_be_counted_or_not() -> None:
    tape = started()
    for version in (2, 3, 4, 2):
        report(tape, "IN_PROGRESS", version)
    assert not found(tape)


def test_i8_after_a_lost_answer_the_device_may_have_counted_on_or_not() -> None:
    for version in (2, 3):
        tape = started()
        report(tape, "IN_PROGRESS", 2)
        tape.accept("A", lost=True)
        report(tape.wait(30), "SUCCEEDED", version)
        assert not found(tape)


def test_i8_after_a_lost_answer_two_on_is_too_many() -> None:
    tape = started()
    report(tape, "IN_PROGRESS", 2)
    tape.accept("A", lost=True)
    report(tape.wait(30), "SUCCEEDED", 4)
    assert len(found(tape)) == 1


def test_i8_a_refusal_tells_the_version_also_a_lower_one() -> None:
    tape = started()
    report(tape, "IN_PROGRESS", 2)
    report(tape, "IN_PROGRESS", 3)
    tape.wait(1)
    tape.refuse("A", "VersionMismatch", lost=True)
    tape.refuse("A", "VersionMismatch", executionState={"status": "IN_PROGRESS", "versionNumber": 2})
    report(tape.wait(1), "IN_PROGRESS", 2)
    assert not found(tape)


def test_i8_after_a_refusal_the_old_version_is_out_of_date() -> None:
    tape = started()
    report(tape, "IN_PROGRESS", 2)
    tape.refuse("A", "VersionMismatch", executionState={"status": "IN_PROGRESS", "versionNumber": 6})
    report(tape.wait(1), "IN_PROGRESS", 2)
    assert len(found(tape)) == 1


def test_i8_what_the_tap_has_only_just_written_may_not_have_been_read() -> None:
    tape = started()
    report(tape, "IN_PROGRESS", 2)
    tape.accept("A")
    report(tape.wait(0.01), "IN_PROGRESS", 2)
    assert not found(tape)


def test_i8_a_list_may_be_believed_or_not() -> None:
    listed = {"jobs": {"IN_PROGRESS": [{"jobId": "A", "versionNumber": 4, "executionNumber": 1}]}}
    for version in (2, 4):
        tape = started()
        tape.down(tape.topic(Operation.NOTIFY, Kind.NOTIFICATION), listed)
        report(tape.wait(1), "SUCCEEDED", version)
        assert not found(tape)


def test_i8_an_acceptance_that_came_twice_may_be_counted_twice_or_once() -> None:
    topic = Tape().topic(Operation.UPDATE, Kind.ACCEPTED, "A")
    for version in (3, 4):
        tape = started()
        report(tape, "IN_PROGRESS", 2)
        tape.accept("A")
        tape.packet("device", "down", "PUBLISH", topic=topic, payload={}, of=len(tape.records) - 1, by="copy")
        report(tape.wait(1), "SUCCEEDED", version)
        assert not found(tape)


def test_i8_a_late_report_of_the_earlier_execution_is_judged_by_its_own_version() -> None:
    tape = started(versionNumber=2)
    tape.notify_next("A", executionNumber=2, versionNumber=1)
    report(tape.wait(1), "SUCCEEDED", 2)
    assert not found(tape)


def test_i8_versions_start_anew_with_the_execution_number() -> None:
    tape = started()
    tape.update("A", "FAILED", expectedVersion=2, executionNumber=1)
    tape.accept("A")
    tape.notify_next("A", executionNumber=2)
    tape.wait(1).update("A", "IN_PROGRESS", expectedVersion=1, executionNumber=2)
    tape.accept("A")
    tape.wait(1).update("A", "SUCCEEDED", expectedVersion=4, executionNumber=2)
    assert len(found(tape)) == 1


def test_i8_a_late_answer_with_an_old_version_may_be_believed_or_not() -> None:
    for version in (1, 3):
        tape = started()
        tape.up(tape.topic(Operation.DESCRIBE, job="A"), {})
        report(tape, "IN_PROGRESS", 2)
        tape.accept("A")
        old = {"execution": execution("A", versionNumber=1)}
        tape.wait(1).down(tape.topic(Operation.DESCRIBE, Kind.ACCEPTED, "A"), old)
        report(tape.wait(1), "SUCCEEDED", version)
        assert not found(tape)


def test_i8_far_beyond_32_bits_is_a_number_like_others() -> None:
    tape = started(versionNumber=3_000_000_000)
    report(tape, "IN_PROGRESS", "3000000000")
    tape.accept("A")
    report(tape.wait(1), "SUCCEEDED", 3_000_000_001)
    assert not found(tape)


@pytest.mark.parametrize("number", [0, 2, "9"])
def test_i9_an_execution_number_that_was_never_given(number: object) -> None:
    tape = started()
    tape.update("A", "SUCCEEDED", executionNumber=number)
    assert len(found(tape, "I9")) == 1


def test_i9_the_number_of_an_execution_that_the_device_has_ended() -> None:
    tape = started()
    tape.update("A", "FAILED", executionNumber=1)
    tape.accept("A")
    tape.notify_next("A", executionNumber=2)
    tape.wait(1).update("A", "SUCCEEDED", executionNumber=1)
    assert len(found(tape, "I9")) == 1


def test_i9_the_number_given_last_and_a_late_honest_report_are_right() -> None:
    tape = started()
    tape.notify_next("A", executionNumber=2)
    tape.wait(1).update("A", "SUCCEEDED", executionNumber=1)
    tape.update("A", "IN_PROGRESS", executionNumber="2")
    assert not found(tape, "I9")


def test_i9_a_job_given_without_number_is_not_judged() -> None:
    tape = Tape()
    tape.connect()
    tape.notify_next("A", executionNumber=None)
    tape.update("A", "IN_PROGRESS", executionNumber=1)
    assert not found(tape, "I9")
