"""The console log: what went in comes out, also after a kill."""

from __future__ import annotations

from pathlib import Path

import pytest

from rigs.console.log import ConsoleLog, read_log
from rigs.errors import UsageFault

AWKWARD = b'it\'s "quoted"\t\x00\xff\r\n'


def test_bytes_come_back_as_they_were(tmp_path: Path) -> None:
    log = ConsoleLog(tmp_path / "deep" / "console.log")
    log.write("serial", "<", AWKWARD)
    log.write("ssh", ">", b"boots\n")
    log.close()
    log.write("ssh", ">", b"after the end")
    log.close()
    first, second = read_log(log.path)
    assert (first.console, first.way, first.data) == ("serial", "<", AWKWARD)
    assert (second.console, second.way, second.data) == ("ssh", ">", b"boots\n")
    assert first.at <= second.at


def test_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    log = ConsoleLog(tmp_path / "console.log")
    log.write("serial", "<", b"whole")
    log.close()
    log.path.write_bytes(log.path.read_bytes() + b"12.5\tserial\t<\tb'to")
    assert [chunk.data for chunk in read_log(log.path)] == [b"whole"]


def test_another_file_is_refused_by_line(tmp_path: Path) -> None:
    other = tmp_path / "other.log"
    other.write_text("1.0\tserial\t<\tb'good'\nhello\n")
    with pytest.raises(UsageFault, match=r"other\.log:2: no line of a console log"):
        list(read_log(other))
