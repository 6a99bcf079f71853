"""How notices are delivered, and in which order (jobs-protocol §5, evidence.md Part 2 c, g2)."""

from __future__ import annotations

from tests.contract.moves import (
    Heard,
    Join,
    Leave,
    Notice,
    dial,
    heard,
    put,
    queue,
    take,
)
from tests.contract.row import open_row, row
from tests.contract.shapes import part
from tests.contract.words import (
    execution,
    notify,
    notify_next,
    summary,
)

ROWS = (
    row(
        "NOT-41",
        "notify-next comes at QoS 1 to who was granted QoS 1",
        "evidence.md Part 2 c",
        "B",
        Join(name="device", filters=("notify-next",)),
        queue("one"),
        Heard(notices=(Notice(topic="notify-next", shape=execution("one"), qos=1),)),
    ),
    row(
        "NOT-42",
        "notify-next comes at QoS 0 to who was granted QoS 0",
        "evidence.md Part 2 c",
        "B",
        Join(name="device", filters=("notify-next",), qos=0),
        queue("one"),
        Heard(notices=(Notice(topic="notify-next", shape=execution("one"), qos=0),)),
    ),
    row(
        "NOT-43",
        "notify comes at QoS 1 to who was granted QoS 1",
        "jobs-protocol §10.4",
        "?",
        Join(name="device", filters=("notify",)),
        queue("one"),
        Heard(notices=(Notice(topic="notify", shape=part(jobs=part(QUEUED=[summary("one")])), qos=1),)),
    ),
    row(
        "NOT-44",
        "Notices are not retained: who subscribes later hears nothing",
        "jobs-protocol §5",
        "A",
        queue("one"),
        Join(name="late", filters=("notify", "notify-next")),
        heard(by="late"),
    ),
    row(
        "NOT-45",
        "A persistent session hears the notices that it missed",
        "jobs-protocol §5",
        "A",
        Join(name="keeper", filters=("notify-next",), clean=False),
        Leave(name="keeper"),
        queue("one"),
        Join(name="keeper", clean=False),
        heard(notify_next("one"), by="keeper"),
    ),
    row(
        "NOT-46",
        "A clean session hears nothing of what it missed",
        "jobs-protocol §5",
        "A",
        Join(name="keeper", filters=("notify-next",)),
        Leave(name="keeper"),
        queue("one"),
        Join(name="keeper", filters=("notify-next",)),
        heard(by="keeper"),
    ),
    open_row(
        "NOT-47",
        "Of the two notices of one change notify comes first",
        "evidence.md Part 2 g2",
        "notices",
        ("notify first", (queue("one"), heard(notify(queued=(summary("one"),)), notify_next("one"), ordered=True))),
        (
            "notify-next first",
            (queue("one"), heard(notify_next("one"), notify(queued=(summary("one"),)), ordered=True)),
        ),
        ("either", (queue("one"), heard(notify(queued=(summary("one"),)), notify_next("one")))),
        trust="A",
    ),
    row(
        "NOT-48",
        "The reply to the update that ends a job comes before its notices",
        "evidence.md Part 2 g2",
        "A",
        queue("one"),
        dial(),
        take({"kind": "CONNACK"}),
        put("SUBSCRIBE", filters=["notify", "notify-next", "+/update/+"]),
        take({"kind": "SUBACK"}),
        put("PUBLISH", word="@one/update", payload={"status": "SUCCEEDED"}, id=5),
        take(
            {"kind": "PUBACK", "id": 5},
            {"kind": "PUBLISH", "word": "@one/update/accepted"},
            {"kind": "PUBLISH", "qos": 1},
            {"kind": "PUBLISH", "qos": 1},
        ),
        wire="raw",
    ),
)
