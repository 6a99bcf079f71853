"""ProcessConsole: a device that is a process on this machine."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from rigs.console.process import ProcessConsole
from rigs.errors import ConsoleSilent
from rigs.trace.store import Trace


def test_commands_run_in_the_folder_with_the_environment(tmp_path: Path, trace: Trace) -> None:
    console = ProcessConsole(trace=trace, folder=tmp_path, env={"THING": "bench-7"})
    console.open()
    assert console.run("pwd; echo $THING; echo wrong >&2; exit 3") == f"{tmp_path}\nbench-7\nwrong"
    console.close()


def test_live_lines_come_by_follow(tmp_path: Path, trace: Trace, wait_line: Any) -> None:
    (tmp_path / "device.log").write_text("work: begun a1\n")
    console = ProcessConsole(trace=trace, folder=tmp_path, follow="exec tail -n +1 -f device.log")
    console.open()
    wait_line("work: begun a1")
    console.run("echo 'work: done a1' >> device.log")
    wait_line("work: done a1")
    console.close()


def test_a_follow_command_that_ends_is_a_gap(tmp_path: Path, trace: Trace, wait_line: Any) -> None:
    console = ProcessConsole(trace=trace, folder=tmp_path, follow="echo only this; exit 4")
    console.open()
    wait_line("only this")
    wait_line("ended with status 4", way="lost")
    console.close()


def test_what_a_command_has_started_ends_with_it(tmp_path: Path, trace: Trace) -> None:
    console = ProcessConsole(trace=trace, folder=tmp_path)
    console.open()
    os.mkfifo(tmp_path / "alive")
    alive = os.open(tmp_path / "alive", os.O_RDONLY | os.O_NONBLOCK)
    with pytest.raises(ConsoleSilent, match="begun"):
        console.run("exec 3>alive; echo begun; tail -f /dev/null; echo never", timedelta(milliseconds=500))
    os.set_blocking(alive, True)
    assert os.read(alive, 1) == b""
    os.close(alive)
    console.close()
