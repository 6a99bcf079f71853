"""Copies: under another packet id or the same, with DUP or without, with a fresh signature."""

from __future__ import annotations

import msgspec
import pytest

from rigs.mqtt.packets import Puback, Publish
from rigs.tap.faults import Copy, Hold
from tests.tap.playbook import Left, Playbook, body, message, notice, report, the_end, the_notice

URL = "https://bucket.s3.amazonaws.com/fw.bin?X-Amz-Date=1&X-Amz-Signature={}&X-Amz-Expires=60"


@pytest.fixture(params=[4, 5], ids=["3.1.1", "5"])
def play(request: pytest.FixtureRequest) -> Playbook:
    return Playbook(request.param)


def shown(left: Left) -> list[tuple[int | None, bool]]:
    return [(packet.packet_id, packet.dup) for _, packet in left if isinstance(packet, Publish)]


@pytest.mark.parametrize("dup", [False, True], ids=["as AWS", "as MQTT asks"])
def test_a_redelivery_under_the_same_id(play: Playbook, dup: bool) -> None:
    armed = play.arm(Copy(the_notice(), same_id=True, dup=dup))
    assert shown(play.down(notice(1))) == [(1, False), (1, dup)]
    assert play.up(Puback(packet_id=1)) == [("up", Puback(packet_id=1))]
    assert play.up(Puback(packet_id=1)) == []
    said = "send 2 of the notify-next, once under the same packet id" + " with DUP" * dup
    assert repr(armed.fault) == said


def test_an_id_that_the_sender_uses_anew_is_not_mixed_up_with_its_redelivery(play: Playbook) -> None:
    play.arm(Copy(the_end(), same_id=True))
    play.up(report("SUCCEEDED", 1))
    assert play.down(Puback(packet_id=1)) == [("down", Puback(packet_id=1))]
    [(number, _)] = shown(play.up(report("FAILED", 1)))
    assert number == 65535
    assert play.down(Puback(packet_id=1)) == []
    assert play.down(Puback(packet_id=65535)) == [("down", Puback(packet_id=1))]


def test_a_redelivery_between_two_sendings_of_the_sender(play: Playbook) -> None:
    play.arm(Copy(the_end(), same_id=True))
    end = report("SUCCEEDED", 1)
    play.up(end)
    play.up(msgspec.structs.replace(end, dup=True))
    left = [play.down(Puback(packet_id=1)) for _ in range(3)]
    assert [len(one) for one in left] == [1, 0, 1]


def test_a_redelivery_takes_a_place_in_the_window() -> None:
    play = Playbook(5, receive_maximum=1)
    play.arm(Copy(the_notice(), same_id=True))
    assert shown(play.down(notice(1))) == [(1, False)]
    left = play.up(Puback(packet_id=1))
    assert left[0] == ("up", Puback(packet_id=1))
    assert shown(left) == [(1, False)]
    assert play.up(Puback(packet_id=1)) == []


def test_a_copy_with_dup_and_an_id_of_its_own(play: Playbook) -> None:
    play.arm(Copy(the_notice(), dup=True))
    assert shown(play.down(notice(1))) == [(1, False), (65535, True)]


def test_qos_0_has_neither_id_nor_dup(play: Playbook) -> None:
    play.arm(Copy(the_notice(), same_id=True, dup=True))
    assert play.down(notice(None)) == [("down", notice(None))] * 2


def test_qos_2_passes_untouched(play: Playbook) -> None:
    armed = play.arm(Copy(the_notice()))
    exact = msgspec.structs.replace(notice(1), qos=2)
    assert play.down(exact) == [("down", exact)]
    assert not armed.hit


def test_each_copy_has_a_fresh_signature(play: Playbook) -> None:
    armed = play.arm(Copy(the_notice(), times=2, fresh_signature=True))
    signed = notice(1, jobDocument={"url": URL.format("ab" * 32), "other": "https://x/y?z=1"})
    left = [packet for _, packet in play.down(signed)]
    assert left[0] == signed
    documents = [body(packet)["execution"]["jobDocument"] for packet in left]
    signatures = [document["url"].split("Signature=")[1].split("&")[0] for document in documents]
    assert len(set(signatures)) == 3
    assert {len(one) for one in signatures} == {64}
    plain = {document["url"].replace(one, "{}") for document, one in zip(documents, signatures, strict=True)}
    assert plain == {URL}
    assert {document["other"] for document in documents} == {"https://x/y?z=1"}
    assert repr(armed.fault) == "send 3 of the notify-next, once with a fresh signature each"


def test_no_url_no_hit(play: Playbook) -> None:
    armed = play.arm(Copy(the_notice(), fresh_signature=True))
    assert play.down(notice(1)) == [("down", notice(1))]
    assert not armed.hit


def test_copies_of_a_held_packet_follow_it(play: Playbook) -> None:
    play.arm(Copy(the_notice()))
    armed = play.arm(Hold(the_notice()))
    assert play.down(notice(1)) == []
    assert shown(play.release(armed)) == [(1, False), (65535, False)]


def test_what_is_no_message_is_not_copied(play: Playbook) -> None:
    play.arm(Copy(the_end(type="PUBACK")))
    assert play.up(message("a/b", 1)) == [("up", message("a/b", 1))]
