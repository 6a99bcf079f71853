"""A board that is a process: a console on a pty, a flash folder, an agent, and power that can be cut for real.

The rig holds both ends of the pty, like a USB adapter: the board may die without the port going away.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tty
from collections.abc import Mapping, Sequence
from pathlib import Path

from rigs.boards.flash import Flash
from rigs.boards.keys import Keys, make_keys
from rigs.errors import RigFault

DEFAULT_AGENT = (sys.executable, "-u", "-m", "rigs.agent.worker", "{flash}")
PROMPT = r"board> "
MARKS = {"ask": "@{number} {command}", "begin": "@{number} begin", "end": "@{number} end"}
END_SECONDS = 10.0


class VirtualBoard:
    """`port` is the path that a serial console opens; `ssh_port`, `ssh_user_key`, `ssh_known_hosts` with `ssh`.

    `agent` is the agent's command (None: the reference agent; empty: none), in which `{flash}` stands for the flash
    folder; it runs with the flash as its working folder and `env` added to its environment. `files` are written to the
    flash here and now, over what a board in the same folder has left. With `restart_agent` an agent that ends is
    started again. `autostart` writes the flash file of that name; None leaves it as it is.
    """

    def __init__(
        self,
        folder: Path,
        *,
        agent: Sequence[str] | None = None,
        env: Mapping[str, str] | None = None,
        files: Mapping[str, bytes] | None = None,
        ssh: bool = False,
        restart_agent: bool = False,
        autostart: bool | None = None,
    ) -> None:
        self.folder = folder.resolve()
        self.flash = self.folder / "flash"
        self._env = dict(env or {})
        self._agent = [word.replace("{flash}", str(self.flash)) for word in (DEFAULT_AGENT if agent is None else agent)]
        self._restart_agent = restart_agent
        self._process: subprocess.Popen[bytes] | None = None
        self._leash: socket.socket | None = None
        self._reserved: socket.socket | None = None
        self._run_folder = self.folder / "run"
        self._run_folder.mkdir(parents=True, exist_ok=True)
        self._write_flash({} if files is None else files, autostart)
        self._keys = self._reserve_ssh() if ssh else None
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)

    def __repr__(self) -> str:
        return f"<VirtualBoard {self.port} {'on' if self.alive else 'off'} in {self.folder}>"

    @property
    def alive(self) -> bool:
        """Whether the firmware runs."""
        if self._process is None:
            return False
        # Looked at, not reaped: until `kill` the process group's number must not be given to anybody else.
        return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    @property
    def pid(self) -> int | None:
        """The firmware's process, which is also the number of its process group; None when the board is off."""
        return self._process.pid if self._process is not None else None

    @property
    def ssh_port(self) -> int:
        """The port of the SSH server on 127.0.0.1, the same after each boot."""
        if self._reserved is None:
            raise RigFault(f"{self!r} was made without ssh")
        port: int = self._reserved.getsockname()[1]
        return port

    @property
    def ssh_keys(self) -> Keys:
        """Files of keys; `user_key` and `known_hosts` are for the console."""
        if self._keys is None:
            raise RigFault(f"{self!r} was made without ssh")
        return self._keys

    def start(self) -> None:
        """Power-on; nothing happens when the board runs. What was sent to a board without power is lost."""
        if self.alive:
            return
        self.kill()
        self._forget_input()
        ours, theirs = socket.socketpair()
        settings = self._write_settings(theirs.fileno())
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-u", "-m", "rigs.boards.firmware", str(settings)],
                cwd=self._run_folder,
                env=self._environment(theirs.fileno()),
                stdin=subprocess.DEVNULL,
                stdout=self._master,
                stderr=subprocess.STDOUT,
                pass_fds=(self._master, theirs.fileno()),
                start_new_session=True,
            )
        self._leash = ours

    def kill(self) -> None:
        """Power is gone: all processes of the board end at once, before this returns. Raises RigFault if one stays."""
        process, leash = self._process, self._leash
        if process is None or leash is None:
            return
        self._process = self._leash = None
        with leash:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            # Everything on the board holds the leash's other end: its end of file says that all of it is gone.
            ready, _, _ = select.select([leash], [], [], END_SECONDS)
            if not ready:
                raise RigFault(f"a process of the board has left its group {process.pid} and runs on without power")

    def close(self) -> None:
        """Power off and give back everything; the flash stays. May be called twice."""
        self.kill()
        for fd in (self._master, self._slave):
            if fd >= 0:
                os.close(fd)
        self._master = self._slave = -1
        if self._reserved is not None:
            self._reserved.close()

    def _write_flash(self, files: Mapping[str, bytes], autostart: bool | None) -> None:
        flash = Flash(str(self.flash))
        for name, data in files.items():
            flash.put(name, data)
        if autostart is not None:
            flash.put("autostart", b"yes" if autostart else b"no")

    def _reserve_ssh(self) -> Keys:
        self._reserved = socket.socket()
        self._reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._reserved.bind(("127.0.0.1", 0))
        return make_keys(self._run_folder, self.ssh_port)

    def _forget_input(self) -> None:
        if self._master < 0:
            raise RigFault(f"{self!r} is closed")
        os.set_blocking(self._master, False)
        try:
            while os.read(self._master, 1 << 16):
                continue
        except BlockingIOError:
            return

    def _write_settings(self, leash: int) -> Path:
        ssh = None
        if self._keys is not None:
            ssh = {"port": str(self.ssh_port), **{name: str(path) for name, path in self._keys._asdict().items()}}
        settings = {
            "flash": str(self.flash),
            "console": self._master,
            "leash": leash,
            "agent": self._agent,
            "restart_agent": self._restart_agent,
            "ssh": ssh,
        }
        path = self._run_folder / "board.json"
        path.write_text(json.dumps(settings))
        return path

    def _environment(self, leash: int) -> dict[str, str]:
        # The rig's own copy of this package, wherever pytest has found it.
        root = str(Path(__file__).resolve().parents[2])
        path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
        return {**os.environ, "PYTHONPATH": path, **self._env, "JOBRIG_LEASH": str(leash)}
