"""An endpoint with three things behind it that a test needs: certificates, a registry and a service that answers."""

from __future__ import annotations

import ssl
from typing import Any

import pytest

from rigs.cloud.endpoint import Endpoint
from rigs.cloud.rights import Registration
from rigs.jobs.outgoing import Outgoing
from rigs.loop import LoopThread
from rigs.net.certs import Authority, Pair
from rigs.net.policy import client_context, server_context
from tests.cloud.rawdevice import RawDevice

OURS = Authority.make("ours", ec=True)
SERVER = OURS.issue("localhost", dns=["localhost"], ips=["127.0.0.1"], ec=True)
DEVICE = OURS.issue("bench-7", ec=True, client=True)
INACTIVE = OURS.issue("bench-8", ec=True, client=True)
THINGS = {
    DEVICE.fingerprint: Registration(things=frozenset({"bench-7"})),
    INACTIVE.fingerprint: Registration(active=False, things=frozenset({"bench-8"})),
}
JOBS = "$aws/things/bench-7/jobs"
BOTH = pytest.mark.parametrize("version", [4, 5], ids=["3.1.1", "5"])


def service(client_id: str, topic: str, payload: bytes) -> list[Outgoing] | None:
    """Answers "get" and says "notify" after "start-next", as far as a broker is concerned."""
    if not topic.startswith("$aws/"):
        return None
    reply = Outgoing(topic=f"{topic}/accepted", payload={"timestamp": 1}, to=client_id)
    return [reply, Outgoing(topic=f"{JOBS}/notify", payload={"jobs": {}})] if topic.endswith("start-next") else [reply]


class Ends:
    """The endpoints of a test, on a loop thread of its own."""

    def __init__(self) -> None:
        self.loop = LoopThread("endpoint")
        self._opened: list[Endpoint] = []

    def open(self, **options: Any) -> Endpoint:
        """A started endpoint."""
        context = server_context(SERVER, client_ca=OURS.certificate_pem)
        endpoint = Endpoint(context=context, things=THINGS.get, service=service, **options)
        self._opened.append(endpoint)
        self.loop.run(endpoint.start())
        return endpoint

    def close(self) -> None:
        for endpoint in self._opened:
            self.loop.run(endpoint.stop())
        self.loop.stop()


def context(pair: Pair | None = DEVICE, **options: Any) -> ssl.SSLContext:
    return client_context(pair=pair, ca=OURS.certificate_pem, **options)


def device(endpoint: Endpoint, version: int = 4, pair: Pair = DEVICE) -> RawDevice:
    return RawDevice(endpoint.port, context(pair), version)
