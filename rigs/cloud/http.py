"""The local cloud's HTTP side: one listener for boto3's `iot`, `iot-jobs-data` and `iot-data`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from aiohttp import web

from rigs.cloud.catalog import Call, Catalog, parsed
from rigs.cloud.settings import Own
from rigs.jobs.api import Answer
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
# jobs-protocol §7, evidence.md Part 2 k.
JOBS_ENDPOINT_GONE = (
    "IoT Jobs and Commands APIs are now available through iot:Data-ATS endpoints instead of iot:Jobs endpoints. "
    "Please use iot:Data-ATS."
)


class Broker(Protocol):
    """What the HTTP side needs of the MQTT side."""

    def publish(self, outgoings: list[Outgoing]) -> None:
        """Send what the service wants to have sent."""
        ...

    def message(self, topic: str, payload: bytes) -> None:
        """A message that a backend publishes: it reaches subscribers, or the Jobs service (evidence.md Part 1 j)."""
        ...

    def kick(self, client_id: str, clean: bool) -> bool:
        """Cut a client's connection; False when there is none."""
        ...

    def address(self) -> str:
        """host:port of the MQTT endpoint."""
        ...


class HttpSide:
    """Serves boto3 on one port. Everything runs on the loop that `start` runs on.

    `own` are paths of the local cloud itself, as (method, path): they take and return a JSON object.
    """

    def __init__(
        self,
        *,
        service: JobsService,
        now: Callable[[], float],
        broker: Broker,
        host: str = "127.0.0.1",
        port: int = 0,
        own: Mapping[tuple[str, str], Own] | None = None,
    ) -> None:
        self._service, self._now, self._broker = service, now, broker
        self._host, self._port, self._own = host, port, dict(own or {})
        self._catalog = Catalog()
        self._runner: web.AppRunner | None = None
        self._sections: Mapping[str, Callable[[Call], Answer]] = {
            "iot": self._control_plane,
            "iot-jobs-data": self._data_plane,
            "iot-data": self._messages,
        }

    def __repr__(self) -> str:
        return f"<HttpSide {self.url}>"

    @property
    def url(self) -> str:
        """Where boto3's endpoint_url has to point."""
        return f"http://{self._host}:{self._port}"

    async def start(self) -> None:
        """Listen; the port is known afterwards."""
        app = web.Application(client_max_size=2**21)
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening and close what is open."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.Response:
        body = await request.read()
        try:
            own = self._own.get((request.method, request.path))
            reply, notices = (await own(parsed(body)), []) if own else self._answer(request, body)
        except ApiError as refused:
            return _refused(refused.code, refused.http_status, refused.message)
        except Exception as wrong:  # told to the caller, whose error says it: the local cloud itself is at fault
            return _refused("InternalFailureException", 500, f"the local cloud failed: {wrong!r}")
        self._broker.publish(notices)
        return web.json_response(reply)

    def _answer(self, request: web.Request, body: bytes) -> Answer:
        service = self._catalog.service(request.headers.get("Authorization", ""))
        call = self._catalog.read(service, request.method, request.raw_path, request.headers, body)
        return self._sections[service](call)

    def _control_plane(self, call: Call) -> Answer:
        if call.operation == "DescribeEndpoint":
            return self._endpoint(call.params), []
        operation = self._service.operations.by_name.get(call.operation)
        if operation is None:
            raise _not_played(call, self._service.operations.by_name)
        return operation(call.params, self._now())

    def _endpoint(self, params: Mapping[str, Any]) -> dict[str, Any]:
        if params.get("endpointType") == "iot:Jobs":
            raise ApiError("InvalidRequestException", JOBS_ENDPOINT_GONE)
        return {"endpointAddress": self._broker.address()}

    def _data_plane(self, call: Call) -> Answer:
        if call.operation not in DATA_PLANE:
            raise _not_played(call, DATA_PLANE)
        members = dict(call.params)
        thing, job = members.pop("thingName"), members.pop("jobId", None)
        return self._service.handle_http(DATA_PLANE[call.operation], thing, job, members, self._now())

    def _messages(self, call: Call) -> Answer:
        if call.operation == "Publish":
            self._broker.message(call.params["topic"], bytes(call.params.get("payload", b"")))
            return {}, []
        if call.operation == "DeleteConnection":
            if not self._broker.kick(call.params["clientId"], bool(call.params.get("cleanSession"))):
                raise ApiError("ResourceNotFoundException", f"no connection of client {call.params['clientId']!r}")
            return {}, []
        raise _not_played(call, ("Publish", "DeleteConnection"))


def _not_played(call: Call, played: Any) -> ApiError:
    text = f"the local cloud does not play {call.service} {call.operation}; it plays {', '.join(sorted(played))}"
    return ApiError("UnknownOperationException", text)


def _refused(code: str, status: int, message: str) -> web.Response:
    return web.json_response({"message": message}, status=status, headers={"x-amzn-ErrorType": code})
