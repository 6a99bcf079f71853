"""A rig in use: device, console, power, tap, cloud and operator, opened from a rig file and closed in any case."""

from __future__ import annotations

import contextlib
import random
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from rigs import parts
from rigs.cloud.operator import Operator
from rigs.clouds import Cloud, open_cloud
from rigs.console.base import Console
from rigs.console.log import ConsoleLog
from rigs.description import Description
from rigs.device import Device
from rigs.errors import DeviceFault, RigError, RigFault
from rigs.heading import header
from rigs.listeners import listeners
from rigs.loop import LoopThread
from rigs.network import Network
from rigs.power.base import Power
from rigs.profile import Profile
from rigs.rules.judge import Judge
from rigs.state import StateFolder, take
from rigs.tap.proxy import Tap
from rigs.tap.worker import Worker
from rigs.trace.records import AnyRecord, Clock
from rigs.trace.rest import Rest
from rigs.trace.store import Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line adds to a rig file."""

    results: Path
    root: Path
    suffix: str = ""
    bug: str | None = None
    faults: bool = True
    seed: int = 0


@dataclass(slots=True, kw_only=True)
class Rig:
    """Everything that a scenario needs; made by `open_rig`."""

    name: str
    description: Description
    profile: Profile
    trace: Trace
    loop: LoopThread
    worker: Worker
    cloud: Cloud
    operator: Operator
    tap: Tap
    network: Network
    device: Device
    console: Console
    power: Power | None
    judge: Judge
    rest: Rest
    chance: random.Random
    firmware: str = ""
    clock_rate: float = 1.0
    stuck: str = ""
    unready: int = 0
    slowest: float = 0.0
    closers: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def __repr__(self) -> str:
        return f"<Rig {self.name} {self.thing} {self.stuck or 'ready'}>"

    @property
    def thing(self) -> str:
        """The thing that the device is."""
        return self.description.device.thing

    # rest ------------------------------------------------------------------------------------------------------------

    def come_to_rest(self, *, patient: bool = False) -> str:
        """Wait within the profile's bounds until the device is at rest; what is missing then, "" at rest.

        Unless it is `patient` the wait ends when the rig gets into doubt: what the device lacks then proves nothing.
        """
        timing = self.profile.timing
        tries = self.profile.number("tries") * (timing.reply + timing.retry)
        within = timing.react + timing.report + tries + timing.reconnect
        try:
            since = max(0, self.trace.mark - 1)
            self.trace.wait_for(_AtRest(self, patient), since=since, within=within, patient=True)
        except DeviceFault:
            return self.rest.lacks
        return self.rest.lacks if self.in_doubt and not patient else ""

    # clock -----------------------------------------------------------------------------------------------------------

    def step_clock(self, by: timedelta) -> None:
        """Step the Jobs service's clock."""
        self.cloud.step(by)
        self.trace.append(Clock(stepped=by.total_seconds(), rate=self.clock_rate, stamp=self.cloud.now()))

    def scale_clock(self, rate: float) -> None:
        """Scale the Jobs service's clock."""
        self.cloud.scale(rate)
        self.clock_rate = rate
        self.trace.append(Clock(rate=rate, stamp=self.cloud.now()))

    def normal_clock(self) -> None:
        """Service seconds last a second again."""
        if self.clock_rate != 1.0:
            self.scale_clock(1.0)

    # doubts ----------------------------------------------------------------------------------------------------------

    @property
    def in_doubt(self) -> bool:
        """Whether something speaks against the rig or the service that `doubts` has not yet told."""
        return bool(self.tap.trouble or self.worker.trouble)

    def doubts(self) -> list[RigError]:
        """What speaks against the rig or the service since the last call."""
        found: list[RigError] = [*self.tap.trouble, *self.worker.trouble]
        self.tap.trouble.clear()
        self.worker.trouble.clear()
        return found

    @property
    def longest_turn(self) -> float:
        """Seconds that the loop was late at most since the rig was opened."""
        return max(self.slowest, self.loop.lag)

    def measure_turns(self) -> None:
        """Begin anew with the loop's `lag`, which is then that of one scenario."""
        self.slowest, self.loop.lag = self.longest_turn, 0.0

    def close(self) -> None:
        """Give everything back, the last opened first."""
        self.closers.close()


@dataclass(frozen=True, slots=True)
class _AtRest:
    """As of the newest record the device is at rest or, where nobody is patient, the rig in doubt."""

    rig: Rig
    patient: bool

    def __repr__(self) -> str:
        return f"device at rest ({self.rig.rest.lacks or 'it is'})"

    def __call__(self, record: AnyRecord) -> bool:
        return not self.rig.rest.lacks or (self.rig.in_doubt and not self.patient)


def open_rig(description: Description, options: Options) -> Rig:
    """Open a rig from its file; what was opened is closed again when something fails."""
    with contextlib.ExitStack() as stack:
        rig = _open(description, options, stack)
        rig.closers = stack.pop_all()
        return rig


def _open(description: Description, options: Options, stack: contextlib.ExitStack) -> Rig:
    name = description.rig.name + options.suffix
    state = take(options.root / ".jobrig", description.rig.name, multiply=description.rig.multiply)
    stack.callback(state.close)
    profile = description.read_profile()
    trace = Trace(header(description, profile, name, options.seed), options.results / f"trace-{name}.jsonl")
    stack.callback(trace.end)
    loop, worker = LoopThread(name), Worker(name)
    stack.callback(loop.stop)
    stack.callback(worker.stop)
    cloud = open_cloud(description, state.path, loop, trace)
    stack.callback(cloud.close)
    operator = cloud.operator(trace)
    operator.prepare_thing()
    bench = _bench(description, state, trace, loop, options, stack, name)
    console, power = _reach(bench, stack)
    tap, identity = _tap(bench, cloud, worker, stack)
    trace.doubted(lambda: [*tap.trouble, *worker.trouble])
    rest, judge = listeners(description, profile, trace)
    device = Device(table=description.device, profile=profile, trace=trace, tap=tap, console=console, power=power)
    network = Network(tap, trace, description.device.thing, dry=not options.faults)
    rig = Rig(
        name=name,
        description=description,
        profile=profile,
        trace=trace,
        loop=loop,
        worker=worker,
        cloud=cloud,
        operator=operator,
        tap=tap,
        network=network,
        device=device,
        console=console,
        power=power,
        judge=judge,
        rest=rest,
        chance=random.Random(options.seed or None),
    )
    _bring_up(rig, bench, identity, options)
    return rig


def _bench(
    description: Description,
    state: StateFolder,
    trace: Trace,
    loop: LoopThread,
    options: Options,
    stack: contextlib.ExitStack,
    name: str,
) -> parts.Bench:
    log = ConsoleLog(options.results / f"console-{name}.log")
    stack.callback(log.close)
    board = parts.make_board(description, state.path)
    if board is not None:
        stack.callback(board.close)
    return parts.Bench(description=description, state=state.path, trace=trace, loop=loop, log=log, board=board)


def _reach(bench: parts.Bench, stack: contextlib.ExitStack) -> tuple[Console, Power | None]:
    """Open the consoles, before power-on; commands go by SSH where the rig file has it."""
    table = bench.description.console
    serial = parts.CONSOLES[table.kind](bench, table) if table is not None else None
    if serial is not None:
        stack.callback(serial.close)
        serial.open()
    power = parts.make_power(bench, serial)
    if power is not None:
        stack.callback(power.close)
        power.on()
    ssh = parts.make_ssh(bench)
    if ssh is not None:
        stack.callback(ssh.close)
        ssh.open()
    console = ssh or serial
    if console is None:
        raise RigFault(f"{bench.description.path}: needs a [console] or [ssh]")
    return console, power


def _tap(bench: parts.Bench, cloud: Cloud, worker: Worker, stack: contextlib.ExitStack) -> tuple[Tap, parts.Identity]:
    description = bench.description
    identity = parts.make_identity(description, bench.state)
    tap = Tap(
        bench.loop,
        bench.trace,
        host=description.tap.host,
        port=description.tap.port,
        terms=identity.terms(description),
        upstream=cloud.upstream(),
        worker=worker,
        require_alpn=description.tap.alpn,
    )
    tap.start()
    stack.callback(tap.stop)
    return tap, identity


def _bring_up(rig: Rig, bench: parts.Bench, identity: parts.Identity, options: Options) -> None:
    """Provision the device, start its agent and wait for its first CONNACK."""
    table, mark = rig.description.device, rig.trace.mark
    told = parts.settings(rig.description, rig.profile, options.bug, options.seed)
    words = parts.provisioning(rig.description, identity, rig.tap.port, told)
    for command in table.provision:
        rig.console.run(parts.filled(command, words))
    rig.firmware = rig.device.firmware()
    if table.start is not None:
        rig.console.run(table.start)
    try:
        rig.device.await_connected(mark, rig.profile.timing.boot + rig.profile.timing.connect)
    except DeviceFault as silent:
        raise RigFault(f"the device never connected to the tap at {rig.tap.host}:{rig.tap.port}; {silent}") from silent
