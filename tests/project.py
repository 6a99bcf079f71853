"""A project of its own in a folder: inner pytest runs in a process that knows nothing of this session."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

CONFTEST = """
from rigs.collect import CollectPlugin, load_user_steps

def pytest_configure(config):
    load_user_steps(config, config.rootpath)
    config.pluginmanager.register(CollectPlugin(frozenset({"sends_expected_version", "told_by"})), "jobrig-collect")
"""

STEPS = """
from pytest_bdd import given, parsers, then, when

@given("the device is at rest")
def at_rest():
    pass

@given(parsers.parse("the job may last {minutes:d} minutes"), target_fixture="minutes")
def minutes(minutes):
    return minutes

@when("a job is queued")
def queued():
    pass

@then("the job ends well")
def ends_well():
    pass

@then("the job ends badly")
def ends_badly():
    assert 1 == 2
"""

JOBS = """@nightly
Feature: Jobs
  What a job is.

  Scenario: A job is done
    How it goes.
    Given the device is at rest
    When a job is queued
    Then the job ends well

  @F01
  Rule: A job that is not done is told of

    Background:
      Given the device is at rest

    @S035 @policy.told_by @safe
    Scenario: A job fails
      When a job is queued
      Then the job ends badly

    @S067
    Scenario Outline: A job may last <minutes> minutes
      Given the job may last <minutes> minutes
      When a job is queued
      Then the job ends well

      Examples: bounds
        | minutes | who    |
        | 1       | anyone |

      @aws
      Examples: more
        | minutes | who     |
        | 10080   | the job |
"""


class Project:
    """A user's repository: features, steps, a conftest that registers what rigs.plugin registers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write("conftest.py", CONFTEST)
        self.write("pytest.ini", "[pytest]\naddopts = --strict-markers\nmarkers =\n    ours: a tag of this project\n")
        self.write("steps/jobs.py", STEPS)

    def write(self, name: str, text: str) -> Path:
        """Write a file of the project."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def pytest(self, *arguments: str, without: tuple[str, ...] = ("xdist", "allure_pytest")) -> Run:
        """Run pytest in the project."""
        off = [word for name in without for word in ("-p", f"no:{name}")]
        return self._run(["-m", "pytest", *off, *arguments])

    def _run(self, arguments: list[str]) -> Run:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": "", "COLUMNS": "160"}
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Run(done.returncode, done.stdout + done.stderr)

    def selections(self, commands: list[list[str]]) -> list[list[str]]:
        """The node ids of several collections, made one after the other in one process."""
        script = (
            "import pytest, sys\n"
            "for command in eval(sys.argv[1]):\n"
            "    print('====')\n"
            "    pytest.main(['-p', 'no:xdist', '-p', 'no:allure_pytest', '--collect-only', '-q', *command])\n"
        )
        blocks = self._run(["-c", script, repr(commands)]).text.split("====")[1:]
        return [[line for line in block.splitlines() if "::" in line] for block in blocks]

    def names(self, *arguments: str) -> list[str]:
        """The node ids that pytest collects."""
        return [line for line in self.pytest("--collect-only", "-q", *arguments).text.splitlines() if "::" in line]


class Run:
    """How an inner run ended."""

    def __init__(self, code: int, text: str) -> None:
        self.code = code
        self.text = text

    def __repr__(self) -> str:
        return f"<Run exit {self.code}>\n{self.text}"
