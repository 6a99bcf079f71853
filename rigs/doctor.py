"""`jobrig check RIG`: every part of a rig tried, a line each; nothing is cut and no job is queued."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from rigs.checkup import CHECKS, Check
from rigs.costs import costs, shipped
from rigs.description import Description, find, load
from rigs.errors import RigFault, UsageFault
from rigs.rig import Options
from rigs.ward import TROUBLE, Untried, Ward, admit

OK, WRONG, UNTRIED = "ok", "WRONG", "not tried"


def check(
    rig: str, *, root: Path | None = None, results: Path | None = None, overrides: Mapping[str, str] | None = None
) -> Iterator[str]:
    """A line for each check, and one at the end; RigFault (exit code 10) names what is wrong.

    `root` is where rigs/ and the rig's state are looked for (default: here). An unknown rig is a UsageFault; a rig file
    that cannot be read is something wrong with the rig, and ends the check, since nothing else can be tried.
    """
    place = root or Path.cwd()
    path = find(rig, place)
    try:
        description = load(path, overrides)
    except UsageFault as wrong:
        yield line(WRONG, "rig file", str(wrong))
        raise RigFault(f"{path}: 1 check wrong: rig file; nothing else could be tried") from wrong
    device = description.device
    yield line(OK, "rig file", f"{path}: rig {description.rig.name}, device {device.name or device.thing}")
    options = Options(results=results or place / "results" / "check", root=place)
    yield from _checked(description, options)


def _checked(description: Description, options: Options) -> Iterator[str]:
    profile, wrong = description.read_profile(), list[str]()
    with contextlib.ExitStack() as stack:
        ward = admit(description, profile, costs(description, shipped()), options, stack)
        for name, look in CHECKS.items():
            state, text = examine(look, ward)
            if state == WRONG:
                wrong.append(name)
            yield line(state, name, text)
        if ward.trouble is not None:
            wrong.append("whole rig")
            yield line(WRONG, "whole rig", str(ward.trouble))
    name = description.rig.name
    if wrong:
        raise RigFault(f"rig {name}: {len(wrong)} checks wrong: {', '.join(wrong)}")
    yield f"rig {name} is ready: {len(CHECKS) + 1} checks ok, {ward.costs.total - ward.costs.skipped} scenarios run"


def examine(look: Check, ward: Ward) -> tuple[str, str]:
    """One check: its state and its line."""
    try:
        return OK, look(ward)
    except Untried as why:
        return UNTRIED, str(why)
    except TROUBLE as wrong:
        return WRONG, str(wrong)


def line(state: str, name: str, text: str) -> str:
    """A line of the result; of an error with many lines the first."""
    first = next(iter(text.strip().splitlines()), "")
    return f"{state:10}{name:15}{first}"
