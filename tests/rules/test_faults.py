"""The tap's faults against healthy devices: no rule blames them for what the tap does. One that errs is still found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from rigs.jobs.model import ErrorCode, Kind, Operation, Status
from rigs.rules.base import Finding
from rigs.rules.judge import judged
from rigs.tap import faults
from rigs.tap.armory import Fault
from rigs.tap.match import Match, Seen
from rigs.trace.timeline import around
from tests.rules.tapdevice import Device, Ways
from tests.rules.tapline import THING, Line

ROOT = f"$aws/things/{THING}/jobs"
SOON, LATE = timedelta(seconds=3), timedelta(seconds=25)
PROFILE = {"waits_for_start": True, "one_at_a_time": True, "progress_key": "step", "tries": 5, "timing": {"ack": 35}}


def _report(*statuses: Status, nth: int = 1, times: int | None = 1) -> Match:
    wanted = frozenset(statuses or (Status.SUCCEEDED,))
    return Match(
        way="up", operation=Operation.UPDATE, kind=Kind.REQUEST, statuses=wanted, nth=nth, times=times, job="A"
    )


def _reply(*statuses: Status, times: int | None = 1) -> Match:
    wanted = frozenset(statuses or (Status.SUCCEEDED,))
    return Match(way="down", operation=Operation.UPDATE, kind=Kind.ACCEPTED, statuses=wanted, times=times, job="A")


def _notice(times: int | None = 1) -> Match:
    return Match(way="down", operation=frozenset({Operation.NOTIFY, Operation.NOTIFY_NEXT}), times=times)


def _ask(times: int | None = 1) -> Match:
    asks = frozenset({Operation.START_NEXT, Operation.DESCRIBE})
    return Match(way="up", operation=asks, kind=Kind.REQUEST, times=times)


def _answer(times: int | None = 1) -> Match:
    asks = frozenset({Operation.START_NEXT, Operation.DESCRIBE})
    return Match(way="down", operation=asks, kind=Kind.ACCEPTED, times=times)


AT_THE_END = ("progress after the end", "another end", "no acknowledgement")
PROGRESS = (Status.IN_PROGRESS,)
PUBACK = Match(way="down", type="PUBACK", acknowledges=_report(), times=None)
DEVICES_PUBACK = Match(way="up", type="PUBACK", times=3)
CONNECT, CONNACK = Match(way="up", type="CONNECT"), Match(way="down", type="CONNACK")
SUBSCRIBE = Match(way="up", type="SUBSCRIBE")


def _strange(kind: str) -> Callable[[Seen], tuple[str, dict[str, Any]]]:
    """A reply to nothing that the device has asked."""
    state = {"status": "IN_PROGRESS", "versionNumber": 9}
    body = {"code": "VersionMismatch", "executionState": state} if kind == "rejected" else {}
    return lambda seen: (f"{ROOT}/A/update/{kind}", {"timestamp": 1, "clientToken": "strange", **body})


def _nothing(seen: Seen) -> tuple[str, dict[str, Any]]:
    return f"{ROOT}/notify-next", {"timestamp": 1}


def _without_version(body: dict[str, Any]) -> dict[str, Any]:
    """As notify-next is told without a version."""
    body.get("execution", {}).pop("versionNumber", None)
    return body


def _other_client(line: Line) -> Callable[[Seen], None]:
    return lambda seen: line.cloud.another_client("A")


def _cancelled(line: Line) -> Callable[[Seen], None]:
    return lambda seen: line.cloud.operate("CancelJobExecution", jobId="A", thingName=THING, force=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A fault that is armed when A is queued; `hides` are the defects that nobody can see under it, for a reason."""

    name: str
    make: Callable[[Line], Fault]
    wants: Callable[[Ways], bool] = lambda ways: True
    hides: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


def _row(
    name: str, fault: Fault, wants: Callable[[Ways], bool] = lambda ways: True, hides: tuple[str, ...] = ()
) -> Row:
    return Row(name=name, make=lambda line: fault, wants=wants, hides=hides)


def _acknowledges(ways: Ways) -> bool:
    return ways.qos == 1


ROWS = [
    _row("the end is lost", faults.Drop(_report(), acknowledge=False)),
    _row("the end is lost, acknowledged", faults.Drop(_report(), acknowledge=True)),
    _row("the start is lost", faults.Drop(_report(*PROGRESS), acknowledge=False)),
    _row("all progress is lost for a while", faults.Drop(_report(*PROGRESS, times=5), acknowledge=True)),
    _row("the answer to the end is lost", faults.Drop(_reply(), acknowledge=False)),
    _row("two answers to the end are lost", faults.Drop(_reply(times=2), acknowledge=False)),
    _row("the notices are lost", faults.Drop(_notice(4), acknowledge=True)),
    _row("the notices are lost, not acknowledged", faults.Drop(_notice(2), acknowledge=False)),
    _row("the question is lost", faults.Drop(_ask(), acknowledge=False)),
    _row("the device's acknowledgements are lost", faults.Drop(DEVICES_PUBACK, acknowledge=False)),
    _row("the acknowledgement is withheld", faults.Drop(PUBACK, acknowledge=False), _acknowledges),
    _row("the acknowledgement is late", faults.Hold(PUBACK, at_most=LATE), _acknowledges),
    _row("the CONNACK is lost", faults.Drop(Match(way="down", type="CONNACK"), acknowledge=False)),
    _row("the end is held", faults.Hold(_report(), at_most=LATE)),
    _row("the answer is held", faults.Hold(_reply(*PROGRESS), at_most=LATE)),
    _row("the answer comes on the next connection", faults.Hold(_reply(), at_end="sent")),
    _row("the report goes out on the next connection", faults.Hold(_report(), at_end="sent")),
    _row("progress goes out on the next connection", faults.Hold(_report(*PROGRESS, nth=2), at_end="sent")),
    _row("the answer to progress comes on the next connection", faults.Hold(_reply(*PROGRESS), at_end="sent")),
    _row("the notices are held", faults.Hold(_notice(2), at_most=LATE)),
    _row("the notices are held past a connection", faults.Hold(_notice(2), at_end="kept", at_most=LATE)),
    _row("a SUBSCRIBE is held", faults.Hold(SUBSCRIBE, at_most=SOON)),
    _row("the end is late", faults.Delay(_report(), by=SOON)),
    _row("every answer is late", faults.Delay(_reply(*PROGRESS, Status.SUCCEEDED, times=None), by=LATE)),
    _row("the end overtakes progress", faults.Reorder(_report(*PROGRESS, nth=2), behind=_report(), at_most=LATE)),
    _row("the end arrives twice", faults.Copy(_report())),
    _row("progress arrives four times", faults.Copy(_report(*PROGRESS, nth=2), times=3)),
    _row("the answer arrives twice", faults.Copy(_reply())),
    _row("the answer to progress arrives twice", faults.Copy(_reply(*PROGRESS, times=None))),
    _row("the notices arrive four times", faults.Copy(_notice(None), times=3)),
    _row("the notices arrive again with DUP", faults.Copy(_notice(None), same_id=True, dup=True)),
    _row("the document arrives twice", faults.Copy(_answer(2))),
    _row("no version in what it is given", faults.Replace(_notice(None), edit=_without_version)),
    _row("spoilt notices", faults.Replace(_notice(2), edit=lambda body: "{no json")),
    _row("a spoilt report", faults.Corrupt(_report(*PROGRESS))),
    _row("a spoilt answer", faults.Corrupt(_reply(), how="bytes")),
    _row("a report cut off", faults.Truncate(_report())),
    _row("an answer cut off", faults.Truncate(_reply())),
    _row("a strange refusal", faults.Insert(_reply(*PROGRESS), message=_strange("rejected"), before=True)),
    _row("a strange acceptance", faults.Insert(_reply(*PROGRESS), message=_strange("accepted"), before=True)),
    _row("nothing is pending, it hears", faults.Insert(_reply(*PROGRESS, times=None), message=_nothing)),
    _row("higher versions", faults.Shift(4)),
    _row("versions beyond 32 bits", faults.Shift(2**31)),
    _row("throttled", faults.Answer(_report(*PROGRESS), code=ErrorCode.REQUEST_THROTTLED)),
    _row("the end is called invalid", faults.Answer(_report(times=2), code=ErrorCode.INVALID_REQUEST)),
    _row("no JSON, it hears", faults.Answer(_report(*PROGRESS), code=ErrorCode.INVALID_JSON)),
    _row("the question is answered with nothing", faults.AnswerEmpty(_ask(2))),
    _row("the CONNECT is refused", faults.Refuse(Match(way="up", type="CONNECT", times=3), code=3)),
    _row("the SUBSCRIBE is refused", faults.Refuse(Match(way="up", type="SUBSCRIBE", times=2), code=0x80)),
    _row("the link breaks before the end", faults.Cut(_report())),
    _row("the link breaks after the end", faults.Cut(_report(), when="after")),
    _row("the link breaks before the answer", faults.Cut(_reply())),
    # the answer to the end comes right before the notices: what the link may have taken with it, nobody has read
    _row("the link breaks after every notice", faults.Cut(_notice(6), when="after", how="fin"), hides=AT_THE_END),
    _row("the link breaks and stays down", faults.Cut(_report(), when="after", down=True)),
    _row("the link falls silent", faults.Cut(_reply(*PROGRESS), silent=True)),
    _row("the broker says goodbye", faults.Goodbye(_report(), code=0x8B)),
    _row("the broker says goodbye before", faults.Goodbye(_reply(), code=0x8E, when="before")),
    _row("the session is forgotten", faults.Forget(), lambda ways: not ways.clean),
    _row("only watched", faults.Watch(_report())),
    Row(
        name="another client is faster",
        make=lambda line: faults.Act(_report(times=3), action=_other_client(line), within=SOON),
    ),
    Row(
        name="another client is faster at progress",
        make=lambda line: faults.Act(_report(*PROGRESS, nth=2, times=2), action=_other_client(line), within=SOON),
    ),
    Row(
        name="cancelled just before the end",
        make=lambda line: faults.Act(_report(), action=_cancelled(line), within=SOON),
    ),
]
WAYS = [
    Ways(name="plain"),
    Ways(name="describes, MQTT 5, persistent", starts_next=False, version=5, clean=False),
    Ways(name="QoS 0 without tokens", qos=0, tokens=False, by_token=False),
    Ways(name="persistent, pairs by topic", clean=False, by_token=False),
    Ways(name="without versions", versions=False, starts_next=False),
]
NEEDS_ANOTHER_LINK = ("the CONNACK", "the CONNECT", "a SUBSCRIBE", "the SUBSCRIBE", "the session")


def played(row: Row, ways: Ways) -> tuple[Line, Device, bool]:
    """Two jobs under the fault; the link is cut once, the fault is lifted, and there is time to recover."""
    line = Line()
    device = Device(line, ways)
    device.connect()
    line.advance(2)
    armed = line.armory.arm(row.make(line))
    if row.name.startswith(NEEDS_ANOTHER_LINK):
        line.hang_up("tap")
        line.advance(10)
    for job in ("A", "B"):
        line.cloud.queue(job)
    line.advance(45)
    line.hang_up("tap")
    line.advance(45)
    armed.lift()
    line.down = False
    line.advance(300)
    return line, device, armed.hit


def violations(line: Line) -> Iterator[Finding]:
    for profile in ({}, PROFILE):
        yield from judged(line.records, profile, thing=THING).violations


def _told(line: Line, found: list[Finding]) -> str:
    return "\n".join(f"{one}\n{around(line.records, one.proof[-1], 30, 4)}" for one in found[:1])


@pytest.mark.parametrize("ways", WAYS, ids=str)
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_no_fault_makes_a_healthy_device_look_bad(row: Row, ways: Ways) -> None:
    if not row.wants(ways):
        pytest.skip("the fault has nothing to hit")
    line, device, hit = played(row, ways)
    found = list(violations(line))
    assert (hit, found) == (True, []), _told(line, found)
    assert device.finished == ["A", "B"], around(line.records, len(line.records), 40)


DEFECTS = {"constant version": "I8", "progress after the end": "I7", "another end": "I6", "no acknowledgement": "I11"}


@pytest.mark.parametrize("defect", DEFECTS)
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_device_that_errs_is_found_under_every_fault(row: Row, defect: str) -> None:
    if defect in row.hides:
        pytest.skip("nobody can see it here")
    line, _, _ = played(row, Ways(name=defect, defect=defect))
    assert DEFECTS[defect] in {one.rule for one in violations(line)}, around(line.records, len(line.records), 60)


def test_every_fault_has_its_rows() -> None:
    played_with = {type(row.make(Line())).__name__ for row in ROWS}
    assert set(faults.__all__) - played_with == set()
