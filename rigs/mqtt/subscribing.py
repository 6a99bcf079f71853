"""SUBSCRIBE and UNSUBSCRIBE within AWS's limits (evidence.md, Part 2 h)."""

from __future__ import annotations

from rigs.mqtt.commands import Command, Send
from rigs.mqtt.connection import Connection
from rigs.mqtt.packets import Suback, Subscribe, Subscription, Unsuback, Unsubscribe
from rigs.mqtt.reasons import Reason
from rigs.mqtt.router import Router
from rigs.mqtt.session import Session
from rigs.mqtt.topics import SHARED, plain_filter, unowned, valid_filter

MOST_QOS = 1
ALWAYS, WHEN_NEW = 0, 1  # retain handling (MQTT 5 3.8.3.1); 2: never


def subscribe(
    router: Router, there: Connection, session: Session, packet: Subscribe, now: float
) -> list[Command] | Reason:
    """The SUBACK, then retained messages; a Reason when the connection is to be ended for it.

    A 3.1.1 client that asks for QoS 2 gets no SUBACK at all (jobs-protocol §6).
    """
    if "subscription_identifier" in packet.properties:
        return Reason.SUBSCRIPTION_IDS_NOT_SUPPORTED
    if any(one.no_local and one.filter.startswith(SHARED) for one in packet.filters):
        return Reason.PROTOCOL_ERROR  # MQTT 5 3.8.3-4
    if not there.modern and any(one.qos > MOST_QOS for one in packet.filters):
        return []
    verdicts = [_verdict(router, there, one, len(packet.filters)) for one in packet.filters]
    refused = [verdict for verdict in verdicts if verdict is not Reason.SUCCESS]
    if refused and not there.modern:
        return refused[0]
    codes: list[int] = []
    following: list[Command] = []
    for one, verdict in zip(packet.filters, verdicts, strict=True):
        code, brought = (int(verdict), list[Command]()) if verdict else _take(router, there, session, one, now)
        codes.append(code)
        following += brought
    return [Send(conn=there.conn, packet=Suback(packet_id=packet.packet_id, codes=tuple(codes))), *following]


def _verdict(router: Router, there: Connection, one: Subscription, count: int) -> Reason:
    limits, text = router.limits, plain_filter(one.filter)
    if count > limits.filters_per_subscribe:
        return Reason.QUOTA_EXCEEDED
    if not valid_filter(one.filter) or not limits.fits(one.filter):
        return Reason.TOPIC_FILTER_INVALID
    if limits.refuse_unowned and unowned(text):
        return Reason.TOPIC_FILTER_INVALID
    return router.rights.subscribe(there.identity, text)


def _take(
    router: Router, there: Connection, session: Session, one: Subscription, now: float
) -> tuple[int, list[Command]]:
    """The granted QoS, and what the subscription brings; past the limit the filter alone is refused."""
    known = one.filter in session.subscriptions
    if not known and len(session.subscriptions) >= router.limits.subscriptions:
        return (Reason.QUOTA_EXCEEDED if there.modern else Reason.UNSPECIFIED), []
    granted = Subscription(
        filter=one.filter,
        qos=min(one.qos, MOST_QOS),
        no_local=one.no_local,
        retain_as_published=one.retain_as_published,
        retain_handling=one.retain_handling,
    )
    router.subscribe(session, granted)
    if one.filter.startswith(SHARED):
        return granted.qos, router.catch_up(session, now)
    wanted = one.retain_handling == ALWAYS or (one.retain_handling == WHEN_NEW and not known)
    return granted.qos, router.give_retained(session, granted, now) if wanted else []


def unsubscribe(router: Router, there: Connection, session: Session, packet: Unsubscribe) -> list[Command]:
    """The UNSUBACK; none, and nothing done, for a 3.1.1 client that names too many filters.

    MQTT 5's 0x11 (no subscription existed) is not among AWS's codes (jobs-protocol §6): such a filter is answered 0.
    """
    if len(packet.filters) > router.limits.filters_per_subscribe:
        refused = Unsuback(packet_id=packet.packet_id, codes=(Reason.UNSPECIFIED,) * len(packet.filters))
        return [Send(conn=there.conn, packet=refused)] if there.modern else []
    for text in packet.filters:
        router.unsubscribe(session, text)
    return [Send(conn=there.conn, packet=Unsuback(packet_id=packet.packet_id, codes=(0,) * len(packet.filters)))]
