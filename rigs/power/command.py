"""Power by shell commands: whatever switches the socket on this bench (uhubctl, a relay tool, a lab's own client)."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from datetime import timedelta

from rigs.errors import RigFault, UsageFault
from rigs.power.base import Ability
from rigs.power.switch import Recorder, Switch


class CommandPower(Switch):
    """Runs the command for what is wanted; with `off` and `on` it can cut, with `reset` alone only reset.

    `pause` is how long the power stays away in a reset that is made of off and on: a supply's capacitors keep a board
    alive for a while. A command that fails or does not end `within` raises RigFault with what it printed.
    """

    def __init__(
        self,
        *,
        trace: Recorder,
        off: str | None = None,
        on: str | None = None,
        reset: str | None = None,
        pause: timedelta = timedelta(seconds=1),
        within: timedelta = timedelta(seconds=30),
        name: str = "command",
    ) -> None:
        super().__init__(name, _ability(off, on, reset), trace)
        self._commands = {"off": off, "on": on, "reset": reset}
        self._pause, self._within = pause, within

    def _cut(self) -> None:
        self._run("off")

    def _give(self) -> None:
        self._run("on")

    def _restart(self) -> None:
        if self._commands["reset"] is not None:
            self._run("reset")
            return
        self._cut()
        threading.Event().wait(self._pause.total_seconds())  # the supply's capacitors, see above
        self._give()

    def _run(self, which: str) -> None:
        command = self._commands[which]
        assert command is not None
        process = subprocess.Popen(
            command,
            shell=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            printed, _ = process.communicate(timeout=self._within.total_seconds())
        except subprocess.TimeoutExpired as late:
            os.killpg(process.pid, signal.SIGKILL)
            printed, _ = process.communicate()
            seconds = self._within.total_seconds()
            raise RigFault(f"[power] {which} = {command!r} did not end within {seconds:g} s\n{printed}") from late
        if process.returncode != 0:
            raise RigFault(
                f"[power] {which} = {command!r} ended with status {process.returncode}, expected 0\n{printed}"
            )


def _ability(off: str | None, on: str | None, reset: str | None) -> Ability:
    if off is not None and on is not None:
        return "cut"
    if reset is not None and off is None:
        return "reset"
    given = {"off": off, "on": on, "reset": reset}
    raise UsageFault(f"[power] needs off and on, or reset, or all three commands; given: {given}")
