"""The codec, row by row: whole, byte by byte, and with junk behind."""

from __future__ import annotations

from typing import Any

import pytest

from rigs.mqtt.codec import (
    Framer,
    MalformedPacket,
    PacketTooLarge,
    ProtocolViolation,
    UnsupportedVersion,
    decode,
    encode,
    packet_type,
)
from rigs.mqtt.packets import Connect, Pingreq, Puback, Publish
from tests.mqtt.codecrows import MALFORMED, ROWS

EACH = pytest.mark.parametrize("name", ROWS)


@EACH
def test_a_row_read_whole(name: str) -> None:
    version, raw, packet = ROWS[name]
    assert Framer().feed(raw) == [raw]
    assert decode(raw, version) == packet
    assert packet_type(raw) == packet.type


@EACH
def test_a_row_read_byte_by_byte(name: str) -> None:
    _, raw, _ = ROWS[name]
    framer = Framer()
    pieces = [framer.feed(raw[place : place + 1]) for place in range(len(raw))]
    assert pieces == [[]] * (len(raw) - 1) + [[raw]]
    assert framer.rest == b""


@EACH
def test_a_row_with_junk_behind(name: str) -> None:
    version, raw, _ = ROWS[name]
    framer = Framer()
    assert framer.feed(raw + b"\xd0") == [raw]
    assert framer.rest == b"\xd0"
    assert framer.feed(b"\x00") == [b"\xd0\x00"]
    with pytest.raises(MalformedPacket, match="but the packet says"):
        decode(raw + b"\x00", version)


@EACH
def test_a_row_cut_short_is_malformed_at_every_byte(name: str) -> None:
    version, raw, _ = ROWS[name]
    for place in {*range(min(40, len(raw))), len(raw) - 1} - {len(raw)}:
        with pytest.raises(MalformedPacket):
            decode(raw[:place], version)


@EACH
def test_a_row_written(name: str) -> None:
    version, raw, packet = ROWS[name]
    assert encode(packet, version) == raw


def test_rows_in_one_stream_at_every_split_in_two() -> None:
    rows = [raw for version, raw, _ in ROWS.values() if len(raw) < 100]
    stream = b"".join(rows)
    for place in range(len(stream)):
        framer = Framer()
        assert framer.feed(stream[:place]) + framer.feed(stream[place:]) == rows


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_packet_is_refused(name: str) -> None:
    version, raw = MALFORMED[name]
    with pytest.raises(MalformedPacket):
        decode(raw, version)


@pytest.mark.parametrize("name", ["property twice", "SUBSCRIBE of nothing", "UNSUBSCRIBE of nothing"])
def test_what_mqtt_5_calls_a_protocol_error_is_told_apart(name: str) -> None:
    version, raw = MALFORMED[name]
    with pytest.raises(ProtocolViolation):
        decode(raw, version)


@pytest.mark.parametrize(
    "raw", [b"\x10\x0f\x00\x06MQIsdp\x03\x02\x00\x3c\x00\x01a", b"\x10\x0d\x00\x04MQTT\x06\x02\x00\x3c\x00\x01a"]
)
def test_another_protocol_is_told_by_its_name_and_level(raw: bytes) -> None:
    with pytest.raises(UnsupportedVersion, match=r"'MQIsdp' level 3|'MQTT' level 6"):
        decode(raw, 4)


@pytest.mark.parametrize("places", range(4))
def test_an_impossible_length_stops_the_stream_after_the_packets_before_it(places: int) -> None:
    framer, bad = Framer(), b"\x30\xff\xff\xff\xff"
    framer.feed(b"\xc0\x00" + bad[:places]) if places else None
    with pytest.raises(MalformedPacket, match="more than four bytes") as caught:
        framer.feed(bad[places:] if places else b"\xc0\x00" + bad)
    assert caught.value.packets == ([] if places else [b"\xc0\x00"])
    assert framer.rest == bad


def test_a_packet_over_the_limit_is_refused_by_its_length_alone() -> None:
    assert Framer(limit=200).feed(b"\x30\xc5\x01" + b"x" * 197) == [b"\x30\xc5\x01" + b"x" * 197]
    with pytest.raises(PacketTooLarge, match="a packet of 201 bytes, but at most 200"):
        Framer(limit=200).feed(b"\x30\xc6\x01")


def test_what_no_field_can_hold_is_not_written() -> None:
    with pytest.raises(ValueError, match="at most 65535 bytes"):
        encode(Publish(topic="t" * 65536), 4)
    with pytest.raises(ValueError, match="unknown MQTT 5 property 'colour'; known: assigned_client_identifier"):
        encode(Publish(topic="t", properties={"colour": 1}), 5)


def test_3_1_1_drops_what_only_mqtt_5_has() -> None:
    assert encode(Puback(packet_id=7, code=0x87, properties={"reason_string": "n"}), 4) == b"\x40\x02\x00\x07"
    assert encode(Publish(topic="t", properties={"topic_alias": 1}), 4) == b"\x30\x03\x00\x01t"


@pytest.mark.parametrize(
    ("packet", "text"),
    [
        (Publish(topic="t", payload=b"xy", qos=1, packet_id=3, dup=True), "<PUBLISH #3 QoS 1 DUP t 2 B>"),
        (Publish(topic="t", retain=True), "<PUBLISH QoS 0 RETAIN t 0 B>"),
        (Connect(client_id="a", password=b"secret"), "<CONNECT v4 'a' clean keep_alive=60>"),
        (Puback(packet_id=3), "<PUBACK packet_id=3>"),
        (Pingreq(), "<PINGREQ>"),
    ],
)
def test_the_repr_is_short_and_holds_no_secret(packet: Any, text: str) -> None:
    assert repr(packet) == text
