"""A rig in use: device, console, power, tap, cloud and operator, opened from a rig file and closed in any case."""

from __future__ import annotations

import contextlib
import platform
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Any

from rigs import parts
from rigs.cloud.operator import Operator
from rigs.clouds import Cloud, open_cloud
from rigs.console.base import Console
from rigs.console.log import ConsoleLog
from rigs.description import Description
from rigs.device import Device
from rigs.errors import DeviceFault, RigFault
from rigs.loop import LoopThread
from rigs.network import Network
from rigs.power.base import Power
from rigs.profile import WORDS, Profile
from rigs.rules.judge import Judge
from rigs.state import StateFolder, take
from rigs.tap.proxy import Tap
from rigs.tap.worker import Worker
from rigs.trace.records import AnyRecord, Clock, Header
from rigs.trace.rest import Rest
from rigs.trace.store import Trace

PACKAGES = ("jobrig", "pytest", "pytest-bdd", "awsiotsdk", "boto3", "allure-pytest", "pyserial", "asyncssh")


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
    closers: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def __repr__(self) -> str:
        return f"<Rig {self.name} {self.thing} {'stuck since ' + self.stuck if self.stuck else 'ready'}>"

    @property
    def thing(self) -> str:
        """The thing that the device is."""
        return self.description.device.thing

    # rest and the ladder ---------------------------------------------------------------------------------------------

    def come_to_rest(self) -> str:
        """Wait within the profile's bounds until the device is at rest; what is missing then, "" at rest."""
        timing = self.profile.timing
        tries = self.profile.number("tries") * (timing.reply + timing.retry)
        within = timing.react + timing.report + tries + timing.reconnect
        try:
            self.trace.wait_for(_AtRest(self.rest), since=max(0, self.trace.mark - 1), within=within)
        except DeviceFault:
            return self.rest.lacks
        return ""

    def climb(self, culprit: str) -> None:
        """Agent start, reboot, power cycle, until the device is at rest; else it is stuck since `culprit`."""
        for rung in self.device.rungs():
            with contextlib.suppress(DeviceFault):
                rung()
                self.operator.clear(timedelta(seconds=30))
                if not self.come_to_rest():
                    return
        self.stuck = culprit

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

    def doubts(self) -> list[Exception]:
        """What speaks against the rig or the service since the last call."""
        found: list[Exception] = [*self.tap.trouble, *self.worker.trouble]
        self.tap.trouble.clear()
        self.worker.trouble.clear()
        return found

    def raise_doubts(self) -> None:
        """Raise the first of the doubts."""
        for doubt in self.doubts():
            raise doubt

    def close(self) -> None:
        """Give everything back, the last opened first."""
        self.closers.close()


@dataclass(frozen=True, slots=True)
class _AtRest:
    """The device is at rest as of the newest record."""

    rest: Rest

    def __repr__(self) -> str:
        return f"device at rest ({self.rest.lacks or 'it is'})"

    def __call__(self, record: AnyRecord) -> bool:
        return not self.rest.lacks


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
    trace = _trace(description, options, profile, name)
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
    rest = Rest(asks=profile["takes_jobs"] != "notify")
    trace.listen(rest.feed)
    judge = Judge(profile.flat(), description.device.thing, waived=profile.waived)
    trace.listen(judge.feed)
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


def _trace(description: Description, options: Options, profile: Profile, name: str) -> Trace:
    header = Header(
        rig=name,
        device=description.device.name or description.device.thing,
        thing=description.device.thing,
        seed=options.seed,
        utc=datetime.now(UTC).isoformat(timespec="milliseconds"),
        monotonic=time.monotonic(),
        packages={"python": platform.python_version(), **_versions()},
        profile=profile.flat(),
    )
    return Trace(header, options.results / f"trace-{name}.jsonl")


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[package] = metadata.version(package)
    return found


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
        server_context=identity.context(description),
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
    words = parts.provisioning(rig.description, identity, rig.tap.port, _settings(rig, options))
    for command in table.provision:
        rig.console.run(_filled(command, words))
    rig.firmware = rig.device.firmware()
    if table.start is not None:
        rig.console.run(table.start)
    try:
        rig.device.await_connected(mark, rig.profile.timing.boot + rig.profile.timing.connect)
    except DeviceFault as silent:
        raise RigFault(f"the device never connected to the tap at {rig.tap.host}:{rig.tap.port}; {silent}") from silent


def _filled(command: str, words: Mapping[str, str]) -> str:
    for word, value in words.items():
        command = command.replace("{" + word + "}", value)
    return command


def _settings(rig: Rig, options: Options) -> dict[str, Any]:
    """What the reference agent is told: who it is, and its profile as habits to play."""
    habits = {word: rig.profile[word] for word in WORDS if rig.profile[word] is not None}
    return {
        "thing": rig.thing,
        "client_id": rig.description.device.client_id or rig.thing,
        "ca": "ca.pem",
        "certificate": "device.pem",
        "key": "device.key",
        "bug": options.bug,
        "habits": {**habits, "tries": rig.profile.number("tries")},
        **rig.description.device.settings,
    }
