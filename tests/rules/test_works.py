"""I15 and I17: what is right all the same between the work in evidence and what device and service say."""

from collections.abc import Callable

import pytest

from rigs.jobs.model import Kind, Operation
from rigs.rules.judge import judged
from rigs.trace.tape import Tape, execution
from tests.rules.seeds import PROFILE
from tests.rules.words import given, handed, listed, report, work

LATE = 30  # seconds after which the evidence is read


def handed_out_without_a_status(tape: Tape) -> None:
    handed(tape, execution("A", status=None))
    work(tape.wait(3), "A")


def read_late(tape: Tape) -> None:
    report(tape, "A")
    work(tape.wait(LATE), "A", unread=LATE + 5)


def the_old_work_goes_on(tape: Tape) -> None:
    """The execution is over, its work is not, and the next one is announced; then it is read late, too."""
    report(tape, "A")
    tape.update("A", "FAILED")
    tape.accept("A")
    tape.wait(1).notify_next("A", executionNumber=2)
    work(tape.wait(5), "A", "done")
    work(tape.wait(5), "A", unread=10.5)


def deleted_and_created_again(tape: Tape) -> None:
    report(tape, "A")
    work(tape, "A")
    listed(tape)
    tape.wait(1).notify_next("A")
    report(tape, "A")
    work(tape, "A")


def acceptance_lost_and_found_by_asking(tape: Tape) -> None:
    tape.update("A", "IN_PROGRESS")
    tape.accept("A", lost=True)
    tape.wait(10).up(tape.topic(Operation.DESCRIBE, job="$next"), {})
    answer = {"timestamp": 1, "execution": execution("A", status="IN_PROGRESS", versionNumber=2)}
    tape.down(tape.topic(Operation.DESCRIBE, Kind.ACCEPTED, "$next"), answer)
    work(tape, "A")


def one_after_the_other_read_at_once(tape: Tape) -> None:
    """Long after both are over one reading shows them, and the one before shows that A had begun."""
    work(tape, "A", unread=1)
    tape.wait(LATE)
    for job, sort in (("A", "done"), ("B", "begun"), ("B", "done")):
        work(tape, job, sort, unread=LATE)


def the_end_read_late(tape: Tape) -> None:
    """A was done right after the last reading, B was begun then; the line of A came behind that of B."""
    work(tape, "A", unread=1)
    work(tape.wait(LATE), "B", unread=LATE)
    work(tape.wait(LATE), "A", "done", unread=LATE)


def failed_without_a_trace(tape: Tape) -> None:
    """The work of A breaks off and leaves no line; that of B begins and is done."""
    work(tape, "A")
    work(tape.wait(5), "B")
    work(tape.wait(5), "B", "done")


def dropped_before_the_next(tape: Tape) -> None:
    work(tape, "A")
    work(tape.wait(5), "A", "dropped")
    work(tape.wait(5), "B")
    work(tape.wait(5), "A", "done")


def gone_at_the_service(tape: Tape) -> None:
    """A is deleted and B too, without a notice; then A is created again and start-next hands it out."""
    report(tape, "A")
    tape.wait(1).update("A", "IN_PROGRESS")
    tape.refuse("A", "ResourceNotFound")
    report(tape, "B")
    tape.wait(1).update("B", "IN_PROGRESS")
    tape.refuse("B", "ResourceNotFound")
    handed(tape, execution("A", status="IN_PROGRESS"))
    report(tape, "A")


def another_is_handed_out(tape: Tape) -> None:
    """Asking for the next one gives B: A, which would come first, is over."""
    handed(tape, execution("A", status="IN_PROGRESS"))
    report(tape, "A")
    handed(tape, execution("B", status="IN_PROGRESS"))
    report(tape, "B")
    handed(tape, execution("A", status="IN_PROGRESS", executionNumber=2))
    report(tape, "A", executionNumber=2)


def sent_again_after_the_link(tape: Tape) -> None:
    """A's report was not acknowledged; it comes with DUP on the next connection, after B's start."""
    report(tape, "A")
    tape.update("A", "IN_PROGRESS", sending={"id": 900, "acked": False}, statusDetails={"step": "last"})
    tape.update("A", "SUCCEEDED")
    tape.accept("A")
    report(tape, "B")
    tape.close(by="device")
    tape.connect(present=True)
    tape.update("A", "IN_PROGRESS", sending={"id": 900, "dup": True}, statusDetails={"step": "last"})
    report(tape, "B")


def start_not_answered(tape: Tape) -> None:
    report(tape, "A")
    tape.wait(1).update("B", "IN_PROGRESS")
    tape.accept("B", lost=True)
    report(tape, "A")


RIGHT: dict[str, list[Callable[[Tape], None]]] = {
    "I15": [
        handed_out_without_a_status,
        read_late,
        the_old_work_goes_on,
        deleted_and_created_again,
        acceptance_lost_and_found_by_asking,
    ],
    "I17": [
        one_after_the_other_read_at_once,
        the_end_read_late,
        failed_without_a_trace,
        dropped_before_the_next,
        gone_at_the_service,
        another_is_handed_out,
        sent_again_after_the_link,
        start_not_answered,
    ],
}
ROWS = [(rule, case) for rule, cases in RIGHT.items() for case in cases]


@pytest.mark.parametrize(("rule", "case"), ROWS, ids=lambda value: getattr(value, "__name__", value))
def test_what_is_right_all_the_same(rule: str, case: Callable[[Tape], None]) -> None:
    tape = given("A", "B")
    case(tape)
    tape.wait(LATE).notify_next()
    judge = judged(tape.records, PROFILE)
    assert [finding for finding in judge.findings if finding.rule == rule] == []
    assert judge.coverage[rule], "the rule saw nothing of it"
