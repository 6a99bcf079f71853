"""From pytest-bdd to Allure: Gherkin steps, messages and verdict in the results that allure-pytest writes.

The only module that imports allure. While a scenario runs the bridge opens an Allure step for each Gherkin step, so
that what a user attaches in a step lands there; all else is put right in one place, just before a result is written.
"""

from __future__ import annotations

import hashlib
import json
import sys
import uuid
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import allure_commons
import pytest
from allure_commons.model2 import (
    Attachment,
    Label,
    Parameter,
    Status,
    StatusDetails,
    TestResult,
    TestResultContainer,
    TestStepResult,
)
from allure_commons.types import LabelType
from attr import attrs
from pytest_bdd.parser import Step

from rigs.language import CASE, Case
from rigs.report import headline, session_files
from rigs.report.arguments import arguments
from rigs.report.story import FAULT_OF, STORY, STORY_NAME, Outcome, Story, blame_of, outcome_of, story_record, trace_of

BDD_FIXTURES = ("pytestbdd_", "_pytest_bdd_")
STATUS: dict[Outcome, str] = {
    "passed": Status.PASSED,
    "failed": Status.FAILED,
    "broken": Status.BROKEN,
    "skipped": Status.SKIPPED,
    "not reached": Status.SKIPPED,
}
ENDINGS = {
    "application/json": "json",
    "image/png": "png",
    "image/svg+xml": "svg",
    "text/csv": "csv",
    "text/html": "html",
    "text/markdown": "md",
    "text/plain": "txt",
}
REPLACED = {LabelType.HOST, LabelType.THREAD, LabelType.PARENT_SUITE, LabelType.SUITE, LabelType.SUB_SUITE}


@attrs(auto_attribs=True)
class Details(StatusDetails):
    """StatusDetails with what Allure 3 shows as a difference; model2 has no fields for it yet."""

    expected: str | None = None
    actual: str | None = None


@dataclass(slots=True)
class Progress:
    """How far a scenario came: its Allure steps in order (and those of earlier rounds), the open one, its error."""

    steps: list[TestStepResult] = field(default_factory=list)
    rounds: list[list[TestStepResult]] = field(default_factory=list)
    open: str | None = None
    error: BaseException | None = None


PROGRESS: pytest.StashKey[Progress] = pytest.StashKey()


class AllureBridge:
    """The plugin; it acts where `config.option.allure_report_dir` is set (by --alluredir or by rigs.plugin)."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.item: pytest.Item | None = None

    def __repr__(self) -> str:
        return f"<AllureBridge {self.folder or 'off'}>"

    @property
    def folder(self) -> Path | None:
        """Where the results go."""
        folder = self.config.getoption("allure_report_dir", None)
        return Path(folder).absolute() if folder else None

    def pytest_configure(self) -> None:
        """Listen to what Allure is about to write."""
        allure_commons.plugin_manager.register(self, "jobrig-bridge")

    def pytest_unconfigure(self) -> None:
        """Leave Allure as it was."""
        allure_commons.plugin_manager.unregister(self)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Remember whose result comes next."""
        self.item = item
        item.stash[PROGRESS] = Progress()
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, object, object]:
        """Begin anew at each set-up: a plugin that repeats a test sets it up again."""
        item.stash[PROGRESS] = Progress()
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
        """Keep the first error: what follows it is its consequence."""
        progress = item.stash[PROGRESS]
        if call.excinfo is not None and progress.error is None:
            progress.error = call.excinfo.value
        return (yield)

    def next_round(self, item: pytest.Item) -> None:
        """The scenario is run once more: its steps are another round's."""
        progress = item.stash[PROGRESS]
        progress.rounds.append(progress.steps)
        progress.steps = []

    def pytest_bdd_before_step(self, request: pytest.FixtureRequest, step: Step) -> None:
        """Open an Allure step."""
        reporter = self._reporter()
        if reporter is None:
            return
        progress = request.node.stash[PROGRESS]
        progress.open = str(uuid.uuid4())
        hook = allure_commons.plugin_manager.hook
        hook.start_step(uuid=progress.open, title=f"{step.keyword} {step.name}", params={})
        progress.steps.append(reporter.get_item(progress.open))
        for name, body, mime in arguments(step):
            hook.attach_data(body=body, name=name, attachment_type=mime, extension=ENDINGS[mime])

    def pytest_bdd_after_step(self, request: pytest.FixtureRequest) -> None:
        """Close it."""
        _close(request.node.stash[PROGRESS], None)

    def pytest_bdd_step_error(self, request: pytest.FixtureRequest, exception: BaseException) -> None:
        """Close it with its error."""
        _close(request.node.stash[PROGRESS], exception)

    def pytest_bdd_after_scenario(self, request: pytest.FixtureRequest) -> None:
        """Close what a skip left open: pytest-bdd calls neither after_step nor step_error for it."""
        _close(request.node.stash[PROGRESS], sys.exc_info()[1])

    @allure_commons.hookimpl(tryfirst=True)
    def report_result(self, result: TestResult) -> None:
        """The last look before a result is written."""
        case = self.item.stash.get(CASE, None) if self.item else None
        if self.item is None or case is None:
            return
        progress = self.item.stash[PROGRESS]
        rewrite(result, case, self.item.stash.get(STORY, Story()), progress)

    @allure_commons.hookimpl(tryfirst=True)
    def report_container(self, container: TestResultContainer) -> None:
        """Leave out the fixtures that are pytest-bdd's own machinery."""
        container.befores = [each for each in container.befores if not each.name.startswith(BDD_FIXTURES)]
        container.afters = [
            each for each in container.afters if not each.name.startswith(BDD_FIXTURES) and "<lambda>" not in each.name
        ]

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Write what belongs to the whole run, once."""
        if self.folder is not None and self.folder.is_dir() and not hasattr(self.config, "workerinput"):
            session_files.write(self.folder, self.config)

    def _reporter(self) -> Any:
        listener = self.config.pluginmanager.get_plugin("allure_listener")
        return None if listener is None else listener.allure_logger


def _close(progress: Progress, error: BaseException | None) -> None:
    if progress.open is None:
        return
    identity, progress.open = progress.open, None
    allure_commons.plugin_manager.hook.stop_step(
        uuid=identity, exc_type=error and type(error), exc_val=error, exc_tb=None
    )
    if error is None:
        return
    step = progress.steps[-1]
    step.status = STATUS[outcome_of(error)]
    step.statusDetails = StatusDetails(message=str(error), trace=trace_of(error))


def rewrite(result: TestResult, case: Case, story: Story, progress: Progress) -> None:
    """Make a result of allure-pytest say what the scenario says."""
    outcome = _outcome(story, progress.error)
    _tell_round(result, story, progress)
    result.name = case.scenario
    result.status = STATUS[outcome]
    result.statusDetails = _details(story, outcome, progress.error)
    result.titlePath = [part for part in (case.feature, case.rule) if part]
    result.description = None
    result.descriptionHtml = headline.top(story, case, outcome)
    result.parameters = [Parameter(name=name, value=value) for name, value in case.row.items()]
    history = [str(result.fullName), *(f"{name}={case.row[name]}" for name in sorted(case.row)), story.rig]
    result.historyId = hashlib.md5("\n".join(history).encode()).hexdigest()
    result.labels = [label for label in result.labels if label.name not in REPLACED] + _labels(story, case, progress)
    _add_steps(result, case, story, progress)
    for name, svg in story.pictures:
        result.attachments.append(_attach(name, "image/svg+xml", svg))
    for each in story.attachments:
        result.attachments.append(_attach(each.name, each.mime, each.body))
    record = story_record(story, case, outcome, blame=story.blame or blame_of(progress.error))
    result.attachments.append(_attach(STORY_NAME, "application/json", json.dumps(record, default=str)))


def _tell_round(result: TestResult, story: Story, progress: Progress) -> None:
    """Of several rounds the page shows the steps of one."""
    if story.round:
        progress.steps = [*progress.rounds, progress.steps][story.round - 1]
        result.steps = list(progress.steps)


def _outcome(story: Story, error: BaseException | None) -> Outcome:
    """The judge's word; a tear-down that breaks after a pass is still broken."""
    return outcome_of(error) if story.outcome in (None, "passed") else story.outcome


def _details(story: Story, outcome: Outcome, error: BaseException | None) -> Details | None:
    if outcome == "passed":
        return None
    message = story.sentence or str(error or "")
    if outcome == "not reached" and not message.startswith("not reached"):
        message = f"not reached: {message}"
    trace = f"{trace_of(error)}{FAULT_OF}{story.blame or blame_of(error)}" if outcome in ("failed", "broken") else None
    return Details(message=message, trace=trace, expected=story.expected, actual=story.actual)


def _labels(story: Story, case: Case, progress: Progress) -> list[Label]:
    values = {
        LabelType.FEATURE: case.feature,
        LabelType.STORY: case.rule,
        LabelType.PARENT_SUITE: case.feature,
        LabelType.SUITE: case.rule,
        LabelType.HOST: story.rig,
        LabelType.THREAD: story.device,
        "firmware": story.firmware,
        "fault of": story.blame or blame_of(progress.error),
    }
    return [Label(name=name, value=value) for name, value in values.items() if value]


def _add_steps(result: TestResult, case: Case, story: Story, progress: Progress) -> None:
    """Steps that were never reached as skipped ones; messages under their steps, before the first or after the last."""
    steps = list(progress.steps)
    for keyword, text in case.steps[len(steps) :]:
        steps.append(
            TestStepResult(name=f"{keyword} {text}", status=Status.SKIPPED, start=result.stop, stop=result.stop)
        )
        result.steps.append(steps[-1])
    for message in story.messages:
        _step_for(message.step, result, steps).steps.append(_message_step(message.name, message.body, result))


def _step_for(index: int, result: TestResult, steps: list[TestStepResult]) -> TestStepResult:
    if 0 <= index < len(steps):
        return steps[index]
    name, place = ("Arranged", 0) if index < 0 else ("Closing", len(result.steps))
    found = next((step for step in result.steps if step.name == name), None)
    if found is None:
        found = TestStepResult(name=name, status=Status.PASSED, start=result.start, stop=result.stop)
        result.steps.insert(place, found)
    return found


def _message_step(name: str, body: Any, result: TestResult) -> TestStepResult:
    """A sub-step of the name of its only attachment: Allure folds the two into one line."""
    plain = isinstance(body, str)
    attachment = _attach(
        name, "text/plain" if plain else "application/json", body if plain else json.dumps(body, indent=1)
    )
    step = TestStepResult(name=name, status=Status.PASSED, start=result.start, stop=result.start)
    step.attachments.append(attachment)
    return step


def _attach(name: str, mime: str, body: bytes | str | Path) -> Attachment:
    """Hand a file to Allure's writer; text is given as str, a file as Path."""
    file_name = f"{uuid.uuid4()}-attachment.{ENDINGS.get(mime, 'bin')}"
    hook = allure_commons.plugin_manager.hook
    if isinstance(body, Path):
        hook.report_attached_file(source=str(body), file_name=file_name)
    else:
        hook.report_attached_data(body=body, file_name=file_name)
    return Attachment(name=name, source=file_name, type=mime)
