"""Each row against the local cloud, over real sockets; an open point with each of its values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.contract.allrows import ROWS
from tests.contract.desk import Desk
from tests.contract.moves import Move
from tests.contract.row import Row, Settings
from tests.contract.targets import Target


def plays(row: Row) -> Iterator[tuple[str, Settings, tuple[Move, ...]]]:
    """What to play: name, settings of the cloud, moves."""
    if row.open is None:
        yield "", row.settings, row.play
        return
    for value, moves in row.open.plays:
        yield f"-{row.open.key}={value!r}", row.open.settings(value), moves


CASES: list[Any] = [
    pytest.param(
        row,
        version,
        settings,
        moves,
        id=f"{row.id}{name}{f'-mqtt{version}' if version else ''}",
    )
    for row in ROWS
    if "local" not in row.not_at
    for name, settings, moves in plays(row)
    for version in row.versions
]


@pytest.mark.parametrize(("row", "version", "settings", "moves"), CASES)
def test_the_local_cloud_does_what_the_row_says(
    row: Row, version: int, settings: Settings, moves: tuple[Move, ...], local_cloud: Callable[[Settings], Target]
) -> None:
    Desk(local_cloud(settings), row, version).play(moves)
