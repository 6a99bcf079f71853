"""An Allure results folder, read back: the tests of a run with their stories, the newest of each history."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from rigs.errors import UsageFault
from rigs.report.story import SEVERITY, STORY_NAME, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """An attachment, read when it is asked for."""

    name: str
    mime: str
    path: Path

    def text(self, tail: int | None = None) -> str:
        """The text, or its last `tail` characters."""
        if not self.path.is_file():
            return f"(the file {self.path.name} is missing)"
        whole = self.path.read_text(encoding="utf-8", errors="replace")
        return whole if tail is None or len(whole) <= tail else f"…\n{whole[-tail:]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step, with what happened under it."""

    name: str
    status: str
    message: str = ""
    seconds: float = 0.0
    files: tuple[File, ...] = ()
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """One test of the run; `story` is what the bridge wrote, empty for a test that is no scenario."""

    name: str
    outcome: Outcome
    feature: str
    rule: str
    message: str
    trace: str
    start: int
    seconds: float
    tags: tuple[str, ...] = ()
    row: tuple[tuple[str, str], ...] = ()
    steps: tuple[Step, ...] = ()
    files: tuple[File, ...] = ()
    story: dict[str, Any] = field(default_factory=dict)
    history: str = ""
    retries: int = 0

    @property
    def identity(self) -> str:
        """A name for links to this test; stays the same over runs."""
        return f"t-{self.history[:12] or zlib.crc32(self.name.encode())}"

    @property
    def sentence(self) -> str:
        """The verdict in a sentence."""
        return str(self.story.get("sentence") or self.message or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """All tests of a folder, those that want a look first within their feature."""

    folder: Path
    tests: tuple[Test, ...]
    environment: dict[str, str]

    @property
    def counts(self) -> Counter[Outcome]:
        """How many tests ended how."""
        return Counter(test.outcome for test in self.tests)

    def by_feature(self) -> dict[str, dict[str, list[Test]]]:
        """Tests by feature and rule, in the features' order."""
        found: dict[str, dict[str, list[Test]]] = {}
        for test in self.tests:
            found.setdefault(test.feature, {}).setdefault(test.rule, []).append(test)
        return found


def read(folder: Path) -> Results:
    """Read a folder; raises UsageFault when there are no results in it."""
    files = sorted(folder.glob("*-result.json"))
    if not files:
        raise UsageFault(f"no Allure results (*-result.json) in {folder}; give the folder that --alluredir named")
    tests = _newest(_test(json.loads(file.read_text(encoding="utf-8")), folder) for file in files)
    return Results(folder=folder, tests=tuple(sorted(tests, key=_place)), environment=_environment(folder))


def _place(test: Test) -> tuple[str, int, str]:
    file, _, line = str(test.story.get("file", "")).rpartition(":")
    return file, int(line or 0), test.name


def _newest(tests: Iterable[Test]) -> Iterator[Test]:
    """The newest test of each history: the older ones are its retries."""
    groups: dict[str, list[Test]] = {}
    for number, test in enumerate(tests):
        groups.setdefault(test.history or str(number), []).append(test)
    for group in groups.values():
        newest = max(group, key=lambda test: test.start)
        yield replace(newest, retries=len(group) - 1)


def _test(result: dict[str, Any], folder: Path) -> Test:
    labels: dict[str, list[str]] = {}
    for label in result.get("labels", ()):
        labels.setdefault(label["name"], []).append(label["value"])
    files = tuple(_files(result, folder))
    story: dict[str, Any] = next((json.loads(file.text()) for file in files if file.name == STORY_NAME), {})
    details = result.get("statusDetails", {})
    return Test(
        name=result.get("name", "?"),
        outcome=_outcome(story, result),
        feature=labels.get("feature", labels.get("suite", ["no feature"]))[0],
        rule=labels.get("story", [""])[0],
        message=details.get("message", ""),
        trace=details.get("trace", ""),
        start=result.get("start", 0),
        seconds=_seconds(result),
        tags=tuple(sorted(labels.get("tag", ()))),
        row=tuple((each["name"], each["value"]) for each in result.get("parameters", ())),
        steps=tuple(_step(step, folder) for step in result.get("steps", ())),
        files=tuple(file for file in files if file.name != STORY_NAME),
        story=story,
        history=result.get("historyId", ""),
    )


def _outcome(story: dict[str, Any], result: dict[str, Any]) -> Outcome:
    word = story.get("outcome") or result.get("status")
    return cast(Outcome, word) if word in SEVERITY else "broken"


def _step(step: dict[str, Any], folder: Path) -> Step:
    return Step(
        name=step.get("name", "?"),
        status=step.get("status", "unknown"),
        message=step.get("statusDetails", {}).get("message", ""),
        seconds=_seconds(step),
        files=tuple(_files(step, folder)),
        steps=tuple(_step(each, folder) for each in step.get("steps", ())),
    )


def _files(item: dict[str, Any], folder: Path) -> Iterator[File]:
    for each in item.get("attachments", ()):
        yield File(name=each.get("name") or "attachment", mime=each.get("type") or "", path=folder / each["source"])


def _seconds(item: dict[str, Any]) -> float:
    return float(item.get("stop", 0) - item.get("start", 0)) / 1000


def _environment(folder: Path) -> dict[str, str]:
    file = folder / "environment.properties"
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    pairs = (line.partition("=") for line in lines if "=" in line)
    return {key.replace("_", " "): value.replace("\\n", "\n").replace("\\\\", "\\") for key, _, value in pairs}
