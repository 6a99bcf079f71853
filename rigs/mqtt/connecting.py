"""The rules for a CONNECT, and the CONNACK."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from rigs.mqtt.commands import Rights
from rigs.mqtt.limits import Limits
from rigs.mqtt.packets import VERSION_5, Connect, Will
from rigs.mqtt.reasons import Reason
from rigs.mqtt.session import Session
from rigs.mqtt.topics import unowned, valid_topic

NOT_ZERO = ("receive_maximum", "maximum_packet_size")  # MQTT 5 3.1.2.11.3 and .4
ZERO_OR_ONE = ("request_problem_information", "request_response_information")  # MQTT 5 3.1.2.11.6 and .7


def generated_id() -> str:
    """A client id for a client without one, in AWS's pattern (evidence.md, Part 2 i)."""
    return f"$GEN/{uuid.uuid4()}"


def judge(packet: Connect, client_id: str, identity: Any, rights: Rights, limits: Limits) -> Reason:
    """Whether a CONNECT is accepted; AWS's order of checks is unknown. User name and password are not looked at.

    `client_id` is the one that the connection is to have: the client's or a generated one.
    """
    if "authentication_method" in packet.properties:
        return Reason.BAD_AUTHENTICATION_METHOD  # no AUTH (AWS IoT developer guide, mqtt.html, differences)
    if not _sound(packet.properties):
        return Reason.PROTOCOL_ERROR
    name = packet.client_id
    if len(name.encode()) > limits.client_id or name.startswith("$"):
        return Reason.CLIENT_ID_NOT_VALID  # `$GEN/…` is the server's own (evidence.md, Part 2 i)
    if not name and packet.version != VERSION_5 and not packet.clean_start:
        return Reason.CLIENT_ID_NOT_VALID  # MQTT 3.1.1 3.1.3-8
    if rights.connect(identity, client_id, attributes(packet, limits)) is not Reason.SUCCESS:
        return Reason.NOT_AUTHORIZED
    return _judge_will(packet.will, identity, rights, limits) if packet.will else Reason.SUCCESS


def _sound(properties: Mapping[str, Any]) -> bool:
    zero = any(properties.get(name) == 0 for name in NOT_ZERO)
    return not zero and all(properties.get(name, 0) in (0, 1) for name in ZERO_OR_ONE)


def _judge_will(will: Will, identity: Any, rights: Rights, limits: Limits) -> Reason:
    if will.qos > 1:
        return Reason.QOS_NOT_SUPPORTED
    if not valid_topic(will.topic) or not limits.fits(will.topic):
        return Reason.TOPIC_NAME_INVALID
    if limits.refuse_unowned and unowned(will.topic):
        return Reason.TOPIC_NAME_INVALID
    if limits.refuse_reserved_retain and will.retain and will.topic.startswith("$"):
        return Reason.TOPIC_NAME_INVALID
    if len(will.payload) > limits.payload:
        return Reason.QUOTA_EXCEEDED
    verdict = rights.publish(identity, will.topic)
    return rights.retain(identity, will.topic) if verdict is Reason.SUCCESS and will.retain else verdict


def attributes(packet: Connect, limits: Limits) -> list[str]:
    """What a CONNECT asks for, in AWS's words (developer guide, connect-policy)."""
    persistent = ["PersistentConnect"] if expiry(packet, limits) else []
    return [*persistent, *(["LastWill"] if packet.will else [])]


def expiry(packet: Connect, limits: Limits) -> int:
    """How long the session outlives the connection, in seconds: capped, not refused (evidence.md, Part 2 i)."""
    if packet.version == VERSION_5:
        return min(int(packet.properties.get("session_expiry_interval", 0)), limits.session_expiry)
    return 0 if packet.clean_start else limits.session_expiry


def prepare(session: Session, packet: Connect, limits: Limits) -> None:
    """Let a new or former session be as its client wants it now."""
    session.touch()
    session.expiry, session.window = expiry(packet, limits), window(packet, limits)
    session.most = int(packet.properties.get("maximum_packet_size", 0))
    session.keep_alive = packet.keep_alive
    session.touch()


def window(packet: Connect, limits: Limits) -> int:
    """How many QoS 1 messages may be on their way to the client."""
    return min(int(packet.properties.get("receive_maximum", limits.unacknowledged)), limits.unacknowledged)


def connack_properties(packet: Connect, client_id: str, limits: Limits) -> dict[str, Any]:
    """What AWS IoT Core says of itself to an MQTT 5 client (evidence.md, Part 2 i); nothing to a 3.1.1 client.

    Reason strings are never sent, so Request Problem Information has nothing to hold back.
    """
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
