"""Whatever is written is read again, and no bytes bring the reader down."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rigs.mqtt import properties
from rigs.mqtt.codec import Framer, MalformedPacket, decode, encode
from rigs.mqtt.packets import (
    Auth,
    Connack,
    Connect,
    Disconnect,
    Puback,
    Pubcomp,
    Publish,
    Pubrec,
    Pubrel,
    Suback,
    Subscribe,
    Subscription,
    Unsuback,
    Unsubscribe,
    Will,
)

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "BYTE": st.integers(0, 255),
    "SHORT": st.integers(0, 0xFFFF),
    "LONG": st.integers(0, 0xFFFFFFFF),
    "VARIABLE": st.lists(st.integers(0, 268_435_455), min_size=1, max_size=2),
    "TEXT": TEXT,
    "BINARY": st.binary(max_size=20),
    "PAIR": st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=2),
}


def properties_of(packet: str) -> st.SearchStrategy[dict[str, Any]]:
    kinds = {id(getattr(properties, name)): values for name, values in VALUES.items()}
    fitting = {name: kinds[id(kind)] for name, kind, packets in properties.TABLE.values() if packet in packets.split()}
    return st.fixed_dictionaries({}, optional=fitting)


IDS = st.integers(1, 0xFFFF)
QOS = st.integers(0, 2)
SUBSCRIPTIONS = st.builds(
    Subscription,
    filter=TEXT,
    qos=QOS,
    no_local=st.booleans(),
    retain_as_published=st.booleans(),
    retain_handling=QOS,
)
WILLS = st.builds(
    Will, topic=TEXT, payload=st.binary(max_size=50), qos=QOS, retain=st.booleans(), properties=properties_of("WILL")
)


def publishes(qos: int) -> st.SearchStrategy[Publish]:
    return st.builds(
        Publish,
        topic=TEXT,
        payload=st.binary(max_size=300),
        qos=st.just(qos),
        packet_id=IDS if qos else st.none(),
        dup=st.booleans() if qos else st.just(False),
        retain=st.booleans(),
        properties=properties_of("PUBLISH"),
    )


PACKETS_5: st.SearchStrategy[Any] = st.one_of(
    *(publishes(qos) for qos in range(3)),
    *(
        st.builds(kind, packet_id=IDS, code=st.integers(0, 255), properties=properties_of(kind.type))
        for kind in (Puback, Pubrec, Pubrel, Pubcomp)
    ),
    *(
        st.builds(kind, packet_id=IDS, codes=st.binary(max_size=5).map(tuple), properties=properties_of(kind.type))
        for kind in (Suback, Unsuback)
    ),
    *(st.builds(kind, code=st.integers(0, 255), properties=properties_of(kind.type)) for kind in (Disconnect, Auth)),
    st.builds(
        Connect,
        version=st.just(5),
        client_id=TEXT,
        clean_start=st.booleans(),
        keep_alive=st.integers(0, 0xFFFF),
        username=st.none() | TEXT,
        password=st.none() | st.binary(max_size=9),
        will=st.none() | WILLS,
        properties=properties_of("CONNECT"),
    ),
    st.builds(Connack, session_present=st.booleans(), code=st.integers(0, 255), properties=properties_of("CONNACK")),
    st.builds(
        Subscribe,
        packet_id=IDS,
        filters=st.lists(SUBSCRIPTIONS, min_size=1, max_size=4).map(tuple),
        properties=properties_of("SUBSCRIBE"),
    ),
    st.builds(
        Unsubscribe,
        packet_id=IDS,
        filters=st.lists(TEXT, min_size=1, max_size=4).map(tuple),
        properties=properties_of("UNSUBSCRIBE"),
    ),
)


@given(packets=st.lists(PACKETS_5, min_size=1, max_size=4), cut=st.integers(0, 4000))
def test_what_is_written_is_read_again(packets: list[Any], cut: int) -> None:
    stream, framer = b"".join(encode(packet, 5) for packet in packets), Framer()
    raws = framer.feed(stream[:cut]) + framer.feed(stream[cut:])
    assert [decode(raw, 5) for raw in raws] == packets


@given(data=st.binary(max_size=80), version=st.sampled_from([4, 5]))
def test_any_bytes_give_packets_or_a_malformed_packet_and_nothing_else(data: bytes, version: int) -> None:
    try:
        raws = Framer().feed(data)
    except MalformedPacket as bad:
        raws = bad.packets
    for raw in raws:
        try:
            packet = decode(raw, version)
        except MalformedPacket:
            continue
        assert decode(encode(packet, version), version) == packet
