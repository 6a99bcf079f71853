"""The specification keeps to its own rules: every definition used, short Backgrounds and scenarios."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from pathlib import Path

import steps
from rigs.language import house_rules

ROOT = Path(__file__).parents[2]


def test_the_features_keep_the_house_rules() -> None:
    modules = [import_module(f"steps.{entry.name}") for entry in pkgutil.iter_modules(steps.__path__)]
    assert [str(problem) for problem in house_rules(ROOT / "features", modules)] == []


def test_a_sentence_that_nobody_uses_is_found(tmp_path: Path) -> None:
    (tmp_path / "one.feature").write_text(
        "Feature: One\n  Scenario: A\n    Given the device is idle\n    Then the device takes the next job\n"
    )
    problems = house_rules(tmp_path, [import_module("steps.device")])
    assert any("unused" in problem.text or "no feature" in problem.text for problem in problems), problems
