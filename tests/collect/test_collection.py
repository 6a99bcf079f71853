"""Feature files as pytest sees them: names, lines, selections, repeats, workers, user's steps."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from tests.project import JOBS, Project

DONE = "features/jobs.feature::A job is done"
FAILS = "features/jobs.feature::A job fails"
ONE = "features/jobs.feature::A job may last <minutes> minutes[1-anyone]"
WEEK = "features/jobs.feature::A job may last <minutes> minutes[10080-the job]"

SAY_CASES = """
import json
from rigs.collect import CASE

def pytest_collection_finish(session):
    for item in session.items:
        case = item.stash[CASE]
        print("CASE", json.dumps([case.identity, case.rule, case.scenario, dict(case.row), sorted(case.tags), case.line,
            case.description, case.steps, sorted(case.policies), [f.__name__ for f in case.functions], repr(case)]))
"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that tests read and do not change."""
    made = Project(tmp_path_factory.mktemp("shared"))
    made.write("features/jobs.feature", JOBS)
    return made


SELECTIONS: list[tuple[list[str], list[str]]] = [
    (["features"], [DONE, FAILS, ONE, WEEK]),
    (["features/jobs.feature::A job is done"], [DONE]),
    ([ONE], [ONE]),
    (["features/jobs.feature:5"], [DONE]),
    (["features/jobs.feature:19", "features/jobs.feature:7"], [FAILS, DONE]),
    (["features/jobs.feature:24"], [ONE, WEEK]),
    (["features/jobs.feature:35"], [WEEK]),
    (["features", "-m", "S035 or aws"], [FAILS, WEEK]),
    (["features", "-m", "F01 and not policy.told_by"], [ONE, WEEK]),
    (["features", "-k", "fails"], [FAILS]),
    (["features", "--deselect", ONE], [DONE, FAILS, WEEK]),
]


@pytest.fixture(scope="module")
def selected(shared: Project) -> list[list[str]]:
    """What each of SELECTIONS names, asked of one process."""
    return shared.selections([arguments for arguments, _ in SELECTIONS])


@pytest.mark.parametrize("number", range(len(SELECTIONS)), ids=[" ".join(each[0]) for each in SELECTIONS])
def test_a_selection_names_scenarios(selected: list[list[str]], number: int) -> None:
    assert selected[number] == SELECTIONS[number][1]


def test_a_run_leaves_names_that_a_second_run_takes_up(project: Project) -> None:
    run = project.pytest("features", "--junit-xml", "junit.xml")
    assert run.code == 1, run
    cases = ElementTree.parse(project.folder / "junit.xml").iter("testcase")
    assert [case.get("name") for case in cases] == [name.partition("::")[2] for name in (DONE, FAILS, ONE, WEEK)]
    assert project.names("features", "--lf") == [FAILS]


def test_workers_collect_the_same(project: Project) -> None:
    run = project.pytest("features/jobs.feature:5", "features/jobs.feature:35", "-n", "2", without=("allure_pytest",))
    assert run.code == 0, run
    assert "2 passed" in run.text


def test_a_case_says_what_the_file_says(project: Project) -> None:
    project.write("steps/say.py", SAY_CASES)
    said = [line for line in project.pytest("features", "--collect-only", "-q").text.splitlines() if "CASE" in line]
    assert said[1] == (
        'CASE ["S035", "A job that is not done is told of", "A job fails", {}, '
        '["F01", "S035", "nightly", "policy.told_by", "safe"], 18, "", '
        '[["Given", "the device is at rest"], ["When", "a job is queued"], ["Then", "the job ends badly"]], '
        '["told_by"], ["at_rest", "queued", "ends_badly"], "<Case S035 jobs.feature:18>"]'
    )
    assert '"A job may last 10080 minutes", {"minutes": "10080", "who": "the job"}, ["F01", "S067", "aws"' in said[3]
    assert '"How it goes."' in said[0]


def test_all_problems_of_all_files_stop_the_run(project: Project) -> None:
    project.write("features/twice.feature", "Feature: T\n\n  Scenario: A\n    Given nobody knows\n\n  Scenario: A\n")
    project.write(
        "features/broken.feature", "Feature: B\n  Scenario: C\n    Given the device is at rest\n    Nonsense\n"
    )
    run = project.pytest("features")
    assert run.code == 2, run
    assert "features/twice.feature:4: no step definition reads Given 'nobody knows'" in run.text
    assert "features/twice.feature:6: two scenarios with the title 'A', the other at line 3" in run.text
    assert "features/broken.feature:4: Gherkin:" in run.text
    assert "Traceback" not in run.text


def test_problems_stop_workers_too(project: Project) -> None:
    project.write("features/jobs.feature", "Feature: T\n\n  Scenario: A\n    Given nobody knows\n")
    project.write("features/more.feature", "Feature: M\n\n  Scenario: A\n    Given nobody knows\n")
    project.write("features/good.feature", JOBS)
    run = project.pytest("features", "-n", "2", without=("allure_pytest",))
    assert run.code == 2, run
    assert "features/more.feature:4: no step definition reads Given 'nobody knows'" in run.text
    assert " passed" not in run.text
    assert "features/jobs.feature:4: no step definition reads Given 'nobody knows'" in run.text


def test_tags_named_like_marks_of_pytest_are_refused(project: Project) -> None:
    project.write("features/jobs.feature", JOBS.replace("@aws", "@xfail @skip").replace("@nightly", "@usefixtures"))
    run = project.pytest("features")
    assert run.code == 2, run
    assert "features/jobs.feature:1: @usefixtures: unknown tag" in run.text
    assert "features/jobs.feature:32: @skip: unknown tag" in run.text
    assert "features/jobs.feature:32: @xfail: unknown tag" in run.text


def test_a_tag_of_the_project_is_taken(project: Project) -> None:
    project.write("features/jobs.feature", JOBS.replace("@aws", "@ours"))
    assert project.names("features", "-m", "ours") == [WEEK]


def test_a_line_above_all_scenarios_is_a_usage_error(project: Project) -> None:
    run = project.pytest("features/jobs.feature:2")
    assert run.code == 4, run
    assert "no scenario at this line; scenarios of the file: 5 'A job is done', 18 'A job fails'" in run.text


def test_user_steps_as_a_package_are_refused(project: Project) -> None:
    project.write("steps/__init__.py", "")
    run = project.pytest("features")
    assert run.code == 4, run
    assert "steps/__init__.py: remove this file" in run.text


def test_user_steps_that_cannot_be_imported_say_where(project: Project) -> None:
    file = project.write("steps/bad.py", "import json\n\nraise KeyError('no such thing')\n")
    run = project.pytest("features")
    assert run.code == 4, run
    assert f"{file} cannot be imported" in run.text
    assert "line 3" in run.text


def test_an_assertion_of_a_user_step_shows_its_values(project: Project) -> None:
    steps = project.folder / "steps/jobs.py"
    steps.write_text(steps.read_text().replace("assert 1 == 2", "versions = [1, 2]\n    assert versions == [1, 3]"))
    run = project.pytest("features", "-k", "fails")
    assert "At index 1 diff: 2 != 3" in run.text
    assert "call_fixture_func" not in run.text


def test_the_products_own_steps_are_no_user_steps(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write(
        "conftest.py",
        "import rigs, pathlib\nfrom rigs.collect import load_user_steps\n\n"
        "def pytest_configure(config):\n"
        "    assert load_user_steps(config, pathlib.Path(rigs.__file__).parents[1]) == []\n",
    )
    assert project.pytest("--collect-only").code == 5
