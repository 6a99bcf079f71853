"""Lines: the same whatever the pieces in which bytes come."""

from __future__ import annotations

import pytest

from rigs.console.lines import LONGEST, Lines, clean

ROWS = [
    (b"one\ntwo\n", ["one", "two"], ""),
    (b"one\r\ntwo\r\nboard> ", ["one", "two"], "board> "),
    (b"\n\nx", ["", ""], "x"),
    (b"\x1b[0;32mI (12) wifi: up\x1b[0m\r\n", ["I (12) wifi: up"], ""),
    (b"10 %\r50 %\r100 %\n", ["100 %"], ""),
    (b"board> \r\x1b[Kwork: begun a1\r\nboard> ", ["work: begun a1"], "board> "),
    (b"\x00\x00boot\n", ["boot"], ""),
    ("gr\u00fcn \u2713\n".encode(), ["gr\u00fcn \u2713"], ""),
    (b"\xff\xfe noise\n", ["\ufffd\ufffd noise"], ""),
]


@pytest.mark.parametrize(("data", "whole", "partial"), ROWS)
def test_whole(data: bytes, whole: list[str], partial: str) -> None:
    lines = Lines()
    assert (lines.feed(data), lines.partial) == (whole, partial)


@pytest.mark.parametrize(("data", "whole", "partial"), ROWS)
def test_byte_by_byte(data: bytes, whole: list[str], partial: str) -> None:
    lines = Lines()
    got = [line for byte in data for line in lines.feed(bytes([byte]))]
    assert (got, lines.partial) == (whole, partial)


@pytest.mark.parametrize(("data", "whole", "partial"), ROWS)
def test_what_comes_after_is_kept_apart(data: bytes, whole: list[str], partial: str) -> None:
    lines = Lines()
    assert lines.feed(data + b"!\nnext")[: len(whole)] == whole
    assert lines.partial == "next"


def test_a_line_without_end_does_not_eat_the_machine() -> None:
    lines = Lines()
    assert lines.feed(b"x" * (LONGEST - 1)) == []
    assert lines.feed(b"y") == ["x" * (LONGEST - 1) + "y"]
    assert repr(lines) == "<Lines 0 B unfinished>"


def test_titles_of_terminals_are_not_text() -> None:
    assert clean(b"\x1b]0;root@dev\x07root@dev:~# ") == "root@dev:~# "
