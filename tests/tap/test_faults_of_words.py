"""Faults that change or forge what is said, as playbooks for MQTT 3.1.1 and 5."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rigs.errors import UsageFault
from rigs.jobs.model import ErrorCode, Kind, Operation
from rigs.mqtt.packets import Puback, Publish
from rigs.tap.faults import (
    Answer,
    AnswerEmpty,
    Replace,
    Shift,
)
from rigs.tap.faults.shift import shifted
from rigs.tap.match import Match
from tests.tap.playbook import (
    ROOT,
    STAMP,
    Playbook,
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


def test_an_answer_in_the_services_place(play: Playbook) -> None:
    armed = play.arm(Answer(the_end(), code=ErrorCode.REQUEST_THROTTLED))
    acknowledged, (way, reply) = play.up(report("SUCCEEDED", 9, clientToken="t"))
    assert acknowledged == ("down", Puback(packet_id=9))
    assert way == "down"
    assert isinstance(reply, Publish)
    assert (reply.topic, reply.qos) == (f"{ROOT}/job-1/update/rejected", 0)
    expected = {"clientToken": "t", "timestamp": STAMP, "code": "RequestThrottled", "message": "Rate exceeded"}
    assert body(reply) == expected
    assert repr(armed.fault) == "answer RequestThrottled to the update SUCCEEDED, once"


def test_invalid_json_names_no_token(play: Playbook) -> None:
    play.arm(Answer(the_end(), code=ErrorCode.INVALID_JSON, message="no"))
    [(_, reply)] = play.up(report("SUCCEEDED", None, clientToken="t"))
    assert body(reply) == {"timestamp": STAMP, "code": "InvalidJson", "message": "no"}


@pytest.mark.parametrize("code", ["VersionMismatch", "InvalidStateTransition", "ResourceNotFound"])
def test_codes_that_assert_a_state_are_never_forged(code: str) -> None:
    with pytest.raises(UsageFault, match=r"asserts a state.*InvalidTopic"):
        Answer(the_end(), code=ErrorCode(code))


def test_nothing_pending_is_a_possible_answer(play: Playbook) -> None:
    play.arm(AnswerEmpty(Match(way="up", operation=Operation.GET, kind=Kind.REQUEST)))
    _, (_, reply) = play.up(message(f"{ROOT}/get", 4, clientToken="t"))
    assert body(reply) == {"clientToken": "t", "timestamp": STAMP, "inProgressJobs": [], "queuedJobs": []}


def test_a_payload_is_replaced(play: Playbook) -> None:
    def without_version(payload: dict[str, object]) -> dict[str, object]:
        execution = payload["execution"]
        assert isinstance(execution, dict)
        return {**payload, "execution": {name: execution[name] for name in execution if name != "versionNumber"}}

    play.arm(Replace(the_notice(), edit=without_version, says="the version"))
    [(_, first)], [(_, second)] = play.down(notice(1)), play.down(notice(2))
    assert "versionNumber" not in body(first)["execution"]
    assert second == notice(2)


def test_a_payload_may_become_bytes_that_are_no_json(play: Playbook) -> None:
    play.arm(Replace(the_notice(), edit=lambda payload: b"{\xff"))
    [(_, spoilt)] = play.down(notice(1))
    assert isinstance(spoilt, Publish)
    assert spoilt.payload == b"{\xff"


def test_every_version_is_shifted_both_ways(play: Playbook) -> None:
    play.arm(Shift(4))
    [(_, told)] = play.down(notice(1, version=1))
    assert body(told)["execution"]["versionNumber"] == 5
    [(_, asked)] = play.up(report("SUCCEEDED", 1, expectedVersion="6"))
    assert body(asked)["expectedVersion"] == "2"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'{"versionNumber": 1}', b'{"versionNumber": 5}'),
        (b'{"a":{"versionNumber":"1" ,"x":1}}', b'{"a":{"versionNumber":"5" ,"x":1}}'),
        (b'{"q":[{"versionNumber":1},{"versionNumber":-9}]}', b'{"q":[{"versionNumber":5},{"versionNumber":-5}]}'),
        (
            b'{"jobDocument":{"versionNumber":1},"versionNumber":1}',
            b'{"jobDocument":{"versionNumber":1},"versionNumber":5}',
        ),
        (b'{"statusDetails":{"versionNumber":"1"}}', b'{"statusDetails":{"versionNumber":"1"}}'),
        (b'{"versionNumber":null,"m":"\\"versionNumber\\":1"}', b'{"versionNumber":null,"m":"\\"versionNumber\\":1"}'),
        (b'{"x":"versionNumber","y":1}', b'{"x":"versionNumber","y":1}'),
        (b'{"versionNumber":1.5}', b'{"versionNumber":1.5}'),
    ],
)
def test_only_the_digits_of_a_version_change(before: bytes, after: bytes) -> None:
    assert shifted(before, b'"versionNumber"', 4) == after
