"""The rig on the doctor's table: whole where it can be opened, else part by part, so that one lack hides no other."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from rigs import parts
from rigs.cloud.operator import Operator, Refused
from rigs.clouds import Cloud, open_cloud
from rigs.console.base import Console
from rigs.console.log import ConsoleLog
from rigs.costs import Costs
from rigs.description import Description
from rigs.errors import DeviceFault, RigError, RigFault
from rigs.loop import LoopThread
from rigs.net.tls import Ending, Facts, Side, TlsLink, dial
from rigs.power.base import Power
from rigs.profile import Profile
from rigs.rig import Options, Rig, open_rig
from rigs.state import take
from rigs.trace.records import AnyRecord, Header
from rigs.trace.store import Trace, read

T = TypeVar("T")
TROUBLE = (RigError, DeviceFault, Refused, OSError, ValueError)
"""What goes wrong with a rig; anything else is a defect of ours and is shown as one."""


TAP_AT = re.compile(r"never connected to the tap at (\S+:\d+)")
"""What `open_rig` says when everything stands and the device does not come."""


class Untried(Exception):
    """A check that makes no sense because something else is wrong."""


@dataclass(slots=True)
class Part(Generic[T]):
    """A part of the rig, or what kept it from opening."""

    value: T | None = None
    trouble: Exception | None = None

    def get(self) -> T:
        """The part; raises what kept it from opening."""
        if self.trouble is not None:
            raise self.trouble
        if self.value is None:
            raise Untried("the rig has none")
        return self.value


@dataclass(slots=True, kw_only=True)
class Ward:
    """What the checks look at; `records` are those of the attempt to open the whole rig."""

    description: Description
    profile: Profile
    costs: Costs
    rig: Rig | None = None
    trouble: Exception | None = None
    records: list[AnyRecord] = field(default_factory=list)
    console: Part[Console] = field(default_factory=Part)
    power: Part[Power] = field(default_factory=Part)
    cloud: Part[str] = field(default_factory=Part)
    operator: Part[Operator] = field(default_factory=Part)

    def __repr__(self) -> str:
        return f"<Ward {self.description.rig.name} {'whole' if self.rig else 'in parts'}>"

    @property
    def tap_at(self) -> str | None:
        """Where the tap listens or listened, None when the rig never got so far."""
        if self.rig is not None:
            return f"{self.rig.tap.host}:{self.rig.tap.port}"
        found = TAP_AT.search(str(self.trouble))
        return found[1] if found else None

    def whole(self) -> Rig:
        """The open rig; raises Untried where it could not be opened."""
        if self.rig is None:
            raise Untried("the rig did not come up as a whole")
        return self.rig

    def run(self, command: str) -> str:
        """Run a console command."""
        try:
            console = self.console.get()
        except TROUBLE as away:
            raise Untried("the console does not answer") from away
        return console.run(command).strip()


def admit(
    description: Description, profile: Profile, costs: Costs, options: Options, stack: contextlib.ExitStack
) -> Ward:
    """Open the rig, or what can be opened of it; `stack` closes it again."""
    ward = Ward(description=description, profile=profile, costs=costs)
    try:
        rig = open_rig(description, options)
    except TROUBLE as trouble:
        ward.trouble, ward.records = trouble, _left(description, options)
        _open_parts(ward, options, stack)
        return ward
    stack.callback(rig.close)
    ward.rig, ward.records = rig, rig.trace.records
    ward.console, ward.power, ward.operator = Part(rig.console), Part(rig.power), Part(rig.operator)
    return ward


def _left(description: Description, options: Options) -> list[AnyRecord]:
    """What the attempt left on its trace."""
    path = options.results / f"trace-{description.rig.name}{options.suffix}.jsonl"
    return list(read(path)[1]) if path.exists() else []


def _attempt(make: Callable[[], T | None]) -> Part[T]:
    try:
        return Part(make())
    except TROUBLE as trouble:
        return Part(trouble=trouble)


def _open_parts(ward: Ward, options: Options, stack: contextlib.ExitStack) -> None:
    description = ward.description
    try:
        state = take(options.root / ".jobrig", description.rig.name, multiply=description.rig.multiply)
    except RigFault as taken:
        ward.console, ward.power, ward.cloud, ward.operator = (Part(trouble=taken) for _ in range(4))
        return
    stack.callback(state.close)
    trace = Trace(Header(rig=description.rig.name, thing=description.device.thing))
    loop = LoopThread("doctor")
    stack.callback(loop.stop)
    cloud = _attempt(lambda: open_cloud(description, state.path, loop, trace))
    if cloud.value is not None:
        stack.callback(cloud.value.close)
    ward.cloud = _attempt(lambda: handshake(cloud.get(), loop))
    ward.operator = _attempt(lambda: _prepared(cloud.get().operator(trace)))
    log = ConsoleLog(options.results / f"console-{description.rig.name}-parts.log")
    stack.callback(log.close)
    board = parts.make_board(description, state.path)
    if board is not None:
        stack.callback(board.close)
    bench = parts.Bench(description=description, state=state.path, trace=trace, loop=loop, log=log, board=board)
    _open_console(ward, bench, stack)


def _open_console(ward: Ward, bench: parts.Bench, stack: contextlib.ExitStack) -> None:
    """Serial first, then power, then SSH, as a rig does; what opens is closed again."""

    def opened(console: Console | None) -> Console | None:
        if console is not None:
            stack.callback(console.close)
            console.open()
        return console

    table = bench.description.console
    serial: Part[Console] = _attempt(lambda: opened(parts.CONSOLES[table.kind](bench, table) if table else None))
    ward.power = _attempt(lambda: parts.make_power(bench, serial.value))
    if (power := ward.power.value) is not None:
        stack.callback(power.close)
        ward.power = _attempt(lambda: _switched_on(power))
    ssh: Part[Console] = _attempt(lambda: opened(parts.make_ssh(bench)))
    ward.console = ssh if bench.description.ssh is not None else serial


def _prepared(operator: Operator) -> Operator:
    operator.prepare_thing()
    return operator


def _switched_on(power: Power) -> Power:
    power.on()
    return power


class _Caller:
    """A handler that only notes how it went."""

    def __init__(self) -> None:
        self.facts = Facts()

    def opened(self, link: TlsLink, facts: Facts) -> None:
        self.facts = facts

    def received(self, data: bytes) -> None:
        """Nothing was asked."""

    def closed(self, reason: str, by: Side) -> None:
        """The call is over."""

    def refused(self, facts: Facts, alert: str | None, reason: str) -> None:
        """`dial` raises it."""


def handshake(cloud: Cloud, loop: LoopThread) -> str:
    """Shake hands with the cloud's MQTT endpoint as the tap would; says how. Raises OSError where that fails."""
    upstream, caller = cloud.upstream(), _Caller()

    async def call() -> None:
        link = await dial(
            upstream.host,
            upstream.port,
            upstream.context,
            caller,
            server_name=upstream.server_name,
            alpn=upstream.alpn,
        )
        link.close(Ending.CLOSE_NOTIFY)

    try:
        loop.run(call())
    except OSError as away:
        text = f"MQTT endpoint {upstream.host}:{upstream.port}: {away}; is it running, and does [cloud] name it right?"
        raise RigFault(text) from away
    return f"MQTT endpoint {upstream.host}:{upstream.port} shakes hands with {caller.facts.tls}"


__all__ = ["TROUBLE", "Part", "Untried", "Ward", "admit", "handshake"]
