"""A local cloud in a process of its own, seen from the rig: what AWS looks like, with a clock that can be moved."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from rigs.cloud.settings import CLOCK, ENDPOINT
from rigs.errors import RigFault, ServiceFault

ANSWER_SECONDS = 10


class RemoteCloud:
    """Starts `jobrig cloud` and drives it over HTTP; it ends with this process at the latest.

    Its addresses, files and clock are used like LocalCloud's, but nothing of its inside is seen.
    """

    def __init__(self, folder: Path, things: Sequence[str], *, host: str = "127.0.0.1") -> None:
        self._folder, self._things, self._host = folder, tuple(things), host
        self._process: subprocess.Popen[str] | None = None
        self._told: dict[str, Any] = {}

    def __repr__(self) -> str:
        return f"<RemoteCloud {self._told.get('http', 'not started')}>"

    @property
    def mqtt(self) -> tuple[str, int]:
        """Host and port of the MQTT endpoint."""
        return str(self._told["mqtt"]["host"]), int(self._told["mqtt"]["port"])

    @property
    def http_url(self) -> str:
        """boto3's endpoint_url."""
        return str(self._told["http"])

    @property
    def ca_file(self) -> Path:
        """What clients must trust, PEM."""
        return Path(self._told["ca"])

    def issue_device(self, thing: str) -> tuple[Path, Path]:
        """Certificate and key file of one of the things that the cloud was started for; raises KeyError for others."""
        files = self._told["things"][thing]
        return Path(files["certificate"]), Path(files["key"])

    def start(self) -> None:
        """Start the process and learn its addresses; raises ServiceFault with what it said when it does not come up."""
        command = [sys.executable, "-m", "rigs.cli", "cloud", str(self._folder), "--host", self._host]
        command += ["--mqtt-port", "0", "--http-port", "0", "--data-port", "0", "--quiet", "--with-parent"]
        for thing in self._things:
            command += ["--thing", thing]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        try:
            self._told = json.loads(line)
        except ValueError as wrong:
            self.stop()
            raise ServiceFault(f"the cloud's process said {line!r} instead of its addresses: {command}") from wrong

    def stop(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        with process:  # closes its standard input, which ends it, and waits
            try:
                process.communicate(timeout=ANSWER_SECONDS)
            except subprocess.TimeoutExpired as late:
                process.kill()
                raise RigFault(f"the cloud's process {process.pid} did not end in {ANSWER_SECONDS} s") from late

    def now(self) -> float:
        """The service's instant, in seconds since the epoch."""
        return float(self._ask(CLOCK, None)["now"])

    def advance(self, by: timedelta) -> None:
        """Step the service clock; time-outs on the way happen in order."""
        self._ask(CLOCK, {"step": by.total_seconds()})

    def scale(self, rate: float) -> None:
        """Let `rate` service seconds pass in a real one from now on."""
        self._ask(CLOCK, {"rate": rate})

    def close_listener(self) -> None:
        """The cloud is away."""
        self._ask(ENDPOINT, {"listening": False})

    def open_listener(self) -> None:
        """The cloud is back."""
        self._ask(ENDPOINT, {"listening": True})

    def _ask(self, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.http_url}{path}", data=data)
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as response:
                found: dict[str, Any] = json.load(response)
        except urllib.error.HTTPError as refused:
            with refused:
                message = json.load(refused)["message"]
            raise ValueError(f"{self!r} refuses {body} at {path}: {message}") from refused
        except OSError as wrong:
            raise ServiceFault(f"{self!r} does not answer at {path}: {wrong}") from wrong
        return found
