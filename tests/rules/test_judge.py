"""All rules together: live, offline, waived, counted."""

import io
from pathlib import Path

import pytest

from rigs.rules.judge import Judge, judged
from rigs.rules.offline import lint
from rigs.rules.table import RULES
from rigs.trace.records import AnyRecord, Header, Scenario, encoder
from rigs.trace.tape import Tape


def quiet_job() -> Tape:
    tape = Tape()
    tape.connect()
    tape.notify_next("A")
    tape.start_next("A")
    tape.update("A", "SUCCEEDED")
    tape.accept("A")
    tape.notify_next()
    return tape


def guilty() -> Tape:
    tape = quiet_job()
    tape.update("A", "CANCELED")
    return tape


def written(path: Path, records: list[AnyRecord], **header: object) -> Path:
    lines = [encoder.encode(Header(thing="bench-7", **header)), *map(encoder.encode, records)]  # type: ignore[arg-type]
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


def test_a_quiet_job_breaks_no_rule_and_most_rules_looked() -> None:
    judge = judged(quiet_job().records)
    assert not judge.findings
    assert judge.coverage["I1"] == 2
    assert judge.coverage["I3"] == 1
    assert judge.coverage["I8"] == 0


def test_the_table_makes_each_rule_under_its_own_id() -> None:
    assert list(RULES) == [f"I{number}" for number in range(1, 21)]
    assert {name: row.make().id for name, row in RULES.items()} == {name: name for name in RULES}


def test_findings_come_with_the_record_that_makes_them() -> None:
    judge = Judge({}, "bench-7")
    tape = guilty()
    by_record = {record.n: judge.feed(record) for record in tape.records}
    [(n, found)] = [(n, found) for n, found in by_record.items() if found]
    assert {finding.rule for finding in found} == {"I3", "I6"}
    assert all(finding.proof[-1] == n for finding in found)


def test_a_waived_rule_is_shown_with_its_reason_and_fails_nothing() -> None:
    judge = judged(guilty().records, waived={"I3": "fixed in 2.1", "I6": "fixed in 2.1"})
    assert not judge.violations
    assert [finding.waived for finding in judge.findings] == ["fixed in 2.1", "fixed in 2.1"]


def test_a_new_scenario_forgets_findings_but_not_what_the_device_was_given() -> None:
    judge = Judge({}, "bench-7")
    tape = guilty()
    for record in tape.records:
        judge.feed(record)
    judge.begin()
    begun = len(tape.records)
    tape.update("A", "SUCCEEDED")
    for record in tape.records[begun:]:
        judge.feed(record)
    assert [(finding.rule, finding.severity) for finding in judge.findings] == [("I6", "remark")]
    assert judge.coverage["I2"] == 1


def test_lint_shows_the_proving_records_as_lines(tmp_path: Path) -> None:
    out = io.StringIO()
    assert lint([written(tmp_path / "t.jsonl", guilty().records)], out) == 1
    assert "I3 violation: A: UpdateJobExecution CANCELED" in out.getvalue()
    assert 'PUBLISH A/update #3 {"status":"CANCELED"}' in out.getvalue()
    assert "2 violations, 0 remarks, 0 waived" in out.getvalue()


def test_lint_names_the_scenario(tmp_path: Path) -> None:
    tape = Tape()
    tape.add(Scenario(event="start", id="S028", name="Work done"))
    tape.connect()
    tape.notify_next("A")
    tape.update("A", "CANCELED")
    tape.add(Scenario(event="end", id="S028", name="Work done"))
    out = io.StringIO()
    lint([written(tmp_path / "t.jsonl", tape.records)], out)
    assert "I3 violation in S028 Work done:" in out.getvalue()


def test_lint_takes_profile_and_waivers_from_the_header(tmp_path: Path) -> None:
    profile = {"waived": {"I3": "known", "I6": "known"}}
    out = io.StringIO()
    assert lint([written(tmp_path / "t.jsonl", guilty().records, profile=profile)], out) == 0
    assert "I3 violation, waived: known" in out.getvalue()


@pytest.mark.parametrize(
    ("files", "code"),
    [(["good"], 0), (["good", "bad"], 1), (["good", "empty"], 0), (["empty"], 11), (["bad", "no trace"], 4)],
)
def test_lint_exit_codes(tmp_path: Path, files: list[str], code: int) -> None:
    written(tmp_path / "good", quiet_job().records)
    written(tmp_path / "bad", guilty().records)
    written(tmp_path / "empty", [])
    (tmp_path / "no trace").write_text("<html>\n")
    assert lint([tmp_path / name for name in files], io.StringIO()) == code


def test_lint_reads_recordings_of_other_tools(tmp_path: Path) -> None:
    topic = "$aws/things/t/jobs/notify-next"
    (tmp_path / "log.jsonl").write_text(
        '{"t": 1, "dir": "dev>cloud", "type": "CONNECT", "conn": 1, "level": 4, "clean": true, "client_id": "t"}\n'
        f'{{"t": 2, "dir": "cloud>dev", "type": "PUBLISH", "conn": 1, "topic": "{topic}", "qos": 0,'
        ' "payload": {"execution": {"jobId": "A", "versionNumber": 1}}}\n'
        '{"t": 3, "dir": "dev>cloud", "type": "PUBLISH", "conn": 1, "topic": "$aws/things/t/jobs/B/update",'
        ' "qos": 0, "payload": {"status": "FAILED"}}\n'
    )
    out = io.StringIO()
    assert lint([tmp_path / "log.jsonl"], out) == 1
    assert "I2 violation: B:" in out.getvalue()


def test_a_finding_reads_like_a_sentence() -> None:
    [finding, _] = judged(guilty().records).findings
    assert repr(finding).startswith("<I3 violation: A: UpdateJobExecution CANCELED (record ")
