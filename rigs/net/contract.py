"""What a TLS connection tells its owner, and the words for it."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, Protocol

from rigs.net.hello import Hello

if TYPE_CHECKING:
    from rigs.net.link import TlsLink

Side = Literal["us", "peer"]
ChooseContext = Callable[[Hello], ssl.SSLContext]


class Ending(StrEnum):
    """How we end a connection: with TLS's goodbye, with TCP's only, or abruptly."""

    CLOSE_NOTIFY = "close_notify"
    FIN = "fin"
    RESET = "reset"


@dataclass(frozen=True, slots=True, kw_only=True, weakref_slot=True)
class Facts:
    """What is known of a connection; `certificate` is the SHA-256 of the peer's, as AWS names certificates.

    After a refused handshake the certificate is the one that the peer showed, if it got so far. Weak references to it
    tell when the connection is forgotten.
    """

    peer: str = ""
    tls: str | None = None
    cipher: str | None = None
    alpn: str | None = None
    offered_alpn: list[str] = field(default_factory=list)
    sni: str | None = None
    certificate: str | None = None
    common_name: str | None = None


class Handler(Protocol):
    """What a connection tells its owner: either `refused`, or `opened`, any number of `received`, and `closed`."""

    def opened(self, link: TlsLink, facts: Facts) -> None:
        """The handshake is done. A TLS 1.3 client learns only later whether its certificate was taken."""

    def received(self, data: bytes) -> None:
        """Bytes came."""

    def closed(self, reason: str, by: Side) -> None:
        """It is over; `reason` is close_notify, fin, reset, timeout, alert <name> or an error's text."""

    def refused(self, facts: Facts, alert: str | None, reason: str) -> None:
        """The handshake failed; `alert` is the last one sent or received, by its name in RFC 8446."""


class Refused(ConnectionError):
    """A handshake of ours failed; `alert` is the last alert sent or received."""

    def __init__(self, facts: Facts, alert: str | None, reason: str) -> None:
        super().__init__(f"TLS handshake with {facts.peer} failed: {reason} (alert {alert})")
        self.facts, self.alert, self.reason = facts, alert, reason


def unmet(link: TlsLink) -> None:
    """Nobody wants to see a connection so early."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """How a link begins: as a server it chooses its context by the ClientHello, as a client it knows it.

    `meet` is called when TCP is there, before the first byte is read or sent.
    """

    choose: ChooseContext
    server: bool
    server_name: str | None = None
    require_alpn: str | None = None
    meet: Callable[[TlsLink], None] = unmet
