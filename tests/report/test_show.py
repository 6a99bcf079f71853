"""A trace in the terminal."""

from pathlib import Path

import pytest

from rigs.errors import UsageFault
from rigs.report.show import sequence, show
from rigs.trace.records import AnyRecord, Header, Scenario, Step, Verdict, encoder
from rigs.trace.tape import Tape


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
    [line] = [line for line in sequence(tape.records) if "SUCCEEDED" in line]
    assert line.endswith("⚡  lost: drop update")
    assert "┄" in line


def test_columns_stay_in_line() -> None:
    tape = Tape()
    tape.connect()
    tape.notify_next("A" * 64)
    tape.start_next("A")
    lines = list(sequence(tape.records))
    assert len({line.index("│") for line in lines}) == 1
