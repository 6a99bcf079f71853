"""The examples of docs/faults-of-the-link.md work as they stand there."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from rigs.tap import links
from tests.tap.bench import Bench

PAGE = (Path(__file__).parents[2] / "docs" / "faults-of-the-link.md").read_text()


def test_the_smallest_fault_and_its_test(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("links_page")
    monkeypatch.setitem(sys.modules, "links_page", module)
    space = module.__dict__
    for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[1:]:
        exec(block, space)
    bench = Bench()
    try:
        space["test_a_device_that_is_not_registered"](bench)
    finally:
        bench.close()


def test_every_link_fault_is_on_the_page() -> None:
    missing = [name for name in [*links.__all__, "DryLink"] if f"`{name}(" not in PAGE]
    assert missing == []
