"""The real tap under broken streams: bytes pass as they came, in any pieces, and whoever is healthy does not notice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.interop.sinkdesk import Sink, talk
from tests.interop.tapdesk import PLACES, Tapped, tapped
from tests.interop.tapwires import WIRES, connect, packet, text
from tests.interop.twindesk import MOSQUITTO, V3, V5, Stage, mosquitto

UNTOUCHED = ("tap", "armed")  # the places where no packet is written anew
GOOD = [
    b"\xc0\x00",
    packet(0x30, text(b"t"), b"\x00", b"x" * 100),
    packet(0x32, text(b"$aws/things/t/jobs/get"), b"\x00\x01", b"\x00", b"{}"),
    packet(0x82, b"\x00\x02\x00", text(b"a/#"), b"\x01"),
    packet(0x40, b"\x00\x07"),
    b"\x30\x80\x02" + text(b"t") + b"\x00" + b"y" * 252,
    b"\xe0\x00",
]
GREETINGS = {V3: b"\x20\x02\x00\x00", V5: b"\x20\x03\x00\x00\x00"}
REDIRECTED = packet(0x20, b"\x00\x9d", b"\x0c\x1c" + text(b"elsewhere"))
ENDED = GREETINGS[V5] + packet(0xE0, b"\x9d", b"\x0c\x1c" + text(b"elsewhere"))
PIECES = st.lists(st.integers(1, 300), min_size=1, max_size=6)


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """Whole packets, odd ones and bytes by chance, some of them changed, lost or put in."""
    parts = st.sampled_from([*GOOD, *(wire.sends for wire in WIRES.values())]) | st.binary(max_size=40)
    stream = bytearray(b"".join(draw(st.lists(parts, max_size=12))))
    for place, what, byte in draw(
        st.lists(st.tuples(st.integers(0, 2000), st.sampled_from("=-+"), st.integers(0, 255)))
    ):
        at = place % (len(stream) + 1)
        stream[at : at + (what != "+")] = b"" if what == "-" else bytes((byte,))
    return bytes(stream)


FUZZ = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def sink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sink]:
    sink = Sink(tmp_path_factory.mktemp("sink"))
    yield sink
    sink.close()


@pytest.fixture(scope="module", params=UNTOUCHED)
def tap(request: pytest.FixtureRequest, sink: Sink) -> Iterator[Tapped]:
    faults = PLACES[request.param]
    assert faults is not None
    with tapped(sink.port, *faults()) as tap:
        yield tap


@FUZZ
@given(version=st.sampled_from([V3, V5]), foreign=st.booleans(), stream=streams(), sizes=PIECES)
def test_every_byte_of_a_client_arrives(
    sink: Sink, tap: Tapped, version: int, foreign: bool, stream: bytes, sizes: list[int]
) -> None:
    sink.says, sink.then_ends = GREETINGS[version], False
    sent = b"GET" + stream if foreign else connect(version, b"a") + stream
    talk(tap.port, sent, sizes)
    assert sink.got() == sent


@FUZZ
@given(version=st.sampled_from([V3, V5]), greeted=st.booleans(), stream=streams())
def test_every_byte_of_a_server_arrives(sink: Sink, tap: Tapped, version: int, greeted: bool, stream: bytes) -> None:
    sink.says, sink.then_ends = GREETINGS[version] * greeted + stream, True
    assert talk(tap.port, connect(version, b"a"), [100], ends=False) == sink.says
    sink.got()


def test_a_client_that_waits_for_nothing_is_heard_all_the_same(sink: Sink, tap: Tapped) -> None:
    sink.says, sink.then_ends = b"", False
    for number in range(20):  # it is gone before the tap has reached the server
        sent = connect(V3, b"a") + packet(0x30, text(b"t"), b"%d" % number) + b"\xe0\x00"
        talk(tap.port, sent, [300])
        assert sink.got() == sent


def test_a_client_that_says_nothing_leaves_nothing_behind(tmp_path: Path) -> None:
    sink = Sink(tmp_path)
    with tapped(sink.port) as tap:  # which looks for exceptions that nobody took
        for _ in range(20):
            assert talk(tap.port, b"", [1]) == b""
    sink.close()


@pytest.mark.parametrize("said", [REDIRECTED, ENDED], ids=["in the CONNACK", "in a DISCONNECT"])
def test_a_server_sends_its_client_elsewhere(sink: Sink, tap: Tapped, said: bytes) -> None:
    sink.says, sink.then_ends = said, True
    assert talk(tap.port, connect(V5, b"a"), [100], ends=False) == said
    sink.got()


def test_what_is_no_mqtt_does_not_wait_for_the_end_of_a_packet(sink: Sink, tap: Tapped) -> None:
    request, answer = b"GET /mqtt HTTP/1.1\r\n\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n"
    sink.says, sink.after, sink.then_ends = answer, len(request), True
    assert talk(tap.port, request, [5], ends=False) == answer
    assert sink.got() == request
    sink.after = 0


@pytest.mark.skipif(not Path(MOSQUITTO).exists(), reason="mosquitto is not installed")
@pytest.mark.parametrize("place", [place for place in PLACES if place != "straight"])
def test_a_healthy_client_does_not_notice_broken_ones(tmp_path: Path, place: str) -> None:
    faults, rng = PLACES[place], Random(7)
    assert faults is not None
    with mosquitto(tmp_path) as broker, tapped(broker, *faults()) as tap:
        stage = Stage(tap.port, V5)
        healthy = stage.connect("healthy")
        healthy.subscribe("t")
        for number in range(40):
            odd = rng.choice(list(WIRES.values())).sends + rng.randbytes(rng.randrange(200))
            talk(tap.port, connect(rng.choice([V3, V5]), b"broken") * rng.randrange(2) + odd, [rng.randrange(1, 50)])
            healthy.publish("t", f"{number}")
        assert [row[1] for row in healthy.told()] == [f"{number}" for number in range(40)]
        assert not tap.tap.trouble
        stage.close()
