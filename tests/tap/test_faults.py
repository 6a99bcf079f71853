"""Each fault as a playbook, for MQTT 3.1.1 and 5: event in, what leaves the tap out."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import msgspec
import pytest

from rigs.jobs.model import Kind, Operation, Status
from rigs.mqtt.packets import Connack, Connect, Puback, Publish, Suback, Subscribe, Subscription
from rigs.tap.armory import Armory
from rigs.tap.faults import (
    Act,
    Copy,
    Cut,
    Delay,
    Drop,
    Forget,
    Hold,
    Insert,
    Refuse,
    Reorder,
    Shift,
)
from rigs.tap.match import Match, Seen
from tests.tap.playbook import (
    ROOT,
    Playbook,
    accepted,
    ack,
    body,
    message,
    notice,
    report,
    the_end,
    the_notice,
)

SOON = timedelta(seconds=3)


@pytest.fixture(params=[4, 5], ids=["3.1.1", "5"])
def play(request: pytest.FixtureRequest) -> Playbook:
    return Playbook(request.param)


def test_a_lost_report_goes_nowhere_and_its_repeat_passes(play: Playbook) -> None:
    armed = play.arm(Drop(the_end(), acknowledge=False))
    end = report("SUCCEEDED", 7)
    assert play.up(end) == []
    assert armed.hit
    again = msgspec.structs.replace(end, dup=True)
    assert play.up(again) == [("up", again)]
    assert play.down(Puback(packet_id=7)) == [("down", Puback(packet_id=7))]


def test_a_swallowed_notice_is_acknowledged_in_the_devices_place(play: Playbook) -> None:
    play.arm(Drop(the_notice(times=None), acknowledge=True))
    assert play.down(notice(1)) == [("up", Puback(packet_id=1))]
    assert play.down(notice(1)) == [("up", Puback(packet_id=1))]


def test_a_swallowed_message_of_qos_0_needs_no_acknowledgement(play: Playbook) -> None:
    play.arm(Drop(the_notice(), acknowledge=True))
    assert play.down(notice(None)) == []


def test_the_accepted_reply_to_a_status_is_found_by_its_request(play: Playbook) -> None:
    reply = Match(way="down", operation=Operation.UPDATE, kind=Kind.ACCEPTED, statuses=frozenset({Status.SUCCEEDED}))
    armed = play.arm(Drop(reply, acknowledge=False))
    assert repr(armed.fault) == "drop the accepted reply to update SUCCEEDED, once"
    progress, end = report("IN_PROGRESS", 1, clientToken="a"), report("SUCCEEDED", 2, clientToken="b")
    play.up(progress)
    play.up(end)
    assert play.down(accepted(clientToken="b")) == []
    assert play.down(accepted(clientToken="a")) == [("down", accepted(clientToken="a"))]


def test_holding_one_packet_holds_no_other(play: Playbook) -> None:
    armed = play.arm(Hold(the_end()))
    end, question = report("SUCCEEDED", 1), message(f"{ROOT}/get", 2)
    assert play.up(end) == []
    assert play.up(question) == [("up", question)]
    assert play.down(Puback(packet_id=2)) == [("down", Puback(packet_id=2))]
    assert play.release(armed) == [("up", end)]
    assert play.release(armed) == []
    assert play.down(Puback(packet_id=1)) == [("down", Puback(packet_id=1))]


def test_what_is_sent_again_of_a_held_packet_is_swallowed(play: Playbook) -> None:
    armed = play.arm(Hold(the_notice()))
    play.down(notice(1))
    assert play.down(notice(1)) == []
    assert play.release(armed) == [("down", notice(1))]


def test_a_hold_ends_when_the_other_packet_has_passed(play: Playbook) -> None:
    puback = Match(way="down", acknowledges=the_end())
    reply = Match(way="down", operation=Operation.UPDATE, kind=Kind.ACCEPTED)
    play.arm(Hold(puback, until=reply, at_most=SOON))
    play.up(report("SUCCEEDED", 3))
    assert play.down(Puback(packet_id=3)) == []
    assert play.down(accepted()) == [("down", accepted()), ("down", Puback(packet_id=3))]
    assert play.timer(play.waits[0]) == []


def test_a_hold_ends_by_itself_when_the_other_packet_does_not_come(play: Playbook) -> None:
    play.arm(Hold(the_end(), until=the_notice(), at_most=SOON))
    play.up(report("SUCCEEDED", 3))
    assert play.waits[0].by == SOON
    assert play.timer(play.waits[0]) == [("up", report("SUCCEEDED", 3))]


def test_two_reports_change_places(play: Playbook) -> None:
    progress = Match(way="up", operation=Operation.UPDATE, statuses=frozenset({Status.IN_PROGRESS}))
    play.arm(Reorder(progress, behind=the_end(), at_most=SOON))
    first, second = report("IN_PROGRESS", 1), report("SUCCEEDED", 2)
    assert play.up(first) == []
    assert play.up(second) == [("up", second), ("up", first)]


def test_a_late_packet_leaves_after_its_time(play: Playbook) -> None:
    play.arm(Delay(the_end(), by=SOON))
    assert play.up(report("SUCCEEDED")) == []
    assert [wait.by for wait in play.waits] == [SOON]
    assert play.timer(play.waits[0]) == [("up", report("SUCCEEDED"))]


def test_a_copy_has_an_id_of_its_own_and_its_acknowledgement_ends_at_the_tap(play: Playbook) -> None:
    play.arm(Copy(the_notice(), times=2))
    left = play.down(notice(1))
    ids = [packet.packet_id for _, packet in left if isinstance(packet, Publish)]
    assert ids == [1, 65535, 65534]
    assert len({packet.payload for _, packet in left if isinstance(packet, Publish)}) == 1
    assert play.up(Puback(packet_id=65535)) == []
    assert play.up(Puback(packet_id=1)) == [("up", Puback(packet_id=1))]
    assert play.up(Puback(packet_id=65534)) == []


def test_a_genuine_packet_with_the_id_of_a_copy_gets_another_one(play: Playbook) -> None:
    play.arm(Copy(the_end()))
    (_, _), (_, copy) = play.up(report("SUCCEEDED", 1))
    assert isinstance(copy, Publish)
    assert copy.packet_id == 65535
    question = message(f"{ROOT}/get", 65535)
    [(_, renamed)] = play.up(question)
    assert renamed == msgspec.structs.replace(question, packet_id=65534)
    assert play.down(Puback(packet_id=65535)) == []
    assert play.down(Puback(packet_id=65534)) == [("down", Puback(packet_id=65535))]


def test_a_subscription_with_the_id_of_a_copy_gets_another_one(play: Playbook) -> None:
    play.arm(Copy(the_end()))
    play.up(report("SUCCEEDED", 1))
    wish = Subscribe(packet_id=65535, filters=(Subscription(filter=f"{ROOT}/notify-next", qos=1),))
    assert play.up(wish) == [("up", msgspec.structs.replace(wish, packet_id=65534))]
    granted = Suback(packet_id=65534, codes=(1,))
    assert play.down(granted) == [("down", msgspec.structs.replace(granted, packet_id=65535))]


def test_a_copied_request_finds_both_of_its_replies(play: Playbook) -> None:
    play.arm(Copy(the_end()))
    refusal = Match(way="down", kind=Kind.REJECTED, statuses=frozenset({Status.SUCCEEDED}))
    armed = play.arm(Drop(refusal, acknowledge=False))
    play.up(report("SUCCEEDED", 1))
    play.down(accepted())
    assert play.down(message(f"{ROOT}/job-1/update/rejected", None, code="VersionMismatch")) == []
    assert armed.hit


def test_copies_keep_to_the_devices_receive_maximum() -> None:
    play = Playbook(5, receive_maximum=1)
    play.arm(Copy(the_notice(), times=2))
    assert [packet for _, packet in play.down(notice(1))] == [notice(1)]
    left = play.up(Puback(packet_id=1))
    assert left[0] == ("up", Puback(packet_id=1))
    assert [way for way, _ in left] == ["up", "down"]
    second = notice(2)
    assert play.down(second) == []
    [(_, third)] = play.up(ack(left[1][1]))
    assert play.up(ack(third)) == [("down", second)]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_cut_at_a_packet(play: Playbook, when: str) -> None:
    play.arm(Cut(the_end(), when=when, down=True))  # type: ignore[arg-type]
    left = play.up(report("SUCCEEDED"))
    assert left == ([] if when == "before" else [("up", report("SUCCEEDED"))])
    assert [(close.down, close.silent, close.how) for close in play.closed] == [(True, False, "reset")]
    assert play.up(report("FAILED", 2)) == []


def test_a_link_that_falls_silent(play: Playbook) -> None:
    play.arm(Cut(the_end(), silent=True))
    play.up(report("SUCCEEDED"))
    assert play.closed[0].silent
    assert play.down(notice(1)) == []


def test_an_action_comes_before_the_packet(play: Playbook) -> None:
    seen: list[Seen] = []
    play.arm(Act(the_end(times=None), action=seen.append, within=SOON, says="let another client write"))
    assert play.up(report("SUCCEEDED", 1)) == []
    [act] = play.acts
    act.action(act.seen)
    assert [one.statuses for one in seen] == [{"SUCCEEDED"}]
    assert play.acted(act) == [("up", report("SUCCEEDED", 1))]
    assert play.acted(act) == []


@pytest.mark.parametrize("before", [True, False])
def test_the_device_hears_something_beside(play: Playbook, before: bool) -> None:
    extra = notice(None, job="job-9")
    play.arm(Insert(the_notice(), message=lambda seen: (extra.topic, body(extra)), qos=0, before=before))
    left = [packet for _, packet in play.down(notice(1))]
    assert left == ([extra, notice(1)] if before else [notice(1), extra])


def test_the_device_hears_something_later(play: Playbook) -> None:
    play.arm(Insert(the_notice(), message=lambda seen: ("a/b", b"late"), qos=0, later=SOON))
    play.down(notice(1))
    assert play.timer(play.waits[0]) == [("down", Publish(topic="a/b", payload=b"late"))]


def test_a_refused_subscription_is_not_passed_on(play: Playbook) -> None:
    play.arm(Refuse(Match(type="SUBSCRIBE"), code=0x80))
    wish = Subscribe(packet_id=5, filters=(Subscription(filter="a"), Subscription(filter="b")))
    assert play.up(wish) == [("down", Suback(packet_id=5, codes=(0x80, 0x80)))]


def test_a_refused_connect_ends_the_connection_in_good_order(play: Playbook) -> None:
    play.arm(Refuse(Match(type="CONNECT"), code=3))
    assert play.up(Connect(version=play.version)) == [("down", Connack(code=3))]
    assert play.closed[0].how == "close_notify"


def test_a_session_is_forgotten_by_the_cloud_itself(play: Playbook) -> None:
    armed = play.arm(Forget())
    [(_, connect)] = play.up(Connect(version=play.version, client_id="x", clean_start=False))
    assert isinstance(connect, Connect)
    assert connect.clean_start
    assert armed.hit


def test_two_faults_at_one_packet(play: Playbook) -> None:
    play.arm(Shift(4))
    play.arm(Copy(the_notice()))
    hold = play.arm(Hold(the_notice()))
    never = play.arm(Drop(the_notice(), acknowledge=True))
    assert play.down(notice(1)) == []
    assert [body(packet)["execution"]["versionNumber"] for _, packet in play.release(hold)] == [5, 5]
    assert not never.hit


def test_nth_and_times_count_over_connections() -> None:
    fault = Drop(the_notice(nth=2, times=2), acknowledge=False)
    armory = Armory()
    first, second = Playbook(4, armory=armory), Playbook(4, armory=armory)
    armed = first.arm(fault)
    passed = [bool(play.down(notice(number))) for number, play in enumerate((first, second, first, second), 1)]
    assert passed == [True, False, False, True]
    assert len(armed.hits) == 2


def test_faults_read_like_sentences() -> None:
    end = the_end(job="job-1", has=frozenset({"expectedVersion"}), times=None)
    notices = Match(operation=frozenset({Operation.NOTIFY, Operation.NOTIFY_NEXT}), kind=Kind.NOTIFICATION, nth=2)
    said = [
        Hold(end, until=notices, at_most=SOON),
        Drop(notices, acknowledge=True),
        Hold(Match(way="down", acknowledges=the_end())),
        Copy(the_notice(), times=3),
        Shift(4),
        Cut(Match(type="CONNECT", nth=3, times=2), down=True),
        Reorder(the_notice(), behind=the_end(), at_most=SOON),
        Act(end, action=print, within=SOON, says="let another client write"),
    ]
    assert [repr(fault) for fault in said] == [
        "hold the update SUCCEEDED of job job-1 naming expectedVersion, every time"
        " until the notify or notify-next has passed for at most 3 s",
        "drop the notify or notify-next, the 2nd time, acknowledged",
        "hold the PUBACK of the update SUCCEEDED, once",
        "send 4 of the notify-next, once",
        "shift the version of every execution by +4",
        "cut the link before any CONNECT, from the 3rd on 2 times, and keep it down",
        "let the update SUCCEEDED overtake the notify-next, once",
        "let another client write before the update SUCCEEDED of job job-1 naming expectedVersion, every time",
    ]


def test_a_match_counts_from_one() -> None:
    with pytest.raises(ValueError, match="count from 1"):
        dataclasses.replace(Match(), nth=0)
