"""The rig's state folder: what outlives a run (CA, certificates, how far the service clock is ahead), and its lock."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO

from rigs.errors import RigFault

MOST = 64


class StateFolder:
    """A folder that one process has for itself; the lock goes with the process, however it ends."""

    def __init__(self, path: Path, lock: IO[str]) -> None:
        self.path = path
        self._lock = lock

    def __repr__(self) -> str:
        return f"<StateFolder {self.path}>"

    def close(self) -> None:
        """Let go of the folder; what is in it stays."""
        self._lock.close()


def take(root: Path, name: str, *, multiply: bool) -> StateFolder:
    """The folder of a rig; a rig that needs no hardware gets the first of `name`, `name-2`, … that nobody holds.

    Raises RigFault naming the holder when the rig is taken.
    """
    for number in range(1, MOST if multiply else 2):
        path = root / (name if number == 1 else f"{name}-{number}")
        path.mkdir(parents=True, exist_ok=True)
        lock = (path / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip()
            lock.close()
            continue
        lock.truncate(0)
        lock.write(f"process {os.getpid()}\n")
        lock.flush()
        return StateFolder(path, lock)
    raise RigFault(f"rig {name!r} is in use by {holder or 'another process'}; wait for it, or end it")
