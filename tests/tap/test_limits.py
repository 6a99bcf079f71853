"""What a receiver takes: Receive Maximum on both sides, Maximum Packet Size; and what raises is the rig's affair."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from rigs.errors import RigFault
from rigs.jobs.model import ErrorCode
from rigs.mqtt.codec import encode
from rigs.mqtt.packets import Puback, Publish
from rigs.tap.faults import Answer, Copy, Hold, Insert, Replace, Truncate
from rigs.tap.match import Match, Seen
from rigs.tap.reader import Way
from tests.tap.playbook import Playbook, accepted, message, notice, report, the_end, the_notice


def test_copies_keep_to_the_clouds_receive_maximum() -> None:
    play = Playbook(5, receive_maximum=1)
    play.arm(Copy(the_end()))
    assert play.up(report("SUCCEEDED", 1)) == [("up", report("SUCCEEDED", 1))]
    left = play.down(Puback(packet_id=1))
    assert [way for way, _ in left] == ["down", "up"]
    assert play.down(Puback(packet_id=65535)) == []


def test_a_copy_waits_until_the_clouds_receive_maximum_is_known() -> None:
    play = Playbook(5, greet=False)
    play.arm(Copy(the_end()))
    play.up(play.connect)
    assert len(play.up(report("SUCCEEDED", 1))) == 1
    assert [way for way, _ in play.down(play.connack)] == ["down", "up"]


def test_the_limit_counts_though_its_connack_was_lost_or_held() -> None:
    play = Playbook(5, greet=False, receive_maximum=1)
    play.arm(Hold(Match(type="CONNACK")))
    play.arm(Copy(the_end()))
    play.up(play.connect)
    play.down(play.connack)
    assert len(play.up(report("SUCCEEDED", 1))) == 1


SIZE = len(encode(notice(1), 5))


@pytest.mark.parametrize(("most", "fits"), [(SIZE, True), (SIZE - 1, False)])
@pytest.mark.parametrize("way", ["up", "down"])
def test_a_message_of_the_taps_own_is_never_too_large(way: Way, most: int, fits: bool) -> None:
    play = Playbook(5, maximum_packet_size=most)
    if fits:
        assert len(play.inject(way, notice(1))) == 1
        return
    side = "the cloud" if way == "up" else "the device"
    with pytest.raises(RigFault, match=rf"{SIZE} bytes, but {side} takes at most {most} .*make the message smaller"):
        play.inject(way, notice(1))


def test_version_3_1_1_knows_no_limit() -> None:
    play = Playbook(4, maximum_packet_size=10, receive_maximum=1)
    assert len(play.inject("down", notice(1))) == 1
    assert len(play.inject("down", notice(1))) == 1


def test_what_a_fault_adds_or_changes_is_left_out_when_it_is_too_large() -> None:
    long = {"x": "y" * 300}
    play = Playbook(5, maximum_packet_size=SIZE)
    play.arm(Insert(the_notice(), message=lambda seen: ("a/b", long)))
    play.arm(Replace(the_notice(), edit=lambda payload: long))
    assert play.down(notice(1)) == [("down", notice(1))]
    assert len(play.blamed) == 2
    assert {type(blame.wrong) for blame in play.blamed} == {RigFault}


def test_a_copy_that_names_its_topic_may_be_too_large() -> None:
    play = Playbook(5, maximum_packet_size=SIZE)
    aliased = {"topic_alias": 1}
    play.down(Publish(topic=notice().topic, properties=aliased))
    play.arm(Copy(the_notice()))
    long = msgspec.structs.replace(notice(2, more=30 * "x"), topic="", properties=aliased)
    assert play.down(long) == [("down", long)]
    assert len(play.blamed) == 1


def test_a_forged_answer_that_is_too_large_lets_the_request_pass() -> None:
    play = Playbook(5, maximum_packet_size=60)
    play.arm(Answer(the_end(), code=ErrorCode.REQUEST_THROTTLED))
    assert play.up(report("SUCCEEDED", 1)) == [("up", report("SUCCEEDED", 1))]
    assert len(play.blamed) == 1


def wrong(seen: object) -> Any:
    raise KeyError("no such member")


@pytest.mark.parametrize("version", [4, 5])
def test_a_fault_that_raises_is_blamed_and_the_next_one_is_asked(version: int) -> None:
    play = Playbook(version)
    play.arm(Truncate(the_notice(where=wrong)))
    play.arm(Replace(the_notice(), edit=wrong))
    play.arm(Copy(the_notice()))
    [(_, own)] = play.inject("down", notice(1))
    assert isinstance(own, Publish)
    taken = notice(own.packet_id)
    left = play.down(taken)
    assert [packet.packet_id for _, packet in left if isinstance(packet, Publish)] == [65534, 65533]
    assert [str(blame.wrong) for blame in play.blamed] == ["'no such member'"] * 2
    assert "cut off the notify-next under a condition, once could not act on record" in play.blamed[0].text
    assert play.up(Puback(packet_id=65534)) == [("up", Puback(packet_id=65535))]


def test_a_condition_that_raises_holds_on() -> None:
    play = Playbook(4)
    armed = play.arm(Hold(the_notice(), until=Match(where=wrong)))
    play.down(notice(1))
    assert play.down(accepted()) == [("down", accepted())]
    assert "could not judge record" in play.blamed[0].text
    assert play.release(armed) == [("down", notice(1))]


def test_a_message_later_that_raises_is_blamed() -> None:
    play = Playbook(5, maximum_packet_size=60)
    seen: list[Seen] = []
    play.arm(Insert(the_notice(), message=lambda one: seen.append(one) or ("a/b", b"x" * 99)))  # type: ignore[func-returns-value]
    play.down(message(notice().topic, 1))
    assert len(seen) == len(play.blamed) == 1
