"""Sessions over connections: queueing, sending again, take-over, keep-alive."""

from __future__ import annotations

from typing import Any

import pytest

from rigs.mqtt.limits import Limits
from rigs.mqtt.packets import Disconnect, Pingreq, Puback, Publish, Subscribe, Subscription
from rigs.mqtt.reasons import Reason
from tests.mqtt.brokerdesk import Desk, Said, persistent, present

V3, V5 = 4, 5
BOTH = pytest.mark.parametrize("version", [V3, V5], ids=["3.1.1", "5"])
NOTICE = Said("notify", {"n": 1})


def notice(packet_id: int, n: int = 1, dup: bool = False) -> Publish:
    return Publish(topic="notify", payload=b'{"n":%d}' % n, qos=1, packet_id=packet_id, dup=dup)


@BOTH
def test_what_comes_while_the_client_is_away_is_kept_at_qos_1_only(version: int) -> None:
    desk = Desk()
    desk.connect(1, "a", version, **persistent(version))
    desk.subscribe(1, "notify")
    desk.subscribe(1, "less", qos=0)
    desk.lose(1)
    assert desk.say(NOTICE, Said("less", {}), Said("reply", {}, to="a")) == []
    assert desk.connect(2, "a", version, **persistent(version)) == [(2, notice(1))]


@BOTH
@pytest.mark.parametrize("dup", [False, True])
def test_an_unacknowledged_message_comes_again_first_under_its_packet_id(version: int, dup: bool) -> None:
    desk = Desk(limits=Limits(dup_on_new_connection=dup))
    desk.connect(1, "a", version, **persistent(version))
    desk.subscribe(1, "notify")
    assert desk.say(NOTICE, Said("notify", {"n": 2})) == [(1, notice(1)), (1, notice(2, n=2))]
    desk.send(1, Puback(packet_id=1))
    desk.lose(1)
    desk.say(Said("notify", {"n": 3}))
    assert desk.connect(2, "a", version, **persistent(version)) == [(2, notice(2, n=2, dup=dup)), (2, notice(1, n=3))]


def test_the_lowest_free_packet_id_is_used_again() -> None:
    desk = Desk()
    desk.connect(1, "a")
    desk.subscribe(1, "notify")
    desk.say(NOTICE)
    desk.say(NOTICE)
    desk.send(1, Puback(packet_id=1))
    assert desk.say(NOTICE) == [(1, notice(1))]


def test_no_more_than_the_receive_maximum_is_on_its_way() -> None:
    desk = Desk()
    desk.connect(1, "a", V5, properties={"receive_maximum": 2})
    desk.subscribe(1, "notify")
    assert desk.say(NOTICE, NOTICE, Said("notify", {"n": 3})) == [(1, notice(1)), (1, notice(2))]
    assert desk.send(1, Puback(packet_id=2)) == [(1, notice(2, n=3))]
    assert desk.send(1, Puback(packet_id=99)) == []


def test_a_clean_start_forgets_the_session() -> None:
    desk = Desk()
    desk.connect(1, "a", V3, clean_start=False)
    desk.subscribe(1, "notify")
    desk.lose(1)
    desk.say(NOTICE)
    assert not present(desk, 2, V3, clean_start=True)
    assert desk.say(NOTICE) == []


@BOTH
def test_a_session_is_told_present_until_an_hour_has_passed(version: int) -> None:
    desk = Desk()
    assert not present(desk, 1, version, **persistent(version))
    desk.lose(1)
    desk.tick(3599)
    assert present(desk, 2, version, **persistent(version))
    desk.lose(2)
    desk.tick(3600)
    assert not present(desk, 3, version, **persistent(version))


def test_a_session_is_over_at_its_time_though_nobody_has_looked_since() -> None:
    desk = Desk()
    desk.connect(1, "a", V3, clean_start=False)
    desk.lose(1)
    desk.now += 3600
    assert not present(desk, 2, V3, clean_start=False)


def test_mqtt_5_without_session_expiry_leaves_nothing_behind() -> None:
    desk = Desk()
    assert not present(desk, 1, V5, clean_start=False)
    desk.lose(1)
    assert not present(desk, 2, V5, clean_start=False)


@pytest.mark.parametrize(("first", "wish", "kept"), [(60, 0, False), (60, 3600, True), (60, 0xFFFFFFFF, True)])
def test_a_disconnect_may_change_the_expiry(first: int, wish: int, kept: bool) -> None:
    desk = Desk()
    desk.connect(1, "a", V5, properties={"session_expiry_interval": first})
    assert desk.send(1, Disconnect(properties={"session_expiry_interval": wish})) == [(1, "closed: SUCCESS")]
    desk.tick(600)
    assert present(desk, 2, V5, clean_start=False) is kept


@pytest.mark.parametrize(("before", "after"), [(V3, V5), (V5, V3)])
def test_a_session_of_the_other_version_is_not_resumed(before: int, after: int) -> None:
    desk = Desk()
    desk.connect(1, "a", before, **persistent(before))
    desk.subscribe(1, "notify")
    desk.lose(1)
    assert not present(desk, 2, after, **persistent(after))
    assert desk.say(NOTICE) == []


def test_what_was_stored_goes_out_ten_a_second_and_what_comes_now_does_not_wait() -> None:
    desk = Desk()
    desk.connect(1, "a", V3, clean_start=False)
    desk.subscribe(1, "notify")
    desk.say(NOTICE)
    desk.lose(1)
    desk.say(*(Said("notify", {"n": n}) for n in range(2, 26)))
    first = desk.connect(2, "a", V3, clean_start=False)
    assert [row[1].payload for row in first] == [b'{"n":%d}' % n for n in range(1, 11)]
    assert [row[1].payload for row in desk.say(Said("notify", {"n": 99}))] == [b'{"n":99}']
    assert desk.tick(0.5) == []
    assert [len(desk.tick(1)) for _ in range(3)] == [10, 5, 0]


def test_a_lost_connection_leaves_what_was_stored_waiting_in_its_order() -> None:
    desk = Desk()
    desk.connect(1, "a", V3, clean_start=False)
    desk.subscribe(1, "notify")
    desk.lose(1)
    desk.say(*(Said("notify", {"n": n}) for n in range(1, 31)))
    for conn in (2, 3):
        rows = desk.connect(conn, "a", V3, clean_start=False)
        assert [row[1].packet_id for row in rows] == list(range(1, 11))
        desk.lose(conn)
    desk.connect(4, "a", V3, clean_start=False)
    assert [row[1].payload for row in desk.tick(1)] == [b'{"n":%d}' % n for n in range(11, 21)]


def test_messages_above_the_limit_of_a_session_are_dropped() -> None:
    desk = Desk(limits=Limits(stored_messages=2))
    desk.connect(1, "a", V3, clean_start=False)
    desk.subscribe(1, "notify")
    desk.lose(1)
    desk.say(*(Said("notify", {"n": n}) for n in (1, 2, 3)))
    assert desk.connect(2, "a", V3, clean_start=False) == [(2, notice(1)), (2, notice(2, n=2))]


def test_the_receive_maximum_of_a_new_connection_holds_for_what_is_sent_again() -> None:
    desk = Desk()
    keep = {"session_expiry_interval": 60}
    desk.connect(1, "a", V5, properties=keep)
    desk.subscribe(1, "notify")
    desk.say(NOTICE, Said("notify", {"n": 2}), Said("notify", {"n": 3}))
    desk.lose(1)
    again = desk.connect(2, "a", V5, clean_start=False, properties={**keep, "receive_maximum": 1})
    assert again == [(2, notice(1))]
    assert desk.send(2, Puback(packet_id=3)) == []
    assert desk.send(2, Puback(packet_id=1)) == [(2, notice(2, n=2))]
    assert desk.send(2, Puback(packet_id=2)) == []


def test_a_message_is_dropped_an_hour_after_it_was_first_sent() -> None:
    desk = Desk()
    desk.connect(1, "a", V3, clean_start=False)
    desk.subscribe(1, "notify")
    desk.say(NOTICE)
    for conn, later in ((1, 1800), (2, 1799)):
        desk.lose(conn)
        desk.now += later
        assert desk.connect(conn + 1, "a", V3, clean_start=False) == [(conn + 1, notice(1))]
    desk.lose(3)
    desk.now += 1
    assert desk.connect(4, "a", V3, clean_start=False) == []


def test_an_unacknowledged_message_comes_again_on_the_same_connection_with_growing_gaps() -> None:
    desk = Desk()
    desk.connect(1, "a", keep_alive=1200)
    desk.subscribe(1, "notify")
    desk.say(NOTICE)
    came = []
    for second in range(1, 701):
        desk.send(1, Pingreq())
        came += [second for row in desk.tick(1) if row == (1, notice(1))]
    assert came == [30, 60, 110, 220, 510]


def test_a_message_is_given_up_after_an_hour_and_its_packet_id_is_free_again() -> None:
    desk = Desk()
    desk.connect(1, "a", keep_alive=1200)
    desk.subscribe(1, "notify")
    desk.say(NOTICE)
    for _ in range(3):
        desk.send(1, Pingreq())
        desk.tick(1199)
    assert desk.say(Said("notify", {"n": 2})) == [(1, notice(2, n=2))]
    desk.tick(3)
    assert desk.say(Said("notify", {"n": 3})) == [(1, notice(1, n=3))]


def test_an_acknowledged_message_does_not_come_again() -> None:
    desk = Desk()
    desk.connect(1, "a")
    desk.subscribe(1, "notify")
    desk.say(NOTICE)
    desk.send(1, Puback(packet_id=1))
    assert desk.tick(31) == []


@pytest.mark.parametrize("dup", [False, True])
def test_a_switch_says_whether_dup_is_set_and_it_stays_so(dup: bool) -> None:
    desk = Desk(limits=Limits(dup_on_new_connection=dup))
    desk.connect(1, "a", V3, clean_start=False)
    desk.subscribe(1, "notify")
    desk.say(NOTICE)
    assert desk.tick(30) == [(1, notice(1))]
    desk.lose(1)
    desk.connect(2, "a", V3, clean_start=False)
    assert desk.tick(30) == [(2, notice(1, dup=dup))]


def test_the_newer_connection_takes_a_client_id_over() -> None:
    desk = Desk()
    desk.connect(1, "a", V5)
    desk.connect(2, "b", V3)
    taken = [(1, Disconnect(code=Reason.SESSION_TAKEN_OVER)), (1, "closed: SESSION_TAKEN_OVER")]
    assert desk.connect(3, "a", V5) == taken
    assert desk.connect(4, "b", V5) == [(2, "closed: SESSION_TAKEN_OVER")]
    assert desk.lose(1) == []
    assert desk.broker.client_of(3) == "a"


def test_a_take_over_resumes_the_session_with_what_was_not_acknowledged() -> None:
    desk = Desk()
    desk.connect(1, "a", V3, clean_start=False)
    desk.subscribe(1, "notify")
    desk.say(NOTICE)
    assert desk.connect(2, "a", V3, clean_start=False) == [(1, "closed: SESSION_TAKEN_OVER"), (2, notice(1))]


@pytest.mark.parametrize(("keep_alive", "last"), [(30, 45), (60, 90), (5, 45), (0, 1800)])
def test_a_silent_client_is_cut_at_one_and_a_half_times_its_keep_alive(keep_alive: int, last: int) -> None:
    desk = Desk()
    desk.connect(1, "a", V5, keep_alive=keep_alive)
    desk.connect(2, "b", V3, keep_alive=keep_alive)
    assert desk.tick(last) == []
    assert desk.tick(0.1) == [
        (1, Disconnect(code=Reason.KEEP_ALIVE_TIMEOUT)),
        (1, "closed: KEEP_ALIVE_TIMEOUT"),
        (2, "closed: KEEP_ALIVE_TIMEOUT"),
    ]


@pytest.mark.parametrize(
    "packet",
    [
        Pingreq(),
        Publish(topic="t"),
        Puback(packet_id=1),
        Subscribe(packet_id=1, filters=(Subscription(filter="t"),)),
    ],
    ids=lambda packet: packet.type,
)
def test_any_packet_keeps_a_connection_alive(packet: Any) -> None:
    desk = Desk()
    desk.connect(1, "a", V3, keep_alive=30)
    desk.tick(44)
    desk.send(1, packet)
    assert desk.tick(44) == []


def test_a_connection_without_a_connect_is_cut() -> None:
    desk = Desk()
    desk.broker.connected(1, None, desk.now)
    assert desk.tick(30) == []
    assert desk.tick(0.1) == [(1, "closed: KEEP_ALIVE_TIMEOUT")]


@pytest.mark.parametrize(("clean", "kept"), [(False, True), (True, False)])
def test_a_kick_ends_the_connection_and_if_wanted_the_session(clean: bool, kept: bool) -> None:
    desk = Desk()
    desk.connect(1, "a", V3, clean_start=False)
    assert [command.conn for command in desk.broker.kick("a", desk.now, clean=clean)] == [1]
    assert desk.broker.kick("a", desk.now) == []
    assert present(desk, 2, V3, clean_start=False) is kept
