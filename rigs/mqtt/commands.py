"""What a broker wants done, and what it asks of the world around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import msgspec

from rigs.mqtt.packets import Packet
from rigs.mqtt.reasons import Reason

Lane = Literal["ack", "message"]


class Send(msgspec.Struct, frozen=True, kw_only=True):
    """Send a packet; acknowledgements and messages may be given different latencies, never the wrong order.

    A msgspec struct because there is one for every packet that goes out, see `packets`.
    """

    conn: int
    packet: Packet
    lane: Lane = "ack"


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """End a connection, after what was to be sent before; `reason` is for logs, the client has been told by Send."""

    conn: int
    reason: Reason


Command = Send | Close


class Outgoing(Protocol):
    """A message of a service behind the broker: for one client id (`to`), or for the subscribers."""

    @property
    def topic(self) -> str: ...
    @property
    def payload(self) -> dict[str, Any]: ...
    @property
    def to(self) -> str | None: ...


class Service(Protocol):
    """A service behind reserved topics, like AWS IoT Jobs."""

    def __call__(self, client_id: str, topic: str, payload: bytes) -> Sequence[Outgoing] | None:
        """What a request leads to; None for a topic that is no request to this service."""
        ...


class Rights(Protocol):
    """Who may do what; `identity` is what the transport knows of the client, its certificate for example."""

    def connect(self, identity: Any, client_id: str, attributes: Sequence[str] = ()) -> Reason:
        """SUCCESS, or why not; `attributes` are what the CONNECT asks for, in the words of iot:ConnectAttributes."""
        ...

    def publish(self, identity: Any, topic: str) -> Reason:
        """SUCCESS, or why not."""
        ...

    def subscribe(self, identity: Any, filter: str) -> Reason:
        """SUCCESS, or why not."""
        ...

    def retain(self, identity: Any, topic: str) -> Reason:
        """SUCCESS, or why a message that it may publish there may not have RETAIN (iot:RetainPublish)."""
        ...

    def receive(self, identity: Any, topic: str) -> bool:
        """Whether it may be handed a message of this topic (iot:Receive)."""
        ...


class Everything:
    """Rights to all."""

    def connect(self, identity: Any, client_id: str, attributes: Sequence[str] = ()) -> Reason:
        return Reason.SUCCESS

    def publish(self, identity: Any, topic: str) -> Reason:
        return Reason.SUCCESS

    def subscribe(self, identity: Any, filter: str) -> Reason:
        return Reason.SUCCESS

    def retain(self, identity: Any, topic: str) -> Reason:
        return Reason.SUCCESS

    def receive(self, identity: Any, topic: str) -> bool:
        return True


def no_service(client_id: str, topic: str, payload: bytes) -> None:
    """A broker without a service behind it."""
