"""What the local cloud keeps over a restart: rows of tables, in a SQLite file.

A commit goes into the write-ahead log without waiting for the disk (synchronous=NORMAL): it outlives the process, also
a killed one; when the machine dies the last ones may be lost, but never a part of one.
"""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from rigs.cloud.checkpoints import Checkpoints
from rigs.errors import RigFault, UsageFault
from rigs.jobs.table import Table, nobody

APPLICATION = 0x6A6F6272  # "jobr", SQLite's application_id of such a file
VERSION = 1
BUSY_SECONDS = 0.2  # how long a commit waits for somebody else's hold on the file, which nobody should have
SCHEMA = (
    "CREATE TABLE row (place INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, json TEXT NOT NULL,"
    " UNIQUE (kind, key))"
)
PUT = "INSERT INTO row (kind, key, json) VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET json = excluded.json"
DROP = "DELETE FROM row WHERE kind = ? AND key = ?"
ADVICE = "nothing was changed; take another folder, or move this file away to begin without its state"

Row = tuple[str, str, str]


class Vault:
    """Tables in a file; `keep` brings their rows back and hears of changes, `commit` writes these.

    All methods belong to one thread, that of the loop. Raises UsageFault when the file is none of ours, of another
    version, or held by another process, and RigFault when it is damaged; nothing is deleted.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._tables: dict[str, Table[Any]] = {}
        self._changed: dict[tuple[str, str], tuple[bool, object]] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = _locked(path.with_suffix(".lock"))
        try:
            self._connection = _opened(path)
        except BaseException:
            self._lock.close()
            raise
        self._checkpoints = Checkpoints(path)

    def __repr__(self) -> str:
        return f"<Vault {self.path} {', '.join(self._tables) or 'no tables'}>"

    def keep(self, tables: Iterable[Table[Any]]) -> None:
        """Fill empty tables with their kept rows, in the order in which these came, then hear of each change.

        To be called once, with all tables. Raises UsageFault for a row of a table that is not among them (of another
        version), RigFault for one that cannot be read; both name table, key and file.
        """
        self._tables = {table.name: table for table in tables}
        for table in self._tables.values():
            if table:
                raise ValueError(f"{table!r} must be empty before its kept rows come back from {self.path}")
        decoders = {name: msgspec.json.Decoder(table.kind) for name, table in self._tables.items()}
        for kind, key, text in self._rows():
            if kind not in decoders:
                text = f"{self.path}: the row {kind} {key!r} is of a table that this version has not"
                raise UsageFault(f"{text} (it has {', '.join(decoders)}); {ADVICE}")
            try:
                self._tables[kind].put(key, decoders[kind].decode(text))
            except (msgspec.DecodeError, ValueError) as wrong:
                raise RigFault(f"{self.path}: the row {kind} {key!r} cannot be read: {wrong}; {ADVICE}") from wrong
        for table in self._tables.values():
            table.listener = self._note

    @property
    def changed(self) -> bool:
        """Whether there is something to commit."""
        return bool(self._changed)

    def commit(self) -> None:
        """Write what has changed since the last time, all or nothing.

        Raises RigFault when the disk does not take it; the changes stay noted for the next time.
        """
        if not self._changed:
            return
        drops = [name for name, (dropped, _) in self._changed.items() if dropped]
        puts = [(*name, _json(row)) for name, (_, row) in self._changed.items() if row is not None]
        try:
            with self._checkpoints.lock, self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.executemany(DROP, drops)
                self._connection.executemany(PUT, puts)
            self._changed.clear()
            self._checkpoints.written(len(puts) + len(drops))
        except sqlite3.Error as wrong:
            text = f"{self.path}: what has changed could not be written: {wrong}; is there space on the disk?"
            raise RigFault(text) from wrong

    def close(self) -> None:
        """Write what is left and let go of the file."""
        try:
            self.commit()
        finally:
            for table in self._tables.values():
                table.listener = nobody
            self._checkpoints.close()
            self._connection.close()
            self._lock.close()

    def _note(self, table: str, key: str, row: object) -> None:
        """A row that was dropped and comes again is the last of its table; one that is replaced keeps its place."""
        name = (table, key)
        dropped, former = self._changed.get(name, (False, None))
        if former is None:
            self._changed.pop(name, None)
        self._changed[name] = (dropped or row is None, row)

    def _rows(self) -> Iterator[Row]:
        with _told(self.path):
            yield from self._connection.execute("SELECT kind, key, json FROM row ORDER BY place")


def _json(row: object) -> str:
    return msgspec.json.encode(row).decode()


def _locked(path: Path) -> Any:
    """An open file, locked until it is closed or the process ends, however that ends."""
    held = path.open("w")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as taken:
        held.close()
        text = f"{path}: another `jobrig cloud` keeps its state in this folder; end it, or take another folder"
        raise UsageFault(text) from taken
    return held


def _opened(path: Path) -> sqlite3.Connection:
    # Autocommit, so that the transaction is the one that `commit` begins; any thread, since the loop's opens it late
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        with _told(path):
            _prepare(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Look whose file it is before anything is written to it; a new one gets its table, and its mark with it."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    new = (application, version, tables) == (0, 0, 0)
    if not new and application != APPLICATION:
        raise UsageFault(f"{path}: expected the state of a `jobrig cloud`, got another program's SQLite file; {ADVICE}")
    if not new and version != VERSION:
        raise UsageFault(f"{path}: expected state of version {VERSION}, got version {version}; {ADVICE}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    if new:
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(SCHEMA)
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute(f"PRAGMA user_version = {VERSION}")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as wrong:
        raise RigFault(f"{path}: expected the state of a `jobrig cloud`, but: {wrong}; {ADVICE}") from wrong
