"""Every console kind keeps the same promises."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from rigs.boards.virtual import MARKS, PROMPT
from rigs.console.base import Console
from rigs.console.fake import FakeConsole
from rigs.console.framing import Framing, Marked, Prompted
from rigs.console.log import ConsoleLog, read_log
from rigs.console.process import ProcessConsole
from rigs.console.serial import SerialConsole
from rigs.console.ssh import SshConsole
from rigs.errors import ConsoleLost, ConsoleSilent
from rigs.loop import LoopThread
from rigs.trace import records
from rigs.trace.store import Trace

POEM = "Roses are red\n\n  violets @7 end\nboard\u00bb blue"
LONG = "x" * 20_000
FILES = {"poem": POEM.encode() + b"\n", "long": LONG.encode(), "empty": b"", "autostart": b"yes"}
# `agent stop` waits for an agent that does not want to end.
STUBBORN = "import signal; signal.signal(15, signal.SIG_IGN); open('ready', 'w').write('.'); signal.pause()"


class Kind(NamedTuple):
    console: Console
    hanging: str


Make = Callable[..., Kind]


def stubborn_board(make_board: Any, **options: Any) -> Any:
    """A board whose agent runs and does not heed SIGTERM."""
    board = make_board(files=FILES, agent=[sys.executable, "-c", STUBBORN], **options)
    os.mkfifo(board.flash / "ready")
    ready = os.open(board.flash / "ready", os.O_RDONLY | os.O_NONBLOCK)
    board.start()
    assert select.select([ready], [], [], 30)[0]
    os.close(ready)
    return board


def serial_kind(framing: Framing) -> Make:
    def make(make_board: Any, **common: Any) -> Kind:
        board = stubborn_board(make_board)
        return Kind(SerialConsole(board.port, framing=framing, **common), "agent stop")

    return make


def ssh_kind(make_board: Any, *, loop: LoopThread, **common: Any) -> Kind:
    board = stubborn_board(make_board, ssh=True)
    login = {"user": "rig", "keys": [board.ssh_keys.user_key], "known_hosts": board.ssh_keys.known_hosts}
    console = SshConsole("127.0.0.1", port=board.ssh_port, loop=loop, config=[], **login, **common)
    return Kind(console, "agent stop")


def process_kind(make_board: Any, **common: Any) -> Kind:
    board = make_board(files=FILES)
    return Kind(ProcessConsole(folder=board.flash, **common), "echo begun; exec tail -f /dev/null")


def fake_kind(make_board: Any, **common: Any) -> Kind:
    def cat(command: str) -> str:
        return FILES[command.split()[1]].decode().removesuffix("\n")

    return Kind(FakeConsole({"cat": cat}, **common), "hang")


KINDS: dict[str, Make] = {
    "serial, markers": serial_kind(Marked(**MARKS)),
    "serial, prompt": serial_kind(Prompted(PROMPT)),
    "ssh": ssh_kind,
    "process": process_kind,
    "fake": fake_kind,
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, make_board: Any, trace: Trace, log: ConsoleLog) -> Iterator[Kind]:
    extra = {"loop": request.getfixturevalue("loop")} if request.param == "ssh" else {}
    kind = KINDS[request.param](make_board, trace=trace, log=log, **extra)
    kind.console.open()
    yield kind
    kind.console.close()


def test_answers(kind: Kind, trace: Trace, log: ConsoleLog) -> None:
    mark = trace.mark
    assert kind.console.run("cat poem") == POEM
    assert kind.console.run("cat empty") == ""
    assert kind.console.run("cat long") == LONG
    seen = [(r.way, r.text) for r in trace.since(mark) if isinstance(r, records.Console)]
    wanted = [
        ("sent", "cat poem"),
        *[("read", line) for line in POEM.split("\n") if line],
        ("sent", "cat empty"),
        ("sent", "cat long"),
        ("read", LONG),
    ]
    assert [row for row in seen if row in wanted] == wanted
    raw = b"".join(chunk.data for chunk in read_log(log.path) if chunk.way == "<")
    assert LONG.encode() in raw
    assert any(b"cat poem" in chunk.data for chunk in read_log(log.path) if chunk.way == ">")


def test_callers_do_not_mix(kind: Kind) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(kind.console.run, ["cat poem", "cat empty"] * 10))
    assert answers == [POEM, ""] * 10


def test_a_command_without_end(kind: Kind) -> None:
    with pytest.raises(ConsoleSilent, match=r"0\.1 s") as silent:
        kind.console.run(kind.hanging, within=timedelta(milliseconds=100))
    assert kind.hanging in str(silent.value)


def test_opening_and_closing(kind: Kind, trace: Trace) -> None:
    kind.console.open()
    opened = [r for r in trace.since(0) if isinstance(r, records.Console) and r.way == "open"]
    assert [record.console for record in opened] == [kind.console.name]
    kind.console.close()
    kind.console.close()
    with pytest.raises(ConsoleLost, match="cat poem"):
        kind.console.run("cat poem")
    kind.console.open()
    assert kind.console.run("cat poem") == POEM
    assert not [r for r in trace.since(0) if isinstance(r, records.Console) and r.way == "lost"]
    assert kind.console.name in repr(kind.console)


def test_the_process_kind_keeps_to_its_folder(tmp_path: Path, trace: Trace) -> None:
    with pytest.raises(ConsoleLost, match="there is no folder"):
        ProcessConsole(trace=trace, folder=tmp_path / "absent").open()
