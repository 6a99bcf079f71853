"""Who looks on while the local cloud works."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from rigs.jobs.refusals import ApiError
from rigs.mqtt.commands import Command
from rigs.mqtt.packets import Packet
from rigs.net.contract import Facts, Side


class Observer(Protocol):
    """Hears, on the loop, what comes and goes; `conn` numbers the connections. It must be quick."""

    def came(self, conn: int, facts: Facts, packet: Packet) -> None:
        """A client has sent a packet."""

    def left(self, conn: int, command: Command) -> None:
        """The endpoint sends a packet, or ends the connection."""

    def closed(self, conn: int, reason: str, by: Side) -> None:
        """The transport is over."""

    def refused(self, facts: Facts, alert: str | None, reason: str) -> None:
        """A TLS handshake has failed."""

    def called(self, who: str, operation: str, params: Mapping[str, Any], refusal: str) -> None:
        """An HTTP call was answered: the operator's, or, over the devices' port, that of `who`'s certificate.

        `refusal` is the exception and its text, empty when there was none.
        """


@contextmanager
def watched(observer: Observer | None, who: str, operation: str, params: Mapping[str, Any]) -> Iterator[None]:
    """Tells the observer, if there is one, of a call that is answered in the body, and how that ends."""
    refusal = ""
    try:
        yield
    except ApiError as wrong:
        refusal = f"{wrong.code}: {wrong.message}"
        raise
    finally:
        if observer is not None:
            observer.called(who, operation, params, refusal)
