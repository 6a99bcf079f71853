"""Rig parts by their kind, as tables: what the words of a rig file are made into."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rigs.boards.virtual import VirtualBoard
from rigs.console.base import Console
from rigs.console.framing import Framing, Marked, Prompted
from rigs.console.log import ConsoleLog
from rigs.console.process import ProcessConsole
from rigs.console.serial import SerialConsole
from rigs.console.ssh import SshConsole
from rigs.description import ConsoleTable, Description
from rigs.errors import UsageFault
from rigs.loop import LoopThread
from rigs.net.certs import Authority, Pair
from rigs.power.base import Power
from rigs.power.board import BoardPower
from rigs.power.command import CommandPower
from rigs.power.lines import LinePower
from rigs.profile import WORDS, Profile
from rigs.tap.terms import Terms
from rigs.trace.store import Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What every part may need."""

    description: Description
    state: Path
    trace: Trace
    loop: LoopThread
    log: ConsoleLog
    board: VirtualBoard | None


def make_board(description: Description, state: Path) -> VirtualBoard | None:
    """The virtual board of the rig file, with an empty flash; None where the rig has a board of its own."""
    table = description.board
    if table is None:
        return None
    ssh = description.ssh is not None and description.ssh.host == "board"
    shutil.rmtree(state / "board", ignore_errors=True)
    return VirtualBoard(
        state / "board",
        agent=table.agent,
        env=table.environment,
        files={"evidence.log": b""},
        ssh=ssh,
        restart_agent=table.restart_agent,
        autostart=False,
    )


def _framing(table: ConsoleTable) -> Framing:
    if table.markers is not None:
        return Marked(ask=table.markers.ask, begin=table.markers.begin, end=table.markers.end)
    return Prompted(table.prompt, echo=table.echo)


def _serial(bench: Bench, table: ConsoleTable) -> SerialConsole:
    url = table.port
    if url == "board":
        if bench.board is None:
            raise UsageFault(f'{bench.description.path} [console] port: "board" needs a [board]')
        url = bench.board.port
    return SerialConsole(
        url,
        trace=bench.trace,
        framing=_framing(table),
        log=bench.log,
        baud=table.baudrate,
        newline=table.newline,
        dtr=table.dtr,
        rts=table.rts,
        vanishes_with_device=table.vanishes_with_device,
    )


def _process(bench: Bench, table: ConsoleTable) -> ProcessConsole:
    return ProcessConsole(trace=bench.trace, log=bench.log, folder=bench.description.folder)


CONSOLES: dict[str, Callable[[Bench, ConsoleTable], Console]] = {"serial": _serial, "process": _process}


def make_ssh(bench: Bench) -> SshConsole | None:
    """The SSH console of the rig file; the virtual board's own server where it says so."""
    table = bench.description.ssh
    if table is None:
        return None
    if table.host == "board":
        assert bench.board is not None
        keys = bench.board.ssh_keys
        return SshConsole(
            "127.0.0.1",
            loop=bench.loop,
            trace=bench.trace,
            port=bench.board.ssh_port,
            user="board",
            keys=[keys.user_key],
            known_hosts=keys.known_hosts,
            config=[],
            follow=table.follow,
            log=bench.log,
        )
    return SshConsole(
        table.host,
        loop=bench.loop,
        trace=bench.trace,
        port=table.port,
        user=table.user,
        keys=[bench.description.folder / table.key] if table.key else (),
        known_hosts=bench.description.folder / table.known_hosts if table.known_hosts else None,
        follow=table.follow,
        log=bench.log,
    )


def make_power(bench: Bench, serial: Console | None) -> Power | None:
    """The power switch of the rig file."""
    table = bench.description.power
    if table is None:
        return None
    if table.kind == "board":
        if bench.board is None:
            raise UsageFault(f'{bench.description.path} [power] kind: "board" needs a [board]')
        return BoardPower(bench.board, trace=bench.trace)
    if table.kind == "lines":
        if not isinstance(serial, SerialConsole):
            raise UsageFault(f'{bench.description.path} [power] kind: "lines" needs a serial [console]')
        return LinePower(serial, line=table.line, ability=table.ability, trace=bench.trace)
    return CommandPower(off=table.off, on=table.on, reset=table.reset, trace=bench.trace)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who the device is towards the tap, and who the tap is towards the device."""

    tap: Authority
    server: Pair
    device: Pair | None
    registered: tuple[bytes, ...]
    client_ca: bytes | None

    def terms(self, description: Description) -> Terms:
        """How the tap serves the device, by AWS's TLS policy."""
        return Terms(
            pair=self.server,
            authority=self.tap,
            client_ca=self.client_ca,
            registered=self.registered,
            versions=tuple(description.tap.tls),
            alpn=(description.tap.alpn,) if description.tap.alpn else (),
        )


def make_identity(description: Description, state: Path) -> Identity:
    """The tap's CA and server certificate, kept in the state folder, and the device's certificate."""
    tap, device = description.tap, description.device
    authority = Authority.open(state / "tap-ca", "jobrig tap CA")
    names = ["localhost", *(name for name in tap.names if not _is_ip(name))]
    ips = sorted({"127.0.0.1", *(name for name in [tap.host, *tap.names] if _is_ip(name))})
    server = _kept(
        state / "tap-ca", "server", lambda: authority.issue("jobrig tap", dns=names, ips=ips), [*names, *ips]
    )
    made, registered = None, tuple[bytes, ...]()
    if device.certificate == "made":
        made = _kept(state / "tap-ca", "device", lambda: authority.issue(device.thing, client=True), [device.thing])
        registered = (made.certificate_pem,)
    elif device.certificate:
        registered = ((description.folder / device.certificate).read_bytes(),)
    ca = (description.folder / device.ca).read_bytes() if device.ca else None
    return Identity(tap=authority, server=server, device=made, registered=registered, client_ca=ca)


def _kept(folder: Path, name: str, make: Callable[[], Pair], words: list[str]) -> Pair:
    """A pair that is made once for these words and found again in the folder."""
    note, certificate, key = folder / f"{name}.json", folder / f"{name}.crt", folder / f"{name}.key"
    if not note.exists() or json.loads(note.read_text()) != words:
        make().write(folder, name)
        note.write_text(json.dumps(words))
    return Pair(certificate_pem=certificate.read_bytes(), key_pem=key.read_bytes())


def _is_ip(name: str) -> bool:
    return name.replace(".", "").isdigit() or ":" in name


def provisioning(
    description: Description, identity: Identity, port: int, settings: Mapping[str, Any]
) -> dict[str, str]:
    """The words that [device] provision commands may hold, each between braces."""
    host = next(iter(description.tap.names), description.tap.host)
    device = identity.device
    named: dict[str, bytes] = {
        "ca": identity.tap.certificate_pem,
        "certificate": device.certificate_pem if device else b"",
        "key": device.key_pem if device else b"",
        "settings": json.dumps({"endpoint": host, "port": port, **settings}).encode(),
    }
    encoded = {name: base64.b64encode(value).decode() for name, value in named.items()}
    return {**encoded, "host": host, "port": str(port), "thing": description.device.thing}


def filled(command: str, words: Mapping[str, str]) -> str:
    """A command of the rig file with its words filled in."""
    for word, value in words.items():
        command = command.replace("{" + word + "}", value)
    return command


def settings(description: Description, profile: Profile, bug: str | None, seed: int = 0) -> dict[str, Any]:
    """What the reference agent is told: who it is, its profile as habits to play, and what its chance hangs on."""
    device = description.device
    habits = {word: profile[word] for word in WORDS if profile[word] is not None}
    return {
        "thing": device.thing,
        "client_id": device.client_id or device.thing,
        "ca": "ca.pem",
        "certificate": "device.pem",
        "key": "device.key",
        "bug": bug,
        "seed": seed,
        "habits": {**habits, "tries": profile.number("tries")},
        **device.settings,
    }
