"""Rows by key, and somebody who hears of each change: what a cloud keeps over a restart is made of such tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

Row = TypeVar("Row")
# Hears the table's name, the row's key, and the row; None when it is dropped.
Listener = Callable[[str, str, object], None]


def nobody(table: str, key: str, row: object) -> None:
    """The listener of tables that nobody keeps."""


class Table(Mapping[str, Row], Generic[Row]):
    """A mapping whose rows (frozen, of the type `kind`) are replaced as a whole, by `put` and `drop` only.

    Rows stand in the order in which their keys came. `revision` counts the changes.
    """

    def __init__(self, name: str, kind: type[Row]) -> None:
        self.name, self.kind = name, kind
        self.listener: Listener = nobody
        self.revision = 0
        self._rows: dict[str, Row] = {}

    def __repr__(self) -> str:
        return f"<Table {self.name} {len(self)} rows>"

    def __getitem__(self, key: str) -> Row:
        return self._rows[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def put(self, key: str, row: Row) -> Row:
        """Store a row in place of the former one."""
        self._rows[key] = row
        self.revision += 1
        self.listener(self.name, key, row)
        return row

    def drop(self, key: str) -> Row | None:
        """Forget a row, if it is there, and return it."""
        row = self._rows.pop(key, None)
        if row is not None:
            self.revision += 1
            self.listener(self.name, key, None)
        return row
