"""The devices' HTTPS port: Jobs and publishing for a client certificate, without a signature (jobs-protocol §7).

On AWS it is port 8443 of the data endpoint; signed requests go to 443 and need no certificate. The two are kept apart
here as there: this port lets nobody in without a certificate, and does not look at signatures.
"""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from aiohttp import web

from rigs.cloud.catalog import Call, Catalog, understood
from rigs.cloud.http import DATA_PLANE, device_call, not_played
from rigs.cloud.letters import letter, open_to_publishers
from rigs.cloud.listener import HttpListener
from rigs.cloud.messages import Mailbox
from rigs.cloud.observer import Observer, watched
from rigs.cloud.replies import replied
from rigs.jobs.outgoing import Outgoing
from rigs.jobs.refusals import ApiError
from rigs.jobs.service import JobsService
from rigs.mqtt.reasons import Reason
from rigs.net.certs import common_name
from rigs.net.contract import ChooseContext, Facts
from rigs.net.hello import Hello

SERVICES = ("iot-jobs-data", "iot-data")
PLAYED = (*DATA_PLANE, "Publish")
# AWS's data endpoint refuses a device with this one word
# (https://github.com/aws/aws-sdk-js-v3/issues/5562, https://github.com/awslabs/aws-sdk-android-samples/issues/88).
FORBIDDEN = "Forbidden"


class DeviceRights(Protocol):
    """What the holder of a certificate may do."""

    def may(self, identity: Facts, action: str, thing: str, job: str | None = None) -> bool:
        """Whether it may do this with a thing's job; actions have AWS's names, `iotjobsdata:UpdateJobExecution`."""
        ...

    def publish(self, identity: Facts, topic: str) -> Reason:
        """SUCCESS, or why it may not publish to the topic."""
        ...

    def retain(self, identity: Facts, topic: str) -> Reason:
        """SUCCESS, or why a message that it publishes there may not be retained."""
        ...


class Mail(Mailbox, Protocol):
    """What the devices' port needs of the MQTT side."""

    def publish(self, outgoings: list[Outgoing]) -> None:
        """Send what the service wants to have sent."""
        ...


class DeviceSide:
    """GetPendingJobExecutions, StartNextPendingJobExecution, DescribeJobExecution, UpdateJobExecution and Publish.

    `choose` gives the TLS context for each handshake anew, so that a certificate registered meanwhile gets in. Who is
    who says the SHA-256 of the certificate, as over MQTT. Everything runs on the loop that `start` runs on.
    """

    def __init__(
        self,
        *,
        service: JobsService,
        now: Callable[[], float],
        mail: Mail,
        rights: DeviceRights,
        catalog: Catalog,
        choose: ChooseContext,
        host: str = "127.0.0.1",
        port: int = 0,
        observer: Observer | None = None,
    ) -> None:
        self._service, self._now, self._mail, self._rights = service, now, mail, rights
        self._catalog, self._choose, self._observer = catalog, choose, observer
        context = choose(Hello())
        context.sni_callback = self._take_present_context
        self._listener = HttpListener(
            self._answer, self._status, host=host, port=port, context=context, trace=lambda request: True
        )

    def __repr__(self) -> str:
        return f"<DeviceSide {self.url}>"

    @property
    def url(self) -> str:
        """Where a device's requests go."""
        return self._listener.url

    @property
    def port(self) -> int:
        """Known after `start`."""
        return self._listener.port

    async def start(self) -> None:
        """Listen; raises OSError when the port is taken."""
        await self._listener.start()

    async def stop(self) -> None:
        """Stop listening and close what is open."""
        await self._listener.stop()

    def _take_present_context(self, connection: ssl.SSLObject, name: str | None, first: ssl.SSLContext) -> None:
        """The stdlib's hook for a ClientHello; OpenSSL calls it with and without a server name."""
        connection.context = self._choose(Hello(sni=name))

    async def _answer(self, request: web.Request, body: bytes, request_id: str) -> web.Response:
        path, _, query = request.raw_path.partition("?")
        route, uri = self._catalog.find(SERVICES, request.method, path)
        call = understood(route, uri, query, request.headers, body)
        identity = _identity(request)
        with watched(self._observer, identity.common_name or identity.peer, call.operation, call.params):
            return self._played(identity, call, request_id)

    def _played(self, identity: Facts, call: Call, request_id: str) -> web.Response:
        if call.operation == "Publish":
            self._publish(identity, call)
            return replied(None, {"message": "OK", "traceId": request_id}, request_id)
        if call.operation not in DATA_PLANE:
            raise not_played(call, PLAYED)
        thing, job = call.params["thingName"], call.params.get("jobId")
        if not self._rights.may(identity, f"iotjobsdata:{call.operation}", thing, job):
            raise ApiError("ForbiddenException", FORBIDDEN)
        reply, notices = device_call(self._service, call, self._now())
        self._mail.publish(notices)
        return replied(call.reply, reply, request_id)

    def _publish(self, identity: Facts, call: Call) -> None:
        """A request on a topic of the Jobs service takes effect, its reply is lost: there is no client id."""
        message = letter(call.params, self._mail.limits)
        verdicts = {self._rights.publish(identity, message.topic)}
        if message.retain:
            verdicts.add(self._rights.retain(identity, message.topic))
        if Reason.NOT_AUTHORIZED in verdicts:
            raise ApiError("ForbiddenException", FORBIDDEN)
        open_to_publishers(message)
        self._mail.message(message)

    def _status(self, request: web.Request, code: str) -> int:
        path = request.raw_path.partition("?")[0]
        return self._catalog.status("iot-data" if path.startswith("/topics/") else "iot-jobs-data", code)


def _identity(request: web.Request) -> Facts:
    """What is known of the device that holds the connection, as rigs.net tells it of MQTT's."""
    transport = request.transport
    assert transport is not None  # it is gone only after the answer
    tls: ssl.SSLObject = transport.get_extra_info("ssl_object")
    certificate = tls.getpeercert(binary_form=True) or b""
    host, port = (transport.get_extra_info("peername") or ("?", 0))[:2]
    named: Mapping[str, Any] = {"certificate": hashlib.sha256(certificate).hexdigest()} if certificate else {}
    return Facts(peer=f"{host}:{port}", tls=tls.version(), common_name=common_name(certificate), **named)
