"""One client connection as the broker sees it, and the rules for a CONNECT."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from rigs.mqtt.commands import Rights
from rigs.mqtt.limits import Limits
from rigs.mqtt.packets import VERSION_5, Connect, Will
from rigs.mqtt.reasons import Reason
from rigs.mqtt.session import Session


@dataclass(slots=True, kw_only=True)
class Connection:
    """`session` is None until a CONNECT was accepted; `heard` is when the last packet came, in seconds."""

    conn: int
    identity: Any
    heard: float
    version: int = 0
    keep_alive: int = 0
    session: Session | None = None
    will: Will | None = None
    most: int = 0  # the client's Maximum Packet Size; 0: none
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


def judge(packet: Connect, identity: Any, rights: Rights, limits: Limits) -> Reason:
    """Whether a CONNECT is accepted; AWS's order of checks is unknown."""
    name, will = packet.client_id, packet.will
    if len(name.encode()) > limits.client_id or name.startswith("$"):
        return Reason.CLIENT_ID_NOT_VALID  # `$GEN/…` is the server's own (evidence.md, Part 2 i)
    if not name and packet.version != VERSION_5 and not packet.clean_start:
        return Reason.CLIENT_ID_NOT_VALID  # MQTT 3.1.1 3.1.3-8
    if rights.connect(identity, name) is not Reason.SUCCESS:
        return Reason.NOT_AUTHORIZED
    if will and will.qos > 1:
        return Reason.QOS_NOT_SUPPORTED
    return rights.publish(identity, will.topic) if will else Reason.SUCCESS


def expiry(packet: Connect, limits: Limits) -> int:
    """How long the session outlives the connection, in seconds: capped, not refused (evidence.md, Part 2 i)."""
    if packet.version == VERSION_5:
        return min(int(packet.properties.get("session_expiry_interval", 0)), limits.session_expiry)
    return 0 if packet.clean_start else limits.session_expiry


def connack_properties(packet: Connect, client_id: str, limits: Limits) -> dict[str, Any]:
    """What AWS IoT Core says of itself to an MQTT 5 client (evidence.md, Part 2 i); nothing to a 3.1.1 client."""
    if packet.version != VERSION_5:
        return {}
    assigned = {} if packet.client_id else {"assigned_client_identifier": client_id}
    return {
        "session_expiry_interval": expiry(packet, limits),
        "receive_maximum": limits.unacknowledged,
        "maximum_qos": 1,
        "retain_available": 1,
        "maximum_packet_size": limits.packet,
        **assigned,
        "topic_alias_maximum": limits.topic_aliases,
        "wildcard_subscription_available": 1,
        "subscription_identifiers_available": 0,
        "shared_subscription_available": 1,
        "server_keep_alive": limits.keep_alive(packet.keep_alive),
    }


def window(packet: Connect, limits: Limits) -> int:
    """How many QoS 1 messages may be on their way to the client."""
    return min(int(packet.properties.get("receive_maximum", limits.unacknowledged)), limits.unacknowledged)
