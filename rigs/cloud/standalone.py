"""The local cloud as a process of its own: `jobrig cloud`."""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rigs.cloud import ports
from rigs.cloud.explain import chosen, table
from rigs.cloud.local import LocalCloud
from rigs.cloud.log import Log
from rigs.cloud.settings import CLOCK
from rigs.errors import RigFault, UsageFault
from rigs.jobs.switches import Switches
from rigs.loop import LoopThread
from rigs.mqtt.limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What `jobrig cloud` may be told; `settings` are NAME=VALUE of switches and limits, port 0 takes a free one."""

    host: str = "127.0.0.1"
    names: Sequence[str] = ()
    mqtt_port: int = 8883
    alpn_port: int | None = None
    http_port: int = 8080
    data_port: int = 8443
    things: Sequence[str] = ()
    admin: str | None = None
    settings: Sequence[str] = ()
    seed: int = 0
    quiet: bool = False
    with_parent: bool = False

    @property
    def ports(self) -> Mapping[str, int | None]:
        """By the names that a user gives them."""
        names = ("mqtt_port", "alpn_port", "http_port", "data_port")
        return {f"--{name.replace('_', '-')}": getattr(self, name) for name in names}


def run(folder: Path | None = None, *, explain: bool = False, **options: Any) -> Iterator[str] | None:
    """`jobrig cloud`: serve with these Options, or with `explain` return the table of switches."""
    if explain:
        return table()
    if folder is None:
        raise UsageFault("jobrig cloud needs FOLDER, where its state is kept; `--explain` alone works without")
    serve(folder, Options(**options))
    return None


def serve(folder: Path, options: Options, say: Callable[[str], Any] = print) -> None:
    """Serve until SIGTERM or SIGINT, or with `with_parent` until standard input ends; on the main thread.

    Says one line of JSON: the addresses, the CA file, and the certificate and key file of each thing and of the admin.
    Raises UsageFault for settings that are none and ports that cannot be had, and RigFault when the state cannot be
    read, or not be kept any more.
    """
    switches, limits = chosen(options.settings)
    ports.check(options.host, options.ports)
    end, loop = End(), LoopThread("cloud")
    try:
        cloud = _cloud(loop, folder, options, switches, limits, end)
        told = _devices(cloud, loop, options.things, options.admin)
        cloud.start()
        with end:
            say(json.dumps(addresses(cloud) | told))
            sys.stdout.flush()
            end.wait(options.with_parent)
        cloud.stop()
    finally:
        loop.stop()


def _cloud(
    loop: LoopThread, folder: Path, options: Options, switches: Switches, limits: Limits, end: End
) -> LocalCloud:
    log = None if options.quiet else Log(lambda line: print(line, file=sys.stderr, flush=True))
    return LocalCloud(
        loop,
        folder,
        host=options.host,
        names=options.names,
        mqtt_port=options.mqtt_port,
        alpn_port=options.alpn_port,
        http_port=options.http_port,
        data_port=options.data_port,
        switches=switches,
        limits=limits,
        on_inside=log.fact if log else None,
        observer=log,
        on_fault=end.fault,
        keep=True,
        seed=options.seed,
    )


class End:
    """Waits for what ends the process: a signal, the parent's end, or a fault that it cannot go on with.

    Signals are taken inside its `with` only.
    """

    def __init__(self) -> None:
        self._over = threading.Event()
        self._fault: RigFault | None = None
        self._former: dict[signal.Signals, Any] = {}

    def __enter__(self) -> End:
        for number in (signal.SIGTERM, signal.SIGINT):
            self._former[number] = signal.signal(number, lambda *_: self._over.set())
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._former.items():
            signal.signal(number, handler)

    def __repr__(self) -> str:
        return f"<End {'reached' if self._over.is_set() else 'not yet'}>"

    def fault(self, wrong: RigFault) -> None:
        """End, and let `wait` raise this."""
        self._fault = wrong
        self._over.set()

    def wait(self, with_parent: bool) -> None:
        """Returns when the process shall end; raises the fault if one is the cause."""
        if with_parent:
            threading.Thread(target=self._with_stdin, daemon=True).start()
        self._over.wait()
        if self._fault is not None:
            raise self._fault

    def _with_stdin(self) -> None:
        sys.stdin.buffer.read()
        self._over.set()


def addresses(cloud: LocalCloud) -> dict[str, Any]:
    """What somebody needs to use a cloud that runs elsewhere."""
    return {
        "mqtt": _place(cloud.mqtt),
        "alpn": _place(cloud.alpn),
        "http": cloud.http_url,
        "data": cloud.data_url,
        "clock": f"{cloud.http_url}{CLOCK}",
        "ca": str(cloud.ca_file),
    }


def _place(found: tuple[str, int] | None) -> dict[str, Any] | None:
    return None if found is None else {"host": found[0], "port": found[1]}


def _devices(cloud: LocalCloud, loop: LoopThread, things: Sequence[str], admin: str | None) -> dict[str, Any]:
    create = cloud.service.operations.by_name["CreateThing"]
    for thing in things:
        if thing not in cloud.service.ledger.things:  # it may be there with attributes
            loop.call(create, {"thingName": thing}, cloud.clock.now())
    files = {thing: _files(cloud.issue_device(thing)) for thing in things}
    return {"things": files, "admin": _files(cloud.issue_admin(admin)) if admin else None}


def _files(files: tuple[Path, Path]) -> dict[str, str]:
    return {"certificate": str(files[0]), "key": str(files[1])}
