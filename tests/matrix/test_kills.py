"""What the runs say of a mutant, a row each."""

from __future__ import annotations

from typing import Any

import pytest

from rigs.agent.mutant import Mutant
from rigs.agent.policy import Policy
from rigs.matrix.kills import Row, by, idle, kills, lacks
from rigs.matrix.page import render
from rigs.outcomes import Line

TEXT = "long-1 ended as FAILED, expected SUCCEEDED (record 57; jobs-protocol §4)"
MUTANT = Mutant(sentence="It forgets.", source="rt#1", scenarios=("S035", "S036"), policy=Policy)


def line(**changes: Any) -> Line:
    """A red row of S035, changed."""
    own = {"id": "S035", "name": "Two", "outcome": "failed", "tags": ["S035"], "place": "05.feature:9", "bug": "F01/a"}
    told = {"error": "DeviceFault", "text": TEXT, "jobs": ["long-1"], "step": "Then it ends", "armed": True}
    return Line(**{**own, **told, **changes})


DRY = line(outcome="passed", error="", text="", step="", faults=False)


def row(*trials: Line, mutant: Mutant = MUTANT, **others: Any) -> Row:
    return Row(bug="F01/a", mutant=mutant, trials=trials, **others)


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({}, []),
        ({"text": "ended as FAILED (record 57; jobs-protocol §4)"}, ["job"]),
        ({"text": "long-1 ended as FAILED (jobs-protocol §4)"}, ["packet"]),
        ({"text": "long-1 ended as FAILED (record 57)"}, ["clause"]),
        ({"text": "long-1: UpdateJobExecution (profile tries)"}, []),
        ({"text": "no report"}, ["job", "clause"]),
    ],
)
def test_an_accusation_names_job_packet_and_clause(changes: dict[str, Any], missing: list[str]) -> None:
    assert lacks(line(**changes)) == missing


@pytest.mark.parametrize(
    ("changes", "killed"),
    [
        ({}, True),
        ({"outcome": "broken", "error": "RigFault"}, False),
        ({"outcome": "not reached", "error": "Skipped"}, False),
        ({"outcome": "failed", "error": "AssertionError"}, False),
        ({"outcome": "passed"}, False),
    ],
)
def test_only_an_accusation_of_the_device_kills(changes: dict[str, Any], killed: bool) -> None:
    assert kills(line(**changes)) is killed


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "“Then it ends”"),
        ({"rules": ["I6"]}, "I6 and “Then it ends”"),
        ({"rules": ["I6", "I8"], "step": ""}, "I6 and I8"),
        ({"step": "", "text": "it does not come to rest\nmore"}, "it does not come to rest"),
    ],
)
def test_by_what_it_was_killed(changes: dict[str, Any], words: str) -> None:
    assert by(line(**changes)) == words


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (row(line(), DRY), "green"),
        (row(line(), line(faults=False)), "red"),
        (row(line(), line(faults=False, outcome="not reached")), "not reached"),
        (row(line(armed=False), line(faults=False, outcome="skipped")), "no fault of the network"),
        (row(line(), line(faults=False), clean=[line(bug="", faults=False)]), "red for a healthy agent too"),
        (row(line(), line(faults=False), clean=[line(bug="", faults=False, outcome="passed")]), "red"),
        (row(line(), line(faults=False, place="05.feature:12", outcome="skipped")), ""),
        (row(line(outcome="passed")), ""),
    ],
)
def test_how_it_ends_without_the_fault(found: Row, words: str) -> None:
    assert found.without == words


EXPLAINED = Mutant(sentence="s", source="s", scenarios=("S035",), policy=Policy, survives="it may")
UNFAULTED = Mutant(sentence="s", source="s", scenarios=("S035",), policy=Policy, unfaulted="the operator does it")
DEAF = Mutant(sentence="s", source="s", scenarios=("S035", "S001"), policy=Policy)
PLAIN = line(id="S001", tags=["S001"], place="01.feature:3")


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (row(line(), DRY), []),
        (row(line(outcome="passed")), ["S035 does not kill it"]),
        (row(line(outcome="passed"), mutant=EXPLAINED), []),
        (row(line(), DRY, mutant=EXPLAINED), ["kills it, but Mutant.survives says: it may"]),
        (row(line(text="it is wrong"), DRY), ["does not name job, packet, clause: it is wrong"]),
        (row(line(), line(faults=False)), ["red also with the faults off"]),
        (row(line(), line(faults=False), mutant=UNFAULTED), []),
        (row(line(), DRY, PLAIN), ["the plain S001 is red"]),
        (row(line(), DRY, PLAIN, mutant=DEAF), []),
        (row(line(), DRY, all=[PLAIN]), ["the plain S001 is red"]),
        (row(line(), DRY, all=[line(id="S040", outcome="broken", tags=["S040"])]), ["S040 “Two” is broken"]),
    ],
)
def test_what_must_not_be(found: Row, words: list[str]) -> None:
    problems = found.problems()
    assert len(problems) == len(words)
    assert all(word in problem for word, problem in zip(words, problems, strict=True)), problems


def test_who_else_kills_it() -> None:
    found = row(line(), DRY, all=[line(), line(id="S036", tags=["S036"], rules=["I13"]), PLAIN])
    assert sorted(found.others) == ["S001", "S036"]


def test_a_scenario_that_kills_nothing_is_found() -> None:
    rows = [row(line(), DRY, all=[line(id="S036", tags=["S036"])])]
    assert idle(rows, ["S035", "S036", "S040"]) == ["S040"]


def test_the_page_tells_all_of_it() -> None:
    rows = [row(line(), DRY, all=[line(id="S036", tags=["S036"], rules=["I13"])]), row(mutant=EXPLAINED)]
    page = render(rows, {"S040": "", "S001": "everybody does it"}, whole=True)
    assert "**1 of 2 bugs are killed by their own scenario; 2 scenarios kill.**" in page
    assert "| `F01/a` | It forgets. | rt#1 | S035 | “Then it ends” | green | S036 (I13) |" in page
    assert "| `F01/a` | S035 | it may |" in page
    assert "| S036 | – | `F01/a` |" in page
    assert "| S040 | **not explained** |" in page
    assert "| S001 | everybody does it |" in page


def test_a_row_shows_itself() -> None:
    assert [repr(row(line())), repr(row())] == ["<Row F01/a killed>", "<Row F01/a survives>"]
