"""The flash folder, and who runs on a board."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from rigs.boards.flash import VERSION, Flash
from rigs.boards.processes import members


def test_boots_are_counted_over_boards(tmp_path: Path) -> None:
    assert [Flash(str(tmp_path)).boot() for _ in range(3)] == [1, 2, 3]
    assert repr(Flash(str(tmp_path))) == f"<Flash {tmp_path} boots=3>"


@pytest.mark.parametrize("name", ["../x", "/etc/hostname", "", ".", "a/../../x"])
def test_names_stay_inside(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="is no name of a file in the flash"):
        Flash(str(tmp_path)).put(name, b"")


@pytest.mark.parametrize(("text", "on"), [("yes", True), ("1\n", True), ("no\n", False), ("0", False), ("", False)])
def test_autostart(tmp_path: Path, text: str, on: bool) -> None:
    flash = Flash(str(tmp_path))
    assert flash.autostart is False
    flash.put("autostart", text.encode())
    assert flash.autostart is on


def test_the_version_is_the_updates(tmp_path: Path) -> None:
    flash = Flash(str(tmp_path))
    assert flash.version == VERSION
    flash.put("version", b"3.0\n")
    assert flash.version == "3.0"


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    flash = Flash(str(tmp_path))
    flash.put("state", b"long and old")
    before = os.stat(flash.path("state")).st_ino
    flash.put("state", b"new")
    assert flash.read("state") == b"new"
    assert os.stat(flash.path("state")).st_ino != before
    assert os.listdir(tmp_path) == ["state"]


def test_members_of_a_group(tmp_path: Path) -> None:
    shell = ["sh", "-c", "cat & echo started; cat"]
    with subprocess.Popen(shell, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True) as leader:
        assert leader.stdout is not None
        assert leader.stdin is not None
        leader.stdout.readline()
        assert leader.pid in members(leader.pid)
        assert os.getpid() not in members(leader.pid)
        leader.stdin.close()
        leader.wait(timeout=30)
        assert leader.pid not in members(leader.pid)
