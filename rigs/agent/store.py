"""What survives a loss of power: flash/state.json and flash/evidence.log.

state.json is replaced as a whole (write, fsync, rename, fsync of the folder), so that a kill at any moment leaves the
old or the new one. evidence.log is append only, one flushed line each. Large files of jobs lie in a partition of
their own, `store`, which may be full.
"""

from __future__ import annotations

import errno
import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

REMEMBERED = 32
"""How many finished executions are remembered, against work done twice after a late or doubled announcement."""


class Flash:
    """The device's own memory in the folder `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damaged = False
        """Whether state.json could not be read at boot; the device then goes by what the service says."""
        self.tasks: list[dict[str, Any]] = []
        self.finished: list[tuple[str, int | None, int | None]] = []
        self._lock = threading.Lock()
        self._load()

    def __repr__(self) -> str:
        return f"<Flash {self.path.name} {len(self.tasks)} tasks{' damaged' if self.damaged else ''}>"

    def _load(self) -> None:
        state = self.path / "state.json"
        if not state.exists():
            return
        try:
            raw = json.loads(state.read_bytes())
            self.tasks = [dict(entry) for entry in raw["tasks"]]
            self.finished = [(str(job), number, queued) for job, number, queued in raw["finished"]]
        except (ValueError, KeyError, TypeError, RecursionError):
            self.damaged, self.tasks, self.finished = True, [], []
            state.replace(self.path / "state.damaged")

    def save(self, tasks: list[Mapping[str, Any]]) -> None:
        """Make `tasks` and the finished ones safe; returns when they are on the disk."""
        text = json.dumps({"tasks": tasks, "finished": self.finished})
        fresh = self.path / "state.tmp"
        with fresh.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path / "state.json")
        folder = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def remember(self, job: str, number: int | None, queued_at: int | None) -> None:
        """Note an execution as finished; it is safe with the next save."""
        self.finished = [*self.finished, (job, number, queued_at)][-REMEMBERED:]

    def knows(self, job: str, number: int | None, queued_at: int | None) -> bool:
        """Whether this very execution is finished: a job deleted and made anew has another queuedAt."""
        return any(
            (job, number) == (old_job, old_number) and (None in (queued_at, old_queued) or queued_at == old_queued)
            for old_job, old_number, old_queued in self.finished
        )

    def lives(self) -> int:
        """How often the agent has started, this time included; counted here."""
        count = self.path / "lives"
        lives = 1 + int(count.read_text("ascii") if count.exists() else "0")
        fresh = self.path / "lives.tmp"
        with fresh.open("w", encoding="ascii") as file:
            file.write(str(lives))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(count)
        return lives

    def keep(self, name: str, data: bytes) -> None:
        """Write a file of the partition for data; raises OSError (ENOSPC) where it has no room for it.

        How large the partition is stands in `store.size`; without that file it is as large as the disk.
        """
        store, size = self.path / "store", self.path / "store.size"
        store.mkdir(exist_ok=True)
        used = sum(file.stat().st_size for file in store.iterdir())
        if size.exists() and used + len(data) > int(size.read_text("ascii")):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(store / name))
        (store / name).write_bytes(data)

    def discard(self, name: str) -> None:
        """Remove a file of the partition for data; one that is not there is fine."""
        (self.path / "store" / name).unlink(missing_ok=True)

    def evidence(self, line: str) -> None:
        """Append one line to evidence.log; it is on the disk when this returns."""
        with self._lock, (self.path / "evidence.log").open("a", encoding="utf-8") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())

    def shows(self, line: str) -> bool:
        """Whether evidence.log has this line."""
        log = self.path / "evidence.log"
        return log.exists() and line in log.read_text("utf-8", errors="replace").splitlines()
