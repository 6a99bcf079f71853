"""`--faults off`: the dry twin of each fault counts the same hits and changes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rigs.jobs.model import ErrorCode, Operation
from rigs.mqtt.packets import Packet, Puback, Suback, Subscribe, Subscription
from rigs.tap import faults
from rigs.tap.armory import Armed, Fault
from rigs.tap.faults.dry import Dry
from rigs.tap.match import Match
from rigs.tap.reader import Way
from tests.tap.playbook import ROOT, Playbook, message, notice, report, the_end, the_notice

SOON = timedelta(seconds=3)
WISH = Subscribe(packet_id=3, filters=(Subscription(filter="a"),))
DOCUMENT = {"url": "https://x/y?X-Amz-Signature=ab"}
TRAFFIC: list[tuple[Way, Packet]] = [
    ("up", WISH),
    ("down", Suback(packet_id=3, codes=(1,))),
    ("down", notice(1, jobDocument=DOCUMENT)),
    ("up", Puback(packet_id=1)),
    ("up", message(f"{ROOT}/get", 4)),
    ("down", Puback(packet_id=4)),
    ("up", report("SUCCEEDED", 5, expectedVersion=1)),
    ("down", Puback(packet_id=5)),
    ("down", notice(1)),
]
FAULTS: dict[str, Fault] = {
    "Act": faults.Act(the_end(), action=print, within=SOON),
    "Answer": faults.Answer(the_end(), code=ErrorCode.INTERNAL_ERROR),
    "AnswerEmpty": faults.AnswerEmpty(Match(way="up", operation=Operation.GET)),
    "Copy": faults.Copy(the_notice(), same_id=True, fresh_signature=True),
    "Corrupt": faults.Corrupt(the_notice()),
    "Cut": faults.Cut(the_end()),
    "Delay": faults.Delay(the_notice(), by=SOON),
    "Drop": faults.Drop(the_notice(), acknowledge=True),
    "Forget": faults.Forget(),
    "Goodbye": faults.Goodbye(the_notice(), code=0x98),
    "Hold": faults.Hold(the_end(), at_end="sent"),
    "Insert": faults.Insert(the_notice(), message=lambda seen: ("a", b"b")),
    "Refuse": faults.Refuse(Match(type="SUBSCRIBE"), code=0x80),
    "Reorder": faults.Reorder(the_end(), behind=the_notice(), at_most=SOON),
    "Replace": faults.Replace(the_notice(), edit=lambda payload: {}),
    "Shift": faults.Shift(3),
    "Truncate": faults.Truncate(the_notice()),
    "Watch": faults.Watch(the_notice()),
}


def greeting(play: Playbook) -> list[tuple[Way, Packet]]:
    connect = type(play.connect)(version=play.version, client_id="x", clean_start=False)
    return [("up", connect), ("down", play.connack), *TRAFFIC]


def test_every_fault_has_a_row() -> None:
    assert sorted(FAULTS) == sorted(faults.__all__)


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("name", FAULTS)
def test_a_dry_fault_is_hit_and_changes_nothing(name: str, version: int) -> None:
    play = Playbook(version, greet=False)
    armed = play.arm(Dry(fault=FAULTS[name]))
    for way, packet in greeting(play):
        left = play.up(packet) if way == "up" else play.down(packet)
        assert left == [(way, packet)]
    assert armed.hit
    assert [play.waits, play.acts, play.closed, play.spoilt, play.blamed] == [[]] * 5
    assert repr(armed.fault).startswith("only watch instead of: ")


@pytest.mark.parametrize("first", ["Drop", "Replace"])
def test_a_dry_fault_hides_the_next_one_as_the_true_one_does(first: str) -> None:
    """Else the counts of two faults at one packet would differ between a run with faults and one without."""

    def hits(dry: bool) -> list[int]:
        play = Playbook(4)
        chosen: list[Fault] = [FAULTS[first], faults.Delay(the_notice(times=None), by=SOON)]
        armed: list[Armed] = [play.arm(Dry(fault=fault) if dry else fault) for fault in chosen]
        for way, packet in TRAFFIC:
            play.up(packet) if way == "up" else play.down(packet)
        return [len(one.hits) for one in armed]

    assert hits(dry=True) == hits(dry=False) == [1, 1 if first == "Drop" else 2]
