"""What is seen of the conversations of taptalks.py; there is one broker, so nothing may differ."""

from __future__ import annotations

from tests.interop import taptalks as talks
from tests.interop.twindesk import V5
from tests.interop.twinrows import Row, message

GONE = message("wills/one", "gone")
AT_TWO = [message(f"at/{granted}", f"{sent}", min(granted, sent)) for granted in (0, 1, 2) for sent in (0, 1, 2)]
ROWS: dict[str, Row] = {
    "QoS 2": Row(talk=talks.qos_two, seen=([[0], [1], [2]], AT_TWO, [])),
    "many at QoS 2": Row(talk=talks.many_at_qos_two, seen=(True, [])),
    "large": Row(talk=talks.large, seen=(list(talks.SIZES), [])),
    "byte by byte": Row(talk=talks.split, seen=[("PUBACK", 0), ("PUBLISH", 200), ("SUBACK", 0)]),
    "all before the CONNACK": Row(talk=talks.before_the_connack, seen=["CONNACK", "SUBACK", "PUBLISH", "PINGRESP"]),
    "keep-alive": Row(talk=talks.keep_alive, seen=(("PINGRESP",), [], GONE, [])),
    "QoS 2 resumed by the server": Row(
        talk=talks.resumed_at_qos_two,
        seen=[
            False,
            ("PUBLISH", False, 1, b"x"),
            True,
            ("PUBLISH", True, 1, b"x"),
            ("PUBREL", 1),
            True,
            ("PUBREL", 1),
            ("PINGRESP",),
        ],
    ),
    "sent again by the client": Row(
        talk=talks.sent_again,
        seen=(
            [("PUBACK", 1), ("PUBREC", 2), ("PUBACK", 1), ("PUBREC", 2), ("PUBCOMP", 2)],
            [message("t", "1"), message("t", "1"), message("t", "2", 2)],
            [],
        ),
    ),
    "Receive Maximum": Row(
        talk=talks.receive_maximum,
        seen=([("PUBLISH", b"%d" % number) for number in range(5)], ("PINGRESP",)),
        versions=(V5,),
    ),
    "Maximum Packet Size": Row(
        talk=talks.maximum_packet_size, seen=[("PUBLISH", b"small"), ("PINGRESP",)], versions=(V5,)
    ),
    "message expiry": Row(talk=talks.expiry, seen=("t", "long", True), versions=(V5,)),
    "subscription identifiers": Row(
        talk=talks.identifiers,
        seen=[("PINGRESP", None), ("PUBLISH", [1]), ("PUBLISH", [268_435_455])],
        versions=(V5,),
    ),
    "taken over": Row(talk=talks.taken_over, seen=[]),
    "left with a reason": Row(talk=talks.left_with_a_reason, seen=([], GONE, False), versions=(V5,)),
    "all properties": Row(
        talk=talks.everybodys_properties, seen=(("PUBREC",), ["PUBCOMP", "PUBLISH"], True), versions=(V5,)
    ),
}
