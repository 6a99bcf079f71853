"""What is particular to one kind of power switch."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from rigs.errors import RigFault, UsageFault
from rigs.power.command import CommandPower
from rigs.power.lines import LinePower, LinesOnly
from rigs.trace.records import Header
from rigs.trace.store import Trace


@pytest.fixture
def trace() -> Trace:
    return Trace(Header())


class Wire:
    """A port that writes down how its lines were set."""

    def __init__(self) -> None:
        self.levels: list[tuple[str, bool]] = []

    def set_lines(self, *, dtr: bool | None = None, rts: bool | None = None) -> None:
        given = {"dtr": dtr, "rts": rts}
        self.levels += [(name, level) for name, level in given.items() if level is not None]


def test_a_reset_is_a_pulse_on_one_line(trace: Trace) -> None:
    wire = Wire()
    LinePower(wire, trace=trace, pulse=timedelta(0)).reset()
    LinePower(wire, trace=trace, line="dtr", off_level=False, pulse=timedelta(0)).reset()
    assert wire.levels == [("rts", True), ("rts", False), ("dtr", False), ("dtr", True)]


def test_a_port_for_lines_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RigFault, match="absent for the power lines"):
        LinesOnly(str(tmp_path / "absent"))


def test_a_command_that_fails_is_shown_with_what_it_printed(trace: Trace) -> None:
    power = CommandPower(trace=trace, off="true", on="echo no such relay >&2; exit 3")
    with pytest.raises(RigFault, match=r"\[power\] on = .*ended with status 3, expected 0\nno such relay"):
        power.on()


def test_a_command_that_does_not_end_is_killed_with_its_children(trace: Trace) -> None:
    power = CommandPower(trace=trace, reset="echo waiting; tail -f /dev/null", within=timedelta(milliseconds=300))
    with pytest.raises(RigFault, match=r"did not end within 0\.3 s\nwaiting"):
        power.reset()


@pytest.mark.parametrize("given", [{}, {"off": "true"}, {"on": "true"}, {"off": "true", "reset": "true"}], ids=repr)
def test_commands_that_do_not_make_a_switch(given: Any, trace: Trace) -> None:
    with pytest.raises(UsageFault, match="needs off and on, or reset"):
        CommandPower(trace=trace, **given)
