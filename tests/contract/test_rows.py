"""The rows themselves: told apart, with sources, one for each open point, and able to fail."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, get_args

import pytest

from rigs.jobs.switches import Switches
from rigs.mqtt.limits import Limits
from tests.contract.allrows import ROWS
from tests.contract.desk import Desk
from tests.contract.moves import Move, accepted, heard, http, operate, queue, rejected, say
from tests.contract.opinion import reason
from tests.contract.row import Row, Settings, Trust, row
from tests.contract.shapes import Differs
from tests.contract.targets import Target
from tests.contract.words import REACH, RUNNING, STAMP, notify, notify_next, refusal, summary

SOURCES = re.compile(
    r"jobs-protocol §|evidence\.md Part [12]|botocore iot|MQTT (3\.1\.1|5)|(AWS IoT )?developer guide|aws/aws-cli "
)
OPEN = [one for one in ROWS if one.open is not None]
SOON = 0.5  # seconds after which a play that cannot go on is given up


def test_no_two_rows_have_one_name() -> None:
    assert [name for name, count in Counter(one.id for one in ROWS).items() if count > 1] == []


def test_no_two_rows_say_the_same() -> None:
    told = Counter((one.says, one.versions, one.clauses) for one in ROWS)
    assert [says for (says, *_), count in told.items() if count > 1] == []


def test_a_row_names_its_sources_and_their_trust() -> None:
    assert [one.id for one in ROWS if one.trust not in get_args(Trust)] == []
    assert [(one.id, clause) for one in ROWS for clause in one.clauses if not SOURCES.match(clause)] == []
    assert [one.id for one in ROWS if not re.fullmatch(r"[A-Z]{3}-[A-Z0-9_-]+", one.id)] == []


def test_a_row_that_needs_a_setting_is_not_played_elsewhere() -> None:
    assert [one.id for one in ROWS if one.settings != Settings() and reason(one, "aws") is None] == []


def test_each_switch_has_a_row() -> None:
    keys = {one.open.key for one in OPEN if one.open}
    assert {field.name for field in fields(Switches)} - keys == set()


def test_each_limit_that_is_a_choice_has_a_row() -> None:
    """The numbers among the limits are AWS's own; those that are on or off are open points."""
    keys = {one.open.key for one in OPEN if one.open}
    limits = Limits()
    choices = {field.name for field in fields(Limits) if isinstance(getattr(limits, field.name), bool)}
    assert {f"limits.{name}" for name in choices} - keys == set()


@pytest.mark.parametrize("one", OPEN, ids=lambda one: one.id)
def test_an_open_row_begins_with_the_default(one: Row) -> None:
    assert one.open is not None
    home, _, name = one.open.key.rpartition(".")
    assert getattr(Limits() if home else Switches(), name) == one.open.default


def crossed() -> list[Any]:
    """The play of one value, with the cloud set to another."""
    found = []
    for one in OPEN:
        assert one.open is not None
        values = [value for value, _ in one.open.plays if value != "either"]
        pairs = [(value, moves, other) for value, moves in one.open.plays for other in values]
        found += [
            pytest.param(one, one.open.settings(other), moves, id=f"{one.id}-{value!r}-at-{other!r}")
            for value, moves, other in pairs
            if other != value and value != "either"
        ]
    return found


@pytest.mark.parametrize(("one", "settings", "moves"), crossed())
def test_the_play_of_a_value_fails_with_another_value(
    one: Row, settings: Settings, moves: tuple[Move, ...], local_cloud: Callable[[Settings], Target]
) -> None:
    target = replace(local_cloud(settings), patience=SOON)
    with pytest.raises(Differs):
        Desk(target, one, one.versions[-1]).play(moves)


SHOWN = queue("one")
BOTH = (notify(queued=(summary("one"),)), notify_next("one"))
WRONG: dict[str, tuple[tuple[Move, ...], str]] = {
    "a member is missing": ((SHOWN, accepted("@one/update", RUNNING, {**STAMP, "more": 1})), ".more is missing"),
    "a member is too much": ((accepted("get", {}, STAMP),), "should not be"),
    "another value": ((accepted("get", {}, {**STAMP, "inProgressJobs": [1], "queuedJobs": []}),), "has 0 entries"),
    "rejected, not accepted": ((accepted("@one/update", RUNNING, STAMP),), "not accepted"),
    "accepted, not rejected": ((SHOWN, rejected("@one/update", RUNNING, refusal("X"))), "not rejected"),
    "a notice is missing": ((SHOWN, heard(*BOTH, notify())), "no notify"),
    "a notice is too much": ((SHOWN, heard(BOTH[0])), "heard more"),
    "a reply that nobody took": ((say("get", {}),), "replies that nobody asked for"),
    "a call is not refused": ((operate("describe_thing", thingName="@thing", refused="X"),), "was not refused"),
    "a call is refused": ((operate("describe_job", jobId="@one"),), "ResourceNotFoundException"),
    "a refusal of another kind": ((operate("describe_job", jobId="@one", refused="X"),), "was refused with"),
    "another text": ((operate("describe_job", jobId="@one", refused="ResourceNotFoundException", says="x"),), "text"),
    "another answer": ((SHOWN, http("describe_job_execution", jobId="@one", answer={})), "should not be"),
    "an order": ((SHOWN, heard(*BOTH[::-1], ordered=True)), "in another order"),
}


@pytest.mark.parametrize(("moves", "says"), WRONG.values(), ids=WRONG)
def test_a_play_that_is_wrong_fails_and_says_where(
    moves: tuple[Move, ...], says: str, local_cloud: Callable[[Settings], Target]
) -> None:
    target = replace(local_cloud(Settings()), patience=SOON)
    with pytest.raises(Differs, match=re.escape(says)):
        Desk(target, row("XXX-01", "Nothing", "MQTT 5", "?", *moves), 5).play(moves)


def test_members_in_another_order_differ_where_the_order_was_captured(
    local_cloud: Callable[[Settings], Target],
) -> None:
    swapped = {"timestamp": STAMP["timestamp"], "clientToken": "t"}
    moves = (SHOWN, accepted("@one/update", {**RUNNING, "clientToken": "t"}, swapped))
    Desk(local_cloud(Settings()), row("XXX-02", "Nothing", "MQTT 5", "?", *moves), 5).play(moves)
    with pytest.raises(Differs, match="in the order"):
        Desk(local_cloud(Settings()), row("XXX-03", "Nothing", "MQTT 5", "?", *moves, ordered=True), 5).play(moves)


def test_what_a_play_has_made_is_gone_also_after_failure(local_cloud: Callable[[Settings], Target]) -> None:
    target = local_cloud(Settings())
    moves = (*REACH["REMOVED"], accepted("get", {}, STAMP))
    with pytest.raises(Differs):
        Desk(target, row("XXX-04", "Nothing", "MQTT 5", "?", *moves), 5).play(moves)
    things = [thing["thingName"] for thing in target.iot.list_things()["things"] if "XXX-04" in thing["thingName"]]
    jobs = [job["jobId"] for job in target.iot.list_jobs()["jobs"] if "XXX-04" in job["jobId"]]
    groups = [one["groupName"] for one in target.iot.list_thing_groups()["thingGroups"] if "XXX-04" in one["groupName"]]
    assert (things, jobs, groups) == ([], [], [])
