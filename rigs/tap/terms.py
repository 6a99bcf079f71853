"""How the tap serves a connection of the device, and what a fault of the link may change of it."""

from __future__ import annotations

import ssl
from collections.abc import Hashable
from dataclasses import dataclass, field, fields
from datetime import timedelta
from enum import StrEnum
from typing import Any, Literal, Protocol

from rigs.net.certs import Authority, Pair
from rigs.net.pace import NO_TIME, Pace
from rigs.net.policy import server_context
from rigs.net.records import SmallRecords

Moment = Literal["accepted", "hello", "connected"]
"""When a fault of the link is felt: at TCP's accept, at the ClientHello, or when the device has its CONNACK."""


class Door(StrEnum):
    """What becomes of a new TCP connection: let in, ended by FIN or RST, never answered, or refused by the system."""

    OPEN = "open"
    FIN = "fin"
    RESET = "reset"
    SILENT = "silent"
    SHUT = "shut"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a connection of the device is served.

    `pair` is the server's certificate with those shown along with it, `authority` what the device trusts. A device
    gets in with a certificate of `client_ca` (PEM) or a `registered` one (PEM). `versions` narrows AWS's TLS policy.
    `record_bytes` bounds the plaintext of a TLS record that the tap sends. Rates are bytes a second on the wire (None:
    as fast as they come), up towards the tap, down towards the device; delays are added each way. Raises ValueError
    for bounds
    that nothing could pass.
    """

    pair: Pair
    authority: Authority
    client_ca: bytes | None = field(default=None, repr=False)
    registered: tuple[bytes, ...] = field(default=(), repr=False)
    versions: tuple[str, ...] = ()
    alpn: tuple[str, ...] = ()
    door: Door = Door.OPEN
    record_bytes: int | None = None
    up_rate: float | None = None
    down_rate: float | None = None
    up_delay: timedelta = NO_TIME
    down_delay: timedelta = NO_TIME

    def __post_init__(self) -> None:
        _ = self.up, self.down
        if self.record_bytes is not None:
            SmallRecords(self.record_bytes)

    @property
    def up(self) -> Pace:
        """How fast the device's bytes come."""
        return Pace(rate=self.up_rate, delay=self.up_delay)

    @property
    def down(self) -> Pace:
        """How fast bytes reach the device."""
        return Pace(rate=self.down_rate, delay=self.down_delay)

    @property
    def tls(self) -> Hashable:
        """What the TLS context is made of: with the same, the same context will do."""
        return self.pair, self.client_ca, self.registered, self.versions, self.alpn

    def context(self) -> ssl.SSLContext:
        """A TLS context for these terms. Raises ValueError when AWS's policy leaves no version."""
        return server_context(
            self.pair,
            client_ca=self.client_ca,
            registered=self.registered,
            versions=self.versions,
            alpn=self.alpn,
        )

    def changes(self, other: Terms) -> dict[str, Any]:
        """The members that are otherwise in `other`."""
        pairs = ((one.name, getattr(self, one.name), getattr(other, one.name)) for one in fields(self))
        return {name: new for name, old, new in pairs if new != old}


class LinkFault(Protocol):
    """Something that can be wrong with a link on purpose; its repr reads like a sentence."""

    @property
    def name(self) -> str:
        """One word for the trace."""
        ...

    @property
    def moment(self) -> Moment:
        """When a connection feels it."""
        ...

    @property
    def times(self) -> int | None:
        """How many connections feel it; None: all, until it is lifted."""
        ...

    def spoil(self, terms: Terms) -> Terms:
        """The rig's own terms, changed; called once, when the fault is armed, by the thread that arms it."""
        ...


def often(times: int | None) -> str:
    """How many connections, in words."""
    if times is None:
        return "every time"
    return "once" if times == 1 else f"{times} times"
