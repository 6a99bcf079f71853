"""The Jobs service on the MQTT endpoint, with its timers: everything here runs on the loop."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

from rigs.clock import ServiceClock
from rigs.cloud.endpoint import Endpoint
from rigs.jobs.outgoing import Outgoing
from rigs.jobs.refusals import ApiError
from rigs.jobs.service import JobsService


class ServedJobs:
    """Hands requests to the service at the service clock's time, and lets happen what falls due.

    `endpoint` is set before the first request comes.
    """

    endpoint: Endpoint

    def __init__(self, service: JobsService, clock: ServiceClock, loop: asyncio.AbstractEventLoop) -> None:
        self.service, self.clock, self._loop = service, clock, loop
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

    def message(self, topic: str, payload: bytes) -> None:
        """A backend publishes: a request of the Jobs service takes effect (evidence.md Part 1 j), its reply is lost."""
        outgoings = self.request("", topic, payload)
        if outgoings is None:
            outgoings = [Outgoing(topic=topic, payload=_object(payload))]
        self.endpoint.publish([one for one in outgoings if one.to is None])

    def kick(self, client_id: str, clean: bool) -> bool:
        """Cut a client's connection."""
        return self.endpoint.kick(client_id, clean)

    def address(self) -> str:
        """host:port of the MQTT endpoint."""
        return f"{self.endpoint.host}:{self.endpoint.port}"

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

    def _step_to(self, instant: float) -> None:
        self.clock.step(timedelta(seconds=max(0.0, instant - self.clock.now())))

    def _wake(self) -> None:
        self._expire(self.clock.now())
        self.arm()

    def _expire(self, now: float) -> None:
        self.endpoint.publish(self.service.expire(now))


def _object(payload: bytes) -> dict[str, object]:
    try:
        found = json.loads(payload)
    except ValueError as wrong:
        raise ApiError("InvalidRequestException", f"the local cloud publishes JSON objects only: {wrong}") from wrong
    if not isinstance(found, dict):
        raise ApiError("InvalidRequestException", f"the local cloud publishes JSON objects only, not {found!r}")
    return found
