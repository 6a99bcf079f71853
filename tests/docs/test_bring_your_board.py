"""The rig files on the first page for a firmware engineer can be read as they stand there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from rigs.cli import COMMANDS
from rigs.commands_ca import make
from rigs.description import MarkersTable, load
from rigs.parts import make_identity

PAGE = (Path(__file__).parents[2] / "docs" / "bring-your-board.md").read_text()
BLOCKS = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
FILES = {match[1]: block for block in BLOCKS if (match := re.match(r"# rigs/(\S+)\.toml\n", block))}


def written(folder: Path, name: str) -> Path:
    """The example in a repository of its own."""
    path = folder / "rigs" / f"{name}.toml"
    path.parent.mkdir()
    path.write_text(FILES[name])
    return path


def test_there_are_two_whole_examples() -> None:
    assert sorted(FILES) == ["my-board", "my-gateway"]


@pytest.mark.parametrize("name", ["my-board", "my-gateway"])
def test_an_example_can_be_read(name: str, tmp_path: Path) -> None:
    description = load(written(tmp_path, name))
    assert description.rig.name == name
    assert description.read_profile().jobs["succeeds"].evidence.whole


@pytest.mark.parametrize("name", ["my-board", "my-gateway"])
def test_the_certificates_of_the_page_fit_the_example(name: str, tmp_path: Path) -> None:
    description = load(written(tmp_path, name))
    state = tmp_path / ".jobrig" / name
    make(state / "tap-ca", thing=name)
    identity = make_identity(description, state)
    assert identity.registered == ((state / "tap-ca" / f"{name}.crt").read_bytes(),)
    assert identity.tap.certificate_pem == (state / "tap-ca" / "ca.crt").read_bytes()
    identity.terms(description).context()


def test_the_markers_of_the_page_are_markers() -> None:
    rest: list[dict[str, Any]] = [tomllib.loads(block) for block in BLOCKS if block not in FILES.values()]
    assert [MarkersTable(**table["markers"]).end for table in rest] == ["end-{number}"]


def test_the_commands_of_the_page_exist() -> None:
    named = set(re.findall(r"jobrig ([a-z]+)", PAGE))
    assert named >= {"ca", "learn", "check", "show", "features"}
    assert named <= set(COMMANDS)
