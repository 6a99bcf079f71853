"""A server that knows no MQTT: takes every byte, says what it is told to, and tells what came; asyncio's own TLS."""

from __future__ import annotations

import asyncio
import itertools
import queue
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from rigs.loop import LoopThread
from tests.cloud.endpointdesk import OURS, SERVER, context
from tests.interop.tapdesk import HOST, READ
from tests.interop.twindesk import WITHIN


def plain_context(folder: Path) -> ssl.SSLContext:
    """The server's side as Python makes it, without anything of ours."""
    for name, text in (("server.pem", SERVER.certificate_pem), ("server.key", SERVER.key_pem)):
        (folder / name).write_bytes(text)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(folder / "server.pem", folder / "server.key")
    made.load_verify_locations(cadata=OURS.certificate_pem.decode())
    made.verify_mode = ssl.CERT_REQUIRED
    return made


class Sink:
    """Listens on `port`. `says` goes to each connection when `after` bytes have come; with `then_ends` the sink is
    then the one who ends it.

    Each connection has to be asked for with `got`, so that the next one is not taken for it.
    """

    def __init__(self, folder: Path) -> None:
        self.says, self.after, self.then_ends = b"", 0, False
        self._got = queue.Queue[bytes]()
        self._loop = LoopThread("sink")
        start = asyncio.start_server(self._serve, HOST, 0, ssl=plain_context(folder))
        self._server: asyncio.Server = self._loop.run(start)
        self.port: int = self._server.sockets[0].getsockname()[1]

    def got(self) -> bytes:
        """All that came on the connection; waits for its end."""
        return self._got.get(timeout=WITHIN)

    def close(self) -> None:
        """Listen no more."""
        self._loop.call(self._server.close)
        self._loop.stop()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got = b""
        with suppress(ConnectionError, ssl.SSLError, asyncio.IncompleteReadError):
            got += await reader.readexactly(self.after)
            writer.write(self.says)
            if self.then_ends:
                writer.close()
            while data := await reader.read(READ):
                got += data
        self._got.put(got)
        writer.close()


def talk(port: int, stream: bytes, sizes: list[int], *, ends: bool = True) -> bytes:
    """Send in pieces of these sizes, each a TLS record; then end our side, or wait for the other to do so.

    Returns what came up to the end; the other side may end while we are still sending.
    """
    came = b""
    plain = socket.create_connection((HOST, port), timeout=WITHIN)
    with context().wrap_socket(plain, server_hostname="localhost") as plug, suppress(ConnectionError, ssl.SSLEOFError):
        for start, end in _pieces(len(stream), sizes):
            plug.sendall(stream[start:end])
        if ends:
            socket.socket.shutdown(plug, socket.SHUT_WR)  # below TLS: its goodbye would be an error over unread data
        while data := plug.recv(READ):
            came += data
    return came


def _pieces(length: int, sizes: list[int]) -> Iterator[tuple[int, int]]:
    ends = itertools.accumulate(itertools.cycle(sizes))
    yield from itertools.pairwise((0, *itertools.takewhile(lambda end: end < length, ends), length))
