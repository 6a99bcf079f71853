"""What is seen of the conversations: the same with AWS and with mosquitto, or different for a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.interop import twintalks as talks
from tests.interop.twindesk import V3, V5, Stage

BOTH = (V3, V5)
MQTT_PAGE = "AWS IoT developer guide, mqtt.html"


@dataclass(frozen=True, kw_only=True)
class Row:
    """`seen` is what `talk` returns with either broker; where AWS differs `aws` is, for the reason of `clause`."""

    talk: Callable[[Stage], Any]
    seen: Any
    aws: Any = None
    clause: str = ""
    versions: tuple[int, ...] = BOTH

    def expected(self, broker: str) -> Any:
        """What is to be seen with "ours" or with "mosquitto"."""
        return self.aws if self.clause and broker == "ours" else self.seen


def message(topic: str, payload: Any = "x", qos: int = 1, retained: bool = False, *shown: Any) -> tuple[Any, ...]:
    """As a client sees it."""
    return (topic, payload, qos, retained, *shown)


LISTS_NO_SUCH_CODE = "jobs-protocol §6: it is not among AWS's codes"
ROWS: dict[str, Row] = {
    "the lower QoS": Row(
        talk=talks.qos,
        seen=(
            [[0], [1]],
            [message("zero", "0", 0), message("zero", "1", 0), message("one", "0", 0), message("one", "1")],
        ),
    ),
    "contents": Row(
        talk=talks.contents, seen=[message("é//", "ü", 0), message("empty", "", 0), message("large", 100_000, 0)]
    ),
    "order": Row(talk=talks.order, seen=True),
    "wildcards": Row(talk=talks.wildcards, seen=["a/b/c", "a//c", "b/", "b/c/d"]),
    "the parent of #": Row(
        talk=talks.parent,
        seen=[message("a")],
        aws=[],
        clause=f'{MQTT_PAGE}, "AWS IoT differences from MQTT specifications"',
    ),
    "overlapping filters, 3.1.1": Row(talk=talks.overlapping, seen=[message("a/b")], versions=(V3,)),
    "overlapping filters, 5": Row(
        talk=talks.overlapping,
        seen=[message("a/b", "x", 0), message("a/b"), message("a/b")],
        aws=[message("a/b")],
        clause="MQTT 5 3.3.4 allows one copy or several; AWS's documents are silent, so both versions get one",
        versions=(V5,),
    ),
    "subscribed again": Row(talk=talks.again, seen=([[1], [0]], [message("t", "x", 0)])),
    "unsubscribed": Row(talk=talks.unsubscribe, seen=[]),
    "unsubscribed without a subscription": Row(
        talk=talks.unsubscribe_unknown, seen=[0x11], aws=[0], clause=LISTS_NO_SUCH_CODE, versions=(V5,)
    ),
    "retained": Row(talk=talks.retained, seen=[message("live", "1"), message("kept", "2", 0, True)]),
    "retained, with a wildcard": Row(
        talk=talks.retained_wild, seen=[message("t/kept", "1", 1, True)], aws=[], clause="jobs-protocol §6"
    ),
    "retained, for a group": Row(
        talk=talks.retained_shared,
        seen=[message("t", "1", 1, True)],
        aws=[],
        clause=f'{MQTT_PAGE}, "Shared subscriptions"; MQTT 5 4.8.2 wants it so too',
    ),
    "retain handling": Row(talk=talks.retain_handling, seen=[1, 1, 0, 1, 0, 0], versions=(V5,)),
    "retain as published": Row(
        talk=talks.retain_as_published, seen=[message("yes", "1", 1, True), message("no", "1")], versions=(V5,)
    ),
    "no local": Row(talk=talks.no_local, seen=[message("t", "other's")], versions=(V5,)),
    "shared": Row(talk=talks.shared, seen=(["t/0", "t/1", "t/2", "t/3"], [2, 2])),
    "session": Row(talk=talks.session, seen=(False, True, [message("one", "1"), message("wild/x", "1")])),
    "session, not acknowledged": Row(
        talk=talks.session_lost,
        seen=(message("t", "1"), [message("t", "1", 1, False, True), message("t", "2", 1, False, False)]),
        aws=(message("t", "1"), [message("t", "1", 1, False, False), message("t", "2", 1, False, False)]),
        clause=f"{MQTT_PAGE}, differences: the MQTT DUP flag is not supported",
    ),
    "session, ended": Row(talk=talks.session_ended, seen=[False, [], False, []]),
    "take-over": Row(talk=talks.take_over, seen=(True, [message("t")])),
    "will": Row(
        talk=talks.will,
        seen=(
            message("wills/lost", "gone"),
            message("wills/kept", "gone", 0),
            [message("wills/kept", "gone", 0, True)],
        ),
    ),
    "will of the one taken over": Row(talk=talks.will_of_the_taken_over, seen=message("wills/a", "gone")),
    "will with a DISCONNECT": Row(talk=talks.will_with_disconnect, seen=message("wills/a", "gone", 0), versions=(V5,)),
    "properties": Row(
        talk=talks.members,
        seen=[message("t", "x", 1, False, "text", "answers", b"\xff", [("k", "v"), ("k", "w")], 1)],
        versions=(V5,),
    ),
    "properties in a session": Row(
        talk=talks.members_in_a_session, seen=[message("t", "x", 1, False, "text", [("k", "v")])], versions=(V5,)
    ),
    "topic alias": Row(
        talk=talks.alias,
        seen=[
            message("t/1", "by name"),
            message("t/1", "by alias"),
            message("t/2", "another"),
            message("t/2", "by alias"),
        ],
        versions=(V5,),
    ),
    "no client id": Row(talk=talks.no_id, seen=True),
    "nobody listens": Row(talk=talks.nobody_listens, seen=0x10, aws=0, clause=LISTS_NO_SUCH_CODE, versions=(V5,)),
    "nine filters": Row(
        talk=talks.many_filters, seen={1}, aws={0x97}, clause="evidence.md Part 2 h; jobs-protocol §6", versions=(V5,)
    ),
    "subscribed at QoS 2": Row(
        talk=talks.subscribe_at_2, seen=[2], aws=[1], clause="jobs-protocol §6: Maximum QoS 1", versions=(V5,)
    ),
    "a topic of nobody": Row(
        talk=talks.nobodys_topic,
        seen=[0],
        aws=[0x8F],
        clause="AWS IoT developer guide, reserved-topics.html; the code: rigs.mqtt.limits, refuse_unowned",
        versions=(V5,),
    ),
}
