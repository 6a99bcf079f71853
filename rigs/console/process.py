"""A console for a device that is a process on this machine: commands run here."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from rigs.console.lines import Lines
from rigs.console.log import ConsoleLog
from rigs.console.transcript import Recorder, Transcript
from rigs.errors import ConsoleLost, ConsoleSilent


class ProcessConsole:
    """Runs each command in a shell with `folder` as its working folder.

    Live lines come from `follow`, a command that does not end (`tail -F device.log`), or not at all. The exit status
    of a command is not looked at, since a serial line has none either: what matters is printed.
    """

    def __init__(
        self,
        *,
        trace: Recorder,
        folder: Path,
        env: Mapping[str, str] | None = None,
        follow: str | None = None,
        name: str = "process",
        log: ConsoleLog | None = None,
    ) -> None:
        self.name, self.folder = name, folder
        self._env = {**os.environ, **(env or {})}
        self._follow = follow
        self._transcript = Transcript(trace, name, log)
        self._one_at_a_time = threading.Lock()
        self._open = False
        self._follower: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None

    def __repr__(self) -> str:
        return f"<ProcessConsole {self.name} in {self.folder}>"

    def open(self) -> None:
        """Start following; nothing happens when it is open. Raises ConsoleLost when the folder is not there."""
        if self._open:
            return
        if not self.folder.is_dir():
            raise ConsoleLost(f"{self.name}: there is no folder {self.folder} to run commands in")
        self._open = True
        self._transcript.opened(str(self.folder))
        if self._follow is not None:
            self._follower = self._spawn(self._follow)
            self._thread = threading.Thread(target=self._read, args=(self._follower,), daemon=True)
            self._thread.start()

    def run(self, command: str, within: timedelta = timedelta(seconds=10)) -> str:
        """Run a command and return what it printed, errors included; raises ConsoleLost, ConsoleSilent."""
        with self._one_at_a_time:
            if not self._open:
                raise ConsoleLost(f"{self.name} is not open, {command!r} was not run")
            self._transcript.sent(command)
            self._transcript.raw(">", command.encode() + b"\n")
            process = self._spawn(command)
            try:
                data, _ = process.communicate(timeout=within.total_seconds())
            except subprocess.TimeoutExpired as late:
                os.killpg(process.pid, signal.SIGKILL)
                data, _ = process.communicate()
                raise ConsoleSilent(self._complaint(command, within, data)) from late
            return self._take(data)

    def close(self) -> None:
        """Stop following; may be called twice."""
        self._open = False
        if self._follower is not None and self._thread is not None:
            if self._follower.poll() is None:
                os.killpg(self._follower.pid, signal.SIGKILL)
            self._thread.join(timeout=10)
            self._follower = self._thread = None

    def _spawn(self, command: str) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                command,
                shell=True,
                cwd=self.folder,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as cause:
            raise ConsoleLost(f"{self.name}: cannot run {command!r} in {self.folder}: {cause}") from cause

    def _take(self, data: bytes) -> str:
        self._transcript.raw("<", data)
        lines = Lines().feed(data if data.endswith(b"\n") or not data else data + b"\n")
        for line in lines:
            self._transcript.read(line)
        return "\n".join(lines)

    def _read(self, follower: subprocess.Popen[bytes]) -> None:
        lines = Lines()
        assert follower.stdout is not None
        with follower.stdout as stream:
            while data := os.read(stream.fileno(), 65536):
                self._transcript.raw("<", data)
                for line in lines.feed(data):
                    self._transcript.read(line)
        status = follower.wait()
        if self._open:
            self._transcript.lost(f"{self._follow!r} ended with status {status}")

    def _complaint(self, command: str, within: timedelta, data: bytes) -> str:
        return (
            f"{self.name}: {command!r} did not end within {within.total_seconds():g} s; it was killed\n"
            f"it had printed: {self._take(data)!r}\n{self._transcript.where}"
        )
