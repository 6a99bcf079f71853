"""A project whose scenarios have stories to tell, run once; its Allure results are read back as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.project import Project, Run

CONFTEST = """
import pytest
from rigs.collect import CASE, CollectPlugin, load_user_steps
from rigs.errors import NotReached
from rigs.report.bridge import AllureBridge
from rigs.report.story import ENVIRONMENT, STORY, Attachment, Message, Story, Table

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="40"><text x="4" y="20">device</text></svg>'

def pytest_configure(config):
    load_user_steps(config, config.rootpath)
    config.pluginmanager.register(CollectPlugin(frozenset({"told_by"})), "jobrig-collect")
    config.pluginmanager.register(AllureBridge(config), "jobrig-bridge")
    config.stash[ENVIRONMENT] = {"Rig": "bench-1", "Device": "board"}

@pytest.fixture
def rig():
    yield "bench"

@pytest.fixture(autouse=True)
def _setup(request, rig):
    case = request.node.stash[CASE]
    story = Story(rig="bench-1", device="board-7", firmware="1.2")
    request.node.stash[STORY] = story
    if "S901" in case.tags:
        raise RuntimeError("the port is gone")
    if "S902" in case.tags:
        pytest.skip("not declared: told_by")

@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    story = item.stash[STORY]
    story.sentence = "two <versions> & more"
    story.reproduce = "pytest features --rig bench-1"
    story.pictures.append(("sequence", SVG))
    story.tables.append(Table("Versions", ("#", "version"), ((1, "!2"), (2, None))))
    story.messages += [Message(-1, "queued", "q"), Message(1, "update", {"status": "FAILED"}), Message(99, "end", "e")]
    story.attachments.append(Attachment("console", "text/plain", b"boot 1 complete"))
    try:
        return (yield)
    except NotReached as error:
        story.sentence = ""
        pytest.skip(f"not reached: {error}")
    except AssertionError:
        story.expected, story.actual = "SUCCEEDED", "FAILED"
        raise
"""

STEPS = """
import allure
import pytest
from pytest_bdd import given, parsers, then, when
from rigs.errors import DeviceFault, NotReached, ServiceFault

ERRORS = {
    "device": DeviceFault("sent FAILED"),
    "service": ServiceFault("500"),
    "skip": pytest.skip.Exception("not today"),
    "not reached": NotReached("learnt by a poll"),
    "bug": KeyError("x"),
}

@given("the device is at rest")
def at_rest():
    allure.attach("mine", name="my note")

@given("a table")
def a_table(datatable):
    pass

@given("a document")
def a_document(docstring):
    pass

@when(parsers.re("it ends with (?P<what>.*)"))
def ends_with(what):
    if what in ERRORS:
        raise ERRORS[what]

@then("all is told")
def told():
    pass
"""

TALES = '''Feature: Tales
  What is told.

  Rule: A tale has an end

    @S900 @F01
    Scenario: A good end
      Given the device is at rest
      When it ends with joy
      Then all is told

    @S901
    Scenario: No beginning
      Given the device is at rest
      When it ends with joy

    @S902
    Scenario: Not for us
      Given the device is at rest

    @S903
    Scenario Outline: The end is <end>
      Given the device is at rest
      When it ends with <end>
      Then all is told

      Examples:
        | end         |
        | device      |
        | service     |
        | skip        |
        | not reached |
        | bug         |

    @S904
    Scenario: Told with a table
      Given a table
        | a | b |
        | 1 | 2 |
      And a document
        """
        {"op": "long"}
        """
'''


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Path]:
    """The run of the project, and its results folder."""
    project = Project(tmp_path_factory.mktemp("tales"))
    project.write("conftest.py", CONFTEST)
    project.write("steps/jobs.py", STEPS)
    project.write("features/tales.feature", TALES)
    done = project.pytest("features", "--alluredir", "allure", without=("xdist",))
    return done, project.folder / "allure"


@pytest.fixture(scope="session")
def results(run: tuple[Run, Path]) -> Path:
    """The Allure results folder."""
    return run[1]


@pytest.fixture(scope="session")
def result(results: Path) -> Callable[[str], dict[str, Any]]:
    """A result by the scenario's name."""
    read = [json.loads(file.read_text(encoding="utf-8")) for file in results.glob("*-result.json")]
    return {str(each["name"]): each for each in read}.__getitem__
