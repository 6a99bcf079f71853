"""Lint on long traces, on parts of traces, and on logs that cannot show everything."""

import io
from pathlib import Path

import msgspec

from rigs.jobs.model import Kind, Operation
from rigs.rules.judge import KEPT, Judge, judged
from rigs.rules.knowledge import MANY_JOBS, MANY_REPORTS
from rigs.rules.offline import Linted, findings, lint
from rigs.rules.table import RULES
from rigs.trace.reader import TraceFile
from rigs.trace.tape import Tape
from tests.rules.conversations import Habits, Talk, written


def long_tape(jobs: int) -> Tape:
    """Many quick jobs of one device."""
    tape = Tape()
    tape.connect()
    for number in range(jobs):
        tape.wait(1).notify_next(f"job-{number}")
        tape.start_next(f"job-{number}")
        tape.update(f"job-{number}", "SUCCEEDED", sending={"qos": 0})
        tape.accept(f"job-{number}")
    return tape


def test_what_a_judge_remembers_of_a_long_trace_is_bounded() -> None:
    judge = Judge({}, "bench-7")
    for record in long_tape(3 * MANY_JOBS).records:
        judge.feed(record)
    known = judge._context.known
    assert len(judge.pairing.exchanges) <= 2 * KEPT + 1
    assert len(known.given) <= 2 * MANY_JOBS
    assert len(known._jobs) <= 2 * MANY_JOBS
    assert len(known._reports) <= MANY_REPORTS
    held = (judge.pairing._by_n, judge.pairing._by_bytes, judge.pairing._replies, judge.pairing._waiting)
    assert all(len(each) <= 8 * KEPT for each in held)
    assert not judge.findings


def test_a_job_that_was_forgotten_is_no_violation() -> None:
    tape = long_tape(2 * MANY_JOBS + 10)
    tape.update("job-0", "SUCCEEDED")
    judge = Judge({}, "bench-7")
    for record in tape.records:
        judge.feed(record)
    assert [(one.rule, one.severity) for one in judge.findings] == [("I2", "remark")]


def test_reports_without_any_answer_are_bounded_too() -> None:
    tape = Tape()
    tape.connect()
    tape.notify_next("A")
    for number in range(MANY_REPORTS + 100):
        tape.wait(1).update("A", "IN_PROGRESS", sending={"qos": 0}, statusDetails={"step": str(number)})
    judge = Judge({}, "bench-7")
    for record in tape.records:
        judge.feed(record)
    [execution] = judge._context.known.executions("A")
    assert len(execution.unanswered) <= MANY_REPORTS
    assert execution.span(tape.at) == (1, MANY_REPORTS + 101)


def test_proof_from_far_back_is_shown(tmp_path: Path) -> None:
    tape = Tape()
    tape.connect()
    given = tape.notify_next("A", versionNumber=7)
    for number in range(3000):
        tape.wait(0.1).up("telemetry", {"value": number}, qos=0)
    sent = tape.update("A", "IN_PROGRESS", expectedVersion=3)
    out = io.StringIO()
    assert lint([written(tmp_path / "t.jsonl", tape)], out) == 1
    shown = [int(line.split()[0]) for line in out.getvalue().splitlines() if line.startswith("   ") and "◀" in line]
    assert shown == [given]
    assert f"   {sent:6} " in out.getvalue()


def test_findings_are_told_as_they_come(tmp_path: Path) -> None:
    tape = Tape()
    tape.connect()
    tape.notify_next("A")
    tape.update("A", "DONE")
    tape.notify_next("B")
    path = written(tmp_path / "t.jsonl", tape)
    with path.open("ab") as stream:
        stream.write(b"broken\n")
    found = findings(TraceFile(path), Linted())
    assert next(found)[1].rule == "I3"


def test_a_slice_of_a_trace_does_not_accuse_of_what_was_before(tmp_path: Path) -> None:
    tape = Tape()
    tape.connect()
    tape.notify_next("A")
    begun = len(tape.records)
    tape.notify_next("B")
    tape.update("A", "IN_PROGRESS")
    tape.update("B", "DONE")
    tape.records = tape.records[begun:]
    found = findings(TraceFile(written(tmp_path / "t.jsonl", tape)), Linted())
    assert [finding.rule for _, finding in found] == ["I3"]


def test_what_was_counted_before_the_log_began_is_not_known() -> None:
    tape = Tape()
    tape.connect()
    tape.up(tape.topic(Operation.GET), {})
    entry = {"jobId": "A", "versionNumber": 2, "executionNumber": 1}
    tape.down(tape.topic(Operation.GET, Kind.ACCEPTED), {"inProgressJobs": [entry], "queuedJobs": []})
    tape.wait(1).update("A", "IN_PROGRESS", expectedVersion=3)
    found = {words: len(judged(tape.records, unseen=words).findings) for words in ((), ("beginning",))}
    assert found == {(): 1, ("beginning",): 0}


def test_rules_that_need_what_a_log_lacks_are_mute_and_lint_says_so(tmp_path: Path) -> None:
    talk = Talk(Habits())
    talk.job("A")
    out = io.StringIO()
    lint([written(tmp_path / "t.jsonl", talk.tape, unseen=["told", "connections"])], out)
    said = out.getvalue().splitlines()
    mute = "I5, I6, I7, I8, I9, I11, I13, I19, I20"
    assert said[0].endswith(f"not judged: {mute}, since the log does not show: connections, told")
    assert " I7:- I8:- I9:- I10:0 I11:- " in said[1]


def test_a_word_that_this_version_does_not_know_is_no_harm(tmp_path: Path) -> None:
    talk = Talk(Habits())
    talk.job("A")
    assert lint([written(tmp_path / "t.jsonl", talk.tape, unseen=["the weather"])], io.StringIO()) == 0


def test_what_each_rule_needs_is_a_word_of_the_trace_format() -> None:
    page = (Path(__file__).parents[2] / "docs" / "trace-format.md").read_text()
    assert {word for row in RULES.values() for word in row.needs if f"| `{word}` |" not in page} == set()


def test_a_torn_trace_says_so(tmp_path: Path) -> None:
    talk = Talk(Habits())
    talk.job("A")
    path = written(tmp_path / "t.jsonl", talk.tape)
    path.write_bytes(path.read_bytes()[:-20])
    out = io.StringIO()
    assert lint([path], out) == 0
    assert "the last line is torn and left out" in out.getvalue()


def test_where_times_are_coarse_a_device_has_a_second_more_to_read() -> None:
    tape = Tape()
    tape.connect()
    tape.notify_next("A")
    tape.start_next("A")
    tape.wait(1).update("A", "IN_PROGRESS", expectedVersion=1)
    found = {words: len(judged(tape.records, unseen=words).findings) for words in ((), ("times",))}
    assert found == {(): 1, ("times",): 0}


def test_a_request_that_may_be_an_earlier_one_again_is_given_the_benefit() -> None:
    tape = Tape()
    tape.connect()
    tape.notify_next("A")
    tape.up(tape.topic(Operation.START_NEXT), {})
    tape.update("A", "SUCCEEDED", expectedVersion=1)
    tape.accept("A")
    tape.wait(1).update("A", "SUCCEEDED", expectedVersion=1)
    tape.update("A", "FAILED")
    judge = Judge({}, "bench-7", unseen=["repeats"])
    for record in tape.records:
        judge.feed(msgspec.structs.replace(record))
    assert [(one.rule, one.severity) for one in judge.findings] == [("I6", "violation")]
