"""AWS IoT Core's limits, and the points that its documents leave open, as one table of settings."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Sizes in bytes, times in seconds; jobs-protocol §6 and evidence.md, Part 2 d, h and i."""

    filters_per_subscribe: int = 8
    subscriptions: int = 50  # the 51st is refused in the SUBACK, the connection stays (evidence.md, Part 2 h)
    payload: int = 128 * 1024
    packet: int = 149_504  # Maximum Packet Size of the CONNACK (evidence.md, Part 2 i)
    topic: int = 256
    slashes: int = 7
    client_id: int = 128
    keep_alive_least: int = 30
    keep_alive_most: int = 1200
    connect_within: float = 30.0  # until the CONNECT must have come; AWS's own bound is not known
    session_expiry: int = 3600
    unacknowledged: int = 100
    topic_aliases: int = 8
    # Gaps before an unacknowledged message is sent again on the same connection; measured 26, 31, 48, 112, 289
    # (evidence.md, Part 2 c and h). Afterwards it waits for the next connection.
    resend_after: tuple[float, ...] = (30, 30, 50, 110, 290)
    # DUP of a message that is sent again on a *new* connection. On the same one AWS leaves it 0; no test of AWS looks
    # at it on a new one (evidence.md, Part 2 c2), MQTT wants 1.
    dup_on_new_connection: bool = False
    # Whether other clients may see requests to the Jobs service by subscribing to their topics: open, the one report
    # says that nothing arrives (evidence.md, Part 2 b).
    requests_are_published: bool = False

    def keep_alive(self, wish: int) -> int:
        """The keep-alive that holds: clamped, not refused; 0 means the longest (jobs-protocol §6)."""
        return min(max(wish or self.keep_alive_most, self.keep_alive_least), self.keep_alive_most)
