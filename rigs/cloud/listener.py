"""An HTTP port of the local cloud: requests in, replies and refusals out, never a connection that just ends."""

from __future__ import annotations

import ssl
import uuid
from collections.abc import Awaitable, Callable

from aiohttp import web

from rigs.cloud.replies import refused
from rigs.jobs.refusals import ApiError

LARGEST_BODY = 2**21  # bytes; the largest of a model is a policy or a document far below
# Answers a request: with its body, and the id that the reply carries.
Answer = Callable[[web.Request, bytes, str], Awaitable[web.Response]]
# The HTTP status of an exception in the answer to a request.
Status = Callable[[web.Request, str], int]


class HttpListener:
    """One port, plain or with TLS; everything runs on the loop that `start` runs on.

    `trace` puts the request's id into refusals as `traceId`, as AWS's data endpoint does.
    """

    def __init__(
        self,
        answer: Answer,
        status: Status,
        *,
        host: str,
        port: int,
        context: ssl.SSLContext | None = None,
        trace: Callable[[web.Request], bool] = lambda request: False,
    ) -> None:
        self.host, self.port = host, port
        self._answer, self._status, self._context, self._trace = answer, status, context, trace
        self._runner: web.AppRunner | None = None

    def __repr__(self) -> str:
        return f"<HttpListener {self.url}{'' if self._runner else ' closed'}>"

    @property
    def url(self) -> str:
        """Where it listens; the port is known after `start`."""
        return f"http{'s' if self._context else ''}://{self.host}:{self.port}"

    async def start(self) -> None:
        """Listen; raises OSError when the port is taken."""
        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port, ssl_context=self._context).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening and close what is open; may be called twice."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def _serve(self, request: web.Request) -> web.Response:
        request_id = str(uuid.uuid4())
        try:
            return await self._answer(request, await _body(request), request_id)
        except ApiError as wrong:
            return self._refused(request, wrong, request_id)
        except Exception as wrong:  # told to the caller, whose error says it: the local cloud itself is at fault
            text = f"the local cloud failed: {wrong!r}"
            return self._refused(request, ApiError("InternalFailureException", text), request_id)

    def _refused(self, request: web.Request, wrong: ApiError, request_id: str) -> web.Response:
        trace = {"traceId": request_id} if self._trace(request) else {}
        body = {"message": wrong.message, **wrong.members, **trace}
        return refused(self._status(request, wrong.code), wrong.code, body, request_id)


async def _body(request: web.Request) -> bytes:
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge as wrong:
        text = f"the body is larger than {LARGEST_BODY} bytes"
        raise ApiError("RequestEntityTooLargeException", text) from wrong
    except web.RequestPayloadError as wrong:  # a broken chunk, or no gzip where it says so
        raise ApiError("SerializationException", f"the body cannot be read: {wrong}") from wrong
