"""The version table and the timer table."""

from rigs.jobs.model import Kind, Operation
from rigs.report.tables import TIMER_HEADERS, VERSION_HEADERS, timer_rows, version_rows
from rigs.trace.records import Service
from rigs.trace.tape import Tape


def working() -> Tape:
    tape = Tape()
    tape.connect()
    tape.notify_next("A")
    tape.start_next("A")
    return tape.wait(1)


def column(rows: list[list[str]], name: str, headers: tuple[str, ...] = VERSION_HEADERS) -> list[str]:
    return [row[headers.index(name)] for row in rows]


def test_a_version_that_another_writer_has_overtaken_is_marked() -> None:
    tape = working()
    tape.update("A", "SUCCEEDED", expectedVersion=2)
    tape.refuse("A", "VersionMismatch", executionState={"status": "IN_PROGRESS", "versionNumber": 3})
    tape.update("A", "SUCCEEDED", expectedVersion=3)
    tape.accept("A")
    rows = version_rows(tape.records)
    assert column(rows, "expectedVersion") == ["✗ 2", "3"]
    assert column(rows, "version before") == ["3", "3"]
    assert column(rows, "version after") == ["3", "4"]
    assert column(rows, "answer") == ["VersionMismatch", "accepted"]


def test_lost_reports_and_lost_answers_say_so() -> None:
    tape = working()
    tape.update("A", "IN_PROGRESS", expectedVersion=2, sending={"lost": True})
    tape.update("A", "SUCCEEDED", expectedVersion=2)
    tape.accept("A", lost=True)
    assert column(version_rows(tape.records), "answer") == [
        "none: did not reach the service",
        "accepted, lost on its way back",
    ]


def test_what_the_service_counts_inside_is_not_counted_twice() -> None:
    tape = working()
    sent = tape.up(tape.topic(Operation.UPDATE, job="A"), {"status": "SUCCEEDED", "expectedVersion": 2})
    assert sent
    tape.add(Service(source="inside", job="A", execution=1, event="ended", status="SUCCEEDED", version=3))
    tape.down(tape.topic(Operation.UPDATE, Kind.ACCEPTED, "A"), {"timestamp": 1})
    rows = version_rows(tape.records)
    assert (column(rows, "version before"), column(rows, "version after")) == (["2"], ["3"])


def test_there_is_no_version_table_without_versions() -> None:
    tape = working()
    tape.update("A", "SUCCEEDED")
    tape.accept("A")
    assert version_rows(tape.records) == []


def inside(tape: Tape, event: str, **said: object) -> None:
    tape.add(Service(source="inside", job="A", execution=1, event=event, **said))  # type: ignore[arg-type]


def test_a_timer_that_fired_shows_how_late() -> None:
    tape = working()
    inside(tape, "started", timer="step", deadline=1_700_000_060.0, stamp=1_700_000_000.0)
    inside(tape, "timed out", timer="step", deadline=1_700_000_060.0, stamp=1_700_000_061.5, status="TIMED_OUT")
    [row] = timer_rows(tape.records)
    assert row[0] == "A step"
    assert row[1].startswith("start-next (record ")
    assert row[2:] == ["1 min", "22:14:20", "fired 22:14:21", "+1.5 s"]


def test_a_timer_more_than_a_minute_late_is_marked() -> None:
    tape = working()
    inside(tape, "started", timer="in-progress", deadline=60.0, stamp=0.0)
    inside(tape, "timed out", timer="in-progress", deadline=60.0, stamp=121.0)
    assert column(timer_rows(tape.records), "error", TIMER_HEADERS) == ["✗ +61.0 s"]


def test_a_renewed_timer_is_a_row_of_its_own() -> None:
    tape = working()
    inside(tape, "started", timer="step", deadline=60.0, stamp=0.0)
    inside(tape, "reported", timer="step", deadline=90.0, stamp=30.0)
    inside(tape, "ended", stamp=40.0)
    ends = column(timer_rows(tape.records), "fired or cleared at", TIMER_HEADERS)
    assert ends == ["set anew 00:00:30", "cleared (ended) 00:00:40"]


def test_without_inside_records_the_timers_that_were_granted_are_listed() -> None:
    tape = working()
    tape.update("A", "IN_PROGRESS", stepTimeoutInMinutes=10)
    tape.accept("A")
    tape.update("A", "IN_PROGRESS", stepTimeoutInMinutes=0)
    tape.refuse("A", "InvalidRequest")
    assert column(timer_rows(tape.records), "set to", TIMER_HEADERS) == ["10 min"]


def test_there_is_no_timer_table_without_timers() -> None:
    assert timer_rows(working().records) == []
