"""A trace in the terminal."""

import json
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rigs.errors import UsageFault
from rigs.report.flow import AHEAD, flow, stream
from rigs.report.show import sequence, show
from rigs.trace.records import AnyRecord, Header, Operator, Scenario, Step, Verdict, encoder
from rigs.trace.tape import Tape
from tests.project import ROOT


def two_scenarios() -> list[AnyRecord]:
    tape = Tape()
    for number, job in (("S001", "A"), ("S002", "B")):
        tape.add(Scenario(event="start", id=number, name=f"about {job}"))
        tape.add(Step(event="begin", text=f"When {job} is queued"))
        tape.connect()
        tape.notify_next(job)
        tape.add(Verdict(outcome="passed", text="as it should be"))
        tape.add(Scenario(event="end", id=number, name=f"about {job}"))
        tape.wait(10)
    return tape.records


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    path = tmp_path / "trace.jsonl"
    path.write_bytes(b"".join(encoder.encode(each) + b"\n" for each in (Header(device="lamp"), *two_scenarios())))
    return path


def test_steps_messages_and_verdicts_come_in_their_order(trace: Path) -> None:
    told = "\n".join(show(trace, "S001"))
    places = [told.index(words) for words in ("start S001", "When A is queued", "CONNECT", "notify-next A", "passed")]
    assert places == sorted(places)
    assert "B" not in told.split("passed")[1]


def test_a_scenario_is_found_by_its_name_too(trace: Path) -> None:
    assert any("notify-next B" in line for line in show(trace, "about B"))


def test_an_unknown_scenario_names_the_known_ones(trace: Path) -> None:
    with pytest.raises(UsageFault, match=r"no scenario 'S009'.*S001 about A, S002 about B"):
        list(show(trace, "S009"))


def test_a_long_pause_gets_a_line(trace: Path) -> None:
    assert any("… 10 s …" in line for line in show(trace))


def test_a_lost_message_is_marked_and_says_why() -> None:
    tape = Tape()
    tape.connect()
    sent = tape.update("A", "SUCCEEDED", sending={"lost": True})
    tape.fault("drop update", of=sent)
    lines = list(sequence(tape.records))
    [number] = [number for number, line in enumerate(lines) if "SUCCEEDED" in line]
    assert lines[number].endswith("⚡")
    assert "┄" in lines[number]
    assert lines[number + 1].strip() == "lost: drop update"


def test_columns_stay_in_line() -> None:
    tape = Tape()
    tape.connect()
    tape.notify_next("A" * 64)
    tape.start_next("A")
    tape.add(Operator(call="create_job", arguments={"jobId": "A"}))
    head, *lines = sequence(tape.records)
    assert [head.index(word) < head.index("network") for word in ("record", "seconds", "device")] == [True] * 3
    assert len({line.index("│") for line in lines}) == 1
    assert lines[0].index("│") in range(head.index("network"), head.index("network") + 7)


def cells(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)


@pytest.mark.parametrize("job", ["A", "A" * 64, "update-for-all-of-them"])
def test_no_line_is_wider_than_a_hundred(job: str) -> None:
    tape = Tape()
    tape.wait(12345.678).connect()
    tape.add(Step(event="begin", text="And the device has done what it does " * 5))
    tape.notify_next(job)
    tape.start_next(job)
    sent = tape.update(job, "IN_PROGRESS", expectedVersion=12, executionNumber=3, sending={"lost": True})
    tape.fault(f"drop the report of {job} because of a very long reason that is told in very many words", of=sent)
    tape.refuse(job, "InvalidStateTransition", executionState={"status": "TIMED_OUT", "versionNumber": 12})
    tape.add(Operator(actor="another client", call="update_job_execution", arguments={"jobId": job}))
    lines = list(sequence(tape.records))
    assert max(map(cells, lines)) <= 100
    assert any("rejected" in line and "TIMED_OUT v12" in line for line in lines)


def test_both_ends_of_a_cut_are_one_line() -> None:
    tape = Tape()
    tape.connect()
    tape.close(by="tap")
    [line] = [line for line in sequence(tape.records) if "connection ends" in line]
    assert "│═╳═│" in line


def told(path: Path, **part: Any) -> str:
    return "\n".join(show(path, **part))


@pytest.mark.parametrize(
    ("part", "in_it", "not_in_it"),
    [
        ({"start": "10"}, "notify-next B", "notify-next A"),
        ({"end": "5"}, "notify-next A", "notify-next B"),
        ({"start": "n13"}, "notify-next B", "notify-next A"),
        ({"end": "n12"}, "notify-next A", "notify-next B"),
        ({"job": "B"}, "notify-next B", "notify-next A"),
        ({"scenario": "S002", "start": "0"}, "notify-next B", "notify-next A"),
    ],
)
def test_parts(trace: Path, part: dict[str, str], in_it: str, not_in_it: str) -> None:
    said = told(trace, **part)
    assert (in_it in said, not_in_it in said) == (True, False)


def test_a_job_brings_the_question_that_it_answered(tmp_path: Path) -> None:
    tape = Tape()
    tape.connect()
    for job in ("A", "B"):
        tape.notify_next(job)
        tape.start_next(job)
        tape.update(job, "SUCCEEDED")
        tape.accept(job)
    path = tmp_path / "t.jsonl"
    path.write_bytes(b"".join(encoder.encode(each) + b"\n" for each in (Header(), *tape.records)))
    said = told(path, job="B")
    arrows = [line.split("│")[0].strip(" ─◀▶").split(None, 2)[2].strip(" ─◀▶") for line in said.splitlines()[2:]]
    assert arrows[2:] == [
        "notify-next B QUEUED v1",
        "start-next",
        "start-next accepted B",
        "B update SUCCEEDED",
        "B update accepted",
    ]


def test_a_job_that_nothing_names(trace: Path) -> None:
    with pytest.raises(UsageFault, match=r"nothing in .* names the job 'C'"):
        told(trace, job="C")


def test_a_place_that_is_none(trace: Path) -> None:
    with pytest.raises(UsageFault, match=r"'noon' is no place in a trace: give seconds, as 12\.5, or"):
        told(trace, start="noon")


def test_the_picture_of_a_part(trace: Path, tmp_path: Path) -> None:
    picture = tmp_path / "out" / "part.svg"
    [said] = show(trace, scenario="S002", svg=picture)
    assert said.startswith(f"{picture}: ")
    drawn = picture.read_text()
    assert drawn.startswith("<svg")
    assert "notify-next B" in drawn
    assert "notify-next A" not in drawn


def test_a_picture_of_very_much_is_refused(trace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rigs.report.show.MOST_DRAWN", 5)
    with pytest.raises(UsageFault, match="more than 5 records: choose a part"):
        told(trace, svg=tmp_path / "x.svg")


def test_a_log_of_another_tool_is_shown_with_what_it_cannot_show(tmp_path: Path) -> None:
    line = {"time": 1.5, "topic": "$aws/things/t/jobs/A/update", "payload": {"status": "SUCCEEDED"}}
    (tmp_path / "x.jsonl").write_text(f"{json.dumps(line)}\nbroken\n{json.dumps(line)}\n")
    said = told(tmp_path / "x.jsonl").splitlines()
    assert said[0].startswith("x.jsonl:2: expected a JSON object")
    assert said[2] == "imported from x.jsonl: 2 of 3 lines taken, left out: 1 no JSON"
    assert said[3].startswith("the log cannot show: acknowledgements, beginning")
    assert sum("A update SUCCEEDED" in line for line in said) == 2


def test_lines_come_before_the_trace_is_read_to_its_end() -> None:
    tape = Tape()
    tape.connect()
    for number in range(AHEAD):
        tape.wait(0.1).update("A", "IN_PROGRESS", sending={"qos": 0}, statusDetails={"step": str(number)})
    read: list[int] = []

    def watched() -> Iterator[AnyRecord]:
        for record in tape.records:
            read.append(record.n)
            yield record

    lines = sequence(watched())
    for _ in range(20):
        next(lines)
    assert len(read) <= AHEAD + 50


def test_a_stream_says_the_same_as_the_whole() -> None:
    tape = Tape()
    tape.connect()
    for number in range(AHEAD // 3):
        tape.notify_next(f"J{number}")
        tape.start_next(f"J{number}")
        sent = tape.update(f"J{number}", "SUCCEEDED", sending={"lost": number % 7 == 0})
        if number % 7 == 0:
            tape.fault("drop", of=sent)
        tape.wait(0.2).accept(f"J{number}")
    assert [row for _, rows in stream(tape.records) for row in rows] == flow(tape.records)


def test_what_is_held_for_very_long_is_let_go_with_its_time() -> None:
    tape = Tape()
    tape.connect()
    sent = tape.update("A", "SUCCEEDED", sending={"lost": True})
    tape.fault("hold", of=sent)
    for _ in range(3 * AHEAD):
        tape.wait(0.01).up("telemetry", {}, qos=0)
    tape.packet("cloud", "up", "PUBLISH", of=sent, topic="$aws/things/bench-7/jobs/A/update", payload={})
    rows = [row for _, rows in stream(tape.records) for row in rows]
    assert [row.note.split(" after")[0] for row in rows if "A" in row.label.split()] == ["lost: hold", "released"]


def test_the_command_ends_with_head(trace: Path) -> None:
    command = f"{sys.executable} -m rigs.cli show {trace} | head -n 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, cwd=ROOT, check=False)
    assert (done.stdout.startswith("trace.jsonl"), done.stderr) == (True, "")
