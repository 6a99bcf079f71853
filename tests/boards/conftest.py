"""What the board tests share: boards that are gone afterwards, and their consoles."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from rigs.boards.virtual import MARKS, VirtualBoard
from rigs.console.framing import Marked
from rigs.console.serial import SerialConsole
from rigs.trace.records import AnyRecord, Console, Header
from rigs.trace.store import Trace

AGENT = """
import os, subprocess, sys
print("agent up in", os.path.basename(os.getcwd()), flush=True)
for line in sys.stdin:
    word, *rest = line.split()
    print("agent got", word, *rest, flush=True)
    if rest == ["reboot"]:
        os.system(os.environ["JOBRIG_REBOOT"])
    if rest == ["restart"]:
        sys.exit(75)
    if rest == ["end"]:
        sys.exit(3)
    if rest == ["child"]:
        subprocess.Popen(["cat"], stdin=subprocess.PIPE)
"""


class Bench:
    """A board with its console open."""

    def __init__(self, board: VirtualBoard, trace: Trace) -> None:
        self.board, self.trace = board, trace
        self.console = SerialConsole(board.port, trace=trace, framing=Marked(**MARKS))
        self.run = self.console.run

    def wait(self, text: str, since: int = 0) -> AnyRecord:
        """The first line with `text` after the record `since`."""

        def shown(record: AnyRecord) -> bool:
            return isinstance(record, Console) and record.way == "read" and text in record.text

        return self.trace.wait_for(shown, since=since, within=timedelta(seconds=30))

    def lines(self, since: int = 0) -> list[str]:
        """All lines that were read."""
        return [r.text for r in self.trace.since(since) if isinstance(r, Console) and r.way == "read"]


@pytest.fixture
def agent() -> dict[str, Any]:
    """Options of a board with an agent that does what `release WORD` says."""
    return {"agent": [sys.executable, "-u", "{flash}/agent.py"], "files": {"agent.py": AGENT.encode()}}


@pytest.fixture
def make_bench(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    benches: list[Bench] = []

    def make(**options: Any) -> Bench:
        board = VirtualBoard(tmp_path / "board", **{"agent": [], **options})
        benches.append(Bench(board, Trace(Header())))
        benches[-1].console.open()
        board.start()
        return benches[-1]

    yield make
    for bench in benches:
        bench.console.close()
        bench.board.close()
