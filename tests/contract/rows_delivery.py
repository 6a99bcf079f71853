"""Packet ids, sending again, retained messages and wills (jobs-protocol §6, evidence.md Part 2 a to c)."""

from __future__ import annotations

from typing import Any

from tests.contract.moves import dial, operate, put, queue, take
from tests.contract.packets import ACKED, GONE, OWN, PING, UP, both, connack, new, old, publish
from tests.contract.row import Settings, open_row

NOTIFIED = (dial(), UP, put("SUBSCRIBE", filters=["notify-next"]), take({"kind": "SUBACK"}), queue("one"))

FIRST = {"kind": "PUBLISH", "word": "notify-next", "id": 1, "dup": False, "qos": 1}

SOON = Settings(limits=(("resend_after", (1.0, 60.0)),))

KEPT: dict[str, Any] = {"clean": False, "properties": {"session_expiry": 300}}

BACK = (
    dial(**KEPT),
    UP,
    put("SUBSCRIBE", filters=["notify-next"]),
    take({"kind": "SUBACK"}),
    queue("one"),
    take(FIRST),
    put("DROP"),
)

HALF_A_MINUTE = {
    "aws": "comes after about 30 s; the local cloud's gap is made shorter",
    "emulator": "comes after about 30 s",
}

ROWS = (
    both(
        "DLV-11", "The broker's first message has packet id 1", "evidence.md Part 2 a)+c)", "B", *NOTIFIED, take(FIRST)
    ),
    both(
        "DLV-12",
        "A packet id that was acknowledged is used again: the lowest free one",
        "evidence.md Part 2 a)+c)",
        "B",
        *NOTIFIED,
        take(FIRST),
        put("PUBACK", id=1),
        operate("cancel_job", jobId="@one"),
        take(FIRST),
    ),
    both(
        "DLV-13",
        "While the first is not acknowledged the next has packet id 2",
        "evidence.md Part 2 a)+c)",
        "B",
        *NOTIFIED,
        take(FIRST),
        operate("cancel_job", jobId="@one"),
        take({**FIRST, "id": 2}),
    ),
    both(
        "DLV-14",
        "A message that is not acknowledged comes again on the same connection: same id, DUP 0",
        "evidence.md Part 2 c",
        "A",
        *NOTIFIED,
        take(FIRST, FIRST),
        settings=SOON,
        not_at=HALF_A_MINUTE,
    ),
    both(
        "DLV-15",
        "A message that was acknowledged does not come again",
        "evidence.md Part 2 c",
        "A",
        *NOTIFIED,
        take(FIRST),
        put("PUBACK", id=1),
        *PING,
        settings=SOON,
        not_at=HALF_A_MINUTE,
    ),
    open_row(
        "DLV-16",
        "A message that was not acknowledged comes again on a new connection, with DUP 0",
        "evidence.md Part 2 c2",
        "limits.dup_on_new_connection",
        (False, (*BACK, dial(connack(present=True), **KEPT), take({**FIRST, "dup": False}))),
        (True, (*BACK, dial(connack(present=True), **KEPT), take({**FIRST, "dup": True}))),
        wire="raw",
    ),
    both(
        "DLV-17",
        "A message goes to its sender too, when it has subscribed",
        "MQTT 3.1.1",
        "A",
        dial(),
        UP,
        put("SUBSCRIBE", filters=[OWN]),
        take({"kind": "SUBACK"}),
        publish(payload={"a": 1}),
        take(ACKED.packets[0], {"kind": "PUBLISH", "payload": {"a": 1}, "qos": 1}, ordered=False),
    ),
    both(
        "DLV-18",
        "A message is given at the lower of its QoS and the granted one",
        "MQTT 3.1.1",
        "A",
        dial(),
        UP,
        put("SUBSCRIBE", filters=[OWN], qos=0),
        take({"kind": "SUBACK", "codes": [0]}),
        publish(payload={"a": 1}),
        take(ACKED.packets[0], {"kind": "PUBLISH", "payload": {"a": 1}, "qos": 0}, ordered=False),
    ),
    both(
        "DLV-19",
        "After an UNSUBSCRIBE nothing comes",
        "MQTT 3.1.1",
        "A",
        dial(),
        UP,
        put("SUBSCRIBE", filters=[OWN]),
        take({"kind": "SUBACK"}),
        put("UNSUBSCRIBE", id=5, filters=[OWN]),
        take({"kind": "UNSUBACK", "id": 5}),
        publish(),
        ACKED,
        *PING,
    ),
    both(
        "DLV-20",
        "A retained message comes to who subscribes its very topic",
        "jobs-protocol §6",
        "A",
        dial(),
        UP,
        publish(payload={"kept": 1}, retain=True),
        ACKED,
        put("SUBSCRIBE", filters=[OWN]),
        take({"kind": "SUBACK"}, {"kind": "PUBLISH", "payload": {"kept": 1}, "retain": True}, ordered=False),
        publish(payload=b"", retain=True, id=12),
    ),
    old(
        "DLV-21",
        "A wildcard gets no retained message",
        "jobs-protocol §6",
        "A",
        dial(),
        UP,
        publish(payload={"kept": 1}, retain=True),
        ACKED,
        put("SUBSCRIBE", filters=["own:+"]),
        take({"kind": "SUBACK"}),
        *PING,
    ),
    both(
        "DLV-22",
        "A client that is lost leaves its will",
        "MQTT 3.1.1",
        "A",
        dial(by="watch"),
        take({"kind": "CONNACK"}, by="watch"),
        put("SUBSCRIBE", by="watch", filters=["own:will"]),
        take({"kind": "SUBACK"}, by="watch"),
        dial(will={"topic": "@thing/will", "payload": '"gone"'}),
        UP,
        put("DROP"),
        take({"kind": "PUBLISH", "payload": "gone"}, by="watch"),
    ),
    both(
        "DLV-23",
        "A client that says good-bye leaves no will",
        "MQTT 3.1.1",
        "A",
        dial(by="watch"),
        take({"kind": "CONNACK"}, by="watch"),
        put("SUBSCRIBE", by="watch", filters=["own:will"]),
        take({"kind": "SUBACK"}, by="watch"),
        dial(will={"topic": "@thing/will", "payload": '"gone"'}),
        UP,
        put("DISCONNECT"),
        GONE,
        put("PINGREQ", by="watch"),
        take({"kind": "PINGRESP"}, by="watch"),
    ),
    new(
        "DLV-24",
        "Of the clients that share a subscription one gets the message",
        "evidence.md Part 2 i",
        "A-",
        dial(),
        UP,
        put("SUBSCRIBE", filters=["$share/g/@thing/plain"]),
        take({"kind": "SUBACK", "codes": [1]}),
        publish(payload={"a": 1}),
        take(ACKED.packets[0], {"kind": "PUBLISH", "payload": {"a": 1}}, ordered=False),
    ),
)
