"""Both ends of a TLS link: a recording handler, contexts, and a blocking client of the stdlib."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any

import pytest

from rigs.net.certs import Authority
from rigs.net.policy import client_context, server_context
from rigs.net.tls import Facts, Side, TlsLink

OURS = Authority.make("ours", ec=True)
FOREIGN = Authority.make("foreign", ec=True)
SERVER = OURS.issue("localhost", dns=["localhost"], ips=["127.0.0.1"], ec=True)
DEVICE = OURS.issue("bench-7", ec=True, client=True)
STRANGER = FOREIGN.issue("bench-8", ec=True, client=True)
VERSIONS = pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])


@dataclass
class Recorder:
    """A handler that keeps what it was told; `over` is done when nothing more can come."""

    echo: bool = False
    link: TlsLink | None = None
    facts: Facts | None = None
    data: bytes = b""
    end: tuple[str, str] | None = None
    refusal: tuple[Facts, str | None, str] | None = None
    open: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    grew: asyncio.Event = field(default_factory=asyncio.Event)

    def opened(self, link: TlsLink, facts: Facts) -> None:
        self.link, self.facts = link, facts
        self.open.set()

    def received(self, data: bytes) -> None:
        self.data += data
        self.grew.set()
        if self.echo and self.link:
            self.link.send(data)

    def closed(self, reason: str, by: Side) -> None:
        self.end = (reason, by)
        self.over.set()

    def refused(self, facts: Facts, alert: str | None, reason: str) -> None:
        self.refusal = (facts, alert, reason)
        self.over.set()

    async def read(self, size: int) -> bytes:
        while len(self.data) < size:
            self.grew.clear()
            await self.grew.wait()
        return self.data


def run(work: Awaitable[None]) -> None:
    async def bounded() -> None:
        await asyncio.wait_for(work, 20)

    asyncio.run(bounded())


def client(pair: Any = DEVICE, **options: Any) -> ssl.SSLContext:
    return client_context(pair=pair, ca=OURS.certificate_pem, **options)


def server(**options: Any) -> ssl.SSLContext:
    return server_context(SERVER, client_ca=OURS.certificate_pem, **options)


def knock(port: int, context: ssl.SSLContext, words: bytes = b"hello") -> str:
    """What a blocking client sees: "open", or the reason that OpenSSL gives it."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plug:
        try:
            with context.wrap_socket(plug, server_hostname="localhost") as tls:
                tls.sendall(words)
                return "open" if tls.recv(5) else "end of file"
        except ssl.SSLError as bad:
            # Python knows no reason for alert 120
            return str(bad.reason or getattr(context, "alert", None))
