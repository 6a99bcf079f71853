"""A profile from what was seen: hand-made records, then the reference agent on the rig that needs no hardware."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from rigs.description import find, load, profile_of
from rigs.errors import UsageFault
from rigs.habits import contradictions
from rigs.learn import differences, learn, toml
from rigs.measured import BACK, measure
from rigs.profile import WORDS, Value
from rigs.proposal import Measured, propose_words
from rigs.trace.records import Console, Evidence, Operator, Step
from rigs.trace.store import read
from tests.dialogue import BASE, REPLIES, Dialogue, good, listed

ROOT = Path(__file__).parents[1]


def described() -> Dialogue:
    """Told by the list, then describe and update."""
    talk = Dialogue().connect(version=4, clean=False).subscribe("notify")
    talk.request("$next/get", {}, {})
    talk.notice("j1", "notify")
    talk.request("j1/get", {}, {"execution": {"jobId": "j1", "status": "QUEUED", "versionNumber": 1}})
    talk.update("j1", "IN_PROGRESS", clientToken="same", stepTimeoutInMinutes=15)
    talk.update("j1", "IN_PROGRESS", clientToken="same", stepTimeoutInMinutes=15, statusDetails={"progress": "5"})
    talk.update("j1", "SUCCEEDED", clientToken="same", expectedVersion=3)
    return talk


def polled() -> Dialogue:
    """No notification, the list again and again."""
    talk = Dialogue().connect().subscribe(*REPLIES)
    lists: dict[str, list[object]] = {"inProgressJobs": [], "queuedJobs": []}
    talk.request("get", {}, lists)
    talk.request("get", {}, lists)
    talk.request("get", {}, {**lists, "queuedJobs": listed("j1")["QUEUED"]})
    talk.update("j1", "IN_PROGRESS", qos=0, expectedVersion=1)
    talk.update("j1", "SUCCEEDED", qos=0, expectedVersion=2)
    return talk


def told_all() -> Dialogue:
    """Takes what the notification brings."""
    talk = Dialogue().connect(clean=True, expiry=60).subscribe("notify", "notify-next")
    talk.notice(None)
    talk.notice("j1")
    talk.update("j1", "SUCCEEDED", clientToken="a", executionNumber=1)
    return talk


Row = tuple[Callable[[], Dialogue], dict[str, Value]]
SEEN: dict[str, Row] = {
    "start-next": (
        lambda: good().plain_job(clientToken="a", includeJobExecutionState=True),
        {
            "takes_jobs": "start-next",
            "told_by": "notify-next",
            "reports_start": True,
            "one_shot": False,
            "polls": None,
            "asks_on": None,
            "asks_state": True,
            "sends_expected_version": "never",
            "sends_client_token": "constant",
            "sends_execution_number": False,
            "subscribes_to_replies": True,
            "update_qos": 1,
            "session": "clean",
            "mqtt": "5",
            "sets_step_timer": False,
            "renews_step_timer": False,
            "cancels_step_timer": False,
            "reports_progress": None,
            "waits_for_start": None,
            "one_at_a_time": None,
            "sends_details": None,
        },
    ),
    "describe": (
        described,
        {
            "takes_jobs": "describe",
            "told_by": "notify",
            "reports_start": True,
            "reports_progress": "waits",
            "sends_details": True,
            "sends_expected_version": "end-only",
            "sends_client_token": "constant",
            "subscribes_to_replies": False,
            "session": "persistent",
            "mqtt": "3.1.1",
            "sets_step_timer": 15,
            "renews_step_timer": True,
        },
    ),
    "poll": (
        polled,
        {
            "takes_jobs": "poll",
            "polls": True,
            "told_by": "none",
            "reports_start": True,
            "sends_expected_version": "always",
            "sends_client_token": "never",
            "pairs_by_token": False,
            "update_qos": 0,
        },
    ),
    "notify": (
        told_all,
        {
            "takes_jobs": "notify",
            "told_by": "both",
            "reports_start": False,
            "sends_execution_number": True,
            "session": None,
            "sends_client_token": None,
            "one_shot": False,
        },
    ),
}


@pytest.mark.parametrize("row", SEEN.values(), ids=SEEN)
def test_habits_that_are_seen(row: Row) -> None:
    talk, expected = row
    words = propose_words(talk().records)
    assert {word: words[word].value for word in expected} == expected


@pytest.mark.parametrize("row", SEEN.values(), ids=SEEN)
def test_a_proposal_is_a_profile_that_its_own_records_do_not_contradict(row: Row) -> None:
    records = row[0]().records
    profile = profile_of(tomllib.loads("\n".join(toml(propose_words(records), {})))["profile"], "proposal")
    assert contradictions(profile, records) == []


def test_each_line_names_its_records() -> None:
    lines = toml(propose_words(good().plain_job().records), {"react": Measured(seconds=1.2, why="records 3 and 4")})
    (line,) = [line for line in lines if line.startswith("takes_jobs")]
    assert line.endswith("# record 12: start-next brought j1")
    (react,) = [line for line in lines if line.startswith("react")]
    assert react.startswith("react = 4 ")
    assert react.endswith("1.20 s × 3; records 3 and 4")


def test_what_was_not_seen_is_listed() -> None:
    lines = toml(propose_words([]), {})
    habits = [word for word, entry in WORDS.items() if entry.sort == "habit"]
    assert [word for word in habits if not any(line.startswith(f"# not seen: {word}: ") for line in lines)] == []
    assert "# not seen: timing.boot (power on → agent started)" in lines


def test_progress_with_two_reports_under_way_is_free() -> None:
    talk = good()
    talk.notice("j1")
    talk.start_next("j1")
    talk.update("j1", "IN_PROGRESS", statusDetails={"progress": "1"})
    early = {"status": "IN_PROGRESS", "statusDetails": {"progress": "2"}}
    talk.packet("up", "PUBLISH", topic=f"{BASE}/j1/update", payload=early, qos=1, id=70)
    talk.update("j1", "IN_PROGRESS", statusDetails={"progress": "3"})
    talk.update("j1", "SUCCEEDED")
    assert propose_words(talk.records)["reports_progress"].value == "free"


def test_a_difference_to_the_rig_file_is_told() -> None:
    words = propose_words(good().plain_job().records)
    found = differences(words, profile_of({"mqtt": "3.1.1", "told_by": "notify-next"}, "rig"))
    assert found == ['# differs: the rig file says mqtt = "3.1.1", seen was "5"']


def test_times_are_the_longest_that_were_seen() -> None:
    talk = Dialogue()
    talk.add(Console(way="sent", text="agent start"))  # at 0.1 s; a record is a tenth of a second
    talk.connect()
    talk.subscribe("notify-next")
    talk.add(Operator(call="create_job", arguments={"jobId": "j1"}))
    talk.plain_job()
    talk.add(Evidence(job="j1", sort="done"))
    talk.add(Step(event="begin", text=f"When {BACK}"))
    talk.add(Step(event="end", text=f"When {BACK}"))
    talk.connect()
    found = measure(talk.records, start="agent start")
    assert {name: round(time.seconds, 3) for name, time in found.items()} == {
        "connect": 0.4,
        "react": 0.2,
        "report": 0.0,
        "reconnect": 0.5,
    }


def test_nothing_is_measured_where_nothing_was_seen() -> None:
    assert measure(Dialogue().connect().records) == {}


OTHERS = {"takes_jobs": "describe", "mqtt": "3.1.1", "sends_client_token": "constant", "update_qos": "0"}
HABITS: dict[str, dict[str, str]] = {"as declared": {}, "other habits": OTHERS}


@pytest.mark.parametrize("overrides", HABITS.values(), ids=HABITS)
def test_the_reference_agent_is_what_its_rig_file_says(overrides: dict[str, str], tmp_path: Path) -> None:
    lines = list(learn("embedded", root=tmp_path, overrides=overrides))
    assert [line for line in lines if line.startswith(("# differs", "# the device did not"))] == []
    proposal = profile_of(tomllib.loads("\n".join(lines))["profile"], "proposal")
    declared = load(find("embedded", tmp_path), overrides).read_profile()
    assert {word: declared[word] for word in proposal.words} == dict(proposal.words)
    assert {"takes_jobs", "told_by", "mqtt", "session", "sends_client_token", "update_qos"} <= set(proposal.words)
    assert {"connect", "react", "report", "reconnect"} <= set(proposal.timing.seconds)
    trace = list(read(tmp_path / "results" / "learn" / "trace-embedded.jsonl")[1])
    assert contradictions(declared, trace) == []
    wrong = profile_of({"mqtt": "3.1.1" if not overrides else "5", "told_by": "both"}, "wrong")
    assert len(contradictions(wrong, trace)) == 2


def test_a_rig_without_a_plain_job_cannot_be_learnt(tmp_path: Path) -> None:
    path = tmp_path / "bare.toml"
    path.write_text('[rig]\nname = "bare"\n[device]\nthing = "bare"\n')
    with pytest.raises(UsageFault, match=r"bare.toml \[profile.jobs.succeeds\]: missing"):
        list(learn(str(path), root=tmp_path))
