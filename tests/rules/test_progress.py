"""I16: what is right all the same about the progress that is told."""

from collections.abc import Callable
from typing import Any

import pytest

from rigs.rules.judge import judged
from rigs.trace.tape import Tape
from tests.rules.seeds import PROFILE
from tests.rules.words import given, listed, progress, report


def say(tape: Tape, value: Any, **sending: Any) -> None:
    tape.wait(0.2).update("A", "IN_PROGRESS", statusDetails={"progress": value}, sending=sending)


def said_again_without_answer(tape: Tape) -> None:
    """It does not wait for answers; that to 20 is lost, and 20 is said again after 30."""
    progress(tape, "0", "10")
    say(tape, "20")
    tape.accept("A", lost=True)
    say(tape, "30")
    tape.accept("A")
    say(tape, "20")
    tape.accept("A")
    progress(tape, "40")


def said_again_after_a_refusal(tape: Tape) -> None:
    progress(tape, "0", "10")
    say(tape, "20")
    say(tape, "30")
    state = {"status": "IN_PROGRESS", "versionNumber": 7}
    for _ in range(2):
        tape.refuse("A", "VersionMismatch", executionState=state)
    progress(tape, "20", "30")


def its_answer_was_about_to_be_read(tape: Tape) -> None:
    progress(tape, "0", "10")
    say(tape, "20")
    say(tape, "30")
    tape.wait(9).accept("A")
    tape.wait(0.05).update("A", "IN_PROGRESS", statusDetails={"progress": "20"})


def its_answer_could_not_be_read(tape: Tape) -> None:
    progress(tape, "0", "10")
    say(tape, "20")
    sent = tape.records[-1].n
    tape.packet("device", "down", "PUBLISH", topic="$aws/things/bench-7/jobs/A/update/accepted", raw="e25v", of=sent)
    progress(tape, "30")
    progress(tape, "20")


def resumed_at_a_checkpoint_after_the_link(tape: Tape) -> None:
    progress(tape, "0", "10", "47")
    tape.close(by="tap")
    tape.wait(2).connect()
    progress(tape, "40", "60")


def counted_steps(tape: Tape) -> None:
    """ "1/3" holds digits, and stands for more than one report."""
    progress(tape, "5", "10", "90", step="1/3")
    progress(tape, "20", "70", step="2/3")


def another_whole(tape: Tape) -> None:
    progress(tape, "10/100", "20/100", "80/100")
    progress(tape, "50/2000", "90/2000")


def size_not_known(tape: Tape) -> None:
    progress(tape, "0/0", "5/0", "9/0")


def created_again_under_its_name(tape: Tape) -> None:
    """Force-cancelled, deleted and created anew: the execution number is 1 again."""
    progress(tape, "0", "5", "90")
    listed(tape)
    tape.wait(1).notify_next("A")
    progress(tape, "10", "20")


def run_again_after_its_end(tape: Tape) -> None:
    """The same, and the new one is announced by nothing but the answer to start-next."""
    progress(tape, "0", "5", "90")
    tape.update("A", "FAILED")
    tape.accept("A")
    tape.start_next("A")
    progress(tape, "10", "20")


def late_report_of_the_earlier_execution(tape: Tape) -> None:
    progress(tape, "0", "50", "90")
    tape.notify_next("A", executionNumber=2)
    for number, value in ((2, "0"), (1, "95"), (2, "10"), (2, "20")):
        report(tape, "A", executionNumber=number, statusDetails={"progress": value})


RIGHT: list[Callable[[Tape], None]] = [
    said_again_without_answer,
    said_again_after_a_refusal,
    its_answer_was_about_to_be_read,
    its_answer_could_not_be_read,
    resumed_at_a_checkpoint_after_the_link,
    counted_steps,
    another_whole,
    size_not_known,
    created_again_under_its_name,
    run_again_after_its_end,
    late_report_of_the_earlier_execution,
]


@pytest.mark.parametrize("case", RIGHT, ids=lambda case: str(case.__name__))
def test_what_is_right_all_the_same(case: Callable[[Tape], None]) -> None:
    tape = given("A")
    case(tape)
    judge = judged(tape.records, PROFILE)
    assert [finding for finding in judge.findings if finding.rule == "I16"] == []
    assert judge.coverage["I16"] >= 3


def test_what_was_accepted_and_is_said_again_has_shrunk() -> None:
    tape = given("A")
    progress(tape, "0", "10", "30", "60", "30")
    found = [finding for finding in judged(tape.records, PROFILE).findings if finding.rule == "I16"]
    assert [finding.severity for finding in found] == ["violation"]


def test_what_changes_with_each_report_is_no_other_step() -> None:
    tape = given("A")
    for second, value in enumerate(("0", "30", "60", "50")):
        report(tape, "A", statusDetails={"progress": value, "uptime": f"{second} s", "firmware": "1.2.3"})
    assert [finding.rule for finding in judged(tape.records, PROFILE).findings] == ["I16"]
