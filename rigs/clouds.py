"""The cloud behind the tap: local in this process, a `jobrig cloud` elsewhere, or AWS IoT Core; one face for all."""

from __future__ import annotations

import json
import ssl
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from rigs.cloud.endpoint import Latency
from rigs.cloud.local import LocalCloud
from rigs.cloud.operator import Credentials, Operator
from rigs.description import Description
from rigs.errors import ServiceFault, UsageFault
from rigs.jobs.facts import Fact
from rigs.jobs.switches import Switches
from rigs.loop import LoopThread
from rigs.net.certs import Pair
from rigs.net.policy import client_context
from rigs.tap.upstream import Upstream
from rigs.trace.records import Service
from rigs.trace.store import Trace


class Cloud(Protocol):
    """What a rig needs of a cloud; one that has no clock of its own raises UsageFault from step and scale."""

    has_clock: bool

    def upstream(self) -> Upstream:
        """Where the tap connects to, with the certificate that it shows there."""
        ...

    def operator(self, trace: Trace) -> Operator:
        """boto3 against it."""
        ...

    def step(self, by: timedelta) -> None:
        """Move the Jobs service's clock forward."""
        ...

    def scale(self, rate: float) -> None:
        """Let so many service seconds pass in a real one."""
        ...

    def now(self) -> float:
        """The service's time, seconds since the epoch."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


@dataclass(slots=True)
class InProcess:
    """The local cloud on the rig's own loop."""

    local: LocalCloud
    thing: str
    has_clock: bool = True

    def upstream(self) -> Upstream:
        certificate, key = self.local.issue_device(self.thing)
        host, port = self.local.mqtt
        context = _client(certificate, key, self.local.ca_file)
        return Upstream(host=host, port=port, context=context, server_name=host)

    def operator(self, trace: Trace) -> Operator:
        return Operator(trace=trace, thing=self.thing, endpoint_url=self.local.http_url, credentials=Credentials())

    def step(self, by: timedelta) -> None:
        self.local.advance(by)

    def scale(self, rate: float) -> None:
        self.local.scale(rate)

    def now(self) -> float:
        return self.local.clock.now()

    def close(self) -> None:
        self.local.stop()


class Device(Struct, frozen=True):
    """The files of a thing's certificate and key."""

    certificate: Path
    key: Path


class Endpoint(Struct, frozen=True):
    """Where MQTT is."""

    host: str
    port: int


class Addresses(Struct, frozen=True):
    """The JSON line that `jobrig cloud` prints (rigs.cloud.standalone)."""

    mqtt: Endpoint
    http: str
    clock: str
    ca: Path
    things: dict[str, Device]

    @classmethod
    def read(cls, path: Path) -> Addresses:
        """What was printed into a file; raises UsageFault naming the file and what is wrong with it."""
        try:
            return msgspec.json.decode(path.read_bytes(), type=cls, dec_hook=lambda kind, value: kind(value))
        except (OSError, msgspec.DecodeError) as wrong:
            text = f"--cloud {path}: {wrong}; it has to hold the line that `jobrig cloud` prints"
            raise UsageFault(text) from wrong


@dataclass(slots=True)
class Elsewhere:
    """A `jobrig cloud` in another process."""

    addresses: Addresses
    thing: str
    has_clock: bool = True

    def upstream(self) -> Upstream:
        host, port = self.addresses.mqtt.host, self.addresses.mqtt.port
        device = self.addresses.things.get(self.thing)
        if device is None:
            known = ", ".join(self.addresses.things) or "none"
            text = f"the cloud at {host}:{port} has no certificate for {self.thing!r} (known: {known})"
            raise UsageFault(f"{text}; start it with `jobrig cloud --thing {self.thing}`")
        context = _client(device.certificate, device.key, self.addresses.ca)
        return Upstream(host=host, port=port, context=context, server_name=host)

    def operator(self, trace: Trace) -> Operator:
        return Operator(trace=trace, thing=self.thing, endpoint_url=self.addresses.http, credentials=Credentials())

    def step(self, by: timedelta) -> None:
        self._clock({"step": by.total_seconds()})

    def scale(self, rate: float) -> None:
        self._clock({"rate": rate})

    def now(self) -> float:
        return float(self._clock(None)["now"])

    def close(self) -> None:
        """It was there before and stays."""

    def _clock(self, body: dict[str, float] | None) -> dict[str, Any]:
        url = self.addresses.clock
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                found: dict[str, Any] = json.load(answer)
                return found
        except OSError as away:
            raise ServiceFault(f"{url} does not answer: {away}; is `jobrig cloud` still running?") from away


@dataclass(slots=True)
class Aws:
    """AWS IoT Core; boto3's own search for credentials and region."""

    description: Description
    thing: str
    has_clock: bool = False

    def upstream(self) -> Upstream:
        table = self.description.cloud
        if not (table.endpoint and table.certificate and table.key):
            raise UsageFault(f"{self.description.path} [cloud] needs endpoint, certificate and key for the tap's side")
        folder = self.description.folder
        ca = folder / table.ca if table.ca else None
        context = _client(folder / table.certificate, folder / table.key, ca)
        return Upstream(host=table.endpoint, port=8883, context=context, server_name=table.endpoint)

    def operator(self, trace: Trace) -> Operator:
        return Operator(trace=trace, thing=self.thing, region=self.description.cloud.region)

    def step(self, by: timedelta) -> None:
        raise UsageFault("AWS's clock cannot be stepped")

    def scale(self, rate: float) -> None:
        raise UsageFault("AWS's clock cannot be scaled")

    def now(self) -> float:
        raise UsageFault("AWS does not tell its clock")

    def close(self) -> None:
        """It stays."""


def _client(certificate: Path, key: Path, ca: Path | None) -> ssl.SSLContext:
    pair = Pair(certificate_pem=certificate.read_bytes(), key_pem=key.read_bytes())
    return client_context(pair=pair, ca=ca.read_bytes() if ca is not None else None)


def open_cloud(description: Description, state: Path, loop: LoopThread, trace: Trace) -> Cloud:
    """The cloud of the rig file; what a local one leaves to chance hangs on the seed in the trace's header."""
    return CLOUDS[description.cloud.kind](description, state, loop, trace)


def _local(description: Description, state: Path, loop: LoopThread, trace: Trace) -> Cloud:
    table = description.cloud
    thing = description.device.thing
    if table.address is not None:
        return Elsewhere(Addresses.read(Path(table.address)), thing)
    local = LocalCloud(
        loop,
        state / "cloud",
        latency=Latency(
            ack=timedelta(milliseconds=table.acknowledge_after_ms), reply=timedelta(milliseconds=table.reply_after_ms)
        ),
        switches=Switches(**table.switches),
        on_inside=_inside(trace) if table.inside else None,
        seed=trace.header.seed,
    )
    local.start()
    return InProcess(local, thing)


def _inside(trace: Trace) -> Callable[[Fact], None]:
    def note(fact: Fact) -> None:
        trace.append(
            Service(
                source="inside",
                job=fact.job,
                execution=fact.execution,
                status=fact.status,
                version=fact.version,
                event=fact.event,
                timer=fact.timer,
                deadline=fact.deadline,
                stamp=fact.stamp,
            )
        )

    return note


def _aws(description: Description, state: Path, loop: LoopThread, trace: Trace) -> Cloud:
    return Aws(description, description.device.thing)


CLOUDS: dict[str, Callable[[Description, Path, LoopThread, Trace], Cloud]] = {"local": _local, "aws": _aws}
