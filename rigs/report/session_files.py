"""What an Allure results folder holds besides results: environment, categories, executor; and what is swept out."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from rigs.report.story import ENVIRONMENT, FAULT_OF

PACKAGES = ("pytest", "pytest-bdd", "allure-pytest", "boto3")

CATEGORIES: dict[str, tuple[str, str]] = {
    "device": ("Device: broke a rule or a promise", "failed"),
    "service": ("Service: the cloud did not do what its documents say", "broken"),
    "rig": ("Rig: tap, console, power or evidence in doubt", "broken"),
    "rig file": ("Rig file: it contradicts itself or what was seen", "broken"),
}
"""The label `fault of` of a result, the category's name, the status that goes with it."""

EXECUTORS: dict[str, dict[str, str]] = {
    "GITHUB_RUN_ID": {"name": "GitHub Actions", "buildName": "GITHUB_RUN_NUMBER", "buildUrl": "GITHUB_SERVER_URL"},
    "GITLAB_CI": {"name": "GitLab CI", "buildName": "CI_PIPELINE_IID", "buildUrl": "CI_PIPELINE_URL"},
    "JENKINS_URL": {"name": "Jenkins", "buildName": "BUILD_TAG", "buildUrl": "BUILD_URL"},
}
"""By the variable that says where we are: the executor's name, and the variables that hold number and address."""


def write(folder: Path, config: pytest.Config) -> None:
    """Write the files of the whole run and sweep out empty containers."""
    own: dict[str, str] = config.stash.get(ENVIRONMENT, {})
    lines = _packages() | own
    (folder / "environment.properties").write_text(properties(lines), encoding="utf-8")
    (folder / "categories.json").write_text(json.dumps(categories(), indent=1), encoding="utf-8")
    if found := executor(os.environ):
        (folder / "executor.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    sweep(folder)


def properties(values: Mapping[str, str]) -> str:
    """A Java properties file: a backslash, a newline and a key's spaces are escaped."""
    return "".join(f"{_escaped(key).replace(' ', '_')}={_escaped(value)}\n" for key, value in values.items())


def _escaped(text: str) -> str:
    return str(text).replace("\\", "\\\\").replace("\n", "\\n")


def _packages() -> dict[str, str]:
    return {"Python": platform.python_version(), **{name: version(name) for name in PACKAGES}}


def categories() -> list[dict[str, Any]]:
    """Categories as Allure 2 reads them, by the last line of the trace (Allure 3: rigs.report.allure3)."""
    return [
        {"name": name, "matchedStatuses": [status], "traceRegex": f"(?s).*{FAULT_OF}{blame}\\s*"}
        for blame, (name, status) in CATEGORIES.items()
    ]


def executor(environ: Mapping[str, str]) -> dict[str, str] | None:
    """Who ran it, where a CI says so."""
    for key, names in EXECUTORS.items():
        if key in environ:
            places = {name: environ.get(names[name], "") for name in ("buildName", "buildUrl")}
            return {"name": names["name"], "type": key.partition("_")[0].lower(), **places}
    return None


def sweep(folder: Path) -> None:
    """Remove containers that hold nothing: pytest-bdd's step fixtures make one for each definition and test."""
    for file in folder.glob("*-container.json"):
        kept = json.loads(file.read_text(encoding="utf-8"))
        if not kept.get("befores") and not kept.get("afters"):
            file.unlink()
