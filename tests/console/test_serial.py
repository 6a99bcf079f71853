"""SerialConsole on ports that go away, come back, and say things by themselves."""

from __future__ import annotations

import os
import socket
import threading
import tty
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from rigs.boards.virtual import MARKS, PROMPT
from rigs.console.framing import Marked, Prompted
from rigs.console.serial import SerialConsole
from rigs.errors import ConsoleLost, ConsoleSilent
from rigs.power.lines import LinesOnly
from rigs.trace.records import Console
from rigs.trace.store import Trace


class Adapter:
    """A pty whose device end the test plays; `path` is a link that stays when the pty is another one."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "port"
        self._ends: list[int] = []
        self.plug()

    def plug(self) -> None:
        self.device, slave = os.openpty()
        tty.setraw(slave)
        self._ends = [self.device, slave]
        self.path.symlink_to(os.ttyname(slave))

    def unplug(self) -> None:
        self.path.unlink(missing_ok=True)
        for fd in self._ends:
            os.close(fd)
        self._ends = []

    def read_command(self) -> bytes:
        return os.read(self.device, 4096)


@pytest.fixture
def adapter(tmp_path: Path) -> Iterator[Adapter]:
    adapter = Adapter(tmp_path)
    yield adapter
    adapter.unplug()


@pytest.fixture
def cleaner() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def opened(console: SerialConsole, cleaner: ExitStack) -> SerialConsole:
    cleaner.callback(console.close)
    console.open()
    return console


def test_a_lost_port_wakes_who_waits(adapter: Adapter, trace: Trace, wait_line: Any, cleaner: ExitStack) -> None:
    console = opened(SerialConsole(str(adapter.path), trace=trace, framing=Prompted("> ")), cleaner)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(console.run, "boots", timedelta(minutes=5))
        assert adapter.read_command() == b"boots\n"
        adapter.unplug()
        with pytest.raises(ConsoleLost, match=r"went away( while 'boots' ran|: write failed)"):
            answer.result(timeout=30)
    wait_line("", way="lost")
    with pytest.raises(ConsoleLost, match="'boots' was not sent"):
        console.run("boots", timedelta(minutes=5))


def test_a_port_that_vanishes_with_the_device_is_read_again(
    adapter: Adapter, trace: Trace, wait_line: Any, cleaner: ExitStack
) -> None:
    console = SerialConsole(str(adapter.path), trace=trace, framing=Prompted("> "), vanishes_with_device=True)
    opened(console, cleaner)
    os.write(adapter.device, b"before\nhalf a l")
    wait_line("before")
    adapter.unplug()
    lost = wait_line("", way="lost")
    with pytest.raises(ConsoleLost, match="is away, 'boots' was not sent"):
        console.run("boots", timedelta(milliseconds=50))
    adapter.plug()
    wait_line("", way="open", since=lost.n)
    os.write(adapter.device, b"after\n> ")
    wait_line("after", since=lost.n)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(console.run, "boots")
        adapter.read_command()
        os.write(adapter.device, b"boots\n2\n> ")
        assert answer.result(timeout=30) == "2"
    assert [r.text for r in trace.since(0) if isinstance(r, Console) and r.way == "read"] == ["before", "after", "2"]


def test_a_silent_board_is_told_with_what_was_seen(
    adapter: Adapter, trace: Trace, wait_line: Any, cleaner: ExitStack
) -> None:
    console = opened(SerialConsole(str(adapter.path), trace=trace, framing=Prompted("board> ")), cleaner)
    os.write(adapter.device, b"panic at 0x40\nrebo")
    wait_line("panic")
    with pytest.raises(ConsoleSilent) as silent:
        console.run("boots", timedelta(milliseconds=50))
    for part in ("no end of the answer to 'boots' within 0.05 s", "board> ", "'rebo'", "panic at 0x40", "[console]"):
        assert part in str(silent.value)


@pytest.mark.parametrize("framing", [Marked(**MARKS), Prompted(PROMPT)], ids=repr)
def test_lines_of_the_agent_stay_out_of_answers(
    framing: Any, make_board: Any, trace: Trace, wait_line: Any, cleaner: ExitStack
) -> None:
    noisy = "seq -f 'work: line %.0f' 1 3000; cat"
    board = make_board(agent=["sh", "-c", noisy], files={"autostart": b"yes"})
    console = opened(SerialConsole(board.port, trace=trace, framing=framing), cleaner)
    board.start()
    assert {console.run("boots") for _ in range(100)} == {"1"}
    wait_line("work: line 3000")
    noise = [r.text for r in trace.since(0) if isinstance(r, Console) and r.text.startswith("work")]
    assert noise == [f"work: line {number}" for number in range(1, 3001)]


def test_long_lines_pass_both_ways(make_board: Any, trace: Trace, cleaner: ExitStack) -> None:
    board = make_board()
    console = opened(SerialConsole(board.port, trace=trace, framing=Marked(**MARKS)), cleaner)
    board.start()
    data = "QUJD" * 20_000
    assert console.run(f"put long {data}") == ""
    assert (board.flash / "long").read_bytes() == b"ABC" * 20_000
    assert console.run("cat long") == "ABC" * 20_000


def test_a_port_of_the_network(trace: Trace, wait_line: Any, cleaner: ExitStack) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"socket://127.0.0.1:{server.getsockname()[1]}"
        console = opened(SerialConsole(url, trace=trace, framing=Prompted("> "), newline="\r\n"), cleaner)
        device, _ = server.accept()
        with device, ThreadPoolExecutor(1) as pool:
            answer = pool.submit(console.run, "boots")
            assert device.recv(100) == b"boots\r\n"
            device.sendall(b"boots\r\n4\r\n> ")
            assert answer.result(timeout=30) == "4"
        wait_line("", way="lost")


def test_lines_are_off_unless_asked_and_can_be_set(trace: Trace, cleaner: ExitStack) -> None:
    console = opened(SerialConsole("loop://", trace=trace, framing=Prompted("> "), rts=True), cleaner)
    port: Any = console._port
    assert (port.dsr, port.cts) == (False, True)
    console.set_lines(dtr=True, rts=False)
    assert (port.dsr, port.cts) == (True, False)
    console.close()
    with pytest.raises(ConsoleLost, match="is not open"):
        console.set_lines(dtr=False)


def test_a_port_that_is_not_there_or_taken(adapter: Adapter, tmp_path: Path, trace: Trace, cleaner: ExitStack) -> None:
    with pytest.raises(ConsoleLost, match="Is it plugged in"):
        SerialConsole(str(tmp_path / "absent"), trace=trace, framing=Prompted("> ")).open()
    opened(SerialConsole(str(adapter.path), trace=trace, framing=Prompted("> ")), cleaner)
    with pytest.raises(ConsoleLost, match="no other program"):
        SerialConsole(str(adapter.path), trace=trace, framing=Prompted("> ")).open()


def test_closing_leaves_no_thread(adapter: Adapter, trace: Trace) -> None:
    before = threading.active_count()
    console = SerialConsole(str(adapter.path), trace=trace, framing=Prompted("> "))
    console.open()
    assert threading.active_count() == before + 1
    console.close()
    assert threading.active_count() == before


def test_a_port_for_lines_only_reads_nothing(cleaner: ExitStack) -> None:
    lines = LinesOnly("loop://")
    cleaner.callback(lines.close)
    lines.set_lines(rts=True)
    assert repr(lines) == "<LinesOnly loop://>"
