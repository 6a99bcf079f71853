"""A QoS 1 message on its way to one client."""

from __future__ import annotations

import math
from dataclasses import dataclass

from msgspec.structs import replace

from rigs.mqtt.codec import decode, encode
from rigs.mqtt.packets import VERSION_5, Publish
from rigs.mqtt.saved import SavedMessage

EXPIRY = "message_expiry_interval"


@dataclass(slots=True, kw_only=True, eq=False)
class Held:
    """`packet` has a packet identifier from its first sending on; times are monotonic seconds.

    `expires` is infinite without a message expiry interval; `sent` is infinite until it was sent on this connection,
    `first` is when it was sent at all. `share` names the shared subscription that it came by.
    """

    packet: Publish
    expires: float = math.inf
    share: str = ""
    first: float = math.inf
    sent: float = math.inf
    times: int = 0

    def at(self, now: float) -> Publish:
        """The packet as it goes out now: with what is left of its expiry interval, in whole seconds.

        The last second is told as 0 (AWS IoT developer guide, mqtt.html, "Message expiry").
        """
        if EXPIRY not in self.packet.properties:
            return self.packet
        left = max(0, int(self.expires - now))
        return replace(self.packet, properties={**self.packet.properties, EXPIRY: left})

    def over(self, now: float, retry_for: float) -> bool:
        """Whether it has expired, or was tried for long enough."""
        return now >= self.expires or now >= self.first + retry_for

    def saved(self, now: float) -> SavedMessage:
        """The message as plain values; one that was not sent yet gets some packet identifier, for MQTT's sake."""
        packet = self.packet if self.packet.packet_id else replace(self.packet, packet_id=1)
        return SavedMessage(
            packet=encode(packet, VERSION_5),
            expires_in=None if self.expires == math.inf else self.expires - now,
            sent_for=None if self.first == math.inf else now - self.first,
            share=self.share,
        )


def restored(saved: SavedMessage, now: float) -> Held:
    """The message again; raises MalformedPacket when its bytes are no PUBLISH."""
    packet = decode(saved.packet, VERSION_5)
    if not isinstance(packet, Publish):
        raise TypeError(f"a saved message must be a PUBLISH, not {packet!r}")
    if saved.sent_for is None:
        packet = replace(packet, packet_id=None)
    return Held(
        packet=packet,
        expires=math.inf if saved.expires_in is None else now + saved.expires_in,
        share=saved.share,
        first=math.inf if saved.sent_for is None else now - saved.sent_for,
    )
