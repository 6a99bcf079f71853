"""The Jobs service on the MQTT endpoint, with its timers: everything here runs on the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from rigs.clock import ServiceClock
from rigs.cloud.endpoint import Endpoint
from rigs.jobs.messages import in_jobs_namespace
from rigs.jobs.outgoing import Outgoing
from rigs.jobs.refusals import ApiError
from rigs.jobs.service import JobsService
from rigs.mqtt.connection import ConnectionFacts
from rigs.mqtt.limits import Limits
from rigs.mqtt.packets import Publish, Subscription


class ServedJobs:
    """Hands requests to the service at the service clock's time, and lets happen what falls due.

    `endpoint` is set before the first request comes. `name` is the host that programs are told, when it is not the one
    that the endpoint listens on.
    """

    endpoint: Endpoint

    def __init__(
        self, service: JobsService, clock: ServiceClock, loop: asyncio.AbstractEventLoop, name: str = ""
    ) -> None:
        self.service, self.clock, self._loop, self._name = service, clock, loop, name
        self._timer: asyncio.TimerHandle | None = None

    def __repr__(self) -> str:
        return f"<ServedJobs {self.service!r} {self.clock!r}>"

    def request(self, client_id: str, topic: str, payload: bytes) -> list[Outgoing] | None:
        """A message of a client; None when it is none for the Jobs service."""
        outgoings = self.service.handle(client_id, topic, payload, self.clock.now())
        self.arm()
        return outgoings

    def publish(self, outgoings: list[Outgoing]) -> None:
        """Send what a call of the operator led to."""
        self.endpoint.publish(outgoings)
        self.arm()

    @property
    def limits(self) -> Limits:
        """The broker's."""
        return self.endpoint.broker.limits

    def message(self, message: Publish) -> None:
        """A backend publishes: a request of the Jobs service takes effect (evidence.md Part 1 j), its reply is lost.

        Raises ApiError where Switches.backend_requests says so.
        """
        if self.service.switches.backend_requests == "refused" and in_jobs_namespace(message.topic):
            raise ApiError("InvalidRequestException", "Invalid publish to restricted topic using HTTP")
        outgoings = self.request("", message.topic, message.payload)
        if outgoings is None:
            self.endpoint.run(self.endpoint.broker.inject(message, self.endpoint.now()))
        else:
            self.endpoint.publish([one for one in outgoings if one.to is None])

    def retained(self) -> Mapping[str, Publish]:
        """The retained messages by topic."""
        return self.endpoint.broker.router.retained

    def connection(self, client_id: str) -> ConnectionFacts | None:
        """What is known of a client that is, or was, connected."""
        return self.endpoint.broker.connection(client_id)

    def subscriptions(self, client_id: str) -> tuple[Subscription, ...] | None:
        """Of a client's session; None without one."""
        return self.endpoint.broker.subscriptions(client_id)

    def kick(self, client_id: str, *, clean: bool, prevent_will: bool = False) -> bool:
        """Cut a client's connection, and say whether there was one; `prevent_will` leaves its will unpublished.

        `clean` ends its session too, also that of a client that is away.
        """
        broker = self.endpoint.broker
        connected = client_id in broker.router.online
        self.endpoint.run(broker.kick(client_id, self.endpoint.now(), clean=clean, prevent_will=prevent_will))
        return connected

    async def hand(self, client_id: str, message: Publish, confirm: float | None) -> bool:
        """Hand a message to one connected client; see Endpoint.hand."""
        return await self.endpoint.hand(client_id, message, confirm)

    def address(self) -> str:
        """host:port of the MQTT endpoint."""
        return f"{self._name or self.endpoint.host}:{self.endpoint.port}"

    def arm(self) -> None:
        """Wake up when the next timer ends."""
        self.disarm()
        deadline = self.service.next_deadline()
        if deadline is not None:
            self._timer = self._loop.call_later(self.clock.real_delay(deadline), self._wake)

    def disarm(self) -> None:
        """Do not wake up any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def advance(self, by: timedelta) -> None:
        """Step the clock; what falls due on the way happens in order, each at its own time."""
        if by < timedelta(0):
            raise ValueError(f"the service clock goes forward only, not by {by}")
        end = self.clock.now() + by.total_seconds()
        while (deadline := self.service.next_deadline()) is not None and deadline <= end:
            self._step_to(deadline)
            self._expire(max(deadline, self.clock.now()))
        self._step_to(end)
        self.arm()

    def catch_up(self, since: float) -> None:
        """Let happen what fell due while nobody was there, in order, each at its own instant, none before `since`."""
        now = self.clock.now()
        while (deadline := self.service.next_deadline()) is not None and deadline <= now:
            self._expire(max(deadline, since))
        self.arm()

    def _step_to(self, instant: float) -> None:
        self.clock.step(timedelta(seconds=max(0.0, instant - self.clock.now())))

    def _wake(self) -> None:
        self._expire(self.clock.now())
        self.arm()

    def _expire(self, now: float) -> None:
        self.endpoint.publish(self.service.expire(now))
