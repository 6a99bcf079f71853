"""When the rig's process is killed, nothing of a board stays."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

RIG = """
import subprocess, sys
from pathlib import Path
from rigs.boards.virtual import VirtualBoard
agent = ["sh", "-c", "tail -f /dev/null & echo $! $$ > pids; cat"]
board = VirtualBoard(Path(sys.argv[1]), agent=agent, autostart=True, ssh=True)
board.start()
bystander = subprocess.Popen(["cat"], stdin=subprocess.PIPE, close_fds=False)
with open(board.flash / "pids") as pids:
    print(board.pid, pids.read().strip(), bystander.pid, flush=True)
sys.stdin.read()
"""


def test_a_killed_rig_takes_its_board_along(tmp_path: Path) -> None:
    (tmp_path / "flash").mkdir()
    os.mkfifo(tmp_path / "flash" / "pids")
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    command = [sys.executable, "-c", RIG, str(tmp_path)]
    with subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as rig:
        assert rig.stdout is not None
        *on_the_board, bystander = (int(word) for word in rig.stdout.readline().split())
        assert len(on_the_board) == 3
        handles = [os.pidfd_open(pid) for pid in on_the_board]
        rig.send_signal(signal.SIGKILL)
        rig.wait(timeout=30)
        # The bystander holds all that the rig let it inherit, and lives on for a while.
        still = [pid for pid, handle in zip(on_the_board, handles, strict=True) if not ended(handle)]
        os.kill(bystander, signal.SIGKILL)
    assert still == []


def ended(handle: int) -> bool:
    try:
        return bool(select.select([handle], [], [], 20)[0])
    finally:
        os.close(handle)
