"""The places where one conversation is held: straight at a broker, and through a real tap with TLS on both sides."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import msgspec

from rigs.jobs.model import Kind, Operation
from rigs.loop import LoopThread
from rigs.mqtt.packets import Packet
from rigs.tap.actions import Action, Edit
from rigs.tap.armory import Fault
from rigs.tap.faults import Drop, Hold
from rigs.tap.match import Match, Seen
from rigs.tap.proxy import Tap, Terms
from rigs.tap.upstream import Upstream
from rigs.tap.worker import Worker
from rigs.trace.records import Header
from rigs.trace.store import Trace
from tests.cloud.endpointdesk import OURS, SERVER, context
from tests.interop.twindesk import mosquitto

HOST = "127.0.0.1"
READ = 65536
NEVER = 10**9  # the first packet that would be hit


def _again(packet: Packet) -> Packet:
    return msgspec.structs.replace(packet)


@dataclass(frozen=True, slots=True, kw_only=True)
class Anew:
    """Changes nothing, but has each packet that can be read written anew from what was read."""

    name: ClassVar[str] = "anew"
    match: Match

    def decide(self, seen: Seen) -> Action:
        """The same packet, as another object."""
        return Edit(change=_again)


class Tapped:
    """A tap in front of the TLS port of a broker, on a loop of its own.

    `wrong` is what the loop saw of exceptions that nobody took.
    """

    def __init__(self, port: int, *faults: Fault) -> None:
        self.loop, self.trace, self.worker = LoopThread("interop"), Trace(Header()), Worker("interop")
        self.wrong: list[dict[str, Any]] = []
        self.loop.loop.set_exception_handler(lambda _, told: self.wrong.append(told))
        self.tap = Tap(
            self.loop,
            self.trace,
            host=HOST,
            terms=Terms(pair=SERVER, authority=OURS, client_ca=OURS.certificate_pem),
            upstream=Upstream(host=HOST, port=port, context=context(), server_name="localhost"),
            worker=self.worker,
        )
        self.tap.start()
        self.armed = [self.tap.arm(fault) for fault in faults]

    @property
    def port(self) -> int:
        """Where the clients connect."""
        return self.tap.port

    def close(self) -> None:
        """Stop, and demand that nothing went wrong inside."""
        self.tap.stop()
        self.worker.stop()
        self.loop.stop()
        assert not self.wrong, f"the loop saw exceptions that nobody took: {self.wrong}"
        assert not self.worker.trouble, self.worker.trouble


@contextmanager
def tapped(port: int, *faults: Fault) -> Iterator[Tapped]:
    """A tap in front of this port."""
    tapped = Tapped(port, *faults)
    try:
        yield tapped
    finally:
        tapped.close()


def _armed() -> tuple[Fault, ...]:
    """One that no packet fits, and one that each fits but whose turn never comes."""
    report = Match(way="up", operation=Operation.UPDATE, kind=Kind.REQUEST, job="nobody's")
    return Drop(report, acknowledge=False), Hold(Match(type=None, nth=NEVER), at_most=timedelta(seconds=1))


PLACES: dict[str, Callable[[], tuple[Fault, ...]] | None] = {
    "straight": None,
    "tap": tuple,
    "armed": _armed,
    "anew": lambda: (Anew(match=Match(type=None, times=None)),),
}
"""The faults of each place: no tap at all; nothing armed; armed and never hit; each packet written anew."""


@contextmanager
def ports(folder: Path, more: str = "") -> Iterator[dict[str, int]]:
    """The port of each place, all in front of one mosquitto; `more` are lines of its configuration."""
    with ExitStack() as stack:
        broker = stack.enter_context(mosquitto(folder, more))
        found = {"straight": broker}
        for place, faults in PLACES.items():
            if faults is not None:
                found[place] = stack.enter_context(tapped(broker, *faults())).port
        yield found


class Front:
    """A plain TCP port before a TLS one, for clients without TLS; made with asyncio's own TLS, not with the tap's."""

    def __init__(self, loop: LoopThread, port: int, tls: ssl.SSLContext | None = None) -> None:
        self._loop, self._target, self._tls = loop, port, tls or context()
        self._server: asyncio.Server = loop.run(asyncio.start_server(self._serve, HOST, 0))
        self.port: int = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Listen no more."""
        self._loop.call(self._server.close)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far = await asyncio.open_connection(HOST, self._target, ssl=self._tls, server_hostname="localhost")
        await asyncio.gather(_pump(reader, far[1]), _pump(far[0], writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry one direction to its end; a reset here is a reset there."""
    with suppress(OSError):
        try:
            while data := await reader.read(READ):
                writer.write(data)
                await writer.drain()
        except ConnectionResetError:
            writer.transport.abort()
        writer.close()
