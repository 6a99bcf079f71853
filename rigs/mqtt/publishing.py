"""PUBLISH within AWS's limits: acknowledged at once, then handed to the service behind the broker or to subscribers.

The PUBACK is given before anything else happens, so a client never has more than Receive Maximum messages
unacknowledged, however many it sends.
"""

from __future__ import annotations

from rigs.mqtt.commands import Command, Send, Service
from rigs.mqtt.connection import Connection
from rigs.mqtt.packets import Puback, Publish
from rigs.mqtt.reasons import Reason
from rigs.mqtt.router import Router
from rigs.mqtt.topics import unowned, valid_topic


def publish(router: Router, there: Connection, packet: Publish, service: Service, now: float) -> list[Command] | Reason:
    """What a client's message leads to; a Reason when the connection is to be ended for it."""
    if packet.qos > 1:
        # 3.1.1: "doesn't send a PUBACK"; 5: Maximum QoS was told (jobs-protocol §6)
        return Reason.QOS_NOT_SUPPORTED if there.modern else []
    topic = _topic(router, there, packet) if packet.properties or not packet.topic else packet.topic
    if isinstance(topic, Reason):
        return topic
    verdict = _verdict(router, there, topic, packet)
    if verdict is not Reason.SUCCESS:
        return _refuse(there, packet, verdict)
    commands: list[Command] = (
        [Send(conn=there.conn, packet=Puback(packet_id=packet.packet_id))] if packet.packet_id else []
    )
    answers = service(there.client_id, topic, packet.payload)
    if answers is not None:
        commands += router.serve(answers, now)
        if not router.limits.requests_are_published:
            return commands
    message = Publish(
        topic=topic, payload=packet.payload, qos=packet.qos, retain=packet.retain, properties=packet.properties
    )
    return commands + hand_out(router, message, now, there.client_id)


def hand_out(router: Router, message: Publish, now: float, sender: str = "") -> list[Command]:
    """To the subscribers, and kept for later ones when it is to be retained."""
    if message.retain:
        router.keep(message, now)
    return router.publish(message, now, sender)


def _topic(router: Router, there: Connection, packet: Publish) -> str | Reason:
    """The topic behind a topic alias (MQTT 5 3.3.2.3.4); a Reason for properties that make a Protocol Error.

    The broker itself uses no aliases: MQTT 5 leaves that to the sender, and AWS says nothing about its own.
    """
    given = packet.properties
    if "subscription_identifier" in given or not valid_topic(given.get("response_topic", "t")):
        return Reason.PROTOCOL_ERROR  # MQTT 5 3.3.4-6 and 3.3.2-14
    alias = given.get("topic_alias")
    if alias is None:
        return packet.topic or Reason.PROTOCOL_ERROR  # MQTT 5 3.3.2.1
    if not 1 <= alias <= router.limits.topic_aliases:
        return Reason.TOPIC_ALIAS_INVALID
    if packet.topic:
        there.aliases[alias] = packet.topic
    return there.aliases.get(alias, Reason.PROTOCOL_ERROR)


def _verdict(router: Router, there: Connection, topic: str, packet: Publish) -> Reason:
    limits = router.limits
    if not valid_topic(topic) or not limits.fits(topic):
        return Reason.TOPIC_NAME_INVALID
    if topic[0] == "$" and (
        (limits.refuse_unowned and unowned(topic)) or (limits.refuse_reserved_retain and packet.retain)
    ):
        return Reason.TOPIC_NAME_INVALID
    if len(packet.payload) > limits.payload:
        return Reason.QUOTA_EXCEEDED
    verdict = router.rights.publish(there.identity, topic)
    return router.rights.retain(there.identity, topic) if verdict is Reason.SUCCESS and packet.retain else verdict


def _refuse(there: Connection, packet: Publish, verdict: Reason) -> list[Command] | Reason:
    """MQTT 5 gets a PUBACK that says why and stays; at QoS 0 only a DISCONNECT can (evidence.md, Part 2 h2)."""
    if there.modern and packet.packet_id:
        return [Send(conn=there.conn, packet=Puback(packet_id=packet.packet_id, code=verdict))]
    return verdict
