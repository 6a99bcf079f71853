"""The vault: rows come back in their order, all of a commit or nothing of it, and what is not ours is left alone."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rigs.cloud.checkpoints import EVERY
from rigs.cloud.vault import VERSION, Vault
from rigs.errors import RigError, RigFault, UsageFault
from rigs.jobs.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Lamp:
    """A row of these tests."""

    name: str
    hours: float = 0
    spots: tuple[int, ...] = ()
    labels: dict[str, Any] = field(default_factory=dict)


def lamps() -> Table[Lamp]:
    return Table("lamp", Lamp)


def kept(path: Path, *tables: Table[Any]) -> Vault:
    vault = Vault(path)
    vault.keep(tables)
    return vault


def seen(path: Path) -> list[tuple[str, Lamp]]:
    """What a new process would find."""
    table = lamps()
    kept(path, table).close()
    return list(table.items())


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from("abcd"), st.integers(0, 9)),
        st.tuples(st.just("drop"), st.sampled_from("abcd"), st.just(0)),
        st.tuples(st.just("commit"), st.just(""), st.just(0)),
    )
)


@given(STEPS)
@settings(deadline=None)  # it writes to a disk
def test_what_comes_back_is_what_the_table_held_in_its_order(steps: list[tuple[str, str, int]]) -> None:
    table = lamps()
    acts: dict[str, Callable[[Vault, str, int], object]] = {
        "put": lambda vault, key, number: table.put(key, Lamp(name=key, hours=number, spots=(number,))),
        "drop": lambda vault, key, number: table.drop(key),
        "commit": lambda vault, key, number: vault.commit(),
    }
    with tempfile.TemporaryDirectory() as folder:
        vault = kept(Path(folder) / "state.db", table)
        for act, key, number in steps:
            acts[act](vault, key, number)
        rows = list(table.items())
        vault.close()
        assert seen(Path(folder) / "state.db") == rows


def test_what_was_not_committed_is_not_there(tmp_path: Path) -> None:
    table = lamps()
    vault = kept(tmp_path / "state.db", table)
    table.put("a", Lamp(name="a"))
    assert vault.changed
    vault.commit()
    assert not vault.changed
    table.put("b", Lamp(name="b"))
    copied = _copy(tmp_path, tmp_path / "copy")
    vault.close()
    assert [key for key, _ in seen(copied)] == ["a"]
    assert [key for key, _ in seen(tmp_path / "state.db")] == ["a", "b"]


def test_a_log_that_was_cut_anywhere_holds_whole_commits_only(tmp_path: Path) -> None:
    """As after a machine's death: rows of one commit are all there or all not, and earlier commits stay."""
    table = lamps()
    vault = kept(tmp_path / "state.db", table)
    for number in range(4):
        for key in "ab":
            table.put(f"{key}{number}", Lamp(name=key * 3000))
        vault.commit()
    sizes = range(0, (tmp_path / "state.db-wal").stat().st_size, 1500)
    counts = []
    for size in sizes:
        copied = _copy(tmp_path, tmp_path / f"cut-{size}")
        with copied.with_name("state.db-wal").open("r+b") as log:
            log.truncate(size)
        counts.append(len(seen(copied)))
    vault.close()
    assert counts == sorted(counts)
    assert set(counts) == {0, 2, 4, 6}


def test_a_copy_from_between_log_and_file_opens(tmp_path: Path) -> None:
    """The log was moved into the file and still lies there: read again it changes nothing."""
    table = lamps()
    vault = kept(tmp_path / "state.db", table)
    table.put("a", Lamp(name="a"))
    vault.commit()
    with sqlite3.connect(tmp_path / "state.db") as other:
        assert other.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[0] == 0
    other.close()
    copied = _copy(tmp_path, tmp_path / "copy")
    vault.close()
    assert [key for key, _ in seen(copied)] == ["a"]


def test_the_log_stays_small_under_a_long_stream(tmp_path: Path) -> None:
    table = lamps()
    vault = kept(tmp_path / "state.db", table)
    for number in range(20 * EVERY):
        table.put("a", Lamp(name="a", hours=number))
        vault.commit()
    log = (tmp_path / "state.db-wal").stat().st_size
    written = 20 * EVERY * 2 * 4096
    vault.close()
    assert log < written / 2


def test_a_folder_is_held_by_one(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "state.db")
    with pytest.raises(UsageFault, match=r"state\.lock: another `jobrig cloud` keeps its state in this folder"):
        Vault(tmp_path / "state.db")
    vault.close()
    Vault(tmp_path / "state.db").close()


def _text(path: Path) -> None:
    path.write_text("my shopping list\n" * 50)


def _sql(*commands: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        if "row" in commands[0]:
            table = lamps()
            vault = kept(path, table)
            table.put("a", Lamp(name="a"))
            vault.close()
        connection = sqlite3.connect(path)
        for command in commands:
            connection.execute(command)
        connection.commit()
        connection.close()

    return make


STRANGERS: dict[str, tuple[Callable[[Path], None], type[RigError], str]] = {
    "a text": (_text, RigFault, r"state\.db: expected the state of a `jobrig cloud`, but: file is not a database"),
    "another program's": (_sql("CREATE TABLE music (x)"), UsageFault, r"state\.db: .* another program's SQLite file"),
    "another version's": (
        _sql("UPDATE row SET key = key", f"PRAGMA user_version = {VERSION + 1}"),
        UsageFault,
        rf"state\.db: expected state of version {VERSION}, got version {VERSION + 1}",
    ),
    "a row of another table": (
        _sql("UPDATE row SET kind = 'ghost'"),
        UsageFault,
        r"state\.db: the row ghost 'a' is of a table that this version has not \(it has lamp\)",
    ),
    "a row of another shape": (
        _sql("""UPDATE row SET json = '{"name": 7}'"""),
        RigFault,
        r"state\.db: the row lamp 'a' cannot be read: Expected `str`, got `int` - at `\$\.name`",
    ),
    "a row that is cut": (
        _sql("""UPDATE row SET json = '{"name":'"""),
        RigFault,
        r"state\.db: the row lamp 'a' cannot be read: Input data was truncated",
    ),
}


@pytest.mark.parametrize("name", STRANGERS)
def test_what_is_not_ours_is_told_and_left_as_it_is(name: str, tmp_path: Path) -> None:
    make, fault, words = STRANGERS[name]
    path = tmp_path / "state.db"
    make(path)
    before = path.read_bytes()
    for _ in range(2):  # the second finds what the first left
        with pytest.raises(fault, match=f"{words}.*nothing was changed"):
            opened_and_closed(path)
    assert path.read_bytes() == before


def opened_and_closed(path: Path) -> None:
    vault = Vault(path)
    try:
        vault.keep([lamps()])
    finally:
        vault.close()


def test_rows_that_are_there_before_are_a_mistake_of_ours(tmp_path: Path) -> None:
    table = lamps()
    table.put("a", Lamp(name="a"))
    vault = Vault(tmp_path / "state.db")
    with pytest.raises(ValueError, match="must be empty before"):
        vault.keep([table])
    vault.close()


def test_a_disk_that_refuses_is_told_and_the_change_is_not_forgotten(tmp_path: Path) -> None:
    table = lamps()
    path = tmp_path / "state.db"
    vault = kept(path, table)
    table.put("a", Lamp(name="a"))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")  # somebody holds it for longer than SQLite waits
    with pytest.raises(RigFault, match=r"state\.db: what has changed could not be written: database is locked"):
        vault.commit()
    other.execute("ROLLBACK")
    other.close()
    assert vault.changed
    vault.commit()
    vault.close()
    assert [key for key, _ in seen(path)] == ["a"]


def _copy(folder: Path, into: Path) -> Path:
    """The files as a machine that dies now would leave them; the log's index is no file that has to survive."""
    into.mkdir()
    for path in folder.glob("state.db*"):
        if not path.name.endswith("-shm"):
            shutil.copy(path, into)
    return into / "state.db"
