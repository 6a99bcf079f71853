"""Listening and dialling with TLS connections of our own kind (see link.py)."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable

from rigs.net.contract import ChooseContext, Ending, Facts, Handler, Refused, Role, Side, unmet
from rigs.net.hello import Hello
from rigs.net.link import TlsLink
from rigs.net.pace import Pace
from rigs.net.turns import Turns

__all__ = [
    "ChooseContext",
    "Ending",
    "Facts",
    "Handler",
    "Hello",
    "Listener",
    "Pace",
    "Refused",
    "Side",
    "TlsLink",
    "Turns",
    "dial",
    "listen",
]

BACKLOG = 1024  # connections that the system may hold for us; a fleet coming back after an outage comes at once


class Listener:
    """An open port; `links` are its living connections, with those in their handshake and those saying goodbye."""

    def __init__(self, host: str, port: int, make: Callable[[], TlsLink]) -> None:
        self.links: set[TlsLink] = set()
        self.port = port
        self._host, self._make = host, make
        self._server: asyncio.Server | None = None
        self._places: list[socket.socket] = []
        self._empty: asyncio.Future[None] | None = None

    def __repr__(self) -> str:
        return f"<Listener :{self.port} {len(self.links)} connections>"

    async def open(self) -> None:
        """Listen (again); nothing happens when it does already. Raises OSError when the port is taken."""
        if self._server is not None:
            return
        self._leave()
        loop = asyncio.get_running_loop()
        # reuse_address: a port that is opened again must not be held up by its old connections' TIME_WAIT
        self._server = await loop.create_server(self._make, self._host, self.port, reuse_address=True, backlog=BACKLOG)
        self.port = self._server.sockets[0].getsockname()[1]

    def shut(self) -> None:
        """Have no listening socket until `open`, but keep the port; living connections go on."""
        if self._server is None:
            return
        places = [(plug.family, plug.getsockname()) for plug in self._server.sockets]
        self.close()
        for family, address in places:
            place = socket.socket(family, socket.SOCK_STREAM)
            place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            place.bind(address)
            self._places.append(place)

    def close(self) -> None:
        """Accept no more; living connections go on. May be called twice."""
        self._leave()
        if self._server:
            self._server.close()
            self._server = None

    def cut(self, how: Ending = Ending.RESET) -> None:
        """End all connections."""
        for link in list(self.links):
            link.close(how)

    async def gone(self) -> None:
        """Returns when no connection is left, goodbyes included."""
        while self.links:
            self._empty = asyncio.get_running_loop().create_future()
            await self._empty

    def _leave(self) -> None:
        while self._places:
            self._places.pop().close()

    def _forget(self, link: TlsLink) -> None:
        self.links.discard(link)
        if not self.links and self._empty and not self._empty.done():
            self._empty.set_result(None)


async def listen(
    host: str,
    port: int,
    context: ssl.SSLContext | ChooseContext,
    make_handler: Callable[[], Handler],
    *,
    require_alpn: str | None = None,
    turns: Turns | None = None,
    meet: Callable[[TlsLink], None] = unmet,
) -> Listener:
    """Accept TLS connections; port 0 takes a free one. Raises OSError when the port is taken.

    `context` may be a function that chooses one by the ClientHello. With `require_alpn` a client that does not offer
    this name is refused with no_application_protocol, as AWS does on port 443 (jobs-protocol §6). `meet` gets each
    connection when TCP is there, before anything is read: it may close it, slow it down or choose for it.
    """
    choose = _always(context) if isinstance(context, ssl.SSLContext) else context
    role = Role(choose=choose, server=True, require_alpn=require_alpn, meet=meet)
    queue = turns or Turns()

    def make() -> TlsLink:
        link = TlsLink(make_handler(), role, queue, listener._forget)
        listener.links.add(link)
        return link

    listener = Listener(host, port, make)
    await listener.open()
    return listener


async def dial(
    host: str,
    port: int,
    context: ssl.SSLContext,
    handler: Handler,
    *,
    server_name: str | None = None,
    alpn: list[str] | None = None,
    turns: Turns | None = None,
) -> TlsLink:
    """Connect; returns when the handshake is done and `handler.opened` has been called.

    Raises OSError when there is no TCP connection, and Refused (an OSError too) when the handshake failed; in that
    case `handler.refused` has been called before. `alpn` replaces the context's own names.
    """
    loop = asyncio.get_running_loop()
    if alpn:
        context.set_alpn_protocols(alpn)
    done: asyncio.Future[None] = loop.create_future()
    role = Role(choose=_always(context), server=False, server_name=server_name)
    link = TlsLink(_Dialled(handler, done), role, turns or Turns(), lambda _: None)
    try:
        await loop.create_connection(lambda: link, host, port)
    except asyncio.CancelledError:
        done.cancel()  # asyncio ends what there is of the connection, and nobody waits for how
        raise
    try:
        await done
    except asyncio.CancelledError:
        link.close(Ending.RESET)
        raise
    return link


class _Dialled:
    """Stands before a handler until the handshake is over, to tell `dial` how it ended."""

    def __init__(self, handler: Handler, done: asyncio.Future[None]) -> None:
        self._handler, self._done = handler, done
        self.received, self.closed = handler.received, handler.closed

    def opened(self, link: TlsLink, facts: Facts) -> None:
        self._handler.opened(link, facts)
        if not self._done.done():
            self._done.set_result(None)

    def refused(self, facts: Facts, alert: str | None, reason: str) -> None:
        self._handler.refused(facts, alert, reason)
        if not self._done.done():
            self._done.set_exception(Refused(facts, alert, reason))


def _always(context: ssl.SSLContext) -> ChooseContext:
    return lambda hello: context
