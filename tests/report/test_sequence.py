"""The sequence picture: what is drawn, where, and how big."""

import re
import xml.etree.ElementTree as ET

import msgspec
import pytest

from rigs.report.flow import flow
from rigs.report.layout import BROKEN_PAUSE, MOST_ROWS, ROW, laid_out
from rigs.report.sequence import sequence_svg
from rigs.trace.records import Clock, Operator, Power, Service
from rigs.trace.tape import Tape

SVG = "{http://www.w3.org/2000/svg}"


def job() -> Tape:
    tape = Tape()
    tape.connect()
    tape.notify_next("A")
    tape.wait(0.2).start_next("A")
    return tape.wait(0.5)


def texts(tape: Tape, title: str = "a title") -> list[str]:
    root = ET.fromstring(sequence_svg(tape.records, title))
    return [element.text or "" for element in root.iter(f"{SVG}text")]


def labels(tape: Tape) -> list[str]:
    return [row.label for row in flow(tape.records)]


def test_messages_of_jobs_and_connections_are_drawn_the_rest_is_folded() -> None:
    tape = job()
    tape.both("up", "SUBSCRIBE", id=3, more={"filters": [["x", 1]]})
    tape.both("up", "PINGREQ")
    assert labels(tape) == [
        "CONNECT bench-7 clean",
        "CONNACK session 0",
        "notify-next A QUEUED v1",
        "start-next",
        "start-next accepted A IN_PROGRESS v2",
    ]


def test_accepted_is_green_and_rejected_red() -> None:
    tape = job()
    tape.update("A", "SUCCEEDED", expectedVersion=1)
    tape.refuse("A", "VersionMismatch", executionState={"status": "IN_PROGRESS", "versionNumber": 2})
    tape.update("A", "SUCCEEDED", expectedVersion=2)
    tape.accept("A")
    tones = {row.label: row.tone for row in flow(tape.records)}
    assert tones["A update rejected VersionMismatch IN_PROGRESS v2"] == "bad"
    assert tones["A update accepted"] == "good"


def test_the_version_stands_beside_the_message_that_tells_it() -> None:
    tape = job()
    tape.update("A", "SUCCEEDED")
    tape.accept("A")
    assert [row.version for row in flow(tape.records) if row.version] == [
        "A v1 QUEUED",
        "A v2 IN_PROGRESS",
        "A v3 SUCCEEDED",
    ]


def test_a_lost_message_ends_at_the_tap_and_names_the_fault() -> None:
    tape = job()
    sent = tape.update("A", "SUCCEEDED", sending={"lost": True})
    tape.fault("drop update SUCCEEDED", of=sent)
    lost = flow(tape.records)[-1]
    assert (lost.start, lost.end, lost.tone, lost.note) == ("device", "tap", "fault", "lost: drop update SUCCEEDED")


def test_a_held_message_is_drawn_twice() -> None:
    tape = job()
    sent = tape.update("A", "SUCCEEDED", sending={"lost": True, "acked": False})
    tape.fault("hold update", of=sent)
    tape.wait(2).packet("cloud", "up", "PUBLISH", of=sent, topic="$aws/things/bench-7/jobs/A/update", payload={})
    held, released = flow(tape.records)[-2:]
    assert (held.end, held.note) == ("tap", "held: hold update")
    assert (released.start, released.end, released.note) == ("tap", "service", "released after 2 s")


def test_copies_and_inventions_of_the_tap_come_from_the_tap() -> None:
    tape = job()
    given = tape.notify_next("B")
    of = given - 1
    tape.packet("device", "down", "PUBLISH", of=of, by="copy", topic="$aws/things/bench-7/jobs/notify-next", payload={})
    tape.notify_next("C", by="insert")
    copied, made = flow(tape.records)[-2:]
    assert (copied.start, copied.note, copied.tone) == ("tap", "copied by copy", "fault")
    assert (made.start, made.note) == ("tap", "made by the tap: insert")


def test_a_puback_is_drawn_only_when_a_fault_concerns_it() -> None:
    tape = job()
    tape.update("A", "IN_PROGRESS", sending={"acked": False})
    ack = tape.packet("cloud", "down", "PUBACK", id=9)
    tape.fault("drop PUBACK", of=ack.n)
    assert labels(tape)[-1] == "PUBACK #9"


def test_both_ends_of_a_cut_are_one_mark() -> None:
    tape = job()
    tape.close(by="tap")
    cut = flow(tape.records)[-1]
    assert (cut.start, cut.end, cut.label) == ("device", "service", "connection ends (by the tap)")


def test_operator_clock_and_power_have_their_places() -> None:
    tape = job()
    tape.add(Operator(event="called", actor="another client", call="update_job_execution", arguments={"jobId": "A"}))
    tape.add(Operator(event="called", call="describe_job_execution", arguments={"jobId": "A"}))
    tape.add(Clock(stepped=7200))
    tape.add(Power(event="off"))
    rows = [(row.start, row.end, row.label) for row in flow(tape.records)[-3:]]
    assert rows == [
        ("operator", "service", "another client: update_job_execution A"),
        ("service", "service", "service clock +2 h"),
        ("device", "device", "power off"),
    ]


def test_a_refused_call_says_why() -> None:
    tape = job()
    called = tape.add(Operator(event="called", call="cancel_job_execution", arguments={"jobId": "A"}))
    tape.add(Operator(event="answered", call="cancel_job_execution", error="InvalidStateTransition", of=called.n))
    assert flow(tape.records)[-1].note == "InvalidStateTransition"


def test_time_is_to_scale_between_quick_messages_and_broken_in_long_pauses() -> None:
    tape = job()
    for pause in (0.4, 0.8, 0.4, 3600):
        tape.wait(pause).update("A", "IN_PROGRESS", sending={"qos": 0})
    layout = laid_out(flow(tape.records), 0)
    steps = [later - y for y, later in zip(layout.y, layout.y[1:], strict=False)]
    assert steps[-3] == pytest.approx(2 * steps[-2])
    assert steps[-1] == BROKEN_PAUSE
    assert [pause.seconds for pause in layout.breaks][-1] == 3600


def test_nothing_stands_on_top_of_anything() -> None:
    tape = job()
    for _ in range(20):
        sent = tape.update("A", "IN_PROGRESS", sending={"lost": True, "acked": False})
        tape.fault("drop a report that has a very long sentence to tell about why it was dropped and when", of=sent)
    rows = flow(tape.records)
    layout = laid_out(rows, 0)
    assert all(later - y >= ROW for y, later in zip(layout.y, layout.y[1:], strict=False))


def test_the_picture_is_well_formed_has_its_own_ground_and_names_the_lanes() -> None:
    tape = job()
    svg = sequence_svg(tape.records, 'S001 <a> & "b"')
    root = ET.fromstring(svg)
    assert root.find(f"{SVG}rect[@fill='#fff']") is not None
    said = texts(tape, 'S001 <a> & "b"')
    assert said[0] == 'S001 <a> & "b"'
    assert "network (tap)" in said
    assert "operator, another client" not in said


def test_a_timer_is_a_bar_with_its_line() -> None:
    tape = job()
    running = Service(source="inside", job="A", event="started", version=2, timer="step", deadline=160.0, stamp=100.0)
    tape.add(running)
    tape.wait(3).add(Clock(stepped=60, stamp=163.0))
    tape.add(msgspec.structs.replace(running, event="timed out", version=3, status="TIMED_OUT", stamp=163.0))
    said = texts(tape)
    assert any(re.match(r"1\. A step timer of 1 min, set by start-next .*: fired, \+3\.0 s", text) for text in said)
    assert "A timed out (step timer)" in said


def test_a_storm_is_capped_with_a_note_and_stays_small() -> None:
    tape = job()
    for number in range(400):
        tape.wait(0.3).update("A", "IN_PROGRESS", statusDetails={"step": str(number)})
        tape.accept("A")
    svg = sequence_svg(tape.records, "storm")
    assert len(svg) < 50_000
    assert re.search(r"… \d+ more not drawn \(records \d+ to \d+\) …", svg)
    assert svg.count('class="t"') <= MOST_ROWS + 1


def test_no_records_give_an_empty_picture() -> None:
    ET.fromstring(sequence_svg([], "nothing"))
