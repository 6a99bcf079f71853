"""The examples of docs/faults.md work as they stand there."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from rigs.tap import faults
from tests.tap import playbook

PAGE = (Path(__file__).parents[2] / "docs" / "faults.md").read_text()


def test_the_smallest_fault_and_its_test(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("faults_page")
    monkeypatch.setitem(sys.modules, "faults_page", module)
    space: dict[str, Any] = module.__dict__
    space.update(vars(playbook), __name__="faults_page")
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    for block in blocks[1:]:
        exec(block, space)
    space["test_a_blank_notice"]()


def test_every_fault_is_on_the_page() -> None:
    missing = [name for name in faults.__all__ if f"`{name}(" not in PAGE]
    assert missing == []
