"""Every combination of habits is a healthy device: it does each job once and tells each end."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest

from rigs.agent.config import CHOICES, INCLUDES, ConfigError, Habits, habits
from tests.agent.world import THING, World, drop_all, drop_first

YES_NO = (True, False)
WORDS: dict[str, tuple[object, ...]] = {
    **{word: values for word, values in CHOICES.items() if word not in ("mqtt", "foreign_jobs")},
    "reports_start": YES_NO,
    "waits_for_start": YES_NO,
    "one_at_a_time": YES_NO,
    "pairs_by_token": YES_NO,
    "sends_execution_number": YES_NO,
    "subscribes_to_replies": YES_NO,
    "sets_step_timer": (0, 10),
    "renews_step_timer": YES_NO,
    "cancels_step_timer": YES_NO,
    "repeats_unanswered": YES_NO,
    "keeps_result": YES_NO,
    "stops_ended_work": YES_NO,
    "rejects_from_queued": YES_NO,
    "asks_state": YES_NO,
    "sends_details": YES_NO,
    "reports_reason": YES_NO,
    "backoff": YES_NO,
    "includes": ((), INCLUDES[:1], INCLUDES),
}


def fits(words: dict[str, Any]) -> bool:
    """Not a device that takes jobs from notifications that it does not listen to."""
    return not (words["takes_jobs"] == "notify" and words["told_by"] == "none")


def drawn(count: int) -> list[dict[str, Any]]:
    """Combinations of all words, drawn with a fixed seed."""
    chance = Random(20)
    found = ({word: chance.choice(values) for word, values in WORDS.items()} for _ in range(10 * count))
    return [words for words in found if fits(words)][:count]


TAKERS = [
    {"takes_jobs": takes, "told_by": told, "one_at_a_time": alone, "reports_start": starts}
    for takes, told, alone, starts in product(CHOICES["takes_jobs"], CHOICES["told_by"], YES_NO, YES_NO)
    if fits({"takes_jobs": takes, "told_by": told})
]


def short(words: dict[str, Any]) -> str:
    return "-".join(str(value) for value in words.values())[:60]


def settle(world: World) -> None:
    world.pass_time(3)


@pytest.mark.parametrize("words", TAKERS + drawn(40), ids=short)
def test_does_each_job_once_whatever_its_habits(words: dict[str, Any], tmp_path: Path) -> None:
    world = World(tmp_path, **words)
    world.queue("early")
    world.connect()
    settle(world)
    world.queue("held", "long")
    settle(world)
    world.queue("waiting", "fail")
    world.pass_time(1)
    world.reconnect()
    world.pass_time(1)
    world.finish("held")
    settle(world)
    world.queue("bad", "no-such-operation")
    world.queue("last")
    settle(world)
    ends = [world.state(job) for job in ("early", "held", "waiting", "bad", "last")]
    assert ends == ["SUCCEEDED", "SUCCEEDED", "FAILED", "REJECTED", "SUCCEEDED"], world.log[-30:]
    assert sorted(world.workshop.done) == ["early", "held", "last", "waiting"]
    assert [world.workshop.begun(job) for job in ("early", "held", "waiting", "bad", "last")] == [1, 1, 1, 0, 1]
    assert not [code for job in ("early", "held", "last") for code in world.refusals(job) if code != "VersionMismatch"]


@pytest.mark.parametrize("words", drawn(25), ids=short)
def test_copes_with_cancel_loss_and_rival_whatever_its_habits(words: dict[str, Any], tmp_path: Path) -> None:
    world = World(tmp_path, **words)
    world.connect()
    world.queue("cancelled", "long")
    settle(world)
    world.cancel("cancelled")
    world.queue("rivalled", "long")
    world.pass_time(1)
    world.finish("cancelled")
    settle(world)
    world.rival("rivalled")
    world.finish("rivalled")
    settle(world)
    world.down.append(drop_first("lost/update/accepted", times=3))
    world.queue("lost")
    settle(world)
    world.reconnect()
    world.queue("last")
    settle(world)
    ends = [world.state(job) for job in ("cancelled", "rivalled", "lost", "last")]
    assert ends == ["CANCELED", "SUCCEEDED", "SUCCEEDED", "SUCCEEDED"], world.log[-40:]
    assert [world.workshop.begun(job) for job in ("cancelled", "rivalled", "lost", "last")] == [1, 1, 1, 1]
    assert len(world.reports("cancelled", "SUCCEEDED", "FAILED")) <= 2


@pytest.mark.parametrize("words", drawn(25), ids=short)
def test_comes_back_from_a_power_cut_whatever_its_habits(words: dict[str, Any], tmp_path: Path) -> None:
    world = World(tmp_path, **words)
    world.connect()
    world.queue("held", "long")
    settle(world)
    world.boot()
    world.connect()
    settle(world)
    world.finish("held")
    world.queue("last")
    settle(world)
    expected = "FAILED" if words["after_reboot"] == "fail" else "SUCCEEDED"
    assert world.state("held") == expected, world.log[-40:]
    assert world.state("last") == "SUCCEEDED", world.log[-40:]
    assert world.workshop.began.count(("held", False)) == (words["after_reboot"] == "restart")


def test_a_device_that_says_nothing_of_versions_is_never_refused(tmp_path: Path) -> None:
    world = World(tmp_path, sends_expected_version="never")
    world.connect()
    world.queue("one", "long")
    for _ in range(3):
        world.rival("one")
        world.pass_time(0.3)
    world.finish("one")
    assert world.refusals("one") == []
    assert not any("expectedVersion" in body for body in world.reports("one"))


def test_sends_the_optional_members_that_it_declares(tmp_path: Path) -> None:
    world = World(tmp_path, includes=INCLUDES, takes_jobs="describe")
    world.connect()
    world.queue("one")
    world.pump()
    start, end = world.reports("one")
    assert start["thingName"] == THING
    assert start["jobId"] == "one"
    assert start["includeJobDocument"] is True
    assert end["includeJobExecutionState"] is True
    assert "includeJobDocument" not in end


def test_progress_that_waits_never_has_two_reports_out(tmp_path: Path) -> None:
    world = World(tmp_path, reports_progress="waits")
    world.connect()
    world.down.append(drop_all("one/update/accepted"))
    world.queue("one", "long")
    world.pass_time(0.7)
    assert len(world.reports("one")) == 1
    world.pass_time(0.5)
    assert len(world.reports("one")) == 2


def test_free_progress_counts_on_while_an_answer_is_missing(tmp_path: Path) -> None:
    world = World(tmp_path, reports_progress="free")
    world.connect()
    world.down.append(drop_first("one/update/accepted"))
    world.queue("one", "long")
    world.pass_time(0.6)
    versions = [body["expectedVersion"] for body in world.reports("one")]
    assert versions == list(range(2, 2 + len(versions)))
    assert world.refusals("one") == []


def test_renews_its_step_timer_before_it_runs_out(tmp_path: Path) -> None:
    world = World(tmp_path, sets_step_timer=1, renews_step_timer=True, timing={"renew": 40, "give_up": 500})
    world.connect()
    world.queue("one", "long")
    world.pass_time(150)
    assert world.state("one") == "IN_PROGRESS"
    assert sum("stepTimeoutInMinutes" in body for body in world.reports("one")) >= 3


def test_a_cancelled_step_timer_does_not_end_the_job(tmp_path: Path) -> None:
    world = World(tmp_path, sets_step_timer=1, cancels_step_timer=True, reports_progress="none")
    world.connect()
    world.queue("one", "long")
    world.pass_time(100)
    assert [body.get("stepTimeoutInMinutes") for body in world.reports("one")] == [-1]
    assert world.state("one") == "IN_PROGRESS"


def test_gives_hung_work_up_with_a_reason(tmp_path: Path) -> None:
    world = World(tmp_path, limits_work_time=True)
    world.connect()
    world.queue("hung", "hang")
    world.queue("next")
    world.pass_time(3)
    assert world.state("hung") == "FAILED"
    assert world.reports("hung")[-1]["statusDetails"]["reason"]
    assert world.state("next") == "SUCCEEDED"
    assert world.workshop.stopped == [1]


def test_heeds_the_time_that_is_left(tmp_path: Path) -> None:
    world = World(tmp_path, heeds_time_left="gives_up", limits_work_time=False)
    world.connect()
    world.queue("one", "hang", timeoutConfig={"inProgressTimeoutInMinutes": 1})
    world.pass_time(55)
    assert world.state("one") == "FAILED"


def test_leaves_a_foreign_job_queued_and_works_on_what_is_behind(tmp_path: Path) -> None:
    world = World(tmp_path, takes_jobs="describe", told_by="both", foreign_jobs="left")
    world.connect()
    world.queue("theirs", "foreign")
    world.queue("ours")
    world.pass_time(2)
    assert world.state("theirs") == "QUEUED"
    assert world.state("ours") == "SUCCEEDED"
    assert world.reports("theirs") == []


def test_a_one_shot_device_ends_when_nothing_is_pending(tmp_path: Path) -> None:
    world = World(tmp_path, one_shot=True)
    world.queue("one")
    world.connect()
    world.pass_time(1)
    assert world.state("one") == "SUCCEEDED"
    assert world.agent.left == 0
    assert world.link.closed


def test_an_unknown_word_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="told_by"):
        habits({"tells_by": "notify"})
    with pytest.raises(ConfigError, match="'sometimes' is none of"):
        habits({"told_by": "sometimes"})


def test_the_defaults_are_choices() -> None:
    plain = Habits()
    assert all(getattr(plain, word) in values for word, values in CHOICES.items())
