"""Framings: where an answer begins and ends, and what is not of it."""

from __future__ import annotations

import pytest

from rigs.console.framing import Exchange, Framing, Marked, Prompted
from rigs.console.lines import clean
from rigs.errors import UsageFault

MARKED = Marked(ask="@{number} {command}", begin="@{number} begin", end="@{number} end")
SHELL = Marked(ask="echo b-{number}; {command}; echo e-{number}", begin="b-{number}", end="e-{number}")
PROMPTED = Prompted(r"\w+> ")
SILENT = Prompted(r"\w+> ", echo=False)
# framing, what the console reads (the last one unfinished), the answer, the lines that are news
ROWS = [
    (MARKED, ["@7 begin", "3", "@7 end", "dev> "], ["3"], ["3"]),
    (MARKED, ["noise", "@7 begin", "@7 end", "noise"], [], ["noise"]),
    (MARKED, ["@6 begin", "late", "@6 end", "@7 begin", "3", "@7 end", ""], ["3"], ["@6 begin", "late", "@6 end", "3"]),
    (MARKED, ["@7 begin", "a", "", "b", "@7 end", ""], ["a", "", "b"], ["a", "", "b"]),
    (SHELL, ["# echo b-7; boots; echo e-7", "b-7", "3", "e-7", "# "], ["3"], ["3"]),
    (PROMPTED, ["dev> boots", "3", "dev> "], ["3"], ["3"]),
    (PROMPTED, ["I (5) wifi up", "dev> boots", "3", "dev> "], ["3"], ["I (5) wifi up", "3"]),
    (PROMPTED, ["dev> boots", "3", "dev> I (5) wifi up", "dev> "], ["3"], ["3", "dev> I (5) wifi up"]),
    (PROMPTED, ["dev> boots", "3", "dev> \r\x1b[KI (5) wifi up", "dev> "], ["3"], ["3", "I (5) wifi up"]),
    (SILENT, ["3", "dev> "], ["3"], ["3"]),
]


def feed(exchange: Exchange, read: list[str]) -> list[str]:
    news = []
    for line in read[:-1]:
        if exchange.line(clean(line.encode())):
            news.append(clean(line.encode()))
    exchange.partial(read[-1])
    return [str(line) for line in news]


@pytest.mark.parametrize(("framing", "read", "answer", "news"), ROWS)
def test_the_answer_is_told_from_the_rest(
    framing: Framing, read: list[str], answer: list[str], news: list[str]
) -> None:
    exchange = framing.exchange(7, "boots")
    assert feed(exchange, read) == news
    assert exchange.done
    assert exchange.output == answer


@pytest.mark.parametrize(("framing", "read"), [(row[0], row[1]) for row in ROWS if row[0] is not SILENT])
def test_nothing_is_done_before_the_end(framing: Framing, read: list[str]) -> None:
    prompts = [at for at, line in enumerate(read) if line.startswith("dev> ") and "boots" not in line]
    end = next((at for at, line in enumerate(read) if line in ("@7 end", "e-7")), prompts[0] if prompts else 0)
    exchange = framing.exchange(7, "boots")
    feed(exchange, [*read[:end], ""])
    assert not exchange.done


def test_what_is_sent() -> None:
    assert MARKED.exchange(7, "cat {x}").text == "@7 cat {x}"
    assert SHELL.exchange(7, "true").text == "echo b-7; true; echo e-7"
    assert PROMPTED.exchange(7, "boots").text == "boots"


def test_a_line_printed_over_the_prompt_is_read_without_it() -> None:
    assert PROMPTED.bare("dev> I (5) wifi up") == "I (5) wifi up"
    assert MARKED.bare("dev> x") == "dev> x"


def test_mistakes_in_a_rig_file_are_named() -> None:
    with pytest.raises(UsageFault, match="is no regular expression"):
        Prompted("(")
    with pytest.raises(UsageFault, match="markers need"):
        Marked(ask="{command}", begin="begin", end="end {number}")
