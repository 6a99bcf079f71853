"""AWS IoT Core's limits, and the points that its documents leave open, as one table of settings."""

from __future__ import annotations

from dataclasses import dataclass

from rigs.choices import choice
from rigs.mqtt.topics import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Sizes in bytes, times in seconds; jobs-protocol §6 and evidence.md, Part 2 d, h and i."""

    filters_per_subscribe: int = choice(8, "Filters that one SUBSCRIBE may name.", "jobs-protocol §6")
    subscriptions: int = choice(
        50,
        "Subscriptions of a connection; the next is refused in the SUBACK, the connection stays.",
        "evidence.md Part 2 h",
    )
    payload: int = choice(128 * 1024, "Bytes of a message's payload.", "jobs-protocol §6")
    packet: int = choice(149_504, "Bytes of a packet: Maximum Packet Size of the CONNACK.", "evidence.md Part 2 i")
    topic: int = choice(
        256, "Bytes of a topic or filter, without `$share/group/` and `$aws/rules/name/`.", "jobs-protocol §6"
    )
    slashes: int = choice(
        7,
        "Slashes in a topic or filter, without those of `$share/group/` and `$aws/rules/name/`.",
        "jobs-protocol §6; AWS IoT limits, Maximum number of slashes in topic and topic filter",
    )
    client_id: int = choice(128, "Bytes of a client id.", "jobs-protocol §6")
    keep_alive_least: int = choice(30, "Seconds: a shorter keep-alive is raised to it.", "jobs-protocol §6")
    keep_alive_most: int = choice(1200, "Seconds: a longer keep-alive, and 0, means this.", "jobs-protocol §6")
    connect_within: float = choice(30.0, "Seconds until the CONNECT must have come.", "AWS's own bound is not known")
    session_expiry: int = choice(3600, "Seconds that a persistent session outlives its connection.", "jobs-protocol §6")
    stored_messages: int = choice(
        10_000,
        "Messages that wait for one session; what comes on top is dropped.",
        "AWS IoT developer guide, mqtt.html: stored according to account limit, without a number for a session",
    )
    stored_per_second: int = choice(
        10,
        "Stored messages that a resumed session is sent in a second; new ones do not wait for them.",
        "jobs-protocol §6; AWS IoT developer guide, mqtt.html, MQTT persistent sessions",
    )
    message_expiry: int = choice(
        604_800,
        "Seconds: a longer message expiry interval is cut to it, 0 is raised to 1.",
        "AWS IoT developer guide, mqtt.html, Message expiry",
    )
    retry_for: float = choice(
        3600.0,
        "Seconds after its first sending for which a message is sent again; then it is dropped.",
        "AWS IoT limits, Maximum retry interval for delivering QoS 1 messages; jobs-protocol §6",
    )
    remembered: float = choice(
        1800.0,
        "Seconds for which it is told when and why a client without a session went.",
        "botocore's model of iot-data, GetConnection, disconnectedSince",
    )
    unacknowledged: int = choice(100, "QoS 1 messages on their way to a client.", "jobs-protocol §6")
    topic_aliases: int = choice(8, "Topic aliases of a connection.", "evidence.md Part 2 i")
    resend_after: tuple[float, ...] = choice(
        (30, 30, 50, 110, 290),
        "Gaps, in seconds, before an unacknowledged message is sent again on the same connection; afterwards it waits "
        "for the next one.",
        "evidence.md Part 2 c and h: measured 26, 31, 48, 112, 289",
    )
    dup_on_new_connection: bool = choice(
        False,
        "Whether DUP is set on a message that is sent again on a new connection.",
        "evidence.md Part 2 c2: on the same connection AWS leaves it 0, no test looks at a new one, MQTT wants 1",
    )
    requests_are_published: bool = choice(
        False,
        "Whether other clients may see requests to the Jobs service by subscribing to their topics.",
        "evidence.md Part 2 b: open, the one report says that nothing arrives",
    )
    replies_need_receive: bool = choice(
        False,
        "Whether a direct reply of the Jobs service is handed over only to a client that may receive its topic.",
        "jobs-protocol §10.21: open; the sibling SendDirectMessage does ask",
    )
    refuse_unowned: bool = choice(
        True,
        "Whether a `$…` topic that belongs to no service of AWS, like `$SYS/…`, is refused. False: as any other topic.",
        "AWS IoT developer guide, reserved-topics.html: unsupported operations on reserved topics can end the "
        "connection; what MQTT 5 is told is not known (evidence.md Part 2 h2)",
    )
    refuse_reserved_retain: bool = choice(
        True,
        "Whether a message to a reserved topic with RETAIN set is refused. False: taken, but not retained.",
        "jobs-protocol §6: RETAIN may not be used there; how AWS refuses it is not known",
    )
    will_delay: bool = choice(
        True,
        "Whether a will waits for its Will Delay Interval. False: it is published at once.",
        "MQTT 5 3.1.3.2.2; AWS's table of supported properties (developer guide, mqtt.html) does not name it",
    )

    def keep_alive(self, wish: int) -> int:
        """The keep-alive that holds: clamped, not refused; 0 means the longest (jobs-protocol §6)."""
        return min(max(wish or self.keep_alive_most, self.keep_alive_least), self.keep_alive_most)

    def fits(self, text: str) -> bool:
        """Whether a topic or filter is short and flat enough."""
        text = counted(text)
        return len(text.encode()) <= self.topic and text.count("/") <= self.slashes

    def expiry(self, wish: int) -> int:
        """The message expiry interval that holds, in seconds: clamped, not refused."""
        return min(max(wish, 1), self.message_expiry)
