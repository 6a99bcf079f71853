"""What the Jobs service wants to have sent."""

from __future__ import annotations

from typing import Any

import msgspec


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """A message of the service.

    With `to` (a client id) it is a reply: handed straight to that client at QoS 0, once, after the PUBACK of its
    request, subscribed or not, never stored (evidence.md, Part 2 a). Without, it is published to the subscribers at
    min(1, granted QoS), like notify and notify-next.
    """

    topic: str
    payload: dict[str, Any] = {}
    to: str | None = None
