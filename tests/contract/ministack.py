"""A second emulator as a second opinion: MiniStack, from a virtual environment of its own, in a network of its own.

It listens to the outside on 8883 whatever it is told, so it is started only where there is nothing but a loopback:
`unshare -rn sh -c 'ip link set lo up && exec pytest tests/contract -m emulator'`.
"""

from __future__ import annotations

import os
import subprocess
import threading
import urllib.request
from pathlib import Path
from typing import Any

import boto3.session

from tests.contract.access import Access
from tests.contract.seats import Undo, certificate
from tests.contract.targets import REGION, Target, clients, new_prefix

VARIABLE = "JOBRIG_MINISTACK"
VERSION = "MiniStack 1.5.33"
HTTP, MQTT = 4566, 8883
COMMAND = "unshare -rn sh -c 'ip link set lo up && exec pytest tests/contract -m emulator'"


def lacking_for_emulator() -> str | None:
    """What is missing to ask it; None when nothing is."""
    venv = os.environ.get(VARIABLE)
    if venv is None:
        return f"no second emulator: set {VARIABLE} to a virtual environment with ministack==1.5.33"
    if not (Path(venv) / "bin" / "ministack").exists():
        return f"{VARIABLE}={venv}: there is no bin/ministack; pip install ministack==1.5.33 there"
    others = sorted(_interfaces() - {"lo"})
    if others:
        return f"the second emulator would listen to the outside ({', '.join(others)}): run {COMMAND}"
    return None


def _interfaces() -> set[str]:
    lines = Path("/proc/self/net/dev").read_text().splitlines()[2:]
    return {line.split(":")[0].strip() for line in lines}


class Emulator:
    """The emulator's process; it is up when this is made. What it prints goes into a file in the folder."""

    def __init__(self, folder: Path) -> None:
        self._up, self._log = threading.Event(), folder / "ministack.log"
        # AUTH=true: policies count, as on AWS; the credentials are those of its documents
        keys = {"AUTH": "true", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
        environment = {**os.environ, **keys, "HOME": str(folder), "TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"}
        self._process = subprocess.Popen(
            [f"{os.environ[VARIABLE]}/bin/ministack"],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._up.wait(timeout=60) or self._process.poll() is not None:
            self.stop()
            raise RuntimeError(f"ministack does not listen on {MQTT}: {self._log.read_text()[-2000:]}")

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(timeout=20)
        self._reader.join(timeout=20)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._log.open("w") as log:
            for line in self._process.stdout:
                log.write(line)
                log.flush()
                if f"listening on port {MQTT}" in line:
                    self._up.set()
        self._up.set()


def open_emulator(folder: Path) -> Target:
    """The emulator, started for this session."""
    process = Emulator(folder)
    url = f"http://127.0.0.1:{HTTP}"
    ca = folder / "ca.pem"
    with urllib.request.urlopen(f"{url}/_ministack/iot/ca.pem", timeout=10) as answer:
        ca.write_bytes(answer.read())
    session: Any = boto3.session.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)
    made = clients(session, url, url)
    prefix, undo = new_prefix(), Undo()
    undo.later(process.stop)
    files = certificate(made["iot"], undo, folder, prefix)
    access = Access(host="127.0.0.1", port=MQTT, ca=ca, certificate=files.certificate, key=files.key, prefix=prefix)
    return Target(
        place="emulator",
        clients=made,
        access=access,
        files=files,
        undo=undo,
        settle=0,
        patience=2,
    )
