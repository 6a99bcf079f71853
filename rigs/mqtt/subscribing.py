"""SUBSCRIBE and UNSUBSCRIBE within AWS's limits (evidence.md, Part 2 h)."""

from __future__ import annotations

from rigs.mqtt.commands import Command, Rights, Send
from rigs.mqtt.connection import Connection
from rigs.mqtt.limits import Limits
from rigs.mqtt.packets import Suback, Subscribe, Subscription, Unsuback, Unsubscribe
from rigs.mqtt.reasons import Reason
from rigs.mqtt.router import Router
from rigs.mqtt.topics import plain_filter, valid_filter

MOST_QOS = 1


def subscribe(
    router: Router, there: Connection, packet: Subscribe, rights: Rights, limits: Limits, now: float
) -> list[Command] | Reason:
    """The SUBACK and retained messages; a Reason when the connection is to be ended for it.

    A 3.1.1 client that asks for QoS 2 gets no SUBACK at all (jobs-protocol §6).
    """
    session = there.session
    if session is None or "subscription_identifier" in packet.properties:
        return Reason.SUBSCRIPTION_IDS_NOT_SUPPORTED
    if not there.modern and any(one.qos > MOST_QOS for one in packet.filters):
        return []
    verdicts = [_verdict(there, one, rights, limits, len(packet.filters)) for one in packet.filters]
    refused = [verdict for verdict in verdicts if verdict is not Reason.SUCCESS]
    if refused and not there.modern:
        return refused[0]
    codes: list[int] = []
    kept: list[Command] = []
    for one, verdict in zip(packet.filters, verdicts, strict=True):
        code = int(verdict) or _take(there, one, limits)
        codes.append(code)
        if code <= MOST_QOS:
            kept += router.give_retained(session, session.subscriptions[one.filter], now)
    return [Send(conn=there.conn, packet=Suback(packet_id=packet.packet_id, codes=tuple(codes))), *kept]


def _verdict(there: Connection, one: Subscription, rights: Rights, limits: Limits, count: int) -> Reason:
    if count > limits.filters_per_subscribe:
        return Reason.QUOTA_EXCEEDED
    text = plain_filter(one.filter)
    if not valid_filter(one.filter) or len(text.encode()) > limits.topic or text.count("/") > limits.slashes:
        return Reason.TOPIC_FILTER_INVALID
    return rights.subscribe(there.identity, text)


def _take(there: Connection, one: Subscription, limits: Limits) -> int:
    """The granted QoS; past the limit the filter alone is refused, the connection stays."""
    session = there.session
    if session is None or (
        one.filter not in session.subscriptions and len(session.subscriptions) >= limits.subscriptions
    ):
        return Reason.QUOTA_EXCEEDED if there.modern else Reason.UNSPECIFIED
    granted = Subscription(
        filter=one.filter,
        qos=min(one.qos, MOST_QOS),
        no_local=one.no_local,
        retain_as_published=one.retain_as_published,
    )
    session.subscribe(granted)
    return granted.qos


def unsubscribe(there: Connection, packet: Unsubscribe, limits: Limits) -> list[Command]:
    """The UNSUBACK; none, and nothing done, for a 3.1.1 client that names too many filters."""
    if there.session is None:
        return []
    if len(packet.filters) > limits.filters_per_subscribe:
        refused = Unsuback(packet_id=packet.packet_id, codes=(Reason.UNSPECIFIED,) * len(packet.filters))
        return [Send(conn=there.conn, packet=refused)] if there.modern else []
    for text in packet.filters:
        there.session.unsubscribe(text)
    return [Send(conn=there.conn, packet=Unsuback(packet_id=packet.packet_id, codes=(0,) * len(packet.filters)))]
