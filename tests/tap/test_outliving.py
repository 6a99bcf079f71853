"""Packets that are held when their connection ends, and go out on the next one of the same client."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from rigs.jobs.model import Kind, Operation
from rigs.mqtt.packets import Connack, Puback, Publish
from rigs.tap.faults import Copy, Drop, Hold
from rigs.tap.match import Match
from tests.tap.playbook import ROOT, Left, Playbook, accepted, ack, body, message, notice, report, the_end, the_notice

SOON = timedelta(seconds=3)
REPLY = Match(way="down", operation=Operation.UPDATE, kind=Kind.ACCEPTED)


@pytest.fixture(params=[4, 5], ids=["3.1.1", "5"])
def play(request: pytest.FixtureRequest) -> Playbook:
    return Playbook(request.param)


def after_connack(play: Playbook) -> Left:
    assert play.greeted[:2] == [("up", play.connect), ("down", play.connack)]
    return play.greeted[2:]


def test_a_held_packet_is_lost_with_its_connection_unless_told_otherwise(play: Playbook) -> None:
    armed = play.arm(Hold(the_end()))
    play.up(report("SUCCEEDED", 7))
    play.end()
    after = play.again()
    assert after_connack(after) == []
    assert after.release(armed) == []


def test_the_reply_comes_on_the_next_connection(play: Playbook) -> None:
    armed = play.arm(Hold(REPLY, at_end="sent"))
    play.up(report("SUCCEEDED", 7))
    assert play.down(accepted()) == []
    play.end()
    after = play.again()
    assert after_connack(after) == [("down", accepted())]
    assert after.released == armed.hits
    assert repr(armed.fault).endswith("or until the next connection")


def test_the_stored_report_arrives_after_the_device_has_gone(play: Playbook) -> None:
    """It has a packet id of its own and no DUP; its PUBACK ends at the tap, the repeat of the device is another one."""
    play.arm(Hold(the_end(), at_end="sent"))
    end = report("SUCCEEDED", 7, clientToken="t")
    play.up(end)
    play.end()
    after = play.again()
    [(way, late)] = after_connack(after)
    assert (way, late) == ("up", msgspec.structs.replace(end, packet_id=65535))
    again = msgspec.structs.replace(end, dup=True)
    assert after.up(again) == [("up", again)]
    assert after.down(ack(late)) == []
    assert after.down(Puback(packet_id=7)) == [("down", Puback(packet_id=7))]
    after.down(accepted(clientToken="t"))
    assert after.session.newest is not None
    assert after.session.newest.answers is not None, "the reply is paired with the late request"


def test_a_hold_goes_on_over_connections_until_it_is_let_go(play: Playbook) -> None:
    armed = play.arm(Hold(the_end(), at_end="kept"))
    play.up(report("SUCCEEDED", 7))
    play.end()
    second = play.again()
    assert after_connack(second) == []
    second.end()
    third = second.again()
    assert after_connack(third) == []
    [(_, late)] = third.release(armed)
    assert body(late)["status"] == "SUCCEEDED"
    assert third.release(armed) == []


@pytest.mark.parametrize("way", ["released", "lifted"])
def test_what_was_let_go_while_nobody_was_there_comes_after_the_next_connack(play: Playbook, way: str) -> None:
    armed = play.arm(Hold(the_end(), at_end="kept"))
    play.up(report("SUCCEEDED", 7))
    play.end()
    armed.release() if way == "released" else play.armory.remove(armed)
    assert len(after_connack(play.again())) == 1


def test_a_hold_over_connections_ends_behind_another_packet(play: Playbook) -> None:
    play.arm(Hold(the_end(), until=the_notice(), at_most=SOON, at_end="kept"))
    play.up(report("SUCCEEDED", 7))
    play.end()
    after = play.again()
    assert [wait.by for wait in after.waits] == [SOON]
    left = after.down(notice(1))
    assert [way for way, _ in left] == ["down", "up"]


def test_a_hold_over_connections_ends_by_itself(play: Playbook) -> None:
    play.arm(Hold(the_end(), at_most=SOON, at_end="kept"))
    play.up(report("SUCCEEDED", 7))
    play.end()
    after = play.again()
    assert len(after.timer(after.waits[0])) == 1


def test_it_is_for_the_same_client_alone_and_after_a_connack_that_accepts(play: Playbook) -> None:
    play.arm(Hold(the_end(), at_end="sent"))
    play.up(report("SUCCEEDED", 7))
    play.end()
    other = Playbook(play.version, armory=play.armory, client="bench-8")
    assert after_connack(other) == []
    refused = Playbook(play.version, armory=play.armory, greet=False)
    refused.up(refused.connect)
    assert refused.down(Connack(code=3)) == [("down", Connack(code=3))]
    assert len(after_connack(play.again())) == 1


def test_an_old_connection_that_still_lives_has_it_no_more(play: Playbook) -> None:
    armed = play.arm(Hold(the_end(), at_end="kept"))
    play.up(report("SUCCEEDED", 7))
    after = play.again()
    assert play.release(armed) == []
    assert len(after.release(armed)) == 1


def test_what_has_left_in_time_does_not_come_again(play: Playbook) -> None:
    armed = play.arm(Hold(the_end(), at_end="sent"))
    play.up(report("SUCCEEDED", 7))
    assert len(play.release(armed)) == 1
    play.end()
    assert after_connack(play.again()) == []


def test_an_acknowledgement_means_nothing_on_another_connection(play: Playbook) -> None:
    play.arm(Hold(Match(acknowledges=the_end()), at_end="sent"))
    play.up(report("SUCCEEDED", 7))
    play.down(Puback(packet_id=7))
    play.end()
    assert after_connack(play.again()) == []


def test_its_copies_come_with_it_and_an_alias_is_written_out() -> None:
    play = Playbook(5)
    first = msgspec.structs.replace(notice(1), properties={"topic_alias": 4})
    play.down(first)
    play.arm(Copy(the_notice()))
    play.arm(Hold(the_notice(), at_end="sent"))
    play.down(msgspec.structs.replace(notice(2), topic="", properties={"topic_alias": 4}))
    play.end()
    packets = [packet for _, packet in after_connack(play.again())]
    plain = notice(None)
    assert [msgspec.structs.replace(one, packet_id=None, qos=0) for one in packets if isinstance(one, Publish)] == [
        plain,
        plain,
    ]
    assert [one.packet_id for one in packets if isinstance(one, Publish)] == [65535, 65534]


def test_what_is_inherited_is_not_asked_about_again(play: Playbook) -> None:
    play.arm(Hold(the_end(), at_end="sent"))
    never = play.arm(Drop(the_end(), acknowledge=False))
    play.up(report("SUCCEEDED", 7))
    play.end()
    assert len(after_connack(play.again())) == 1
    assert not never.hit


def test_a_packet_that_came_before_its_own_connack_stays_what_it_is(play: Playbook) -> None:
    """A device may send before its CONNACK has come (MQTT 3.1.4)."""
    begun = Playbook(play.version, greet=False)
    armed = begun.arm(Hold(the_end(), at_end="sent"))
    begun.up(begun.connect)
    assert begun.up(report("SUCCEEDED", 7)) == []
    assert begun.down(begun.connack) == [("down", begun.connack)]
    assert begun.release(armed) == [("up", report("SUCCEEDED", 7))]


def test_one_that_waited_for_an_inherited_packet_leaves_once(play: Playbook) -> None:
    play.arm(Hold(the_end(), at_end="sent"))
    play.up(report("SUCCEEDED", 7))
    play.end()
    after = Playbook(play.version, armory=play.armory, greet=False)
    question = message(f"{ROOT}/get", 8)
    after.arm(Hold(Match(operation=Operation.GET), until=the_end(), at_end="sent"))
    after.up(after.connect)
    assert after.up(question) == []
    left = [packet for _, packet in after.down(after.connack)]
    assert [packet.packet_id for packet in left if isinstance(packet, Publish)] == [65535, 8]
