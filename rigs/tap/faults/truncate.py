"""A packet arrives that cannot be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rigs.mqtt.packets import Publish
from rigs.mqtt.wire import variable
from rigs.tap.actions import Action, Spoil
from rigs.tap.match import Match, Seen


@dataclass(frozen=True, slots=True, repr=False)
class Truncate:
    """Cut the packets of `match` off, a PUBLISH within its topic, others after the first byte of their body.

    The length in front is that of what is left, so the receiver finds the next packet and knows that this one is
    malformed: it has to end the connection (MQTT-4.8.0-1; MQTT 5 4.13.1, DISCONNECT 0x81). The sender gets no
    acknowledgement. A packet whose body is not longer than a byte cannot be cut and is no hit. A payload that is cut
    off within a sound packet is `Corrupt`'s.
    """

    name: ClassVar[str] = "truncate"
    match: Match

    def __repr__(self) -> str:
        return f"cut off {self.match!r}"

    def decide(self, seen: Seen) -> Action | None:
        """What is left goes on."""
        body = _body(seen.raw)
        keep = 2 + len(seen.packet.topic.encode()) // 2 if isinstance(seen.packet, Publish) else 1
        return Spoil(spoil=lambda raw: raw[:1] + variable(keep) + body[:keep]) if keep < len(body) else None


def _body(raw: bytes) -> bytes:
    """What follows the remaining length."""
    start = 1
    while raw[start] & 0x80:
        start += 1
    return raw[start + 1 :]
