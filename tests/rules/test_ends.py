"""I6, I7 and I13: the end of an execution."""

from typing import Any

import pytest

from rigs.jobs.model import Operation
from rigs.rules.base import Finding
from rigs.rules.judge import judged
from rigs.trace.records import Console, Evidence, Power
from rigs.trace.tape import Tape

PROMISE: dict[str, Any] = {"repeats_unanswered": True, "timing": {"reply": 2, "retry": 3, "report": 4, "react": 1}}


def working(job: str = "A", clean: bool = True) -> Tape:
    tape = Tape()
    tape.connect(clean=clean)
    tape.notify_next(job)
    tape.start_next(job)
    return tape


def ended(job: str = "A") -> Tape:
    tape = working(job)
    tape.update(job, "SUCCEEDED")
    tape.accept(job)
    return tape


def found(tape: Tape, rule: str, profile: dict[str, Any] | None = None) -> list[Finding]:
    return [one for one in judged(tape.records, profile or {}).findings if one.rule == rule]


def severities(tape: Tape, rule: str, profile: dict[str, Any] | None = None) -> list[str]:
    return [finding.severity for finding in found(tape, rule, profile)]


@pytest.mark.parametrize("status", ["FAILED", "REJECTED"])
def test_i6_another_end_after_the_accepted_one(status: str) -> None:
    tape = ended()
    sent = tape.update("A", status)
    [finding] = found(tape, "I6")
    assert finding.severity == "violation"
    assert finding.proof[-1] == sent
    assert "A: UpdateJobExecution" in finding.text
    assert "jobs-protocol §4" in finding.text


def test_i6_the_same_end_again_is_a_remark() -> None:
    tape = ended()
    tape.update("A", "SUCCEEDED")
    assert severities(tape, "I6") == ["remark"]


def test_i6_a_redelivery_with_dup_is_nothing() -> None:
    tape = working()
    tape.update("A", "SUCCEEDED", sending={"id": 9, "acked": False})
    tape.accept("A")
    tape.connect(clean=False, present=True)
    tape.update("A", "SUCCEEDED", sending={"id": 9, "dup": True})
    assert not judged(tape.records).findings


def test_i6_an_acceptance_that_the_tap_swallowed_arms_nothing() -> None:
    tape = working()
    tape.update("A", "SUCCEEDED")
    tape.accept("A", lost=True)
    tape.wait(5).update("A", "SUCCEEDED")
    tape.update("A", "FAILED")
    tape.update("A", "IN_PROGRESS")
    assert not found(tape, "I6") + found(tape, "I7")


def test_i6_a_rejection_arms_nothing() -> None:
    tape = working()
    tape.update("A", "SUCCEEDED")
    tape.refuse("A", "InternalError")
    tape.update("A", "FAILED")
    assert not found(tape, "I6")


@pytest.mark.parametrize("details", [{}, {"step": "one more"}])
def test_i7_progress_after_the_accepted_end(details: dict[str, str]) -> None:
    tape = ended()
    tape.update("A", "IN_PROGRESS", statusDetails=details)
    assert severities(tape, "I7") == ["violation"]


@pytest.mark.parametrize("status", ["IN_PROGRESS", "FAILED"])
def test_i6_i7_end_when_the_service_announces_the_execution_again(status: str) -> None:
    tape = ended()
    tape.notify_next("A", status="IN_PROGRESS", versionNumber=2)
    tape.update("A", status)
    assert not found(tape, "I6") + found(tape, "I7")


def test_i6_i7_each_execution_number_is_on_its_own() -> None:
    tape = working()
    tape.update("A", "FAILED")
    tape.accept("A")
    tape.notify_next("A", executionNumber=2)
    tape.start_next("A", executionNumber=2)
    tape.update("A", "IN_PROGRESS", executionNumber=2)
    tape.accept("A")
    tape.update("A", "SUCCEEDED", executionNumber=2)
    assert not found(tape, "I6") + found(tape, "I7")


def test_i7_the_old_execution_number_is_still_over() -> None:
    tape = working()
    tape.update("A", "FAILED", executionNumber=1)
    tape.accept("A")
    tape.notify_next("A", executionNumber=2)
    tape.update("A", "IN_PROGRESS", executionNumber=1)
    assert severities(tape, "I7") == ["violation"]


def test_i6_asking_after_the_end_is_free() -> None:
    tape = ended()
    tape.up(tape.topic(Operation.DESCRIBE, job="A"), {})
    tape.up(tape.topic(Operation.START_NEXT), {})
    assert not judged(tape.records).findings


def test_i13_an_end_without_answer_that_is_not_repeated_breaks_the_promise() -> None:
    tape = working()
    sent = tape.update("A", "SUCCEEDED")
    tape.wait(5.1).notify_next("A")
    [finding] = found(tape, "I13", PROMISE)
    assert (finding.severity, finding.proof) == ("violation", [sent])


def test_i13_nor_after_the_link_was_renewed() -> None:
    tape = working()
    tape.update("A", "SUCCEEDED")
    tape.wait(1).close()
    tape.wait(60).connect()
    tape.wait(5.1).notify_next("A")
    [finding] = found(tape, "I13", PROMISE)
    assert (finding.severity, "renewed" in finding.text) == ("violation", True)


def test_i13_without_the_promise_it_is_a_remark() -> None:
    tape = working()
    tape.update("A", "SUCCEEDED")
    tape.wait(5.1).notify_next("A")
    assert severities(tape, "I13", {**PROMISE, "repeats_unanswered": False}) == ["remark"]


@pytest.mark.parametrize("after", [4.9, 0.5])
def test_i13_repeated_within_the_bound(after: float) -> None:
    tape = working()
    tape.update("A", "SUCCEEDED")
    tape.wait(after).update("A", "SUCCEEDED")
    tape.accept("A")
    tape.wait(60).notify_next("B")
    assert not found(tape, "I13", PROMISE)


def test_i13_repeated_after_the_next_reconnect() -> None:
    tape = working()
    tape.update("A", "SUCCEEDED", sending={"lost": True})
    tape.wait(1).close()
    tape.wait(100).connect()
    tape.wait(3).update("A", "SUCCEEDED")
    tape.accept("A")
    assert not found(tape, "I13", PROMISE)


def test_i13_after_its_tries_a_device_may_give_up() -> None:
    tape = working()
    for _ in range(5):
        tape.update("A", "SUCCEEDED")
        tape.wait(4)
    tape.wait(60).notify_next("B")
    assert not found(tape, "I13", PROMISE)


@pytest.mark.parametrize("code", ["VersionMismatch", "InvalidStateTransition", "RequestThrottled"])
def test_i13_a_rejection_is_an_answer(code: str) -> None:
    tape = working()
    tape.update("A", "SUCCEEDED")
    tape.refuse("A", code)
    tape.wait(60).notify_next("B")
    assert not found(tape, "I13", PROMISE)


def test_i13_a_list_without_the_job_is_an_answer() -> None:
    tape = working()
    tape.update("A", "SUCCEEDED")
    tape.accept("A", lost=True)
    tape.notify_next()
    tape.wait(60).notify_next("B")
    assert not found(tape, "I13", PROMISE)


def test_i13_a_list_without_the_job_also_answers_what_repeats_the_end() -> None:
    tape = working()
    tape.update("A", "SUCCEEDED")
    tape.accept("A", lost=True)
    tape.notify_next()
    tape.wait(1).update("A", "SUCCEEDED")
    tape.wait(60).notify_next("B")
    assert not found(tape, "I13", PROMISE)


def test_i13_a_job_that_is_listed_again_is_owed_its_end_again() -> None:
    tape = working()
    tape.update("A", "SUCCEEDED")
    tape.notify_next()
    tape.notify_next("A")
    tape.update("A", "SUCCEEDED")
    tape.wait(60).notify_next("B")
    assert severities(tape, "I13", PROMISE) == ["violation"]


def test_i13_qos_1_in_a_persistent_session_is_proof_once_acknowledged() -> None:
    tape = working(clean=False)
    tape.update("A", "SUCCEEDED")
    tape.wait(60).notify_next("A")
    assert not found(tape, "I13", PROMISE)


def test_i13_in_a_persistent_session_without_puback_it_is_owed() -> None:
    tape = working(clean=False)
    tape.update("A", "SUCCEEDED", sending={"acked": False})
    tape.wait(60).notify_next("A")
    assert severities(tape, "I13", PROMISE) == ["violation"]


@pytest.mark.parametrize(
    "gone",
    [
        Power(event="off"),
        Evidence(sort="boot"),
        Console(way="sent", text="agent stop"),
    ],
)
def test_i13_a_device_that_was_switched_off_booted_or_stopped_owes_nothing(gone: Any) -> None:
    tape = working()
    tape.update("A", "SUCCEEDED")
    tape.add(gone)
    tape.wait(60).connect()
    tape.wait(60).notify_next("B")
    assert not found(tape, "I13", PROMISE)


def test_i13_what_was_overdue_before_the_restart_is_told_at_the_end() -> None:
    tape = working()
    tape.update("A", "SUCCEEDED")
    tape.wait(5.1).notify_next("A")
    tape.add(Console(way="sent", text="kill: agent killed"))
    tape.wait(1).notify_next("B")
    assert severities(tape, "I13", {**PROMISE, "repeats_unanswered": False}) == ["remark"]


def test_i13_while_the_device_is_not_connected_no_bound_runs() -> None:
    tape = working()
    tape.update("A", "SUCCEEDED")
    tape.close()
    tape.wait(600).notify_next("B", lost=True)
    assert not found(tape, "I13", PROMISE)


def test_i13_a_link_that_was_taken_over_is_no_connection_either() -> None:
    tape = working()
    tape.update("A", "SUCCEEDED")
    tape.conn += 1
    tape.both("up", "CONNECT", more={"client_id": "bench-7", "clean": True, "version": 4})
    tape.wait(60).both("down", "CONNACK", more={"code": 0})
    tape.wait(3).update("A", "SUCCEEDED")
    tape.accept("A")
    assert not found(tape, "I13", PROMISE)
