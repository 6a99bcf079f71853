"""The virtual board's firmware: `python -m rigs.boards.firmware SETTINGS.json`, started by rigs.boards.virtual.

It is the leader of a session and process group in which everything on the board runs. All of it holds the leash, a
socket whose other end only the rig's process has: when the rig is gone, however it went, the firmware kills the group.
Imports are few and light: a boot takes as long as they do.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from typing import NamedTuple, NoReturn

from rigs.boards import commands
from rigs.boards.flash import Flash
from rigs.boards.processes import end_all_but
from rigs.boards.reactor import Reactor
from rigs.boards.task import Task
from rigs.boards.terminal import Channel, Reply, Terminal

SSH_END_SECONDS = 2.0
FLUSH_SECONDS = 0.5


class Settings(NamedTuple):
    """What the rig decides about a board; descriptors are inherited."""

    flash: str
    console: int
    leash: int
    agent: list[str]
    restart_agent: bool
    ssh: dict[str, str] | None


class Board:
    """Everything that runs in the firmware's own process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.reactor = Reactor()
        self.flash = Flash(settings.flash)
        self.terminal = Terminal(self.reactor, settings.console, self._run)
        self._channel: Channel | None = None
        self._ssh: subprocess.Popen[bytes] | None = None
        self._rebooting = False
        self.task = Task(
            self.reactor,
            settings.agent,
            settings.flash,
            leash=settings.leash,
            restart=settings.restart_agent,
            kept=self._kept,
            say=self.say,
        )
        self.reactor.watch(settings.leash, _die)
        self.reactor.on_signal(signal.SIGCHLD, self.task.check)
        self.reactor.on_signal(signal.SIGUSR1, lambda: self.reboot("asked by the agent"))
        self.reactor.on_signal(signal.SIGTERM, _die)

    def boot(self) -> None:
        """Come up: boot log, SSH server, agent, prompt."""
        number = self.flash.boot()
        if self._settings.ssh is not None:
            self._serve_ssh(self._settings.ssh)
        self.say(f"jobrig virtual board, firmware {self.flash.version}".encode())
        self.say(f"flash: {len(os.listdir(self.flash.folder))} files".encode())
        if self.flash.autostart:
            self.say(self.task.start().encode())
        self.say(f"boot {number} complete".encode())
        self.terminal.prompt()

    def say(self, line: bytes) -> None:
        """Print a line on the console."""
        self.terminal.say(line)
        if self._channel is not None:
            self._channel.say(line)

    def reboot(self, why: str) -> None:
        """End everything else on the board, then start anew as the same process."""
        if self._rebooting:
            return
        self._rebooting = True
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # stays ignored until the next image has its own handler
        self.say(f"reboot, {why}".encode())
        self.task.kill()
        if self._channel is None:
            self.restart()
        self._channel.end()
        self.reactor.after(SSH_END_SECONDS, self.restart)

    def restart(self) -> NoReturn:
        """The process image starts anew."""
        end_all_but({os.getpid()})
        _reap()
        deadline = time.monotonic() + FLUSH_SECONDS
        while len(self.terminal.out) and not self.terminal.out.broken and time.monotonic() < deadline:
            self.reactor.turn(FLUSH_SECONDS)
        os.execv(sys.executable, sys.orig_argv)

    def _run(self, line: str, reply: Reply) -> None:
        if not self._rebooting:
            commands.run(self, line, reply)

    def _kept(self) -> set[int]:
        return {os.getpid(), *([self._ssh.pid] if self._ssh is not None else [])}

    def _serve_ssh(self, settings: dict[str, str]) -> None:
        ours, theirs = socket.socketpair()
        arguments = json.dumps({**settings, "link": theirs.fileno()})
        self._ssh = subprocess.Popen(
            [sys.executable, "-m", "rigs.boards.sshd", arguments],
            stdin=subprocess.DEVNULL,
            stdout=self._settings.console,
            stderr=subprocess.STDOUT,
            pass_fds=(theirs.fileno(), self._settings.leash),
        )
        theirs.close()
        self._channel = Channel(self.reactor, ours.detach(), self._run, self._ssh_ended)

    def _ssh_ended(self) -> None:
        self._channel = None
        if self._rebooting:
            self.restart()
        self.say(b"the ssh server has ended")


def _reap() -> None:
    """Take note of all children that have ended: the next image does not know them."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            continue


def _die() -> NoReturn:
    """The rig is gone, or the board shall go: nothing of it stays."""
    os.killpg(os.getpgrp(), signal.SIGKILL)
    raise SystemExit(1)


def main(path: str) -> NoReturn:
    """Boot, then serve for ever."""
    with open(path, encoding="utf-8") as file:
        board = Board(Settings(**json.load(file)))
    board.boot()
    while True:
        board.reactor.turn()


if __name__ == "__main__":
    main(sys.argv[1])
