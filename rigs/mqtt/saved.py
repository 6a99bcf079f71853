"""A session as plain values, for whoever keeps it while the broker is away; times are relative, in seconds."""

from __future__ import annotations

from dataclasses import dataclass

from rigs.mqtt.packets import Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedMessage:
    """A QoS 1 message that the client has not acknowledged: an MQTT 5 PUBLISH, with its packet id once it was sent.

    `expires_in` is None for a message that does not expire, `sent_for` (since its first sending) for one that waits.
    """

    packet: bytes
    expires_in: float | None = None
    sent_for: float | None = None
    share: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedSession:
    """What outlives a connection; `ended_for` is how long that is over, 0 while it is not.

    Survives `msgspec.to_builtins`, JSON and `msgspec.convert`.
    """

    client_id: str
    version: int
    expiry: int
    ended_for: float = 0.0
    keep_alive: int = 0
    disconnect_reason: str | None = None
    subscriptions: tuple[Subscription, ...] = ()
    messages: tuple[SavedMessage, ...] = ()
