"""The language check: each wrong thing is told with its line; a right file has nothing to tell."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from rigs.definitions import Definitions
from rigs.gherkin import Problem, Unreadable, read
from rigs.language import FAILURES, Vocabulary, cases, house_rules, problems
from tests.project import JOBS, STEPS

VOCABULARY = Vocabulary(policies=frozenset({"sends_expected_version", "told_by"}), own=frozenset({"ours"}))


def module(source: str = STEPS) -> ModuleType:
    """A module of steps, made of its text."""
    made = ModuleType("made")
    exec(compile(source, "steps/made.py", "exec"), vars(made))
    return made


def told(file: Path, *sources: str) -> list[str]:
    """The problems of a file as `line: text`."""
    definitions = Definitions.of_modules([module(source) for source in sources or (STEPS,)])
    return [f"{each.line}: {each.text}" for each in problems(read(file), VOCABULARY, definitions)]


@pytest.fixture
def write(tmp_path: Path) -> Path:
    """Where a feature is written."""
    return tmp_path / "x.feature"


def one(steps: str, head: str = "", tail: str = "") -> str:
    """A feature of one scenario."""
    body = "\n".join(f"    {line}" for line in steps.splitlines())
    return f"{head}Feature: X\n  Scenario: A\n{body}\n{tail}"


def test_a_good_file_has_no_problems(write: Path) -> None:
    write.write_text(JOBS)
    assert told(write) == []


GIVEN = "Given the device is at rest"

WRONG = {
    "no definition": (one("Given nobody knows this"), "3: no step definition reads Given 'nobody knows this'"),
    "other keyword": (
        one("When the device is at rest"),
        "3: no step definition reads When 'the device is at rest' (but Given",
    ),
    "unknown failure": (one(GIVEN, "@F103\n"), "1: @F103: no such number; failures are F01 to F102"),
    "failure without zero": (one(GIVEN, "@F1\n"), "1: @F1: no such number"),
    "unknown scenario": (one(GIVEN, "@S12\n"), "1: @S12: no such number"),
    "unknown policy": (
        one(GIVEN, "@policy.told_bi\n"),
        "1: @policy.told_bi: the profile has no word told_bi (did you mean told_by?)",
    ),
    "unknown tag": (one(GIVEN, "@sfae\n"), "1: @sfae: unknown tag (did you mean safe?)"),
    "a plugin's mark": (one(GIVEN, "@flaky\n"), "1: @flaky: unknown tag; known are"),
    "no scenarios": ("Feature: X\n", "1: a feature without scenarios"),
    "no steps": ("Feature: X\n  Scenario: A\n", "2: 'A' has no steps and would always pass"),
    "node id in a title": (
        "Feature: X\n  Scenario: A::B\n    Given the device is at rest\n",
        "2: a title is not empty",
    ),
    "outline without rows": (
        "Feature: X\n  Scenario Outline: A\n    Given the device is at rest\n",
        "2: 'A' is an outline without a row",
    ),
    "no such column": (
        one(f"{GIVEN}\n  | <minutes> |", tail="    Examples:\n      | minute |\n      | 1 |\n"),
        "3: <minutes> is no column of the Examples of 'A'",
    ),
    "rows alike": (
        one("Given the job may last <m> minutes", tail="    Examples:\n      | m |\n      | 1 |\n      | 1 |\n"),
        "2: 2 rows of 'A' read alike: 1",
    ),
    "a row nobody reads": (
        one("Given the job may last <m> minutes", tail="    Examples:\n      | m |\n      | 1 |\n      | ten |\n"),
        "3: no step definition reads Given 'the job may last ten minutes'",
    ),
    "two titles over rules": (
        "Feature: X\n  Rule: R\n    Scenario: A\n      Given the device is at rest\n"
        "  Rule: Q\n    Scenario: A\n      Given the device is at rest\n",
        "6: two scenarios with the title 'A', the other at line 3",
    ),
    "tag of a rule": (
        "Feature: X\n  @ruel\n  Rule: R\n    Scenario: A\n      Given the device is at rest\n",
        "2: @ruel:",
    ),
    "tag of examples": (
        one("Given the job may last <m> minutes", tail="    @slow\n    Examples:\n      | m |\n      | 1 |\n"),
        "4: @slow: unknown tag",
    ),
}


@pytest.mark.parametrize(("text", "expected"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_file_is_told_with_its_line(write: Path, text: str, expected: str) -> None:
    write.write_text(text)
    found = told(write)
    assert len(found) == 1, found
    assert found[0].startswith(expected)


def test_two_definitions_are_named_with_their_places(write: Path) -> None:
    write.write_text(one(GIVEN))
    [found] = told(
        write, STEPS, 'from pytest_bdd import given\n\n@given("the device is at rest")\ndef again():\n    pass\n'
    )
    assert found == (
        "3: 2 step definitions read Given 'the device is at rest': steps/made.py:4, steps/made.py:3; leave one"
    )


def test_an_async_step_is_refused(write: Path) -> None:
    write.write_text(one("Given we wait"))
    [found] = told(write, 'from pytest_bdd import given\n\n@given("we wait")\nasync def wait():\n    pass\n')
    assert "'we wait' is an async step at steps/made.py:3; nobody awaits it" in found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [(1, "no Feature in this file")]),
        ("# only a comment\n", [(1, "no Feature in this file")]),
        (
            "Feature: X\n  Scenario: A\n    Given a\n  Nonsense\n  Feature: Y\n",
            [(4, "Gherkin: expected"), (5, "Gherkin: ")],
        ),
        ("# language: klingon\nFeature: X\n", [(1, "Gherkin: Language not supported: klingon")]),
        ("Feature: X\n  Scenario: A\n    And a\n", [(3, "First step in a scenario or background must start with")]),
    ],
    ids=["empty", "comment", "two errors", "language", "first And"],
)
def test_what_is_no_feature_is_told_with_all_lines(write: Path, text: str, expected: list[tuple[int, str]]) -> None:
    write.write_text(text)
    with pytest.raises(Unreadable) as raised:
        read(write)
    assert [each.line for each in raised.value.problems] == [line for line, _ in expected]
    for problem, (_, words) in zip(raised.value.problems, expected, strict=True):
        assert problem.text.startswith(words)


def test_a_file_that_is_not_utf8_is_told(write: Path) -> None:
    write.write_bytes("Feature: Gerät".encode("latin-1"))
    with pytest.raises(Unreadable, match="not UTF-8"):
        read(write)


def test_cases_have_the_steps_of_both_backgrounds(write: Path) -> None:
    write.write_text(
        "Feature: X\n  Background:\n    Given the device is at rest\n  Rule: R\n    Background:\n"
        "      Given the job may last 5 minutes\n    Scenario: A\n      When a job is queued\n"
    )
    [case] = cases(read(write), Definitions.of_modules([module()]))
    assert [text for _, text in case.steps] == [
        "the device is at rest",
        "the job may last 5 minutes",
        "a job is queued",
    ]
    assert [function.__name__ for function in case.functions] == ["at_rest", "minutes", "queued"]
    assert (case.rule, case.line, case.identity) == ("R", 7, "A")


def test_there_are_102_failures() -> None:
    assert len(FAILURES) == 102
    assert {"F01", "F09", "F10", "F102"} <= FAILURES


def test_house_rules_find_what_is_long_or_unused(tmp_path: Path) -> None:
    steps = "\n".join(["    Given the device is at rest"] * 4)
    long = "\n".join(["    When a job is queued"] * 13)
    outline = (
        "  Scenario Outline: B\n    Given the job may last 1 minutes\n    Examples:\n      | who |\n      | me |\n"
    )
    (tmp_path / "a.feature").write_text(f"Feature: A\n  Background:\n{steps}\n  Scenario: A\n{long}\n{outline}")
    assert [(each.file.name, each.line, each.text) for each in house_rules(tmp_path, [module()])] == [
        ("a.feature", 2, "a Background of 4 steps; at most 3 are remembered by a reader"),
        ("a.feature", 7, "13 steps in 'A'; at most 12"),
        ("a.feature", 21, "the column 'who' of 'B' is not used"),
        ("made.py", 16, "no feature uses the sentence 'the job ends well'"),
        ("made.py", 20, "no feature uses the sentence 'the job ends badly'"),
    ]


def test_a_problem_reads_like_a_compilers(tmp_path: Path) -> None:
    assert str(Problem(file=Path("features/x.feature"), line=3, text="wrong")) == "features/x.feature:3: wrong"
