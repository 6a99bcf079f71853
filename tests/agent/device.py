"""The agent as a process, on a local cloud, through real mutual TLS."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from rigs.cloud.local import LocalCloud
from rigs.cloud.operator import Credentials, Operator
from rigs.jobs.facts import Fact
from rigs.loop import LoopThread
from rigs.trace.records import Header
from rigs.trace.store import Trace

THING = "bench-7"
PATIENCE = 20.0
REPOSITORY = Path(__file__).parents[2]


class Bench:
    """A local cloud, its operator, and one device's flash folder."""

    def __init__(self, folder: Path) -> None:
        self.facts: queue.SimpleQueue[Fact] = queue.SimpleQueue()
        self.loop = LoopThread()
        self.cloud = LocalCloud(self.loop, folder / "cloud", on_inside=self.facts.put)
        self.cloud.start()
        self.operator = Operator(
            trace=Trace(Header()), thing=THING, endpoint_url=self.cloud.http_url, credentials=Credentials()
        )
        self.operator.prepare_thing()
        self.flash = folder / "flash"
        self.flash.mkdir()
        self.process: subprocess.Popen[str] | None = None
        self.leash = -1

    def configure(self, **words: Any) -> None:
        """Write agent.json and the files it names."""
        certificate, key = self.cloud.issue_device(THING)
        for name, source in (("ca.pem", self.cloud.ca_file), ("device.pem", certificate), ("device.key", key)):
            (self.flash / name).write_bytes(source.read_bytes())
        host, port = self.cloud.mqtt
        settings = {
            "endpoint": host,
            "port": port,
            "thing": THING,
            "client_id": THING,
            "ca": "ca.pem",
            "certificate": "device.pem",
            "key": "device.key",
            "bug": None,
            "habits": words,
            "timing": words.pop("timing", {}),
        }
        (self.flash / "agent.json").write_text(json.dumps(settings), "utf-8")

    def boot(self, **environment: str) -> subprocess.Popen[str]:
        """Start the agent; its console is a pipe."""
        reading, self.leash = os.pipe()
        os.set_inheritable(reading, True)
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "rigs.agent.worker", str(self.flash)],
            cwd=self.flash,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), "JOBRIG_LEASH": str(reading), **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=(reading,),
        )
        os.close(reading)
        return self.process

    def until(self, fits: Callable[[str], bool]) -> list[str]:
        """Console lines up to the first that fits; the whole console when the agent ends before."""
        assert self.process is not None
        assert self.process.stdout is not None
        lines: list[str] = []
        for line in self.process.stdout:
            lines.append(line.rstrip("\n"))
            if fits(lines[-1]):
                return lines
        raise AssertionError(f"the agent ended with {self.process.wait()}:\n" + "\n".join(lines))

    def queue(self, job: str, **document: Any) -> None:
        self.operator.queue(job, {"nonce": job, **document}, within=timedelta(seconds=PATIENCE))

    def wait_for(self, job: str, status: str) -> None:
        """Until the service has it; raises queue.Empty."""
        while True:
            fact = self.facts.get(timeout=PATIENCE)
            if fact.job == job and fact.status == status:
                return

    def evidence(self) -> list[str]:
        return (self.flash / "evidence.log").read_text("utf-8").splitlines()

    def stop(self) -> int:
        """Ask it to stop; its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE)
        self._forget()
        return code

    def kill(self) -> None:
        """The power is gone."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self._forget()

    def _forget(self) -> None:
        assert self.process is not None
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        os.close(self.leash)
        self.process, self.leash = None, -1

    def close(self) -> None:
        if self.process is not None:
            self.kill()
        self.cloud.stop()
        self.loop.stop()
