"""Sizes and counts that the broker holds its clients to (jobs-protocol §6, evidence.md Part 2 h)."""

from __future__ import annotations

from tests.contract.moves import dial, put, queue, take
from tests.contract.packets import ACKED, GONE, PING, UP, both, new, old, publish, told

DEEP = "own:" + "/".join("abcdefg")  # seven slashes with the thing's

TOO_DEEP = "own:" + "/".join("abcdefgh")

NINE = [f"own:{letter}" for letter in "abcdefghi"]

FIFTY = tuple(
    move
    for number in range(0, 48, 8)
    for move in (
        put("SUBSCRIBE", id=number + 1, filters=[f"own:{number + at}" for at in range(8)]),
        take({"kind": "SUBACK", "codes": [1] * 8}),
    )
)

TWO_MORE = (put("SUBSCRIBE", id=90, filters=["own:48", "own:49"]), take({"kind": "SUBACK", "codes": [1, 1]}))

BIG = b"x" * (128 * 1024)

TOO_BIG = BIG + b"x"

ROWS = (
    both("LIM-01", "A payload of 128 KiB is taken", "jobs-protocol §6", "A", dial(), UP, publish(payload=BIG), ACKED),
    old(
        "LIM-02",
        "A payload of more than 128 KiB closes the connection, without a PUBACK",
        "evidence.md Part 2 h",
        "B",
        dial(),
        UP,
        publish(payload=TOO_BIG),
        GONE,
    ),
    new(
        "LIM-03",
        "A payload of more than 128 KiB is refused: PUBACK 0x97",
        "jobs-protocol §6",
        "A-",
        dial(),
        UP,
        publish(payload=TOO_BIG),
        take({"kind": "PUBACK", "id": 9, "code": 0x97}),
    ),
    both(
        "LIM-04",
        "Eight filters in one SUBSCRIBE are taken",
        "evidence.md Part 2 h",
        "A",
        dial(),
        UP,
        put("SUBSCRIBE", filters=NINE[:8]),
        take({"kind": "SUBACK", "codes": [1] * 8}),
    ),
    old(
        "LIM-05",
        "Nine filters in one SUBSCRIBE close the connection",
        "evidence.md Part 2 h",
        "B",
        dial(),
        UP,
        put("SUBSCRIBE", filters=NINE),
        GONE,
    ),
    new(
        "LIM-06",
        "Nine filters in one SUBSCRIBE are refused: SUBACK 0x97",
        "jobs-protocol §6",
        "A-",
        dial(),
        UP,
        put("SUBSCRIBE", filters=NINE),
        take({"kind": "SUBACK", "codes": [0x97] * 9}),
    ),
    old(
        "LIM-07",
        "An UNSUBSCRIBE of nine filters gets no UNSUBACK, and the connection stays",
        "evidence.md Part 2 h",
        "B",
        dial(),
        UP,
        put("UNSUBSCRIBE", filters=NINE),
        *PING,
    ),
    old(
        "LIM-08",
        "The 51st subscription is refused with 0x80, the connection stays",
        "evidence.md Part 2 h",
        "A",
        dial(),
        UP,
        *FIFTY,
        *TWO_MORE,
        put("SUBSCRIBE", id=91, filters=["own:50"]),
        take({"kind": "SUBACK", "id": 91, "codes": [0x80]}),
        *PING,
    ),
    new(
        "LIM-09",
        "The 51st subscription is refused with 0x97, the connection stays",
        "evidence.md Part 2 h; jobs-protocol §6",
        "A-",
        dial(),
        UP,
        *FIFTY,
        *TWO_MORE,
        put("SUBSCRIBE", id=91, filters=["own:50"]),
        take({"kind": "SUBACK", "id": 91, "codes": [0x97]}),
        *PING,
    ),
    both(
        "LIM-10", "A topic with seven slashes is taken", "jobs-protocol §6", "A", dial(), UP, publish(word=DEEP), ACKED
    ),
    old(
        "LIM-11",
        "A topic with eight slashes closes the connection",
        "jobs-protocol §6",
        "A-",
        dial(),
        UP,
        publish(word=TOO_DEEP),
        GONE,
    ),
    new(
        "LIM-12",
        "A topic with eight slashes is refused: PUBACK 0x90",
        "jobs-protocol §6",
        "A-",
        dial(),
        UP,
        publish(word=TOO_DEEP),
        take({"kind": "PUBACK", "id": 9, "code": 0x90}),
    ),
    old(
        "LIM-13",
        "A topic of more than 256 bytes closes the connection",
        "jobs-protocol §6",
        "A-",
        dial(),
        UP,
        publish(word="own:" + "x" * 256),
        GONE,
    ),
    new(
        "LIM-14",
        "A topic of more than 256 bytes is refused: PUBACK 0x90",
        "jobs-protocol §6",
        "A-",
        dial(),
        UP,
        publish(word="own:" + "x" * 256),
        take({"kind": "PUBACK", "id": 9, "code": 0x90}),
    ),
    new(
        "LIM-15",
        "A topic alias that was told is understood",
        "jobs-protocol §6",
        "A",
        dial(),
        UP,
        publish(properties={"topic_alias": 8}),
        ACKED,
        put("PUBLISH", topic="", id=10, payload=b"{}", properties={"topic_alias": 8}),
        take({"kind": "PUBACK", "id": 10, "code": 0}),
    ),
    new(
        "LIM-16",
        "A ninth topic alias ends the connection: 0x94",
        "jobs-protocol §6",
        "A",
        dial(),
        UP,
        publish(properties={"topic_alias": 9}),
        told(0x94),
    ),
    new(
        "LIM-17",
        "A subscription identifier ends the connection: 0xA1",
        "jobs-protocol §6",
        "A",
        dial(),
        UP,
        put("SUBSCRIBE", filters=["notify"], properties={"subscription_id": 7}),
        told(0xA1),
    ),
    new(
        "LIM-18",
        "A client is sent no more unacknowledged messages than its receive maximum",
        "MQTT 5 3.3.4-9",
        "A-",
        dial(properties={"receive_maximum": 1}),
        UP,
        put("SUBSCRIBE", filters=["notify"]),
        take({"kind": "SUBACK"}),
        queue("one"),
        queue("two"),
        take({"kind": "PUBLISH", "id": 1, "word": "notify"}),
        *PING,
        put("PUBACK", id=1),
        take({"kind": "PUBLISH", "id": 1, "word": "notify"}),
    ),
)
