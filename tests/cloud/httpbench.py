"""The HTTP side on a real port, with a recorder in the place of the MQTT side."""

from __future__ import annotations

import time
from typing import Any

import boto3.session
from botocore.config import Config

from rigs.cloud.http import HttpSide
from rigs.jobs.outgoing import Outgoing
from rigs.jobs.service import JobsService
from rigs.loop import LoopThread


class Recorder:
    """Remembers what the MQTT side would have to send."""

    def __init__(self) -> None:
        self.published: list[Outgoing] = []
        self.messages: list[tuple[str, bytes]] = []
        self.kicked: list[tuple[str, bool]] = []

    def publish(self, outgoings: list[Outgoing]) -> None:
        self.published.extend(outgoings)

    def message(self, topic: str, payload: bytes) -> None:
        self.messages.append((topic, payload))

    def kick(self, client_id: str, clean: bool) -> bool:
        self.kicked.append((client_id, clean))
        return client_id == "bench-7"

    def address(self) -> str:
        return "127.0.0.1:8883"


class HttpBench:
    """A running HTTP side, and boto3 clients for it."""

    def __init__(self) -> None:
        self.loop = LoopThread("http-test")
        self.service = JobsService()
        self.recorder = Recorder()
        self.side = HttpSide(service=self.service, now=time.time, broker=self.recorder)
        self.loop.run(self.side.start())
        self._session: Any = boto3.session.Session()

    def client(self, service: str) -> Any:
        """A boto3 client; retries are off, so that an error is seen once."""
        return self._session.client(
            service,
            endpoint_url=self.side.url,
            region_name="eu-central-1",
            aws_access_key_id="k",
            aws_secret_access_key="s",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def stop(self) -> None:
        """Close the port and end the loop."""
        self.loop.run(self.side.stop())
        self.loop.stop()
