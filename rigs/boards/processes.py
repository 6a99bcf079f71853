"""Ending everything that runs on a board but the board itself."""

from __future__ import annotations

import os
import signal
import subprocess
import time


def members(group: int) -> list[int]:
    """The processes of a process group that still run."""
    return [pid for pid, its_group, state in _table() if its_group == group and state not in "ZX"]


def _table() -> list[tuple[int, int, str]]:
    if not os.path.exists("/proc/self/stat"):
        listing = subprocess.run(["ps", "-A", "-o", "pid=,pgid=,stat="], capture_output=True, text=True, check=True)
        rows = [line.split() for line in listing.stdout.splitlines()]
        return [(int(pid), int(group), state[0]) for pid, group, state in rows]
    table = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    # The name in brackets may hold anything, also spaces and brackets.
                    state, _, group = file.read().rpartition(b")")[2].split()[:3]
            except (FileNotFoundError, ProcessLookupError):
                continue
            table.append((int(name), int(group), state.decode()))
    return table


def end_all_but(kept: set[int], within: float = 5.0) -> list[int]:
    """Kill all of this process's group but `kept`, until none is left; those that outlived `within` seconds."""
    deadline = time.monotonic() + within
    while others := [pid for pid in members(os.getpgrp()) if pid not in kept]:
        for pid in others:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        if time.monotonic() > deadline:
            return others
    return []
