"""What on a trace contradicts a declared habit, and what only looks like it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rigs.description import profile_of
from rigs.habits import AGAINST, contradictions
from rigs.profile import WORDS, Profile, Value
from rigs.trace.store import read
from tests.dialogue import BASE, REPLIES, Dialogue, good


def declared(**words: Value) -> Profile:
    """A profile of these words."""
    # A device without details has no reason to give either.
    reason = {"reports_reason": False} if words.get("sends_details") is False else {}
    return profile_of({**words, **reason}, "rig.toml")


def described(job: str = "j1") -> Dialogue:
    """A device that takes a job by describe and update."""
    talk = good()
    talk.notice(job)
    talk.request(f"{job}/get", {}, {"execution": {"jobId": job, "status": "QUEUED", "versionNumber": 1}})
    talk.update(job, "IN_PROGRESS")
    talk.update(job, "SUCCEEDED")
    return talk


def progressing() -> Dialogue:
    """A device that reports progress twice."""
    talk = good()
    talk.notice("j1")
    talk.start_next("j1")
    talk.update("j1", "IN_PROGRESS", statusDetails={"progress": "10"})
    talk.update("j1", "IN_PROGRESS", statusDetails={"progress": "20"})
    talk.update("j1", "SUCCEEDED")
    return talk


def three(*tokens: str) -> Dialogue:
    """A request for each token, about jobs of their own."""
    talk = Dialogue().connect()
    for number, token in enumerate(tokens):
        talk.update(f"j{number}", "SUCCEEDED", clientToken=token)
    return talk


Row = tuple[str, Value, Callable[[], Dialogue], str]
CONTRADICTED: dict[str, Row] = {
    "mqtt": ("mqtt", "5", lambda: Dialogue().connect(version=4), "record 3: CONNECT says MQTT 3.1.1"),
    "clean, but kept": ("session", "clean", lambda: Dialogue().connect(clean=False, expiry=60), "a persistent session"),
    "kept, but clean": ("session", "persistent", lambda: Dialogue().connect(version=4), "a clean session"),
    "not subscribed": ("told_by", "notify", lambda: good().plain_job(), f"without subscribing to {BASE}/notify"),
    "half subscribed": ("told_by", "both", lambda: good().plain_job(), f"without subscribing to {BASE}/notify"),
    "hears replies": ("subscribes_to_replies", False, lambda: good().plain_job(), "record 5: SUBSCRIBE takes"),
    "start-next": ("takes_jobs", "describe", lambda: good().plain_job(), "start-next brought j1"),
    "no start-next": (
        "takes_jobs", "start-next", lambda: without_start_next(), "j1 was started by an update",
    ),
    "no start": ("reports_start", True, lambda: silent_start(), "j1 ended with no start"),
    "start": ("reports_start", False, lambda: good().plain_job(), "start-next starts j1"),
    "progress": ("reports_progress", "none", progressing, "progress of j1"),
    "version": ("sends_expected_version", "never", lambda: early_version(), "names expectedVersion 1"),
    "no version": ("sends_expected_version", "always", lambda: good().plain_job(), "has expectedVersion"),
    "early version": (
        "sends_expected_version", "end-only", lambda: early_version(), "IN_PROGRESS names expectedVersion",
    ),
    "token": ("sends_client_token", "never", lambda: three("a"), "carries a clientToken"),
    "no token": ("sends_client_token", "unique", lambda: good().plain_job(), "no clientToken in 3 requests"),
    "same token": ("sends_client_token", "unique", lambda: three("a", "a"), "two requests with one clientToken"),
    "other tokens": ("sends_client_token", "constant", lambda: three("a", "b", "c"), "a clientToken of its own"),
    "number": ("sends_execution_number", False, lambda: good().plain_job(executionNumber=1), "executionNumber 1"),
    "no number": ("sends_execution_number", True, lambda: good().plain_job(), "has executionNumber"),
    "details": ("sends_details", False, lambda: good().plain_job(statusDetails={"a": "b"}), "carries statusDetails"),
    "state": ("asks_state", False, lambda: good().plain_job(includeJobExecutionState=True), "asks for the execution"),
    "no state": ("asks_state", True, lambda: good().plain_job(), "has includeJobExecutionState"),
    "qos": ("update_qos", 1, lambda: good().plain_job(qos=0), "a report at QoS 0"),
    "timer": ("sets_step_timer", False, lambda: timed(15), "sets a step timer of 15 minutes"),
    "other timer": ("sets_step_timer", 10, lambda: timed(15), "sets a step timer of 15 minutes"),
    "cancelled timer": ("cancels_step_timer", False, lambda: timed(-1), "cancels the step timer"),
}  # fmt: skip


def without_start_next() -> Dialogue:
    """Describe and update, and no start-next anywhere."""
    talk = Dialogue().connect().subscribe("notify-next", *REPLIES)
    talk.notice("j1")
    talk.update("j1", "IN_PROGRESS")
    talk.update("j1", "SUCCEEDED")
    return talk


def silent_start() -> Dialogue:
    """A job that is only reported as done."""
    talk = good()
    talk.notice("j1")
    talk.update("j1", "SUCCEEDED")
    return talk


def early_version() -> Dialogue:
    """A version in progress."""
    talk = good()
    talk.update("j1", "IN_PROGRESS", expectedVersion=1)
    return talk


def timed(minutes: int) -> Dialogue:
    """A start with a step timer."""
    talk = good()
    talk.notice("j1")
    talk.start_next("j1", stepTimeoutInMinutes=minutes)
    talk.update("j1", "SUCCEEDED")
    return talk


def test_a_timer_that_is_only_set_later_is_none_that_is_set_at_the_start() -> None:
    talk = good()
    talk.notice("j1")
    talk.start_next("j1")
    talk.update("j1", "IN_PROGRESS")
    talk.update("j1", "IN_PROGRESS", stepTimeoutInMinutes=10)
    talk.update("j1", "SUCCEEDED")
    assert contradictions(declared(sets_step_timer=False), talk.records) == []


@pytest.mark.parametrize("row", CONTRADICTED.values(), ids=CONTRADICTED)
def test_a_contradiction_names_word_value_and_record(row: Row) -> None:
    word, value, talk, shown = row
    found = contradictions(declared(**{word: value}), talk().records)
    assert len(found) == 1
    assert found[0].startswith(f"[profile] {word} = {value!r} contradicts record")
    assert shown in found[0]
    assert found[0].endswith("correct the word in the rig file")


def test_every_habit_that_can_be_seen_is_tried() -> None:
    assert {row[0] for row in CONTRADICTED.values()} == set(AGAINST)
    assert set(AGAINST) <= {word for word, entry in WORDS.items() if entry.sort == "habit"}


def lost_answer() -> Dialogue:
    """The device repeats its start confirmation, since the answers were lost."""
    talk = good()
    talk.notice("j1")
    talk.start_next("j1")
    for _ in range(3):
        talk.packet("up", "PUBLISH", topic=f"{BASE}/j1/update", payload={"status": "IN_PROGRESS"}, qos=1, id=77)
    talk.update("j1", "SUCCEEDED")
    return talk


def refused() -> Dialogue:
    """A device that drops the version once it was refused."""
    talk = good()
    talk.notice("j1")
    talk.start_next("j1")
    talk.request("j1/update", {"status": "SUCCEEDED"}, {"code": "VersionMismatch"}, kind="rejected")
    talk.update("j1", "SUCCEEDED")
    return talk


def other_started() -> Dialogue:
    """Somebody else started the job."""
    talk = good()
    talk.notice("j1")
    state = {"jobId": "j1", "status": "IN_PROGRESS", "versionNumber": 2}
    talk.request("j1/get", {}, {"execution": state})
    talk.update("j1", "SUCCEEDED")
    return talk


def hurried() -> Dialogue:
    """A job that waited while the device connected: it subscribes afterwards."""
    talk = Dialogue().connect().subscribe(*REPLIES)
    return talk.plain_job()


DOUBTFUL: dict[str, tuple[str, Value, Callable[[], Dialogue]]] = {
    "a refused CONNECT": ("mqtt", "5", lambda: Dialogue().connect(version=4, code=0x84)),
    "the beginning of a session": ("session", "persistent", lambda: Dialogue().connect(clean=True, expiry=60)),
    "subscribed by wildcard": ("told_by", "notify", lambda: wide().plain_job()),
    "more than declared": ("told_by", "notify-next", lambda: wide().plain_job()),
    "a session that brings filters": ("told_by", "notify", lambda: resumed().plain_job()),
    "a SUBACK under way": (
        "told_by", "notify", lambda: good().subscribe("notify", answered=False).plain_job(),
    ),
    "a job found while connecting": ("told_by", "notify-next", hurried),
    "a slice in the middle": ("told_by", "notify", lambda: middle()),
    "repeats of a start": ("reports_progress", "none", lost_answer),
    "a dropped version": ("sends_expected_version", "always", refused),
    "started by somebody else": ("reports_start", True, other_started),
    "a repeat with its token": ("sends_client_token", "unique", lambda: repeated()),
    "a count that begins anew": ("sends_client_token", "unique", lambda: rebooted()),
    "no details yet": ("sends_details", True, lambda: good().plain_job()),
    "describe and update": ("takes_jobs", "describe", described),
}  # fmt: skip


def wide() -> Dialogue:
    """All Jobs topics by one filter."""
    talk = Dialogue().connect().subscribe(f"{BASE}/#")
    talk.start_next(None)
    return talk


def resumed() -> Dialogue:
    """A persistent session that is there already."""
    talk = Dialogue().connect(clean=False, expiry=60, present=True)
    talk.start_next(None)
    return talk


def middle() -> Dialogue:
    """Without the beginning of the connection."""
    talk = good().plain_job()
    del talk.records[:5]
    return talk


def repeated() -> Dialogue:
    """The same report twice, with the same token."""
    talk = good()
    talk.update("j1", "SUCCEEDED", clientToken="a")
    talk.update("j1", "SUCCEEDED", clientToken="a", expectedVersion=3)
    return talk


def rebooted() -> Dialogue:
    """Token 1 for another job on the next connection."""
    talk = good()
    talk.update("j1", "SUCCEEDED", clientToken="1")
    talk.connect()
    talk.update("j2", "SUCCEEDED", clientToken="1")
    return talk


@pytest.mark.parametrize("row", DOUBTFUL.values(), ids=DOUBTFUL)
def test_doubt_is_silent(row: tuple[str, Value, Callable[[], Dialogue]]) -> None:
    word, value, talk = row
    assert contradictions(declared(**{word: value}), talk().records) == []


def test_an_undeclared_word_is_not_judged() -> None:
    assert contradictions(declared(), Dialogue().connect(version=4).records) == []


def test_no_records_say_nothing(tmp_path: Path) -> None:
    every = {word: entry.choices[0] for word, entry in WORDS.items() if word in AGAINST and entry.choices}
    assert contradictions(declared(**every), []) == []
    path = tmp_path / "trace.jsonl"
    path.write_text('{"format":"jobrig-trace","version":1}\n')
    assert contradictions(declared(**every), read(path)[1]) == []
