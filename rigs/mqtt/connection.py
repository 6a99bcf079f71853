"""One client connection as the broker sees it, and what is told about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rigs.mqtt.limits import Limits
from rigs.mqtt.packets import VERSION_5, Will
from rigs.mqtt.reasons import Reason
from rigs.mqtt.session import Session

# AWS's words for the end of a connection (jobs-protocol §6; AWS IoT developer guide, life-cycle-events.html)
LOST = "CONNECTION_LOST"
ENDINGS: Mapping[Reason, str] = {
    Reason.SUCCESS: "CLIENT_INITIATED_DISCONNECT",
    Reason.KEEP_ALIVE_TIMEOUT: "MQTT_KEEP_ALIVE_TIMEOUT",
    Reason.SESSION_TAKEN_OVER: "DUPLICATE_CLIENTID",
    Reason.NOT_AUTHORIZED: "AUTH_ERROR",
    Reason.ADMINISTRATIVE_ACTION: "API_INITIATED_DISCONNECT",
    Reason.SERVER_SHUTTING_DOWN: "SERVER_INITIATED_DISCONNECT",
}
CLIENT_ERROR = "CLIENT_ERROR"  # all others


@dataclass(slots=True, kw_only=True)
class Connection:
    """`session` is None until a CONNECT was accepted; `heard` is when the last packet came, in seconds."""

    conn: int
    identity: Any
    heard: float
    since: float = 0.0
    version: int = 0
    keep_alive: int = 0
    session: Session | None = None
    will: Will | None = None
    aliases: dict[int, str] = field(default_factory=dict)

    def silent(self, now: float, limits: Limits) -> bool:
        """Whether it has been silent for 1.5 times its keep-alive (jobs-protocol §6), or too long without a CONNECT."""
        return now > self.heard + (1.5 * self.keep_alive if self.session else limits.connect_within)

    @property
    def modern(self) -> bool:
        """MQTT 5: the client can be told why."""
        return self.version == VERSION_5

    @property
    def client_id(self) -> str:
        return self.session.client_id if self.session else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionFacts:
    """What is known of a client that is connected, or was; in the words of iot-data's GetConnection.

    `keep_alive` is what the client asked for, `clean` whether it has no persistent session, `since` and `ended` are
    monotonic seconds (`since` is 0 for a session that was restored), `identity` is what the rights were given.
    """

    client_id: str
    connected: bool
    version: int
    clean: bool
    keep_alive: int
    session_expiry: int
    since: float = 0.0
    ended: float | None = None
    disconnect_reason: str | None = None
    identity: Any = None


def facts_of(there: Connection, session: Session) -> ConnectionFacts:
    """Of a connection, and when it is over of its end."""
    return ConnectionFacts(
        client_id=session.client_id,
        connected=session.ended is None,
        version=there.version,
        clean=session.expiry == 0,
        keep_alive=session.keep_alive,
        session_expiry=session.expiry,
        since=there.since,
        ended=session.ended,
        disconnect_reason=session.reason if session.ended is not None else None,
        identity=there.identity,
    )
