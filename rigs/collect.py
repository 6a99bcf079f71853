"""Feature files as pytest collects them: `features/x.feature::Scenario name`, a row of an outline in brackets.

`CollectPlugin` is registered by rigs.plugin. Each item carries a frozen `Case` in `item.stash[CASE]`; the language is
checked before a test is made, so a feature that is wrong stops the run with all its problems (pytest's exit code 2).
"""

from __future__ import annotations

import importlib.util
import re
import sys
import traceback
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib.abc import Loader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pytest_bdd import scenario

import rigs
from rigs.definitions import Definitions
from rigs.gherkin import Problem, Sheet, Unreadable, read
from rigs.language import CASE, KINDS, Case, Vocabulary, cases, problems
from rigs.report.story import FOREIGN

__all__ = ["CASE", "Case", "CollectPlugin", "load_user_steps"]

FILE_AND_LINE = re.compile(r"(?P<file>.+\.feature):(?P<line>\d+)")


class CollectPlugin:
    """The hooks that turn feature files into tests; `known_policies` are the words of the profile."""

    def __init__(self, known_policies: frozenset[str]) -> None:
        self.known_policies = known_policies
        self.wrong: set[str] = set()

    def __repr__(self) -> str:
        return f"<CollectPlugin {len(self.known_policies)} policies>"

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Turn `features/x.feature:LINE` on the command line into the scenario's name."""
        config.args[:] = [_named(config, argument) for argument in config.args]

    @pytest.hookimpl
    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> FeatureModule | None:
        """Collect `.feature` files."""
        if file_path.suffix != ".feature":
            return None
        module: FeatureModule = FeatureModule.from_parent(parent, path=file_path)
        module.vocabulary = Vocabulary(policies=self.known_policies, own=_own_tags(parent.config))
        return module

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Remember which features are wrong."""
        if report.failed and report.nodeid.endswith(".feature"):
            self.wrong.add(report.nodeid)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any) -> None:
        """Stop here as pytest alone does: xdist would run the rest and end with 1, which means the device's fault."""
        if self.wrong and not node.config.getoption("continue_on_collection_errors"):
            raise pytest.Session.Interrupted(f"{len(self.wrong)} feature files are wrong")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """Show the step that failed, without the frames of pytest and pytest-bdd that called it."""
        if call.excinfo is None or CASE not in item.stash or item.config.getoption("fulltrace"):
            return
        ours = call.excinfo.traceback.filter(lambda entry: not str(entry.path).startswith(FOREIGN))
        if ours:
            call.excinfo.traceback = ours


class FeatureModule(pytest.Module):
    """A feature file; its scenarios are test functions under their own titles."""

    vocabulary: Vocabulary

    def _getobj(self) -> ModuleType:
        """The module that pytest looks for tests in: one function a scenario, its key the title."""
        sheet = self._checked()
        module = ModuleType(self.path.stem)
        module.__file__ = str(self.path)
        for entry in sheet.entries:
            bind = scenario(self.path.name, entry.title, features_base_dir=str(self.path.parent))
            vars(module)[entry.title] = bind(_ended)
        return module

    def _checked(self) -> Sheet:
        try:
            sheet = read(self.path)
        except Unreadable as error:
            raise self._error(error.problems) from error
        self.definitions = Definitions.seen_by(self)
        if wrong := problems(sheet, self.vocabulary, self.definitions):
            raise self._error(wrong)
        _register_tags(self.config, {tag for tag, _ in sheet.tags})
        self.sheet = sheet
        return sheet

    def istestfunction(self, obj: object, name: str) -> bool:
        """Everything in the module is a scenario."""
        return True

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        """The items, each with its Case and with the place of the scenario instead of pytest-bdd's."""
        found = list(super().collect())
        waiting: dict[str, list[Case]] = defaultdict(list)
        for case, title in zip(cases(self.sheet, self.definitions), self._titles(), strict=True):
            waiting[title].append(case)
        for item in found:
            assert isinstance(item, pytest.Function)
            rows = waiting[item.originalname]  # with --bugs each row comes several times, the rows in order each time
            case = rows[0]
            rows.append(rows.pop(0))
            item.stash[CASE] = case
            item.location = (_relative(self.config, self.path), case.line - 1, item.name)
            yield item

    def _titles(self) -> Iterator[str]:
        for entry in self.sheet.entries:
            yield from [entry.title] * len(entry.all_rows)

    def _error(self, wrong: Iterable[Problem]) -> pytest.Collector.CollectError:
        lines = [f"{_relative(self.config, each.file)}:{each.line}: {each.text}" for each in wrong]
        return self.CollectError("\n".join(lines))


def _ended() -> None:
    """What pytest-bdd calls after the last step."""


def _relative(config: pytest.Config, path: Path) -> str:
    return str(path.relative_to(config.rootpath)) if path.is_relative_to(config.rootpath) else str(path)


def _named(config: pytest.Config, argument: str) -> str:
    """`x.feature:12` as `x.feature::Title` or, when the line is a row, `x.feature::Title[row]`."""
    match = FILE_AND_LINE.fullmatch(argument)
    if match is None:
        return argument
    file, line = match["file"], int(match["line"])
    try:
        sheet = read(config.invocation_params.dir / file)
    except Unreadable:
        return file  # the collection reports what is wrong with it
    except FileNotFoundError as error:
        raise pytest.UsageError(f"{argument}: no such file") from error
    found = sheet.entry_at(line)
    if found is None:
        known = ", ".join(f"{entry.line} {entry.title!r}" for entry in sheet.entries)
        raise pytest.UsageError(f"{argument}: no scenario at this line; scenarios of the file: {known}")
    entry, row = found
    words = "-".join(row.values.values()).encode("unicode_escape").decode("ascii")
    return f"{file}::{entry.title}" + (f"[{words}]" if row.values else "")


def _register_tags(config: pytest.Config, tags: Iterable[str]) -> None:
    """Make the tags known marks, so that -m finds them and --strict-markers holds."""
    known = {line.partition(":")[0] for line in config.getini("markers")}
    for tag in sorted(set(tags) - known):
        config.addinivalue_line("markers", f"{tag}: a tag of a feature")


def _own_tags(config: pytest.Config) -> frozenset[str]:
    """The marks that the project registered in its own settings, less those that a plugin acts on."""
    everyone = [_name(line) for line in config.getini("markers")]
    own = [_name(line) for line in _own_lines(config)]
    return frozenset(name for name in own if everyone.count(name) == own.count(name)) - KINDS


def _own_lines(config: pytest.Config) -> list[str]:
    # getini mixes the project's marks with those of plugins; only the file's own reading keeps them apart.
    written = config._inicfg.get("markers")
    lines: Any = [] if written is None else written.value
    return lines.splitlines() if isinstance(lines, str) else [str(line) for line in lines]


def _name(line: str) -> str:
    return line.partition(":")[0].partition("(")[0].strip()


def load_user_steps(config: pytest.Config, root: Path) -> list[str]:
    """Register each `steps/*.py` of the user's repository as the plugin `user_steps.<stem>`; returns these names.

    By name it cannot work: the product's own package `steps` hides the folder. Raises UsageError where the folder was
    made a package, or a module cannot be imported.
    """
    folder = root / "steps"
    product = Path(rigs.__file__).resolve().parents[1] / "steps"
    if not folder.is_dir() or folder.resolve() == product:
        return []
    if (folder / "__init__.py").exists():
        raise _package(folder / "__init__.py")
    return [_load(config, file) for file in sorted(folder.glob("*.py"))]


def refuse_hidden_steps() -> None:
    """Raise UsageError where a package of the user's hides the product's steps; called before these are imported."""
    spec = importlib.util.find_spec("steps")
    product = Path(rigs.__file__).resolve().parents[1] / "steps" / "__init__.py"
    if spec is not None and spec.origin is not None and Path(spec.origin).resolve() != product:
        raise _package(Path(spec.origin))


def _package(file: Path) -> pytest.UsageError:
    return pytest.UsageError(
        f"{file}: remove this file. Your steps are loaded by their path, as user_steps.<name>; "
        "as a package of the name `steps` they would hide jobrig's own, or be hidden by them."
    )


def _load(config: pytest.Config, file: Path) -> str:
    name = f"user_steps.{file.stem}"
    # pytest's import hook as the loader: a plain `assert` in a user's step then shows its values.
    hook = config.pluginmanager.rewrite_hook
    loader = hook if isinstance(hook, Loader) else None
    spec = importlib.util.spec_from_file_location(name, file, loader=loader)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise pytest.UsageError(f"{file} cannot be imported:\n{traceback.format_exc(limit=-2)}") from error
    config.pluginmanager.register(module, name)
    return name
