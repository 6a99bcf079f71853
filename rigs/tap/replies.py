"""What the tap says in a receiver's place."""

from __future__ import annotations

from typing import Any

import msgspec

from rigs.mqtt.packets import Puback, Publish
from rigs.tap.actions import Reply
from rigs.tap.commands import Send
from rigs.tap.match import Seen
from rigs.tap.reader import Way


def acknowledgement(seen: Seen, by: str) -> list[Send]:
    """The PUBACK of a QoS 1 message back to its sender; nothing for other packets."""
    packet = seen.packet
    if not isinstance(packet, Publish) or packet.qos != 1 or packet.packet_id is None:
        return []
    way: Way = "down" if seen.way == "up" else "up"
    return [Send(way=way, packet=Puback(packet_id=packet.packet_id), of=seen.n, by=by)]


def reply(seen: Seen, by: str, wanted: Reply, stamp: int) -> list[Send]:
    """The answer of the service to a request: QoS 0, behind the PUBACK, subscribed or not (evidence.md, Part 2 a)."""
    if seen.address is None:
        return []
    body: dict[str, Any] = {"timestamp": stamp, **wanted.body}
    if wanted.echo and isinstance(seen.body, dict) and "clientToken" in seen.body:
        body = {"clientToken": seen.body["clientToken"], **body}
    topic = str(seen.address.reply(wanted.kind))
    packet = Publish(topic=topic, payload=msgspec.json.encode(body), qos=0)
    return [Send(way="down", packet=packet, topic=topic, of=seen.n, by=by)]
