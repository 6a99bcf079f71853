"""The agent as a task of the board: a child process in the board's process group."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence

from rigs.boards.processes import end_all_but
from rigs.boards.reactor import Reactor

RESTART = 75  # exit status by which an agent asks to be started again
STOP_SECONDS = 5.0  # for a clean end after SIGTERM
BETWEEN_STARTS_SECONDS = 0.5
LONGEST_LINE = 1 << 16
Reply = Callable[[str], None]


class Task:
    """Starts and stops the agent, passes its lines to `say`, hands lines to its stdin.

    With its end everything that it has started ends, too. Status 75 starts it again at once; with `restart` each end
    does (one-shot agents), at most twice a second.
    """

    def __init__(
        self,
        reactor: Reactor,
        command: Sequence[str],
        folder: str,
        *,
        leash: int,
        restart: bool,
        kept: Callable[[], set[int]],
        say: Callable[[bytes], None],
    ) -> None:
        self._reactor, self._command, self._folder = reactor, list(command), folder
        self._leash, self._restart, self._kept, self._say = leash, restart, kept, say
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._wanted = False
        self._waiting: list[Reply] = []
        self._rest = b""

    @property
    def status(self) -> str:
        """In words."""
        return f"agent running, pid {self._process.pid}" if self._process else "agent stopped"

    def start(self) -> str:
        """Start it unless it runs; what happened, in words."""
        self._wanted = True
        if self._process or not self._command:
            return self.status if self._command else "error: this board has no agent"
        env = {**os.environ, "JOBRIG_REBOOT": f"kill -USR1 {os.getpid()}", "JOBRIG_FLASH": self._folder}
        try:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env=env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(self._leash,),
                bufsize=0,
            )
        except OSError as cause:
            return f"error: the agent cannot be started: {cause}"
        self._started = time.monotonic()
        self._rest = b""
        output = self._output()
        os.set_blocking(output, False)
        self._reactor.watch(output, self._readable)
        return f"agent started, pid {self._process.pid}"

    def stop(self, reply: Reply) -> None:
        """End it, cleanly if it will; `reply` is called when it has ended."""
        self._wanted = False
        if self._process is None:
            reply(self.status)
            return
        self._waiting.append(reply)
        process = self._process
        process.send_signal(signal.SIGTERM)
        self._reactor.after(STOP_SECONDS, process.kill)

    def kill(self) -> None:
        """End it and everything that it has started, now; what it has printed before is still shown."""
        self._wanted = False
        end_all_but(self._kept())
        self.check()

    def feed(self, line: str) -> bool:
        """Write a line to its stdin; False when nobody reads there."""
        if self._process is None or self._process.stdin is None:
            return False
        os.set_blocking(self._process.stdin.fileno(), False)
        try:
            self._process.stdin.write(line.encode() + b"\n")
        except OSError:
            # It has closed its stdin, or never reads it; held work is released by the file, too.
            return False
        return True

    def check(self) -> None:
        """A child has ended: if it is the agent, clear up and start it again where that is wanted."""
        process = self._process
        if process is None or (status := process.poll()) is None:
            return
        end_all_but(self._kept())
        self._drain(process)
        self._process = None
        self._say(f"agent ended with {status}".encode())
        waiting, self._waiting = self._waiting, []
        for reply in waiting:
            reply(self.status)
        if self._wanted and (status == RESTART or self._restart):
            pause = 0.0 if status == RESTART else self._started + BETWEEN_STARTS_SECONDS - time.monotonic()
            self._reactor.after(max(0.0, pause), self._again)

    def _again(self) -> None:
        if self._wanted and self._process is None:
            self._say(self.start().encode())

    def _output(self) -> int:
        assert self._process is not None
        assert self._process.stdout is not None
        return self._process.stdout.fileno()

    def _readable(self) -> None:
        try:
            data = os.read(self._output(), 1 << 16)
        except BlockingIOError:
            return
        if not data:
            self._reactor.watch(self._output(), None)
        self._take(data)

    def _take(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            lines, self._rest = [*lines, self._rest], b""
        for line in lines:
            self._say(line.rstrip(b"\r"))

    def _drain(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        assert process.stdin is not None
        self._reactor.watch(process.stdout.fileno(), None)
        while data := process.stdout.read(1 << 16):
            self._take(data)
        if self._rest:
            self._take(b"\n")
        process.stdout.close()
        process.stdin.close()
