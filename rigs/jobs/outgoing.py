"""What the Jobs service wants to have sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message of the service.

    With `to` (a client id) it is a reply: handed straight to that client at QoS 0, once, after the PUBACK of its
    request, subscribed or not, never stored (evidence.md, Part 2 a). Without, it is published to the subscribers at
    min(1, granted QoS), like notify and notify-next.
    """

    topic: str
    payload: dict[str, Any] = field(default_factory=dict)
    to: str | None = None
