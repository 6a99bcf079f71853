"""Moves a SQLite write-ahead log into its file from a thread of its own: who commits does not wait for the disk."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

EVERY = 500  # rows written between two checkpoints; about 1,000 pages, 4 MiB of log
MOVE = "PRAGMA wal_checkpoint(PASSIVE)"


class Checkpoints:
    """Each checkpoint has two parts: nearly all of the log while others write, then, while `lock` keeps these out, the
    few pages that came meanwhile. After that the log begins anew: it stays small however long it is written to.

    A commit therefore waits for a few pages at most.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.lock = path, threading.Lock()
        self._rows, self._over = 0, False
        self._due = threading.Event()
        self._cause: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="checkpoints", daemon=True)
        self._thread.start()

    def __repr__(self) -> str:
        return f"<Checkpoints {self.path} {self._rows} rows since the last>"

    def written(self, rows: int) -> None:
        """So many rows more are in the log; raises sqlite3.Error when the last checkpoint failed, with its cause."""
        self._rows += rows
        if self._rows >= EVERY:
            self._rows = 0
            self._due.set()
        cause, self._cause = self._cause, None
        if cause is not None:
            raise sqlite3.OperationalError(f"moving the log into the file failed: {cause}") from cause

    def close(self) -> None:
        """Wait for a checkpoint under way, and end the thread."""
        self._over = True
        self._due.set()
        self._thread.join()

    def _run(self) -> None:
        while self._due.wait() and not self._over:
            self._due.clear()
            try:
                self._move()
            except sqlite3.Error as wrong:
                self._cause = wrong

    def _move(self) -> None:
        connection = sqlite3.connect(self.path, isolation_level=None)
        try:
            connection.execute(MOVE)
            with self.lock:
                connection.execute(MOVE)
        finally:
            connection.close()
