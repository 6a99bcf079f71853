"""The local cloud: MQTT endpoint, Jobs service, HTTP side and service clock, tied together on the rig's loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from rigs.clock import ServiceClock
from rigs.cloud.certificates import Certificates
from rigs.cloud.clockfile import ClockFile
from rigs.cloud.endpoint import Endpoint, Latency
from rigs.cloud.http import HttpSide
from rigs.cloud.mqttside import ServedJobs
from rigs.cloud.settings import paths
from rigs.jobs.facts import Fact
from rigs.jobs.service import JobsService
from rigs.jobs.switches import Switches
from rigs.loop import LoopThread
from rigs.mqtt.limits import Limits

KEEP_EVERY = 1.0  # seconds between two writings of the clock's offset while it runs faster than real time


class LocalCloud:
    """A stand-in for AWS IoT Core with Jobs, on ports of its own.

    `folder` keeps its CA, server certificate, devices' certificates and how far its clock is ahead. Methods may be
    called from any thread but the loop's. `on_inside` hears, on the loop, what happens inside (records' source
    "inside"); it must be quick.
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
        latency: Latency | None = None,
        limits: Limits | None = None,
        switches: Switches | None = None,
        clock: ServiceClock | None = None,
        on_inside: Callable[[Fact], None] | None = None,
        seed: int = 0,
    ) -> None:
        self._loop = loop
        self._file = ClockFile(folder / "clock.json")
        self._keeper: asyncio.TimerHandle | None = None
        self.clock = clock or ServiceClock(offset=self._file.read())
        self.service = JobsService(switches, seed)
        if on_inside is not None:
            self.service.on_fact = on_inside
        self._certificates = Certificates(folder, host)
        self._jobs = ServedJobs(self.service, self.clock, loop.loop)
        self.endpoint = Endpoint(
            host=host,
            port=mqtt_port,
            context=self._certificates.context,
            service=self._jobs.request,
            rights=self._certificates.rights,
            latency=latency,
            limits=limits,
            alpn_port=alpn_port,
        )
        self._jobs.endpoint = self.endpoint
        self._http = HttpSide(
            service=self.service, now=self.clock.now, broker=self._jobs, host=host, port=http_port, own=paths(self)
        )

    def __repr__(self) -> str:
        return f"<LocalCloud mqtt {':'.join(map(str, self.mqtt))} http {self.http_url}>"

    @property
    def mqtt(self) -> tuple[str, int]:
        """Host and port of the MQTT endpoint; the port is known after `start`."""
        return self.endpoint.host, self.endpoint.port

    @property
    def http_url(self) -> str:
        """boto3's endpoint_url."""
        return self._http.url

    @property
    def ca_file(self) -> Path:
        """What clients must trust, PEM."""
        return self._certificates.ca_file

    def start(self) -> None:
        """Open both ports; raises OSError when one is taken."""
        self._loop.run(self._start())

    def stop(self) -> None:
        """Close both ports and keep the clock's offset."""
        self._loop.run(self._stop())

    def issue_device(self, thing: str) -> tuple[Path, Path]:
        """Make and register a certificate for a thing, or find the one made before: certificate file, key file."""
        return self._certificates.issue_device(thing)

    def register(self, thing: str, certificate_pem: bytes | str) -> None:
        """Let the holder of this certificate be the thing; raises ValueError when it is no PEM certificate."""
        self._certificates.register(thing, certificate_pem)

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
        return {"now": self.clock.now(), "offset": self.clock.offset, "rate": self.clock.rate}

    def move_clock(self, seconds: float) -> None:
        """As `advance`; on the loop."""
        self._jobs.advance(timedelta(seconds=seconds))
        self._keep()

    def rate_clock(self, rate: float) -> None:
        """As `scale`; on the loop."""
        self.clock.scale(rate)
        self._jobs.arm()
        self._keep()

    async def switch_endpoint(self, listening: bool) -> None:
        """As `open_listener` or `close_listener`; on the loop."""
        await (self.endpoint.open_listener() if listening else self.endpoint.close_listener())

    async def _start(self) -> None:
        await self.endpoint.start()
        try:
            await self._http.start()
        except OSError:
            await self.endpoint.stop()
            raise
        self.clock.on_change = self._rearm
        self._keep()

    async def _stop(self) -> None:
        self.clock.on_change = lambda: None
        await self._http.stop()
        await self.endpoint.stop()
        self._jobs.disarm()
        self._keep()
        self._unkeep()

    def _keep(self) -> None:
        """Keep the offset now, and again and again while it grows by itself."""
        self._file.write(self.clock.offset)
        self._unkeep()
        if self.clock.rate > 1:
            self._keeper = self._loop.loop.call_later(KEEP_EVERY, self._keep)

    def _rearm(self) -> None:
        """The clock was moved by somebody, on whatever thread."""
        self._loop.loop.call_soon_threadsafe(self._jobs.arm)

    def _unkeep(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            self._keeper = None
