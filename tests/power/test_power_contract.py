"""Every power kind keeps the same promises."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from rigs.boards.virtual import VirtualBoard
from rigs.errors import UsageFault
from rigs.power.base import Power
from rigs.power.board import BoardPower
from rigs.power.command import CommandPower
from rigs.power.fake import FakePower
from rigs.power.lines import LinePower, LinesOnly
from rigs.trace import records
from rigs.trace.store import Trace


class Kind(NamedTuple):
    """A switch, and how to look at what it switches."""

    power: Power
    powered: Callable[[], bool]


def fake(ability: Any) -> Callable[..., Kind]:
    def make(trace: Trace, folder: Path, cleaner: ExitStack) -> Kind:
        power = FakePower(trace=trace, ability=ability)
        power.is_on = ability == "reset"
        return Kind(power, lambda: power.is_on)

    return make


def board(trace: Trace, folder: Path, cleaner: ExitStack) -> Kind:
    board = VirtualBoard(folder / "board", agent=[])
    cleaner.callback(board.close)
    return Kind(BoardPower(board, trace=trace), lambda: board.alive)


def command(**commands: str) -> Callable[..., Kind]:
    def make(trace: Trace, folder: Path, cleaner: ExitStack) -> Kind:
        socket = folder / "socket"
        socket.write_text("on" if "off" not in commands else "off")
        given: Any = {name: text.format(socket) for name, text in commands.items()}
        power = CommandPower(trace=trace, pause=timedelta(milliseconds=10), **given)
        return Kind(power, lambda: socket.read_text().strip() == "on")

    return make


def lines(**options: Any) -> Callable[..., Kind]:
    def make(trace: Trace, folder: Path, cleaner: ExitStack) -> Kind:
        port = LinesOnly("loop://")
        cleaner.callback(port.close)
        power = LinePower(port, trace=trace, pulse=timedelta(milliseconds=10), **options)
        seen = "dsr" if options.get("line") == "dtr" else "cts"  # as loop:// wires them
        on_level = not options.get("off_level", True)
        return Kind(power, lambda: getattr(port.port, seen) == on_level)

    return make


KINDS: dict[str, Callable[..., Kind]] = {
    "fake, cut": fake("cut"),
    "fake, reset": fake("reset"),
    "board": board,
    "command, off and on": command(off="echo off > {}", on="echo on > {}"),
    "command, all three": command(off="echo off > {}", on="echo on > {}", reset="echo on > {}"),
    "command, reset": command(reset="echo on > {}"),
    "rts, reset": lines(),
    "dtr, cut": lines(line="dtr", ability="cut"),
    "rts, cut, powered when on": lines(off_level=False, ability="cut"),
}
ABILITY = {"fake, reset": "reset", "command, reset": "reset", "rts, reset": "reset"}


@pytest.fixture
def trace() -> Trace:
    return Trace(records.Header())


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, trace: Trace, tmp_path: Path) -> Iterator[Kind]:
    with ExitStack() as cleaner:
        kind = KINDS[request.param](trace, tmp_path, cleaner)
        assert kind.power.ability == ABILITY.get(request.param, "cut")
        yield kind
        kind.power.close()
        kind.power.close()


def events(trace: Trace) -> list[str]:
    return [record.event for record in trace.since(0) if isinstance(record, records.Power)]


def test_off_and_on_again(kind: Kind, trace: Trace) -> None:
    if kind.power.ability == "reset":
        with pytest.raises(UsageFault, match="cannot take the power away"):
            kind.power.off()
        assert kind.powered()
        assert events(trace) == []
        return
    kind.power.on()
    assert kind.powered()
    kind.power.off()
    assert not kind.powered()
    kind.power.on()
    assert kind.powered()
    assert events(trace) == ["on", "off", "on"]


def test_nothing_is_done_twice(kind: Kind, trace: Trace) -> None:
    kind.power.on()
    before = events(trace)
    kind.power.on()
    assert events(trace) == before
    assert kind.powered()


def test_reset(kind: Kind, trace: Trace) -> None:
    kind.power.on()
    before = events(trace)
    kind.power.reset()
    assert kind.powered()
    kind.power.on()
    assert events(trace) == [*before, "reset"]


def test_closing_leaves_the_state(kind: Kind, trace: Trace) -> None:
    kind.power.on()
    kind.power.close()
    assert kind.powered()
    assert kind.power.name in repr(kind.power)
    assert repr(kind.power).endswith(f"can {kind.power.ability}, on>")
