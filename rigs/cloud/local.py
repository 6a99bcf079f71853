"""The local cloud: MQTT endpoint, Jobs service, HTTP side and service clock, tied together on the rig's loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rigs.clock import ServiceClock
from rigs.cloud.certificates import Certificates
from rigs.cloud.dataplane import DeviceSide
from rigs.cloud.endpoint import Endpoint, Latency
from rigs.cloud.http import HttpSide
from rigs.cloud.keeping import Keeping, nothing
from rigs.cloud.mqttside import ServedJobs
from rigs.cloud.observer import Observer
from rigs.cloud.settings import paths
from rigs.errors import RigFault
from rigs.jobs.facts import Fact
from rigs.jobs.names import arn
from rigs.jobs.service import JobsService
from rigs.jobs.switches import Switches
from rigs.loop import LoopThread
from rigs.mqtt.limits import Limits
from rigs.net.certs import fingerprint

ADMIN_POLICY = "jobrig-admin"
EVERYTHING = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'


class LocalCloud:
    """A stand-in for AWS IoT Core with Jobs, on ports of its own.

    `folder` keeps its CA, server certificate, devices' certificates and how far its clock is ahead; with `keep` also
    all that the service, the registry and the broker know, and no other process may use the folder meanwhile. Methods
    may be called from any thread but the loop's. `on_inside` hears, on the loop, what happens inside (records' source
    "inside"), `observer` what comes and goes; both must be quick. `on_fault` is told on the loop when the disk refuses:
    nothing is answered any more. With `data_port` devices may use HTTPS too (8443 on AWS; 0 takes a free one). `names`
    are further names and addresses of the server; programs are told the first of them.
    """

    def __init__(
        self,
        loop: LoopThread,
        folder: Path,
        *,
        host: str = "127.0.0.1",
        mqtt_port: int = 0,
        http_port: int = 0,
        alpn_port: int | None = None,
        data_port: int | None = None,
        latency: Latency | None = None,
        limits: Limits | None = None,
        switches: Switches | None = None,
        clock: ServiceClock | None = None,
        on_inside: Callable[[Fact], None] | None = None,
        observer: Observer | None = None,
        on_fault: Callable[[RigFault], None] = nothing,
        names: Sequence[str] = (),
        keep: bool = False,
        seed: int = 0,
    ) -> None:
        self._loop, self._name = loop, names[0] if names else host
        self.service = JobsService(switches, seed)
        if on_inside is not None:
            self.service.on_fact = on_inside
        self._certificates = Certificates(folder, host, self.service.ledger, names)
        self.registry = self._certificates.registry
        self.registry.on_inactive(self._cut)
        self._keeping = Keeping(folder, [*self.service.ledger.tables, *self.registry.tables], state=keep)
        self._keeping.on_fault = on_fault
        self.service.ledger.restore()
        self.clock = clock or ServiceClock(offset=self._keeping.offset())
        self._jobs = ServedJobs(self.service, self.clock, loop.loop, self._name)
        self.endpoint = self._mqtt_side(
            host=host, port=mqtt_port, alpn_port=alpn_port, latency=latency, limits=limits, observer=observer
        )
        self._jobs.endpoint = self.endpoint
        self._http = self._http_side(host, http_port, observer)
        self.devices = None if data_port is None else self._device_side(host, data_port, observer)

    def __repr__(self) -> str:
        return f"<LocalCloud mqtt {':'.join(map(str, self.mqtt))} http {self.http_url}>"

    @property
    def mqtt(self) -> tuple[str, int]:
        """Host and port of the MQTT endpoint; the port is known after `start`."""
        return self._name, self.endpoint.port

    @property
    def alpn(self) -> tuple[str, int] | None:
        """Host and port of the second MQTT port, the one that asks for ALPN, if there is one."""
        port = self.endpoint.alpn_port
        return None if port is None else (self._name, port)

    @property
    def http_url(self) -> str:
        """boto3's endpoint_url."""
        return self._named(self._http.url)

    @property
    def data_url(self) -> str | None:
        """Where devices' HTTPS requests go, if they may use it."""
        return None if self.devices is None else self._named(self.devices.url)

    @property
    def ca_file(self) -> Path:
        """What clients must trust, PEM."""
        return self._certificates.ca_file

    def start(self) -> None:
        """Let happen what fell due while the cloud was away, and open the ports; raises OSError when one is taken."""
        self._loop.run(self._start())

    def stop(self) -> None:
        """Close the ports and keep what is left to keep."""
        self._loop.run(self._stop())

    def issue_device(self, thing: str) -> tuple[Path, Path]:
        """Make and register a certificate for a thing, or find the one made before: certificate file, key file."""
        files = self._certificates.issue_device(thing)
        self._know(thing, files[0].read_bytes(), foreign=False)
        return files

    def issue_admin(self, name: str) -> tuple[Path, Path]:
        """Make a certificate that may do everything, or find the one made before: certificate file, key file.

        Its rights are those of a policy, ADMIN_POLICY, which can be changed by boto3 like any other.
        """
        files = self._certificates.issue_device(name, "admins")
        pem, now = files[0].read_text(), self.clock.now()
        self._loop.call(lambda: self._allow_everything(pem, now))
        return files

    def register(self, thing: str, certificate_pem: bytes | str) -> None:
        """Let the holder of this certificate be the thing; raises ValueError when it is no PEM certificate."""
        self._know(thing, certificate_pem, foreign=True)

    def now(self) -> float:
        """The service's instant, in seconds since the epoch."""
        return self.clock.now()

    def advance(self, by: timedelta) -> None:
        """Step the service clock; time-outs on the way happen in order. Raises ValueError when it would go back."""
        self._loop.call(self.move_clock, by.total_seconds())

    def scale(self, rate: float) -> None:
        """Let `rate` service seconds pass in a real one from now on; raises ValueError below 1."""
        self._loop.call(self.rate_clock, rate)

    def close_listener(self) -> None:
        """The cloud is away: nobody can connect, living connections are cut."""
        self._loop.run(self.endpoint.close_listener())

    def open_listener(self) -> None:
        """The cloud is back, on the same port, with its sessions."""
        self._loop.run(self.endpoint.open_listener())

    def clock_state(self) -> dict[str, float]:
        """now, offset and rate; on the loop."""
        self._keeping.settle()
        return {"now": self.clock.now(), "offset": self.clock.offset, "rate": self.clock.rate}

    def move_clock(self, seconds: float) -> None:
        """As `advance`; on the loop."""
        self._keeping.expect(seconds)
        self._jobs.advance(timedelta(seconds=seconds))
        self._keeping.clock_moved()

    def rate_clock(self, rate: float) -> None:
        """As `scale`; on the loop."""
        self.clock.scale(rate)
        self._jobs.arm()
        self._keeping.clock_moved()

    async def switch_endpoint(self, listening: bool) -> None:
        """As `open_listener` or `close_listener`; on the loop."""
        await (self.endpoint.open_listener() if listening else self.endpoint.close_listener())

    def _mqtt_side(self, **options: Any) -> Endpoint:
        return Endpoint(
            context=self._certificates.context,
            service=self._jobs.request,
            rights=self._certificates.rights,
            settle=self._keeping.settle,
            **options,
        )

    def _device_side(self, host: str, port: int, observer: Observer | None) -> DeviceSide:
        return DeviceSide(
            service=self.service,
            now=self.clock.now,
            mail=self._jobs,
            rights=self._certificates.rights,
            catalog=self._http.catalog,
            choose=self._certificates.context,
            host=host,
            port=port,
            observer=observer,
        )

    def _http_side(self, host: str, port: int, observer: Observer | None) -> HttpSide:
        return HttpSide(
            service=self.service,
            now=self.clock.now,
            broker=self._jobs,
            host=host,
            port=port,
            operations=self.registry.by_name,
            own=paths(self),
            thing_of=self._certificates.rights.thing_of,
            observer=observer,
        )

    def _named(self, url: str) -> str:
        """The URL with the name that programs are told."""
        parts = urlsplit(url)
        return f"{parts.scheme}://{self._name}:{parts.port}"

    async def _start(self) -> None:
        self._keeping.begin(self.clock, self.endpoint.broker)
        self._jobs.catch_up(self._keeping.reached)
        self._keeping.settle()
        try:
            await self.endpoint.start()
            await self._http.start()
            if self.devices is not None:
                await self.devices.start()
        except OSError:
            await self._http.stop()
            await self.endpoint.stop()
            self._jobs.disarm()
            self._keeping.end()
            raise
        self.clock.on_change = self._rearm

    async def _stop(self) -> None:
        self.clock.on_change = lambda: None
        if self.devices is not None:
            await self.devices.stop()
        await self._http.stop()
        await self.endpoint.stop()
        self._jobs.disarm()
        self._keeping.end()

    def _know(self, thing: str, certificate_pem: bytes | str, *, foreign: bool) -> None:
        """The registry lives on the loop."""
        now = self.clock.now()

        def register() -> None:
            self.registry.register(thing, certificate_pem, now, foreign=foreign)
            self._keeping.settle()

        self._loop.call(register)

    def _allow_everything(self, certificate_pem: str, now: float) -> None:
        calls, store, name = self.registry.by_name, self.registry.store, fingerprint(certificate_pem)
        if name not in store.certificates:
            calls["RegisterCertificateWithoutCA"]({"certificatePem": certificate_pem, "status": "ACTIVE"}, now)
        if ADMIN_POLICY not in store.policies:
            calls["CreatePolicy"]({"policyName": ADMIN_POLICY, "policyDocument": EVERYTHING}, now)
        calls["AttachPolicy"]({"policyName": ADMIN_POLICY, "target": arn("cert", name)}, now)
        self._keeping.settle()

    def _cut(self, certificate: str) -> None:
        """End what is connected with a certificate; on the loop."""
        for client_id, there in list(self.endpoint.broker.router.online.items()):
            if there.identity.certificate == certificate:
                self.endpoint.kick(client_id)

    def _rearm(self) -> None:
        """The clock was moved by somebody, on whatever thread."""
        self._loop.loop.call_soon_threadsafe(self._jobs.arm)
