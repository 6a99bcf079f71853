"""I18, I19 and I20: what is right all the same about questions and refusals."""

from collections.abc import Callable
from typing import Any

import pytest

from rigs.jobs.model import Kind, Operation
from rigs.rules.judge import judged
from rigs.trace.tape import Tape
from tests.rules.seeds import PROFILE
from tests.rules.words import given, handed, refused, report

OVER: dict[str, Any] = {"code": "InvalidStateTransition", "executionState": {"status": "TIMED_OUT", "versionNumber": 3}}
REJECTED = "$aws/things/bench-7/jobs/A/update/rejected"


def works(tape: Tape, execution: int = 2, times: int = 9) -> None:
    for _ in range(times):
        report(tape, "A", executionNumber=execution)


def refused_after_the_next_was_announced(tape: Tape) -> None:
    """Timed out and queued again; then the first run's report is refused, and the second takes its course (S084)."""
    tape.update("A", "IN_PROGRESS", executionNumber=1)
    tape.accept("A")
    tape.notify_next("A", executionNumber=2)
    tape.wait(1).update("A", "SUCCEEDED", executionNumber=1)
    tape.wait(0.1).refuse("A", **OVER)
    works(tape)


def refused_without_numbers(tape: Tape) -> None:
    tape.update("A", "SUCCEEDED")
    tape.wait(5).notify_next("A", executionNumber=2)
    tape.wait(0.1).refuse("A", **OVER)
    for _ in range(9):
        report(tape, "A")


def accepted_after_all(tape: Tape) -> None:
    """The job was deleted and created again under its name, and nothing but an acceptance tells."""
    refused(tape, 2)
    for _ in range(9):
        report(tape, "A")


def the_link_broke_before_it_was_read(tape: Tape) -> None:
    """What waited for the link is sent at once on the next one."""
    tape.update("A", "IN_PROGRESS", statusDetails={"line": "first"})
    tape.refuse("A", **OVER)
    tape.close(by="device")
    tape.wait(2).connect()
    for number in range(9):
        tape.wait(0.1).update("A", "IN_PROGRESS", statusDetails={"line": str(number)})


def a_strange_token(tape: Tape) -> None:
    """A refusal that the device has not asked for: it goes on, and its reports are accepted late."""
    tape.wait(1).down(REJECTED, {**OVER, "clientToken": "nobody's"}, by="insert")
    for number in range(9):
        tape.wait(0.5).update("A", "IN_PROGRESS", statusDetails={"line": str(number)})


def an_old_refusal_once_more(tape: Tape) -> None:
    tape.update("A", "IN_PROGRESS")
    refusal = tape.packet("cloud", "down", "PUBLISH", topic=REJECTED, payload=OVER)
    tape.packet("device", "down", "PUBLISH", topic=REJECTED, payload=OVER, of=refusal.n)
    tape.wait(1).notify_next("A", executionNumber=2)
    tape.packet("device", "down", "PUBLISH", topic=REJECTED, payload=OVER, of=refusal.n, by="copy")
    for number in range(9):
        tape.wait(0.5).update("A", "IN_PROGRESS", statusDetails={"line": str(number)}, executionNumber=2)


def a_spoilt_copy(tape: Tape) -> None:
    """The request passed whole, its repeat did not, and the service calls that no JSON."""
    report(tape, "A")
    topic = tape.topic(Operation.UPDATE, job="A")
    sent = tape.packet("device", "up", "PUBLISH", topic=topic, payload={"status": "IN_PROGRESS"})
    tape.packet("cloud", "up", "PUBLISH", topic=topic, payload={"status": "IN_PROGRESS"}, of=sent.n)
    tape.packet("cloud", "up", "PUBLISH", topic=topic, raw="e25v", of=sent.n, by="corrupt")
    tape.accept("A")
    tape.refuse("A", "InvalidJson")


def asks_again_until_the_job_is_there(tape: Tape) -> None:
    tape.notify_next("B")
    for _ in range(4):
        handed(tape)


def both_of_its_questions(tape: Tape) -> None:
    for _ in range(2):
        handed(tape)
        tape.up(tape.topic(Operation.GET), {})
        tape.down(tape.topic(Operation.GET, Kind.ACCEPTED), {"timestamp": 1, "inProgressJobs": [], "queuedJobs": []})
        tape.wait(30)


def unanswered_questions(tape: Tape) -> None:
    for _ in range(9):
        tape.wait(2).up(tape.topic(Operation.START_NEXT), {})


REASKS: dict[str, Any] = {**PROFILE, "tries": 4, "timing": {**PROFILE["timing"], "reask": 1}}
RIGHT: dict[str, list[Callable[[Tape], None]]] = {
    "I18": [asks_again_until_the_job_is_there, both_of_its_questions, unanswered_questions],
    "I19": [
        refused_after_the_next_was_announced,
        refused_without_numbers,
        accepted_after_all,
        the_link_broke_before_it_was_read,
        a_strange_token,
        an_old_refusal_once_more,
    ],
    "I20": [a_spoilt_copy],
}
ROWS = [(rule, case) for rule, cases in RIGHT.items() for case in cases]


@pytest.mark.parametrize(("rule", "case"), ROWS, ids=lambda value: getattr(value, "__name__", value))
def test_what_is_right_all_the_same(rule: str, case: Callable[[Tape], None]) -> None:
    tape = given("A")
    case(tape)
    judge = judged(tape.records, REASKS)
    assert [finding for finding in judge.findings if finding.rule == rule] == []
    assert judge.coverage[rule]


def on_a_long_way(tape: Tape) -> None:
    """The refusal is under way while nine more reports come."""
    tape.update("A", "IN_PROGRESS", statusDetails={"line": "first"})
    tape.refuse("A", **OVER)
    for number in range(9):
        tape.wait(0.3).update("A", "IN_PROGRESS", statusDetails={"line": str(number)})


@pytest.mark.parametrize(("round_trip", "severities"), [(0.1, {"remark", "violation"}), (3, set())])
def test_what_crosses_a_refusal_on_a_long_way_is_free(round_trip: float, severities: set[str]) -> None:
    tape = given("A")
    on_a_long_way(tape)
    findings = judged(tape.records, {**PROFILE, "timing": {"round_trip": round_trip}}).findings
    assert {finding.severity for finding in findings if finding.rule == "I19"} == severities


def test_who_does_not_promise_to_ask_again_has_one_free() -> None:
    tape = given("A")
    asks_again_until_the_job_is_there(tape)
    assert [finding.rule for finding in judged(tape.records, PROFILE).findings] == ["I18"]


def test_reports_of_the_execution_that_was_refused_count_after_the_next_was_announced() -> None:
    tape = given("A")
    tape.notify_next("A", executionNumber=2)
    refused(tape, 9, "TIMED_OUT", executionNumber=1)
    assert {finding.severity for finding in judged(tape.records, PROFILE).findings} == {"remark", "violation"}
