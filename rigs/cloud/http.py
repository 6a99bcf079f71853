"""The local cloud's HTTP side: one listener for boto3's `iot`, `iot-jobs-data` and `iot-data`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from aiohttp import web

from rigs.cloud import caller
from rigs.cloud.catalog import Call, Catalog, scope
from rigs.cloud.endpoints import endpoint
from rigs.cloud.listener import HttpListener
from rigs.cloud.messages import Clients, Mailbox, Messages
from rigs.cloud.observer import Observer, watched
from rigs.cloud.reading import parsed
from rigs.cloud.replies import replied
from rigs.cloud.settings import Own
from rigs.jobs.api import Call as Operate
from rigs.jobs.model import Operation
from rigs.jobs.outgoing import Outgoing
from rigs.jobs.refusals import ApiError
from rigs.jobs.service import JobsService

DATA_PLANE: Mapping[str, Operation] = {
    "GetPendingJobExecutions": Operation.GET,
    "StartNextPendingJobExecution": Operation.START_NEXT,
    "DescribeJobExecution": Operation.DESCRIBE,
    "UpdateJobExecution": Operation.UPDATE,
}

TRACED = ("Publish", "SendDirectMessage")  # their replies carry the request's id


class Broker(Mailbox, Clients, Protocol):
    """What the HTTP side needs of the MQTT side."""

    def publish(self, outgoings: list[Outgoing]) -> None:
        """Send what the service wants to have sent."""
        ...


def nobody(identity: Any) -> str | None:
    """Tells no thing's name for any certificate."""
    return None


class HttpSide:
    """Serves boto3 on one port. Everything runs on the loop that `start` runs on.

    `operations` are more of boto3's `iot`, beside the Jobs service's. `own` are paths of the local cloud itself, as
    (method, path): they take and return a JSON object. `thing_of` tells the thing of an MQTT connection's identity.
    `observer` hears of each call.
    """

    def __init__(
        self,
        *,
        service: JobsService,
        now: Callable[[], float],
        broker: Broker,
        host: str = "127.0.0.1",
        port: int = 0,
        operations: Mapping[str, Operate] | None = None,
        own: Mapping[tuple[str, str], Own] | None = None,
        thing_of: Callable[[Any], str | None] = nobody,
        observer: Observer | None = None,
    ) -> None:
        self._service, self._now, self._broker = service, now, broker
        self._operations = {**service.operations.by_name, **(operations or {})}
        self._own, self._observer = dict(own or {}), observer
        self._messages = Messages(broker, broker, thing_of)
        self.catalog = Catalog()  # before the port opens: it takes time
        self._listener = HttpListener(self._answer, self._status, host=host, port=port, trace=self._traces)

    def __repr__(self) -> str:
        return f"<HttpSide {self.url}>"

    @property
    def url(self) -> str:
        """Where boto3's endpoint_url has to point."""
        return self._listener.url

    @property
    def played(self) -> Mapping[str, tuple[str, ...]]:
        """The operations that are answered, by service."""
        control = (*self._operations, "DescribeEndpoint")
        found = {"iot": control, "iot-jobs-data": DATA_PLANE, "iot-data": self._messages.by_name}
        return {service: tuple(sorted(names)) for service, names in found.items()}

    async def start(self) -> None:
        """Listen; the port is known afterwards."""
        await self._listener.start()

    async def stop(self) -> None:
        """Stop listening and close what is open."""
        await self._listener.stop()

    async def _answer(self, request: web.Request, body: bytes, request_id: str) -> web.Response:
        own = self._own.get((request.method, request.path))
        if own is not None:
            return replied(None, await own(parsed(body)), request_id)
        authorization = request.headers.get("Authorization", "")
        if scope(authorization) == "sts":
            return caller.answer(body, request_id)
        service = self.catalog.service(authorization)
        call = self.catalog.read(service, request.method, request.raw_path, request.headers, body)
        with watched(self._observer, "operator", call.operation, call.params):
            if call.operation not in self.played[service]:
                raise not_played(call, self.played[service])
            reply = await self._play(call)
        return replied(call.reply, {**reply, "traceId": request_id} if call.operation in TRACED else reply, request_id)

    async def _play(self, call: Call) -> dict[str, Any]:
        if call.service == "iot-data":
            return await self._messages.by_name[call.operation](call.params)
        if call.operation == "DescribeEndpoint":
            return endpoint(call.params, self._broker.address())
        if call.service == "iot":
            reply, notices = self._operations[call.operation](call.params, self._now())
        else:
            reply, notices = device_call(self._service, call, self._now())
        self._broker.publish(notices)
        return reply

    def _status(self, request: web.Request, code: str) -> int:
        return self.catalog.status(self._said(request), code)

    def _traces(self, request: web.Request) -> bool:
        return self._said(request) == "iot-data"

    def _said(self, request: web.Request) -> str | None:
        """The service that a request names, if it does."""
        try:
            return self.catalog.service(request.headers.get("Authorization", ""))
        except ApiError:
            return None


def device_call(service: JobsService, call: Call, now: float) -> tuple[dict[str, Any], list[Outgoing]]:
    """One call of the data plane, by whomever it comes (jobs-protocol §7)."""
    members = dict(call.params)
    thing, job = members.pop("thingName"), members.pop("jobId", None)
    return service.handle_http(DATA_PLANE[call.operation], thing, job, members, now)


def not_played(call: Call, played: Iterable[str]) -> ApiError:
    """The refusal that names what is asked for and what there is."""
    text = f"the local cloud does not play {call.service} {call.operation}; it plays {', '.join(sorted(played))}"
    return ApiError("UnknownOperationException", text)
