"""The connection's contract, and the fake that ships beside it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Protocol


class Link(Protocol):
    """A connection to the endpoint; never blocks, reports by events."""

    def open(self) -> None:
        """Begin to connect: Connected or Unreached follows, Disconnected when it is lost."""

    def subscribe(self, filters: Sequence[str]) -> None:
        """Subscribe with QoS 1; Subscribed follows when all are answered."""

    def publish(self, topic: str, payload: bytes, *, qos: int, ticket: int) -> None:
        """Send a message; Sent follows (QoS 1: at the PUBACK)."""

    def close(self) -> None:
        """Disconnect in good order; returns when it is done or has taken too long."""


class FakeLink:
    """A link for tests of the agent without a network: keeps what was sent."""

    def __init__(self) -> None:
        self.opened = 0
        self.closed = False
        self.filters: list[str] = []
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.tickets: list[int] = []

    def __repr__(self) -> str:
        return f"<FakeLink {len(self.sent)} sent>"

    def open(self) -> None:
        """Count it."""
        self.opened += 1

    def subscribe(self, filters: Sequence[str]) -> None:
        """Keep the filters."""
        self.filters = list(filters)

    def publish(self, topic: str, payload: bytes, *, qos: int, ticket: int) -> None:
        """Keep topic and members, and the ticket to acknowledge."""
        self.tickets.append(ticket)
        self.sent.append((topic, json.loads(payload)))

    def close(self) -> None:
        """Note it."""
        self.closed = True
