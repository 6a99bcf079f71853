"""What the console tests share: a trace, a console log, boards that are gone afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from rigs.boards.virtual import VirtualBoard
from rigs.console.log import ConsoleLog
from rigs.loop import LoopThread
from rigs.trace.records import AnyRecord, Console, Header
from rigs.trace.store import Trace

MakeBoard = Callable[..., VirtualBoard]
WaitLine = Callable[..., AnyRecord]


@pytest.fixture
def trace() -> Iterator[Trace]:
    trace = Trace(Header())
    yield trace
    trace.end()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[ConsoleLog]:
    log = ConsoleLog(tmp_path / "console.log")
    yield log
    log.close()


@pytest.fixture
def loop() -> Iterator[LoopThread]:
    loop = LoopThread("console-tests")
    yield loop
    loop.stop()


@pytest.fixture
def make_board(tmp_path: Path) -> Iterator[MakeBoard]:
    boards: list[VirtualBoard] = []

    def make(**options: Any) -> VirtualBoard:
        boards.append(VirtualBoard(tmp_path / f"board{len(boards)}", **{"agent": [], **options}))
        return boards[-1]

    yield make
    for board in boards:
        board.close()


@pytest.fixture
def wait_line(trace: Trace) -> WaitLine:
    """Waits for a console record by way and text."""

    def wait(text: str, way: str = "read", since: int = 0) -> AnyRecord:
        def shown(record: AnyRecord) -> bool:
            return isinstance(record, Console) and record.way == way and text in record.text

        return trace.wait_for(shown, since=since, within=timedelta(seconds=30))

    return wait
