"""What stays consistent on both sides while packets are kept, copied and lost."""

from __future__ import annotations

import msgspec
import pytest

from rigs.jobs.model import Kind, Operation
from rigs.mqtt.packets import Connack, Puback, Publish, Suback, Subscribe, Subscription
from rigs.tap.faults import Copy, Drop, Hold
from rigs.tap.match import Match
from rigs.tap.told import told
from tests.tap.playbook import ROOT, STAMP, Playbook, accepted, ack, message, notice, report, the_notice

TOPIC = f"{ROOT}/notify-next"
OTHER = f"{ROOT}/notify"


def aliased(topic: str, text: bytes, packet_id: int, alias: int = 1) -> Publish:
    return Publish(topic=topic, payload=text, qos=1, packet_id=packet_id, properties={"topic_alias": alias})


def on(text: bytes) -> Match:
    return Match(way="down", where=lambda seen: isinstance(seen.packet, Publish) and seen.packet.payload == text)


def test_an_alias_whose_definition_was_lost_is_written_out() -> None:
    play = Playbook(5)
    play.arm(Drop(on(b"one"), acknowledge=False))
    assert play.down(aliased(TOPIC, b"one", 1)) == []
    assert play.down(aliased("", b"two", 2)) == [("down", aliased(TOPIC, b"two", 2))]
    assert play.down(aliased("", b"three", 3)) == [("down", aliased("", b"three", 3))]


def test_an_alias_that_was_given_away_meanwhile_is_written_out() -> None:
    play = Playbook(5)
    armed = play.arm(Hold(on(b"two")))
    play.down(aliased(TOPIC, b"one", 1))
    assert play.down(aliased("", b"two", 2)) == []
    play.down(aliased(OTHER, b"three", 3))
    assert play.release(armed) == [("down", aliased(TOPIC, b"two", 2))]
    assert play.down(aliased("", b"four", 4)) == [("down", aliased(OTHER, b"four", 4))]


def test_a_copy_names_its_topic_and_no_alias() -> None:
    play = Playbook(5)
    play.arm(Copy(on(b"two")))
    play.down(aliased(TOPIC, b"one", 1))
    _, (_, copy) = play.down(aliased("", b"two", 2))
    assert copy == Publish(topic=TOPIC, payload=b"two", qos=1, packet_id=65535)


@pytest.mark.parametrize("granted", [0, 1])
def test_an_injected_message_has_at_most_the_granted_qos(granted: int) -> None:
    play = Playbook(4)
    play.up(Subscribe(packet_id=3, filters=(Subscription(filter=f"{ROOT}/+", qos=granted),)))
    play.down(Suback(packet_id=3, codes=(granted,)))
    [(_, packet)] = play.inject("down", notice(1))
    assert isinstance(packet, Publish)
    assert packet.qos == granted


def test_the_acknowledgement_of_an_injected_message_ends_at_the_tap() -> None:
    play = Playbook(4)
    [(_, packet)] = play.inject("down", notice(1))
    assert play.up(ack(packet)) == []
    assert play.up(Puback(packet_id=65535)) == [("up", Puback(packet_id=65535))]


def test_a_repeat_keeps_the_id_that_it_was_given() -> None:
    play = Playbook(4)
    [(_, own)] = play.inject("up", message(f"{ROOT}/get", 1))
    assert isinstance(own, Publish)
    question = report("IN_PROGRESS", own.packet_id)
    again = msgspec.structs.replace(question, dup=True)
    [(_, first)], [(_, second)] = play.up(question), play.up(again)
    assert second == msgspec.structs.replace(first, dup=True)


def test_connected_from_the_accepting_connack_on() -> None:
    play = Playbook(5)
    assert play.session.connected
    play.session.stop()
    assert not play.session.connected
    play = Playbook(5)
    play.down(Connack(code=0x87))
    assert not play.session.connected


def test_a_reply_finds_its_request_by_token_then_by_order() -> None:
    play = Playbook(4)
    for number, token in enumerate(("a", "b", "a"), 1):
        play.up(report("IN_PROGRESS", number, clientToken=token, step=number))
    found = []
    for token in ("b", "a", "a", "a", "zzz"):
        play.down(accepted(clientToken=token))
        seen = play.session.newest
        assert seen is not None
        found.append(seen.answers.body["step"] if seen.answers else None)
    assert found == [2, 1, 3, 3, None]


def test_suback_finds_its_subscribe() -> None:
    play = Playbook(4)
    armed = play.arm(Hold(Match(type="SUBACK", acknowledges=Match(type="SUBSCRIBE"))))
    play.up(Subscribe(packet_id=3, filters=(Subscription(filter="a"),)))
    assert play.down(Suback(packet_id=3, codes=(1,))) == []
    assert play.release(armed) == [("down", Suback(packet_id=3, codes=(1,)))]


def said(play: Playbook) -> list[tuple[object, ...]]:
    assert play.session.newest is not None
    return [
        (one.event, one.job, one.execution, one.status, one.version, one.stamp) for one in told(play.session.newest)
    ]


def test_a_plain_accepted_tells_the_status_that_was_reported() -> None:
    play = Playbook(4)
    play.up(report("SUCCEEDED", 1, executionNumber=2, statusDetails={"a": "b"}))
    assert said(play) == []
    play.down(accepted())
    assert said(play) == [("update accepted", "job-1", 2, "SUCCEEDED", None, STAMP)]


def test_a_refusal_tells_the_state_that_it_carries() -> None:
    play = Playbook(4)
    state = {"status": "CANCELED", "versionNumber": 3}
    topic = f"{ROOT}/job-1/update/rejected"
    play.down(message(topic, None, code="VersionMismatch", timestamp=STAMP, executionState=state))
    assert said(play) == [("update rejected VersionMismatch", "job-1", None, "CANCELED", 3, STAMP)]
    play.down(message(topic, None, code="InvalidRequest", timestamp=STAMP))
    assert said(play) == []


def test_deliveries_and_lists_tell_each_execution() -> None:
    play = Playbook(4)
    play.down(notice(1, version=4))
    assert said(play) == [("notify-next", "job-1", 1, "QUEUED", 4, STAMP)]
    entry = {"jobId": "a", "versionNumber": 2, "executionNumber": 1}
    play.down(message(f"{ROOT}/notify", 2, timestamp=STAMP, jobs={"IN_PROGRESS": [entry], "QUEUED": [None]}))
    assert said(play) == [("notify", "a", 1, "IN_PROGRESS", 2, STAMP)]
    play.down(message(f"{ROOT}/get/accepted", None, timestamp=STAMP, queuedJobs=[entry], inProgressJobs=[]))
    assert said(play) == [("get accepted", "a", 1, "QUEUED", 2, STAMP)]
    play.down(message(f"{ROOT}/notify-next", 3, timestamp=STAMP))
    assert said(play) == []


def test_a_job_is_found_in_topic_delivery_list_and_request() -> None:
    play, found = Playbook(4), []
    match = Match(job="job-1", times=None)

    def fits(packet: Publish, up: bool = False) -> None:
        play.up(packet) if up else play.down(packet)
        assert play.session.newest is not None
        found.append(match.fits(play.session.newest))

    fits(report("FAILED"), up=True)
    fits(notice(1))
    fits(notice(2, job="other"))
    fits(message(f"{ROOT}/notify", 3, jobs={"QUEUED": [{"jobId": "job-1"}]}))
    fits(message(f"{ROOT}/start-next", 4), up=True)
    fits(message(f"{ROOT}/start-next/accepted", None, execution={"jobId": "job-1"}))
    assert found == [True, True, False, True, False, True]


def test_a_match_needs_every_member_that_it_names() -> None:
    play = Playbook(4)
    play.up(report("FAILED", 1, expectedVersion=2))
    seen = play.session.newest
    assert seen is not None
    fitting = Match(
        way="up", operation=frozenset({Operation.UPDATE}), kind=Kind.REQUEST, has=frozenset({"expectedVersion"})
    )
    assert fitting.fits(seen)
    assert not the_notice().fits(seen)
    assert not Match(type="PUBACK").fits(seen)
    assert not Match(has=frozenset({"executionNumber"})).fits(seen)
    assert not Match(code="VersionMismatch").fits(seen)
    assert not Match(acknowledges=Match()).fits(seen)


@pytest.mark.parametrize("version", [4, 5])
def test_once_touched_a_connection_is_not_sure_to_pass_packets_on(version: int) -> None:
    book = Playbook(version)
    assert book.session.transparent
    armed = book.arm(Drop(the_notice(), acknowledge=False))
    assert not book.session.transparent
    book.armory.remove(armed)
    assert book.session.transparent, "the fault has never hit"
    armed = book.arm(Drop(the_notice(), acknowledge=False))
    book.down(notice())
    book.armory.remove(armed)
    assert not book.session.transparent
