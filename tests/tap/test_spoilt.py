"""Ends of the connection at a packet, packets that cannot be read, and messages that cannot be parsed."""

from __future__ import annotations

import msgspec
import pytest

from rigs.mqtt.codec import Framer, MalformedPacket, decode, encode
from rigs.mqtt.packets import Disconnect, Packet, Pingreq, Pingresp, Puback, Publish, Suback
from rigs.tap.faults import Corrupt, Cut, Goodbye, Hold, Truncate
from rigs.tap.match import Match
from rigs.tap.reader import NO_JSON, parse
from tests.tap.playbook import Playbook, accepted, notice, report, the_end, the_notice


@pytest.fixture(params=[4, 5], ids=["3.1.1", "5"])
def play(request: pytest.FixtureRequest) -> Playbook:
    return Playbook(request.param)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_server_says_why_it_ends_the_connection_in_mqtt_5_alone(play: Playbook, when: str) -> None:
    armed = play.arm(Goodbye(the_end(), code=0x98, when=when))  # type: ignore[arg-type]
    left = play.up(report("SUCCEEDED"))
    passed = [("up", report("SUCCEEDED"))] if when == "after" else []
    said = [("down", Disconnect(code=0x98))] if play.version == 5 else []
    assert left == passed + said
    assert [close.how for close in play.closed] == ["close_notify"]
    assert play.down(accepted()) == []
    assert repr(armed.fault) == f"disconnect the device with 0x98 {when} the update SUCCEEDED, once"


def test_nobody_is_disconnected_before_the_connack() -> None:
    play = Playbook(5, greet=False)
    play.arm(Goodbye(Match(type="CONNECT"), code=0x8B))
    assert play.up(play.connect) == [("up", play.connect)]
    assert len(play.closed) == 1


@pytest.mark.parametrize("how", ["reset", "fin", "close_notify"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_link_ends_in_every_way(play: Playbook, how: str, when: str) -> None:
    play.arm(Cut(the_notice(), when=when, how=how))  # type: ignore[arg-type]
    assert len(play.down(notice(1))) == (when == "after")
    assert [(close.how, close.silent) for close in play.closed] == [(how, False)]


@pytest.mark.parametrize("when", ["before", "after"])
def test_silence_before_and_after_a_packet(play: Playbook, when: str) -> None:
    play.arm(Cut(the_notice(), when=when, silent=True))  # type: ignore[arg-type]
    assert len(play.down(notice(1))) == (when == "after")
    assert play.closed[0].silent
    assert play.up(Pingreq()) == []


def test_nothing_leaves_after_the_end() -> None:
    """An acknowledgement that ends the connection frees a place that nobody may take any more."""
    play = Playbook(5, receive_maximum=1)
    play.down(notice(1))
    assert play.inject("down", notice(1)) == []
    play.arm(Cut(Match(way="up", type="PUBACK")))
    assert play.up(Puback(packet_id=1)) == []


@pytest.mark.parametrize(
    "packet", [notice(1), notice(None), Puback(packet_id=3), Suback(packet_id=3, codes=(1,))], ids=repr
)
def test_a_truncated_packet_is_framed_and_cannot_be_read(play: Playbook, packet: Packet) -> None:
    armed = play.arm(Truncate(Match(type=None, way="down")))
    assert play.down(packet) == []
    [(way, raw)] = play.spoilt
    assert way == "down"
    following = encode(notice(2), play.version)
    assert Framer().feed(raw + following) == [raw, following]
    with pytest.raises(MalformedPacket):
        decode(raw, play.version)
    assert armed.hit


def test_what_has_no_body_cannot_be_truncated(play: Playbook) -> None:
    armed = play.arm(Truncate(Match(type="PINGRESP")))
    assert play.down(Pingresp()) == [("down", Pingresp())]
    assert not armed.hit


def test_a_truncated_message_is_not_in_flight(play: Playbook) -> None:
    play.arm(Truncate(the_notice()))
    play.down(notice(1))
    assert play.down(notice(1)) == [("down", notice(1))]
    assert play.up(Puback(packet_id=1)) == [("up", Puback(packet_id=1))]
    assert play.up(Puback(packet_id=1)) == [("up", Puback(packet_id=1))]


def test_the_length_of_a_long_packet_is_written_anew(play: Playbook) -> None:
    play.arm(Truncate(the_notice()))
    play.down(notice(1, jobDocument={"x": "y" * 300}))
    [(_, raw)] = play.spoilt
    assert len(raw) == raw[1] + 2


@pytest.mark.parametrize("how", ["cut", "bytes"])
def test_a_corrupt_message_is_sound_mqtt(play: Playbook, how: str) -> None:
    play.arm(Corrupt(the_notice(), how=how))  # type: ignore[arg-type]
    [(_, packet)] = play.down(notice(1))
    assert isinstance(packet, Publish)
    assert parse(packet.payload) is NO_JSON
    assert msgspec.structs.replace(packet, payload=b"") == msgspec.structs.replace(notice(1), payload=b"")
    assert len(packet.payload) == len(notice(1).payload) // (2 if how == "cut" else 1)
    assert play.up(Puback(packet_id=1)) == [("up", Puback(packet_id=1))]


def test_an_empty_message_cannot_be_corrupted(play: Playbook) -> None:
    armed = play.arm(Corrupt(Match(way="down")))
    play.down(Publish(topic="a"))
    assert not armed.hit


def test_they_read_like_sentences() -> None:
    said = [
        Corrupt(the_notice()),
        Corrupt(the_notice(), how="bytes"),
        Truncate(the_notice()),
        Cut(the_end(), how="close_notify"),
        Cut(the_end(), how="fin", when="after"),
        Hold(the_notice(), at_end="kept"),
    ]
    assert [repr(fault) for fault in said] == [
        "cut the payload off in the middle of the notify-next, once",
        "spoil a byte of the notify-next, once",
        "cut off the notify-next, once",
        "end the link in good order before the update SUCCEEDED, once",
        "end the link without a goodbye after the update SUCCEEDED, once",
        "hold the notify-next, once, over connections too",
    ]
