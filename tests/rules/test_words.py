"""I15 to I20, and the hour of I12: what is right all the same, and silence where nothing is declared."""

from collections.abc import Callable
from typing import Any

import pytest

from rigs.jobs.model import Kind, Operation
from rigs.rules.i16_progress import progress_of
from rigs.rules.judge import judged
from rigs.trace.records import Evidence, Power
from rigs.trace.tape import Tape, execution
from tests.rules.conversations import Habits, Talk
from tests.rules.seeds import PROFILE, Seed
from tests.rules.seeds_of_words import SEEDS
from tests.rules.words import given, progress, refused, report, work


def evidence_lags(tape: Tape) -> None:
    tape.update("A", "IN_PROGRESS")
    work(tape, "A")
    tape.wait(0.9).accept("A")


def started_by_another(tape: Tape) -> None:
    tape.notify_next("A", status="IN_PROGRESS", versionNumber=2)
    work(tape.wait(5), "A")
    tape.wait(5)


def its_own_start_was_the_winner(tape: Tape) -> None:
    tape.update("A", "IN_PROGRESS", expectedVersion=1)
    tape.wait(20).update("A", "IN_PROGRESS", expectedVersion=1)
    tape.refuse("A", "VersionMismatch", executionState={"status": "IN_PROGRESS", "versionNumber": 2})
    work(tape, "A")
    tape.wait(5)


def resumed(tape: Tape) -> None:
    report(tape, "A")
    tape.add(Power(event="off"))
    work(tape.wait(5), "A")
    tape.wait(5)


def dropped_work(tape: Tape) -> None:
    work(tape, "A", "dropped")
    tape.wait(5)


def work_of_nobody(tape: Tape) -> None:
    work(tape, "a job from before")
    tape.wait(5)


def tried_again(tape: Tape) -> None:
    progress(tape, "0", "10", "80", "10", "50", "0", "100")


def another_step(tape: Tape) -> None:
    progress(tape, "10", "20", "90", "95", step="download")
    progress(tape, "50", "60", step="install")


def after_a_restart(tape: Tape) -> None:
    progress(tape, 1, 2, 90)
    tape.add(Power(event="reset"))
    progress(tape, 50)


def of_two_jobs(tape: Tape) -> None:
    progress(tape, "1/9", "2/9", "8/9")
    progress(tape, "3/9", job="B")


def no_numbers(tape: Tape) -> None:
    progress(tape, "nearly", "", None, True, [3], "half", "1e9", "99 of 100")


def one_after_the_other(tape: Tape) -> None:
    report(tape, "A")
    work(tape, "A")
    work(tape.wait(2), "A", "done")
    tape.update("A", "SUCCEEDED")
    report(tape, "B")
    work(tape, "B")
    tape.update("A", "SUCCEEDED")
    work(tape.wait(2), "B", "done")


def start_refused(tape: Tape) -> None:
    report(tape, "A")
    tape.update("B", "IN_PROGRESS")
    tape.refuse("B", "InvalidStateTransition", executionState={"status": "CANCELED", "versionNumber": 2})
    report(tape, "A")


def gone_and_back(tape: Tape) -> None:
    report(tape, "A")
    tape.down(tape.topic(Operation.NOTIFY, Kind.NOTIFICATION), {"jobs": {"QUEUED": [{"jobId": "B"}]}})
    report(tape, "B")
    tape.notify_next("A", executionNumber=2)
    report(tape, "A", executionNumber=2)


def two_begun_around_a_restart(tape: Tape) -> None:
    work(tape, "A")
    work(tape, "B")
    tape.add(Evidence(sort="gap"))
    work(tape.wait(5), "A", "done")


def asks(tape: Tape, count: int, gap: float, by: str | None = None) -> None:
    for _ in range(count):
        tape.up(tape.topic(Operation.START_NEXT), {})
        tape.down(tape.topic(Operation.START_NEXT, Kind.ACCEPTED), {"timestamp": 1}, by=by)
        tape.wait(gap)


def asks_seldom(tape: Tape) -> None:
    asks(tape, 12, 301)


def asks_when_told(tape: Tape) -> None:
    for _ in range(30):
        tape.notify_next()
        asks(tape, 1, 1)


def asks_again_once(tape: Tape) -> None:
    asks(tape, 2, 1)


def asks_what_the_tap_answers(tape: Tape) -> None:
    asks(tape, 9, 1, by="answer empty")


def is_given_work(tape: Tape) -> None:
    for number in range(9):
        tape.start_next(f"J{number}")


def two_more(tape: Tape) -> None:
    refused(tape, 3)


def under_way(tape: Tape) -> None:
    for number in range(9):
        tape.update("A", "IN_PROGRESS", statusDetails={"line": str(number)})
    for _ in range(9):
        tape.refuse("A", "InvalidStateTransition", executionState={"status": "TIMED_OUT", "versionNumber": 3})


def told_anew(tape: Tape) -> None:
    for _ in range(4):
        refused(tape, 2)
        tape.notify_next("A")


def still_in_progress(tape: Tape) -> None:
    refused(tape, 9, "IN_PROGRESS")


def restarted_each_time(tape: Tape) -> None:
    for _ in range(5):
        refused(tape, 2)
        tape.add(Power(event="reset"))


def the_tap_says_it(tape: Tape) -> None:
    tape.update("A", "IN_PROGRESS")
    topic = tape.topic(Operation.UPDATE, Kind.REJECTED, "A")
    tape.down(topic, {"code": "InvalidRequest", "message": "no"}, by="answer")


def the_tap_spoilt_it(tape: Tape) -> None:
    topic = tape.topic(Operation.UPDATE, job="A")
    sent = tape.packet("device", "up", "PUBLISH", topic=topic, payload={"status": "IN_PROGRESS"})
    tape.packet("cloud", "up", "PUBLISH", topic=topic, raw="e25v", of=sent.n, by="corrupt")
    tape.refuse("A", "InvalidJson")


def other_refusals(tape: Tape) -> None:
    tape.update("A", "IN_PROGRESS")
    tape.refuse("A", "RequestThrottled")


def connects_brought_about(tape: Tape) -> None:
    for _ in range(30):
        tape.close(by="tap")
        tape.wait(20).connect()


RIGHT: dict[str, list[Callable[[Tape], None]]] = {
    "I12": [connects_brought_about],
    "I15": [
        evidence_lags,
        started_by_another,
        its_own_start_was_the_winner,
        resumed,
        dropped_work,
        work_of_nobody,
    ],
    "I16": [tried_again, another_step, after_a_restart, of_two_jobs, no_numbers],
    "I17": [one_after_the_other, start_refused, gone_and_back, two_begun_around_a_restart],
    "I18": [asks_seldom, asks_when_told, asks_again_once, asks_what_the_tap_answers, is_given_work],
    "I19": [two_more, under_way, told_anew, still_in_progress, restarted_each_time],
    "I20": [the_tap_says_it, the_tap_spoilt_it, other_refusals],
}
ROWS = [(rule, case) for rule, cases in RIGHT.items() for case in cases]


@pytest.mark.parametrize(("rule", "case"), ROWS, ids=lambda value: getattr(value, "__name__", value))
def test_what_is_right_all_the_same(rule: str, case: Callable[[Tape], None]) -> None:
    tape = given("A", "B")
    case(tape)
    assert [finding for finding in judged(tape.records, PROFILE).findings if finding.rule == rule] == []


OF_A_WORD = [seed for seed in SEEDS if seed.rule in ("I15", "I16", "I17", "I18") or "hour" in seed.name]


@pytest.mark.parametrize("seed", OF_A_WORD, ids=str)
def test_where_nothing_is_declared_nothing_is_said(seed: Seed) -> None:
    talk = Talk(Habits())
    seed.sow(talk)
    talk.tape.wait(100)
    assert {finding.rule for finding in judged(talk.tape.records, {"timing": {"poll": 0.0}}).findings} <= {"I20"}


def test_a_rule_that_holds_to_a_word_is_not_there_without_it() -> None:
    with_words, without = judged([], PROFILE).coverage, judged([], {"one_at_a_time": False}).coverage
    assert with_words.keys() - without.keys() == {"I15", "I16", "I17", "I18"}


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        (0, (0.0, None)),
        (1.5, (1.5, None)),
        ("42", (42.0, None)),
        ("3/9", (3.0, 9.0)),
        (" 3 / 9 ", (3.0, 9.0)),
        ("55%", (55.0, 100.0)),
        ("-1", (-1.0, None)),
        ("", None),
        ("1e3", None),
        ("12 kB", None),
        (float("nan"), None),
        (True, None),
        (None, None),
        (execution("A"), None),
    ],
)
def test_what_a_progress_says(value: Any, meant: tuple[float, float | None] | None) -> None:
    assert progress_of(value) == meant
