"""Some filters of a SUBSCRIBE are refused: the others go on, and the device is told of each in its place."""

from __future__ import annotations

import msgspec
import pytest

from rigs.mqtt.packets import Suback, Subscribe, Subscription
from rigs.tap.armory import Armed
from rigs.tap.faults import Drop, Refuse
from rigs.tap.match import Match
from tests.tap.playbook import Playbook, notice

WISHES = tuple(Subscription(filter=text, qos=1) for text in ("a/notify", "a/get/+", "a/notify-next"))
WISH = Subscribe(packet_id=5, filters=WISHES)


@pytest.fixture(params=[4, 5])
def play(request: pytest.FixtureRequest) -> Playbook:
    return Playbook(request.param)


def refuse(play: Playbook, *words: str, code: int = 0x80, times: int | None = None) -> Armed:
    wanted = Match(way="up", type="SUBSCRIBE", times=times)
    return play.arm(Refuse(wanted, code=code, filters=lambda text: any(text.endswith(word) for word in words)))


def narrowed(*kept: Subscription, packet_id: int = 5) -> Subscribe:
    return Subscribe(packet_id=packet_id, filters=kept)


@pytest.mark.parametrize("code", [0x80, 0x87])
def test_one_of_three(play: Playbook, code: int) -> None:
    armed = refuse(play, "+", code=code, times=1)
    assert play.up(WISH) == [("up", narrowed(WISHES[0], WISHES[2]))]
    assert play.down(Suback(packet_id=5, codes=(1, 0))) == [("down", Suback(packet_id=5, codes=(1, code, 0)))]
    assert play.up(msgspec.structs.replace(WISH, packet_id=6)) == [("up", msgspec.structs.replace(WISH, packet_id=6))]
    assert play.down(Suback(packet_id=6, codes=(1, 1, 1))) == [("down", Suback(packet_id=6, codes=(1, 1, 1)))]
    assert len(armed.hits) == 1


def test_all_of_them_are_refused_at_once(play: Playbook) -> None:
    refuse(play, "notify", "+", "notify-next")
    assert play.up(WISH) == [("down", Suback(packet_id=5, codes=(0x80, 0x80, 0x80)))]


def test_none_of_them_is_no_hit(play: Playbook) -> None:
    armed = refuse(play, "shadow")
    assert play.up(WISH) == [("up", WISH)]
    assert not armed.hit


def test_what_the_cloud_refuses_besides_stays_refused(play: Playbook) -> None:
    refuse(play, "notify")
    play.up(WISH)
    assert play.down(Suback(packet_id=5, codes=(0x80, 1))) == [("down", Suback(packet_id=5, codes=(0x80, 0x80, 1)))]


def test_two_under_way_are_told_apart(play: Playbook) -> None:
    refuse(play, "+", times=1)
    play.up(WISH)
    play.up(msgspec.structs.replace(WISH, packet_id=6))
    assert play.down(Suback(packet_id=6, codes=(1, 1, 1))) == [("down", Suback(packet_id=6, codes=(1, 1, 1)))]
    assert play.down(Suback(packet_id=5, codes=(1, 1))) == [("down", Suback(packet_id=5, codes=(1, 0x80, 1)))]


def test_two_faults_refuse_one_each(play: Playbook) -> None:
    refuse(play, "+")
    refuse(play, "notify-next", code=0x87)
    assert play.up(WISH) == [("up", narrowed(WISHES[0]))]
    assert play.down(Suback(packet_id=5, codes=(1,))) == [("down", Suback(packet_id=5, codes=(1, 0x80, 0x87)))]


def test_two_faults_that_leave_nothing_are_the_rig_s_trouble(play: Playbook) -> None:
    for words in (("+", "notify"), ("notify-next",)):
        refuse(play, *words)
    play.up(WISH)
    (blamed,) = play.blamed
    assert "no filter is left of" in blamed.text


def test_a_message_of_the_tap_is_not_granted_what_was_refused(play: Playbook) -> None:
    refuse(play, "notify-next", times=1)
    play.up(WISH)
    play.down(Suback(packet_id=5, codes=(1, 0)))
    assert play.session._departures.granted("a/notify-next") == 1  # as where no subscription was seen
    assert play.session._departures.granted("a/get/accepted") == 0


def test_the_suback_can_be_lost_besides(play: Playbook) -> None:
    refuse(play, "+")
    play.arm(Drop(Match(type="SUBACK"), acknowledge=False))
    play.up(WISH)
    assert play.down(Suback(packet_id=5, codes=(1, 1))) == []
    assert play.down(notice(1)) == [("down", notice(1))]
