"""`jobrig cloud` as a process of its own, with boto3 and a device on it, and its end by kill -9."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import boto3.session
from botocore.config import Config

from rigs.net.certs import Pair
from rigs.net.policy import client_context
from tests.cloud.rawdevice import RawDevice

ROOT = Path(__file__).parents[2]
FREE = ("--mqtt-port", "0", "--http-port", "0", "--data-port", "0")
END_SECONDS = 20


class Alone:
    """A running `jobrig cloud`; `told` is the line that it printed. The log is gathered in a file of the folder."""

    def __init__(self, folder: Path, *options: str, ports: tuple[str, ...] = FREE, log: bool = False) -> None:
        self.folder, self.log = folder, folder.parent / f"{folder.name}.log"
        command = [sys.executable, "-m", "rigs.cli", "cloud", str(folder), *ports, *options]
        with self.log.open("ab") as errors:
            self.process = subprocess.Popen(
                command if log else [*command, "--quiet"], cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"the cloud said nothing, but: {self.log.read_text()}"
        self.told: dict[str, Any] = json.loads(line)

    def __enter__(self) -> Alone:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.end()

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.gone()

    def end(self) -> int:
        """As an operator ends it; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.gone()

    def gone(self) -> int:
        """Wait for its end."""
        self.process.communicate(timeout=END_SECONDS)
        return self.process.returncode

    def boto(self, service: str) -> Any:
        """A client that tries once."""
        make: Any = boto3.session.Session().client  # the stubs know literal names only
        return make(
            service,
            region_name="eu-central-1",
            endpoint_url=self.told["http"],
            aws_access_key_id="any",
            aws_secret_access_key="any",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def device(self, files: dict[str, str], version: int = 4) -> RawDevice:
        """A device with these files of certificate and key, before its CONNECT."""
        pair = Pair(certificate_pem=Path(files["certificate"]).read_bytes(), key_pem=Path(files["key"]).read_bytes())
        context = client_context(pair=pair, ca=Path(self.told["ca"]).read_bytes())
        return RawDevice(self.told["mqtt"]["port"], context, version)

    def clock(self, **move: float) -> float:
        """The service's instant; `step` and `rate` move it."""
        request = urllib.request.Request(self.told["clock"], data=json.dumps(move).encode() if move else None)
        with urllib.request.urlopen(request, timeout=END_SECONDS) as answer:
            return float(json.load(answer)["now"])
