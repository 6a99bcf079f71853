"""What a scenario has to tell: filled while it is judged, read by the Allure bridge and by our own page.

The judge puts a `Story` into `item.stash[STORY]`; the words of an outcome and the last line of a run live here too, so
that every report says them alike.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

import _pytest
import pluggy
import pytest
import pytest_bdd

from rigs.errors import DeviceFault, NotReached, RigFault, ServiceFault, UsageFault
from rigs.language import Case

Outcome = Literal["passed", "failed", "broken", "skipped", "not reached"]
Blame = Literal["", "device", "service", "rig", "rig file"]

STORY_NAME = "jobrig story"
FAULT_OF = "fault of: "
FOREIGN = tuple(str(Path(str(module.__file__)).parent) for module in (_pytest, pluggy, pytest_bdd))
SEVERITY: dict[Outcome, int] = {"failed": 0, "broken": 1, "not reached": 2, "skipped": 3, "passed": 4}


class Table(NamedTuple):
    """A table of the test page: the version table, the timer table."""

    name: str
    headers: Sequence[str]
    rows: Sequence[Sequence[object]]


class Message(NamedTuple):
    """A message under the step that it belongs to.

    `step` counts the scenario's steps from 0, Background included; -1 is before the first (arranging), a number past
    the last is closing. `body` is text, or something that becomes JSON.
    """

    step: int
    name: str
    body: Any


class Attachment(NamedTuple):
    """A file of the test page: bytes, or the path of a file that is copied."""

    name: str
    mime: str
    body: bytes | Path


@dataclass(slots=True, kw_only=True)
class Story:
    """One scenario on one rig. `outcome` None means: as pytest saw it; `sentence` is the verdict in one sentence."""

    rig: str = ""
    device: str = ""
    firmware: str = ""
    outcome: Outcome | None = None
    blame: Blame = ""
    sentence: str = ""
    reproduce: str = ""
    expected: str | None = None
    actual: str | None = None
    pictures: list[tuple[str, str]] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    waivers: list[str] = field(default_factory=list)
    round: int = 0
    """Which of several rounds of the scenario it tells of, counted from 1; 0 where there was one only."""

    def __repr__(self) -> str:
        return f"<Story {self.rig or 'no rig'} {self.outcome or 'open'}: {self.sentence or 'no verdict yet'}>"


STORY: pytest.StashKey[Story] = pytest.StashKey()
ENVIRONMENT: pytest.StashKey[dict[str, str]] = pytest.StashKey()
"""In `config.stash` of the controller: what was tested with what, shown as the environment of the report."""


def outcome_of(error: BaseException | None) -> Outcome:
    """The outcome that an error stands for; the class is the verdict (rigs.errors).

    A plain AssertionError of a user's own step is a statement about the device, like DeviceFault, which is one.
    """
    match error:
        case None:
            return "passed"
        case NotReached():
            return "not reached"
        case pytest.skip.Exception():
            return "not reached" if str(error).startswith("not reached") else "skipped"
        case AssertionError():
            return "failed"
        case _:
            return "broken"


BLAMES: dict[type[BaseException], Blame] = {
    UsageFault: "rig file",
    ServiceFault: "service",
    RigFault: "rig",
    DeviceFault: "device",
    AssertionError: "device",
}


def blame_of(error: BaseException | None) -> Blame:
    """Whose fault an error is: the report's category. What nobody declared (a bug of ours) is the rig's."""
    if outcome_of(error) not in ("failed", "broken"):
        return ""
    return next((blame for kind, blame in BLAMES.items() if isinstance(error, kind)), "rig")


def trace_of(error: BaseException | None) -> str:
    """The traceback without the frames of pytest, pytest-bdd and pluggy, which say nothing about the device."""
    if error is None:
        return ""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(FOREIGN)]
    return "".join([*traceback.format_list(frames), *traceback.format_exception_only(error)])


def story_record(story: Story, case: Case, outcome: Outcome, blame: Blame) -> dict[str, Any]:
    """A story as our own page reads it back: everything but the files, which are attachments of their own."""
    kept = ("rig", "device", "firmware", "sentence", "reproduce", "expected", "actual", "waivers")
    return {
        **{name: getattr(story, name) for name in kept},
        "outcome": outcome,
        "blame": blame,
        "file": f"{case.file.name}:{case.line}",
        "description": case.description,
        "feature_description": case.feature_description,
        "pictures": [name for name, _ in story.pictures],
        "tables": [{"name": name, "headers": headers, "rows": rows} for name, headers, rows in story.tables],
    }


def last_line(counts: Mapping[Outcome, int]) -> str:
    """The line that every run ends with: `judged 41 · skipped 6 · not reached 2 · broken 0`."""
    judged = counts.get("passed", 0) + counts.get("failed", 0)
    rest = (f"{word} {counts.get(word, 0)}" for word in ("skipped", "not reached", "broken"))
    return " · ".join((f"judged {judged}", *rest))
