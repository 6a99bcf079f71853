"""Nothing armed, every byte passes as it came, however the stream is cut and whatever is broken in it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from rigs.mqtt.codec import encode
from rigs.mqtt.packets import (
    Connack,
    Connect,
    Disconnect,
    Packet,
    Pingreq,
    Puback,
    Publish,
    Pubrec,
    Pubrel,
    Subscribe,
    Subscription,
    Unsubscribe,
)
from rigs.tap.armory import Armory, Fault
from rigs.tap.commands import Forward
from rigs.tap.faults import Copy, Drop, Hold, Shift
from rigs.tap.match import Match
from rigs.tap.reader import Dialect, Reader, Way
from rigs.tap.session import Session

IDS = st.integers(1, 65535)
TOPICS = st.sampled_from(["a", "$aws/things/t/jobs/get", "$aws/things/t/jobs/j/update", "$aws/things/t/jobs/notify"])
BODIES = st.sampled_from(
    [b"", b"{}", b'{"status":"SUCCEEDED"}', b"[1", b'{"jobs":[null]}', b'{"x":1e999}', b"\x00\xff"]
)
ALIASES = st.sampled_from([{}, {"topic_alias": 1}, {"topic_alias": 2}])


@st.composite
def publishes(draw: st.DrawFn) -> Publish:
    qos = draw(st.integers(0, 2))
    properties = draw(ALIASES)
    topic = draw(TOPICS) if not properties else draw(st.one_of(TOPICS, st.just("")))
    return Publish(
        topic=topic,
        payload=draw(BODIES),
        qos=qos,
        packet_id=draw(IDS) if qos else None,
        dup=bool(qos) and draw(st.booleans()),
        retain=draw(st.booleans()),
        properties=properties,
    )


PACKETS: st.SearchStrategy[Packet] = st.one_of(
    publishes(),
    IDS.map(lambda number: Puback(packet_id=number)),
    IDS.map(lambda number: Pubrec(packet_id=number)),
    IDS.map(lambda number: Pubrel(packet_id=number)),
    IDS.map(lambda number: Subscribe(packet_id=number, filters=(Subscription(filter="a/#", qos=1),))),
    IDS.map(lambda number: Unsubscribe(packet_id=number, filters=("a/#",))),
    st.just(Pingreq()),
    st.just(Disconnect()),
)
BROKEN = st.sampled_from(
    [b"\x00\x00", b"\x30\x01x", b"\x36\x00", b"\xf1\x02ab", b"\x40\x01\x00", b"\x82\x00", b"\x32\x03\x00\x01a"]
)
HOPELESS = b"\x30\xff\xff\xff\xff\xff\x01 no length of MQTT"


@settings(max_examples=120, deadline=None)
@given(
    version=st.sampled_from([4, 5]),
    packets=st.lists(st.one_of(PACKETS, BROKEN), max_size=12),
    hopeless=st.booleans(),
    cut=st.integers(0, 20),
    sizes=st.lists(st.integers(1, 40), min_size=1, max_size=30),
    upwards=st.booleans(),
)
def test_bytes_pass_unchanged(
    version: int, packets: list[Packet | bytes], hopeless: bool, cut: int, sizes: list[int], upwards: bool
) -> None:
    raws = [packet if isinstance(packet, bytes) else encode(packet, version) for packet in packets]
    stream = b"".join([encode(Connect(version=version), version), *raws, HOPELESS * hopeless])
    stream = stream[: len(stream) - cut]
    dialect = Dialect(version=version)
    reader = Reader("up" if upwards else "down", dialect)
    session = Session(Armory(), lambda: 0)
    [accepted] = Reader("down", Dialect(version=version)).feed(encode(Connack(), version))
    session.arrive(accepted, 0)
    assert session.transparent
    left, start = [], 0
    while start < len(stream):
        size = sizes[start % len(sizes)]
        for n, arrival in enumerate(reader.feed(stream[start : start + size]), start=start):
            commands = session.arrive(arrival, n)
            assert all(isinstance(command, Forward) for command in commands)
            left += [command.raw for command in commands if isinstance(command, Forward)]
        start += size
    assert b"".join((*left, reader.end())) == stream


IDLE: list[Fault] = [
    Hold(Match(type=None, job="no such job", times=None), at_end="kept"),
    Copy(Match(job="no such job", times=None), same_id=True),
    Drop(Match(acknowledges=Match(job="no such job"), times=None), acknowledge=True),
    Shift(1),
]


@settings(max_examples=80, deadline=None)
@given(
    version=st.sampled_from([4, 5]),
    packets=st.lists(st.tuples(st.sampled_from(["up", "down"]), st.one_of(PACKETS, BROKEN)), max_size=20),
    sizes=st.lists(st.integers(1, 40), min_size=1, max_size=30),
    faults=st.sets(st.integers(0, len(IDLE) - 1)),
    receive_maximum=st.integers(1, 3),
)
def test_both_ways_pass_unchanged_though_faults_are_armed_that_fit_nothing(
    version: int, packets: list[tuple[Way, Packet | bytes]], sizes: list[int], faults: set[int], receive_maximum: int
) -> None:
    limits = {"receive_maximum": receive_maximum, "maximum_packet_size": 9} if version == 5 else {}
    greeting: list[tuple[Way, Packet | bytes]] = [
        ("up", Connect(version=version, client_id="x", properties=limits)),
        ("down", Connack(properties=limits)),
    ]
    armory, dialect = Armory(), Dialect()
    for chosen in faults:
        armory.arm(IDLE[chosen])
    session, left = Session(armory, lambda: 0), {"up": b"", "down": b""}
    readers: dict[Way, Reader] = {"up": Reader("up", dialect), "down": Reader("down", dialect)}
    sent = {"up": b"", "down": b""}
    for turn, (way, packet) in enumerate((*greeting, *packets)):
        raw = packet if isinstance(packet, bytes) else encode(packet, version)
        sent[way] += raw
        size = sizes[turn % len(sizes)]
        for chunk in (raw[:size], raw[size:]):
            for n, arrival in enumerate(readers[way].feed(chunk), start=turn * 50):
                [command] = session.arrive(arrival, n)
                assert isinstance(command, Forward)
                left[way] += command.raw
    assert {way: left[way] + reader.end() for way, reader in readers.items()} == sent


def test_a_broken_packet_is_an_arrival_that_says_what_is_wrong() -> None:
    reader = Reader("up", Dialect())
    reader.feed(encode(Connect(), 4))
    [arrival] = reader.feed(b"\x36\x05\x00\x01axx")
    assert arrival.packet is None
    assert "QoS 3" in arrival.problem
    [lost] = reader.feed(HOPELESS)
    assert (lost.packet, lost.raw) == (None, HOPELESS)
    assert [later.raw for later in reader.feed(b"more")] == [b"more"]


def test_what_is_no_mqtt_passes_as_it_comes_in_both_directions() -> None:
    dialect = Dialect()
    up, down = Reader("up", dialect), Reader("down", dialect)
    assert down.feed(b"HT") == []  # it may be faster than what tells that this is no MQTT
    chunks = (up, b"GET /mqtt HTTP/1.1\r\n", b""), (down, b"TP/1.1 400\r\n", b"HT"), (up, b"\r\n", b"")
    for reader, data, before in chunks:
        [arrival] = reader.feed(data)
        assert (arrival.packet, arrival.raw) == (None, before + data)
        assert "it begins with b'GET /mqt'" in arrival.problem
