"""Acknowledgements and greetings that are kept back or lost: what MQTT makes of it on both sides."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from rigs.jobs.model import ErrorCode, Kind, Operation
from rigs.mqtt.packets import Connack, Packet, Pingreq, Pingresp, Puback, Suback, Subscribe, Subscription
from rigs.tap.faults import Answer, Delay, Drop, Hold, Insert, Refuse
from rigs.tap.match import Match
from tests.tap.playbook import ROOT, Playbook, accepted, ack, message, notice, report, the_end, the_notice

SOON = timedelta(seconds=3)
PUBACK_OF_THE_END = Match(way="down", acknowledges=the_end())
WISH = Subscribe(packet_id=3, filters=(Subscription(filter=f"{ROOT}/notify-next", qos=1),))


@pytest.fixture(params=[4, 5], ids=["3.1.1", "5"])
def play(request: pytest.FixtureRequest) -> Playbook:
    return Playbook(request.param)


@pytest.fixture(params=[4, 5], ids=["3.1.1", "5"])
def begun(request: pytest.FixtureRequest) -> Playbook:
    """Nothing has been sent yet."""
    return Playbook(request.param, greet=False)


def test_a_sender_without_its_puback_repeats_on_the_next_connection(play: Playbook) -> None:
    armed = play.arm(Drop(PUBACK_OF_THE_END, acknowledge=False))
    end = report("SUCCEEDED", 7)
    play.up(end)
    assert play.down(Puback(packet_id=7)) == []
    assert play.down(accepted()) == [("down", accepted())]
    assert armed.hit
    play.end()
    after = play.again()
    again = msgspec.structs.replace(end, dup=True)
    assert after.up(again) == [("up", again)]
    assert after.down(Puback(packet_id=7)) == [("down", Puback(packet_id=7))]


def test_a_late_puback_does_not_end_another_message(play: Playbook) -> None:
    armed = play.arm(Hold(PUBACK_OF_THE_END))
    end = report("SUCCEEDED", 7)
    play.up(end)
    assert play.down(Puback(packet_id=7)) == []
    play.up(msgspec.structs.replace(end, dup=True))
    assert play.down(Puback(packet_id=7)) == [("down", Puback(packet_id=7))]
    play.up(message(f"{ROOT}/get", 7))
    assert play.release(armed) == []
    assert play.down(Puback(packet_id=7)) == [("down", Puback(packet_id=7))]


def test_a_late_puback_that_is_still_waited_for_goes_on(play: Playbook) -> None:
    armed = play.arm(Hold(PUBACK_OF_THE_END))
    end = report("SUCCEEDED", 7)
    play.up(end)
    play.down(Puback(packet_id=7))
    play.up(msgspec.structs.replace(end, dup=True))
    assert play.release(armed) == [("down", Puback(packet_id=7))]
    assert play.down(Puback(packet_id=7)) == [("down", Puback(packet_id=7))]


def test_two_copies_of_a_repeated_message_have_two_acknowledgements(play: Playbook) -> None:
    """A genuine message under another id on the receiver's side keeps it, and both its PUBACKs find the sender."""
    play.inject("up", message(f"{ROOT}/get", 1))
    taken = report("SUCCEEDED", 65535)
    [(_, first)] = play.up(taken)
    play.up(msgspec.structs.replace(taken, dup=True))
    for _ in range(2):
        assert play.down(ack(first)) == [("down", Puback(packet_id=65535))]


def test_a_withheld_suback_does_not_withhold_messages(play: Playbook) -> None:
    armed = play.arm(Hold(Match(type="SUBACK")))
    play.up(WISH)
    granted = Suback(packet_id=3, codes=(1,))
    assert play.down(granted) == []
    assert play.down(notice(1)) == [("down", notice(1))]  # MQTT 3.8.4 allows it
    assert play.up(WISH) == [("up", WISH)]
    assert play.release(armed) == [("down", granted)]


def test_a_subscribe_that_is_repeated_while_it_is_held_goes_on_once(play: Playbook) -> None:
    armed = play.arm(Hold(Match(type="SUBSCRIBE")))
    assert play.up(WISH) == []
    assert play.up(WISH) == []
    assert play.release(armed) == [("up", WISH)]


def test_what_comes_after_a_withheld_connack_waits_for_it(begun: Playbook) -> None:
    armed = begun.arm(Hold(Match(type="CONNACK")))
    begun.up(begun.connect)
    assert begun.down(begun.connack) == []
    assert not begun.session.connected
    assert begun.up(WISH) == [("up", WISH)]
    granted = Suback(packet_id=3, codes=(1,))
    assert begun.down(granted) == []
    assert begun.down(notice(1)) == []
    assert begun.release(armed) == [("down", begun.connack), ("down", granted), ("down", notice(1))]
    assert begun.session.connected


def test_nothing_reaches_a_device_whose_connack_is_lost(begun: Playbook) -> None:
    begun.arm(Drop(Match(type="CONNACK"), acknowledge=False))
    begun.up(begun.connect)
    assert begun.down(begun.connack) == []
    begun.up(WISH)
    assert begun.down(Suback(packet_id=3, codes=(1,))) == []
    assert begun.again().greeted[-1] == ("down", Connack())


def test_what_comes_after_a_delayed_connect_waits_for_it(begun: Playbook) -> None:
    begun.arm(Delay(Match(type="CONNECT"), by=SOON))
    assert begun.up(begun.connect) == []
    assert begun.up(WISH) == []
    assert begun.timer(begun.waits[0]) == [("up", begun.connect), ("up", WISH)]


def test_what_the_tap_says_itself_comes_after_the_connack(begun: Playbook) -> None:
    """A device may send before its CONNACK has come (MQTT 3.1.4); nobody may answer it before."""
    begun.arm(Answer(the_end(), code=ErrorCode.REQUEST_THROTTLED))
    begun.arm(Refuse(Match(type="SUBSCRIBE"), code=0x80))
    begun.arm(Insert(Match(way="up", operation=Operation.GET), message=lambda seen: ("a", b"b"), qos=0))
    begun.up(begun.connect)
    assert begun.up(report("SUCCEEDED", 1)) == []
    assert begun.up(WISH) == []
    assert [way for way, _ in begun.up(message(f"{ROOT}/get", 2))] == ["up"]
    left = [packet.type for _, packet in begun.down(begun.connack)]
    assert left == ["CONNACK", "PUBACK", "PUBLISH", "SUBACK", "PUBLISH"]


def test_pings_without_an_answer(play: Playbook) -> None:
    armed = play.arm(Drop(Match(type="PINGRESP", times=None), acknowledge=False))
    for _ in range(2):
        assert play.up(Pingreq()) == [("up", Pingreq())]
        assert play.down(Pingresp()) == []
    play.armory.remove(armed)
    assert play.down(Pingresp()) == [("down", Pingresp())]


def test_acknowledgement_and_answer_have_delays_of_their_own(play: Playbook) -> None:
    play.arm(Delay(Match(way="down", type="PUBACK", times=None), by=SOON))
    play.arm(Delay(Match(way="down", kind=Kind.ACCEPTED, times=None), by=2 * SOON))
    play.up(report("SUCCEEDED", 7))
    assert play.down(Puback(packet_id=7)) + play.down(accepted()) == []
    assert [wait.by for wait in play.waits] == [SOON, 2 * SOON]
    assert play.timer(play.waits[0]) == [("down", Puback(packet_id=7))]
    assert play.timer(play.waits[1]) == [("down", accepted())]


def test_what_one_delay_delays_keeps_its_order_whatever_the_timers_do(play: Playbook) -> None:
    play.arm(Delay(the_notice(times=None), by=SOON))
    play.arm(Delay(Match(way="down", kind=Kind.ACCEPTED, times=None), by=2 * SOON))
    first, second = accepted(job="a"), accepted(job="b")
    packets: list[Packet] = [notice(1), first, notice(2), second]
    for packet in packets:
        play.down(packet)
    assert play.timer(play.waits[3]) == [("down", first), ("down", second)]
    assert play.timer(play.waits[2]) == [("down", notice(1)), ("down", notice(2))]
    assert play.timer(play.waits[0]) + play.timer(play.waits[1]) == []
