"""A trace file as a stream, and single records fetched from it."""

from pathlib import Path

import pytest

from rigs.errors import UsageFault
from rigs.trace.reader import STRIDE, TraceFile
from rigs.trace.records import AnyRecord, Console, Header, encoder


def written(path: Path, *numbers: int) -> Path:
    records = (Console(n=n, text=f"line {n}" + "x" * (n % 50)) for n in numbers)
    path.write_bytes(b"".join(encoder.encode(each) + b"\n" for each in (Header(thing="t"), *records)))
    return path


def texts(records: list[AnyRecord]) -> list[str]:
    return [record.text.rstrip("x") for record in records if isinstance(record, Console)]


def test_records_that_have_passed_are_fetched_by_number(tmp_path: Path) -> None:
    file = TraceFile(written(tmp_path / "t", *range(1, 3 * STRIDE + 10)))
    assert len(list(file)) == 3 * STRIDE + 9
    wanted = [1, 2, STRIDE, STRIDE + 1, 3 * STRIDE + 9]
    assert texts(file.fetch(reversed(wanted))) == [f"line {n}" for n in wanted]
    assert file.fetch([0, 3 * STRIDE + 10]) == []


def test_fetching_while_reading(tmp_path: Path) -> None:
    file = TraceFile(written(tmp_path / "t", *range(1, 1000)))
    for record in file:
        assert texts(file.fetch([record.n, max(1, record.n - 500)]))[-1] == f"line {record.n}"


def test_a_slice_keeps_its_numbers(tmp_path: Path) -> None:
    file = TraceFile(written(tmp_path / "t", *range(5000, 5300)))
    assert len(list(file)) == 300
    assert texts(file.fetch([4999, 5000, 5299])) == ["line 5000", "line 5299"]


def test_a_torn_last_line_is_left_out_and_said(tmp_path: Path) -> None:
    path = written(tmp_path / "t", 1, 2)
    path.write_bytes(path.read_bytes()[:-5])
    file = TraceFile(path)
    assert [record.n for record in file] == [1]
    assert file.torn


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "t:1: not a jobrig trace"),
        (b"\xff\xfe\n", "t:1: not a jobrig trace"),
        (b'{"format":"other","version":1}\n', "t:1: format 'other' version 1, this jobrig reads 1"),
        (b'{"format":"jobrig-trace","version":2}\n', "t:1: format 'jobrig-trace' version 2"),
        (b'{"format":"jobrig-trace","version":1}\n{"what":"dream"}\n', "t:2: not a trace record"),
    ],
)
def test_what_is_no_trace_says_so(text: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(text)
    with pytest.raises(UsageFault, match=says):
        list(TraceFile(tmp_path / "t"))
