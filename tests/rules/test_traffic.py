"""I11 and I12: acknowledgements and rates."""

from typing import Any

import pytest

from rigs.jobs.model import Kind, Operation
from rigs.rules.base import Finding
from rigs.rules.judge import judged
from rigs.trace.records import Console, Link, Power
from rigs.trace.tape import Tape

PROFILE: dict[str, Any] = {"timing": {"ack": 5}}


def told(id: int = 7) -> Tape:
    """A connected device that a QoS 1 message was handed to."""
    tape = Tape()
    tape.connect()
    tape.down(tape.topic(Operation.NOTIFY, Kind.NOTIFICATION), {"jobs": {}}, qos=1, id=id)
    return tape


def found(tape: Tape, rule: str) -> list[Finding]:
    return [finding for finding in judged(tape.records, PROFILE).findings if finding.rule == rule]


def test_i11_a_message_that_is_not_acknowledged_within_the_bound() -> None:
    tape = told()
    given = len(tape.records)
    tape.wait(5.1).notify_next()
    [finding] = found(tape, "I11")
    assert (finding.severity, finding.proof) == ("violation", [given])


def test_i11_one_of_two_is_acknowledged() -> None:
    tape = told(7)
    tape.down(tape.topic(Operation.NOTIFY, Kind.NOTIFICATION), {"jobs": {}}, qos=1, id=8)
    tape.both("up", "PUBACK", id=8)
    tape.wait(5.1).notify_next()
    assert "packet id 7" in found(tape, "I11")[0].text


def test_i11_a_puback_that_the_tap_kept_was_sent_all_the_same() -> None:
    tape = told()
    tape.packet("device", "up", "PUBACK", id=7)
    tape.wait(60).notify_next()
    assert not found(tape, "I11")


@pytest.mark.parametrize(
    "end",
    [Link(link="device", conn=1, event="close"), Power(event="off")],
)
def test_i11_what_was_under_way_when_link_or_power_went(end: Any) -> None:
    tape = told()
    tape.add(end)
    tape.wait(60).notify_next(lost=True)
    assert not found(tape, "I11")


@pytest.mark.parametrize("after", [31, 3600])
def test_i11_without_a_declared_bound_late_is_right_and_never_is_wrong(after: float) -> None:
    for acknowledged in (True, False):
        tape = told()
        given = len(tape.records)
        tape.wait(after).notify_next()
        if acknowledged:
            tape.both("up", "PUBACK", id=7)
        tape.close(by="device")
        assert [one.proof for one in judged(tape.records, {}).findings] == ([] if acknowledged else [[given]])


@pytest.mark.parametrize("end", [Console(way="sent", text="kill: agent killed"), Power(event="off")])
def test_i11_a_device_that_was_stopped_owes_nothing_however_late(end: Any) -> None:
    tape = told()
    tape.wait(60).add(end)
    tape.close(by="device")
    assert not judged(tape.records, {}).findings


def test_i11_before_the_bound_nothing_is_said() -> None:
    tape = told()
    tape.wait(4.9).notify_next()
    assert not found(tape, "I11")


def test_i11_qos_0_needs_no_acknowledgement() -> None:
    tape = Tape()
    tape.connect()
    tape.notify_next()
    tape.wait(60).notify_next()
    assert not found(tape, "I11")


@pytest.mark.parametrize("topic", ["telemetry", "$aws/things/bench-7/jobs/get"])
def test_i12_more_than_a_hundred_messages_in_a_second(topic: str) -> None:
    tape = Tape()
    tape.connect()
    for _ in range(101):
        tape.wait(0.009).up(topic, {}, qos=0)
    assert [finding.severity for finding in found(tape, "I12")] == ["violation"]


def test_i12_a_hundred_a_second_are_right() -> None:
    tape = Tape()
    tape.connect()
    for _ in range(300):
        tape.wait(0.0101).up("telemetry", {}, qos=0)
    assert not found(tape, "I12")


def test_i12_connects_without_pause() -> None:
    tape = Tape()
    for _ in range(11):
        tape.wait(0.5).connect()
        tape.close(by="device")
    assert "client id 'bench-7' connected 11 times" in found(tape, "I12")[0].text


def test_i12_what_the_rig_has_cut_is_not_counted() -> None:
    tape = Tape()
    for _ in range(11):
        tape.wait(0.5).connect()
        tape.close(by="tap")
    assert not found(tape, "I12")


def test_i12_tries_that_never_got_to_connect_count_too() -> None:
    tape = Tape()
    for _ in range(11):
        tape.conn += 1
        tape.wait(0.2).add(Link(link="device", conn=tape.conn, event="refused", by="tap"))
    assert len(found(tape, "I12")) == 1


def test_i12_a_quick_first_try_and_growing_pauses_are_right() -> None:
    tape = Tape()
    for pause in (0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 60, 60):
        tape.wait(pause).connect()
        tape.close(by="device")
    assert not found(tape, "I12")


def test_i12_addresses_tried_side_by_side_are_one_try() -> None:
    tape = Tape()
    for _ in range(6):
        tape.wait(1.5)
        for _ in range(4):
            tape.conn += 1
            tape.wait(0.001).add(Link(link="device", conn=tape.conn, event="refused", by="tap"))
    assert not found(tape, "I12")


def test_i12_two_client_ids_have_each_their_own_second() -> None:
    tape = Tape()
    for turn in range(14):
        tape.wait(0.8).connect(client_id=f"bench-{turn % 2}")
        tape.close(by="device")
    assert not found(tape, "I12")


def test_i12_a_cloud_that_hangs_up_is_no_excuse_for_coming_back_at_once() -> None:
    tape = Tape()
    for _ in range(11):
        tape.wait(0.5).connect()
        tape.close(by="cloud")
    assert len(found(tape, "I12")) == 1


def test_i12_what_piled_up_while_the_tap_read_nothing_is_no_burst() -> None:
    tape = Tape()
    tape.connect()
    tape.add(Link(link="cloud", conn=1, event="stalled", by="cloud"))
    tape.wait(5).add(Link(link="cloud", conn=1, event="flowing", by="cloud"))
    for _ in range(150):
        tape.wait(0.001).up("telemetry", {}, qos=0)
    tape.wait(2)
    assert not found(tape, "I12")
    for _ in range(101):
        tape.wait(0.001).up("telemetry", {}, qos=0)
    assert len(found(tape, "I12")) == 1
