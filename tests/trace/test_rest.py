"""Whether the device is at rest: what each kind of device still lacks, record by record."""

from __future__ import annotations

from typing import Any

import pytest

from rigs.trace.records import AnyRecord, Console, Link, Packet, Power
from rigs.trace.rest import Rest

BASE = "$aws/things/bench/jobs/"
TOLD_ON = (BASE + "notify-next",)
NOT_LISTENING = "it has not subscribed to the notifications that it is told jobs by (profile told_by)"
NOT_TOLD = "it was not yet told that nothing is pending"
NOTHING: dict[str, Any] = {"timestamp": 1}
SOMETHING = {"timestamp": 1, "execution": {"jobId": "a", "status": "QUEUED", "versionNumber": 1, "executionNumber": 1}}


def connected(conn: int = 1, *, session: bool = False) -> list[AnyRecord]:
    more = {"session_present": session, "code": 0}
    return [Packet(conn=conn, type="CONNECT"), Packet(conn=conn, way="down", type="CONNACK", more=more)]


def subscribed(*filters: str, conn: int = 1, code: int = 1) -> list[AnyRecord]:
    wishes = {"filters": [[text, 1] for text in filters]}
    codes = {"codes": [code] * len(filters)}
    return [
        Packet(conn=conn, type="SUBSCRIBE", id=7, more=wishes),
        Packet(conn=conn, way="down", type="SUBACK", id=7, more=codes),
    ]


def told(payload: dict[str, Any], conn: int = 1, topic: str = "notify-next") -> AnyRecord:
    return Packet(conn=conn, way="down", type="PUBLISH", topic=BASE + topic, payload=payload)


def asked(conn: int = 1, answer: dict[str, Any] | None = NOTHING) -> list[AnyRecord]:
    topic = BASE + "start-next"
    found: list[AnyRecord] = [Packet(conn=conn, link="cloud", type="PUBLISH", topic=topic, payload={})]
    if answer is not None:
        reply = Packet(conn=conn, link="cloud", way="down", type="PUBLISH", topic=f"{topic}/accepted", payload=answer)
        found += [reply, told(answer, conn, "start-next/accepted")]
    return found


def lacks(records: list[AnyRecord], **habits: Any) -> str:
    rest = Rest(told_on=TOLD_ON, starts=frozenset({"agent start"}), **habits)
    for record in records:
        rest.feed(record)
    return rest.lacks


LISTENS = subscribed(BASE + "notify-next")


@pytest.mark.parametrize(
    ("records", "asks_on", "expected"),
    [
        ([], "connect", "it is not connected"),
        (connected(), "never", NOT_LISTENING),
        ([*connected(), LISTENS[0]], "never", "it waits for a SUBACK"),
        ([*connected(), *LISTENS], "never", ""),
        ([*connected(), *subscribed(f"{BASE}+/update/accepted")], "never", NOT_LISTENING),
        ([*connected(), *subscribed("$aws/things/bench/#")], "never", ""),
        ([*connected(), *subscribed(BASE + "notify-next", code=0x80)], "never", NOT_LISTENING),
        ([*connected(), *LISTENS], "connect", NOT_TOLD),
        ([*connected(), *LISTENS, *asked(answer=None)], "never", f"it waits for the reply to {BASE}start-next"),
        ([*connected(), *LISTENS, *asked()], "connect", ""),
        ([*connected(), *LISTENS, *asked(answer=SOMETHING)], "connect", NOT_TOLD),
        ([*connected(), *LISTENS, *asked(answer=SOMETHING), told(NOTHING)], "connect", ""),
        (connected(session=True), "connect", ""),
        (connected(session=True), "start", NOT_TOLD),
        ([*connected(), *LISTENS, Link(conn=1, event="close")], "never", "it is not connected"),
    ],
)
def test_what_is_lacking(records: list[AnyRecord], asks_on: str, expected: str) -> None:
    assert lacks(records, asks_on=asks_on) == expected


AGAIN = [*connected(2), *subscribed(BASE + "notify-next", conn=2)]


@pytest.mark.parametrize(
    ("between", "asks_on", "expected"),
    [
        ([], "connect", NOT_TOLD),
        ([], "start", ""),
        ([Console(way="sent", text="agent start")], "start", NOT_TOLD),
        ([Console(way="sent", text="cat evidence.log")], "start", ""),
        ([Console(text="agent start")], "start", ""),
        ([Power(event="on")], "start", NOT_TOLD),
    ],
)
def test_at_the_next_connection(between: list[AnyRecord], asks_on: str, expected: str) -> None:
    first = [*connected(), *LISTENS, *asked(), Link(conn=1, event="close")]
    assert lacks([*first, *between, *AGAIN], asks_on=asks_on) == expected


def test_a_device_that_is_told_by_nobody_need_not_subscribe() -> None:
    rest = Rest()
    for record in [*connected(), *asked()]:
        rest.feed(record)
    assert rest.lacks == ""
