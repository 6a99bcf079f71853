"""A console over SSH: one connection on the rig's loop, made again whenever it is lost."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncssh

from rigs.console.lines import Lines
from rigs.console.log import ConsoleLog
from rigs.console.transcript import Recorder, Transcript
from rigs.errors import ConsoleLost, ConsoleSilent, RigFault
from rigs.loop import LoopThread

RETRY_EVERY_SECONDS = 0.1
CONNECT_TIMEOUT_SECONDS = 10
KEEPALIVE_SECONDS = 5  # a board without power is silent: after three of these the connection counts as lost
SLACK_SECONDS = 5.0
# Trying again does not help against these.
REFUSED = (asyncssh.PermissionDenied, asyncssh.HostKeyNotVerifiable, asyncssh.ConfigParseError, asyncssh.KeyImportError)
AWAY = (OSError, asyncssh.Error, asyncio.TimeoutError)


class SshConsole:
    """Runs commands by `exec`; live lines come from `follow` (`journalctl -f -n 0 -u agent`), or not at all.

    ~/.ssh/config and ~/.ssh/known_hosts are read as `ssh` reads them, jump hosts included; `config` and `known_hosts`
    name other files, `config=[]` means none. `connect_within` is how long `open` waits for a host that still boots.
    The exit status of a command is not looked at, since a serial line has none either: what matters is printed. SSH
    carries errors beside the output: where their order matters, the command says `2>&1`.
    """

    def __init__(
        self,
        host: str,
        *,
        loop: LoopThread,
        trace: Recorder,
        port: int | None = None,
        user: str | None = None,
        keys: Sequence[Path] = (),
        known_hosts: Path | None = None,
        config: Sequence[Path] | None = None,
        follow: str | None = None,
        connect_within: timedelta = timedelta(seconds=30),
        name: str = "ssh",
        log: ConsoleLog | None = None,
    ) -> None:
        self.name, self.host = name, host
        self._loop, self._follow, self._connect_within = loop, follow, connect_within
        self._options = _options(host, port, user, keys, known_hosts, config)
        self._transcript = Transcript(trace, name, log)
        self._one_at_a_time = threading.Lock()
        self._keeper: concurrent.futures.Future[None] | None = None
        self._closing = asyncio.Event()
        self._changed = asyncio.Condition()
        self._connection: asyncssh.SSHClientConnection | None = None
        self._cause: BaseException | None = None
        self._final = False

    def __repr__(self) -> str:
        return f"<SshConsole {self.name} {self.host} {'up' if self._connection else 'down'}>"

    def open(self) -> None:
        """Connect; nothing happens when it is open. Raises ConsoleLost with the reason."""
        if self._keeper is None:
            self._closing, self._changed = asyncio.Event(), asyncio.Condition()
            self._cause, self._final = None, False
            self._keeper = asyncio.run_coroutine_threadsafe(self._keep(), self._loop.loop)
            try:
                self._on_loop(self._connected(self._deadline(self._connect_within), "to open"), self._connect_within)
            except RigFault:
                self.close()
                raise

    def run(self, command: str, within: timedelta = timedelta(seconds=10)) -> str:
        """Run a command and return what it printed, errors included; raises ConsoleLost, ConsoleSilent."""
        with self._one_at_a_time:
            if self._keeper is None:
                raise ConsoleLost(f"{self.name} is not open, {command!r} was not sent")
            printed: str = self._on_loop(self._run(command, within), within)
            return printed

    def close(self) -> None:
        """Disconnect; may be called twice."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            self._loop.call(self._closing.set)
            keeper.result(timeout=CONNECT_TIMEOUT_SECONDS + SLACK_SECONDS)

    def _on_loop(self, work: Any, within: timedelta) -> Any:
        return self._loop.run(work, within=within.total_seconds() + SLACK_SECONDS)

    def _deadline(self, within: timedelta) -> float:
        return time.monotonic() + within.total_seconds()

    async def _connected(self, deadline: float, what: str) -> asyncssh.SSHClientConnection:
        async with self._changed:
            try:
                async with asyncio.timeout(deadline - time.monotonic()):
                    await self._changed.wait_for(lambda: self._connection or self._final)
            except TimeoutError as late:
                raise ConsoleLost(f"{self.name}: {self.host} is away ({what}): {self._cause!r}") from late
            if self._connection is None:
                raise ConsoleLost(f"{self.name}: {self.host} does not let us in ({what}): {self._cause}")
            return self._connection

    async def _run(self, command: str, within: timedelta) -> str:
        deadline = self._deadline(within)
        process = await self._start(command, deadline)
        self._transcript.sent(command)
        self._transcript.raw(">", command.encode() + b"\n")
        lines, printed = Lines(), list[str]()
        try:
            async with asyncio.timeout(deadline - time.monotonic()):
                async for data in _chunks(process):
                    printed += self._take(lines, data)
                await process.wait_closed()
        except TimeoutError as late:
            process.close()
            raise ConsoleSilent(self._complaint(command, within, printed, lines)) from late
        finally:
            process.close()
        if process.exit_status is None and process.exit_signal is None:
            raise ConsoleLost(f"{self.name}: {self.host} went away while {command!r} ran; it had printed {printed}")
        return "\n".join(printed + self._take(lines, b"\n" if lines.partial else b""))

    async def _start(self, command: str, deadline: float) -> asyncssh.SSHClientProcess[bytes]:
        while True:
            connection = await self._connected(deadline, repr(command))
            try:
                async with asyncio.timeout(deadline - time.monotonic()):
                    return await _exec(connection, command)
            except TimeoutError as late:
                raise ConsoleLost(f"{self.name}: {self.host} does not start {command!r}") from late
            except AWAY as cause:
                # Not begun, so nothing is done twice: wait for the next connection.
                connection.abort()
                await self._forget(connection, cause)

    def _take(self, lines: Lines, data: bytes) -> list[str]:
        self._transcript.raw("<", data)
        whole: list[str] = [*lines.feed(data)]
        for line in whole:
            self._transcript.read(line)
        return whole

    async def _keep(self) -> None:
        while not self._closing.is_set():
            try:
                async with asyncio.timeout(CONNECT_TIMEOUT_SECONDS):
                    connection = await asyncssh.connect(self.host, **self._options)
            except AWAY as cause:
                await self._failed(cause)
                continue
            await self._use(connection)

    async def _failed(self, cause: BaseException) -> None:
        async with self._changed:
            self._cause, self._final = cause, isinstance(cause, REFUSED)
            self._changed.notify_all()
        try:
            async with asyncio.timeout(RETRY_EVERY_SECONDS):
                await self._closing.wait()
        except TimeoutError:
            return

    async def _use(self, connection: asyncssh.SSHClientConnection) -> None:
        self._transcript.opened(self.host)
        async with self._changed:
            self._connection, self._cause, self._final = connection, None, False
            self._changed.notify_all()
        ends = [asyncio.ensure_future(work) for work in (connection.wait_closed(), self._closing.wait())]
        follower = asyncio.ensure_future(self._read_on(connection))
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        if not self._closing.is_set():
            self._transcript.lost(f"the connection to {self.host} has ended")
        connection.close()
        await connection.wait_closed()
        await follower
        for end in ends:
            end.cancel()
        await self._forget(connection, ConsoleLost("the connection has ended"))

    async def _forget(self, connection: asyncssh.SSHClientConnection, cause: BaseException) -> None:
        async with self._changed:
            if self._connection is connection:
                self._connection, self._cause = None, cause
                self._changed.notify_all()

    async def _read_on(self, connection: asyncssh.SSHClientConnection) -> None:
        if self._follow is None:
            return
        lines = Lines()
        try:
            process = await _exec(connection, self._follow)
            async for data in _chunks(process):
                self._take(lines, data)
        except AWAY:
            # The connection has ended meanwhile, which is recorded there.
            return
        if process.exit_status is not None:
            self._transcript.lost(f"{self._follow!r} ended with status {process.exit_status}: no live lines any more")

    def _complaint(self, command: str, within: timedelta, printed: list[str], lines: Lines) -> str:
        return (
            f"{self.name}: {command!r} did not end within {within.total_seconds():g} s on {self.host}\n"
            f"it had printed {printed[-8:]}, unfinished line {lines.partial!r}\n{self._transcript.where}"
        )


async def _exec(connection: asyncssh.SSHClientConnection, command: str) -> asyncssh.SSHClientProcess[bytes]:
    return await connection.create_process(command, encoding=None, stderr=asyncssh.STDOUT, stdin=asyncssh.DEVNULL)


async def _chunks(process: asyncssh.SSHClientProcess[bytes]) -> AsyncIterator[bytes]:
    """What it prints; a lost connection ends it like an end of file, but leaves no exit status."""
    with contextlib.suppress(OSError, asyncssh.Error):
        while data := await process.stdout.read(1 << 16):
            yield data


def _options(
    host: str,
    port: int | None,
    user: str | None,
    keys: Sequence[Path],
    known_hosts: Path | None,
    config: Sequence[Path] | None,
) -> dict[str, Any]:
    """Only what is given, so that ~/.ssh/config decides about the rest."""
    given: dict[str, Any] = {"port": port, "username": user}
    options = {key: value for key, value in given.items() if value is not None}
    if keys:
        options["client_keys"] = [str(key) for key in keys]
    if known_hosts is not None:
        options["known_hosts"] = str(known_hosts)
    if config is not None:
        options["config"] = [str(path) for path in config] or None
    return {**options, "keepalive_interval": KEEPALIVE_SECONDS, "keepalive_count_max": 3}
