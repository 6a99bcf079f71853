"""One run of pytest over features: its folder, its rig file, the outcomes, the exit code and the last line."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from rigs.description import Description, find, load
from rigs.errors import UsageFault
from rigs.judging import Outcome, exit_code, unjudged
from rigs.language import CASE
from rigs.report.story import last_line, outcome_of
from rigs.rig import Rig
from rigs.trace.records import Step

WORDS: dict[str, tuple[str, str, str]] = {
    "broken": ("broken", "B", "BROKEN"),
    "not reached": ("not reached", "n", "NOT REACHED"),
}


def is_scenario(item: object) -> bool:
    """Whether the item is a scenario of a feature file."""
    return isinstance(item, pytest.Item) and CASE in item.stash


@dataclass(slots=True, kw_only=True, eq=False)
class Run:
    """Also a plugin: it counts the reports, and speaks last."""

    config: pytest.Config
    has_features: bool
    results: Path = Path()
    suffix: str = ""
    seed: int = 0
    rig: Rig | None = None
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    judged: dict[str, frozenset[str]] = field(default_factory=dict)
    reports: dict[str, pytest.TestReport] = field(default_factory=dict)
    _description: Description | None = None

    def __repr__(self) -> str:
        return f"<Run {self.results} {len(self.outcomes)} outcomes>"

    @classmethod
    def begin(cls, config: pytest.Config) -> Run:
        """Make the run's folder and read the rig file, where features are to be run; raises pytest.UsageError."""
        run = cls(config=config, has_features=any(_has_features(config, argument) for argument in config.args))
        config.pluginmanager.register(run, "jobrig-run")
        if not run.has_features:
            return run
        given = getattr(config, "workerinput", None)
        try:
            run._description = _describe(config)
        except UsageFault as wrong:
            raise pytest.UsageError(str(wrong)) from wrong
        if given is None:
            run._control()
        else:
            run.results, run.seed = Path(given["jobrig_results"]), given["jobrig_seed"]
            run.suffix = f"-{given['workerid']}"
        return run

    @property
    def description(self) -> Description:
        """The rig file of the run."""
        assert self._description is not None, "only runs over features have a rig file"
        return self._description

    def _control(self) -> None:
        config = self.config
        self.seed = config.getoption("seed") or random.SystemRandom().randrange(1, 2**31)
        workers = config.getoption("numprocesses", None) or 0
        if workers > 1 and not self.description.rig.multiply:
            name = self.description.rig.name
            raise pytest.UsageError(
                f"-n {workers}: more workers than rigs ({name}); leave -n away or give one rig each"
            )
        chosen = config.getoption("results")
        self.results = Path(chosen).absolute() if chosen else _dated(config.rootpath / "results")
        self.results.mkdir(parents=True, exist_ok=True)
        if not config.getoption("allure_report_dir", None):
            config.option.allure_report_dir = str(self.results / "allure")
        if not config.getoption("xmlpath", None):
            config.option.xmlpath = str(self.results / "junit.xml")

    # hooks -----------------------------------------------------------------------------------------------------------

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """A worker of xdist writes to the controller's folder."""
        node.workerinput["jobrig_results"] = str(self.results)
        node.workerinput["jobrig_seed"] = self.seed

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what each report carries."""
        told: Mapping[str, Any] | None = getattr(report, "jobrig", None)
        if told is None:
            return
        self.outcomes[report.nodeid] = told["outcome"]
        self.reports[report.nodeid] = report
        if told["outcome"] in ("passed", "failed"):
            self.judged[report.nodeid] = frozenset(told["tags"])

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Broken and not reached have words of their own."""
        told = getattr(report, "jobrig", None)
        return WORDS.get(told["outcome"]) if told is not None else None

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """The exit code says whose fault it was; 2 to 5 keep pytest's meaning."""
        if (
            self.has_features
            and int(exitstatus) in (0, 1)
            and self.outcomes
            and not hasattr(self.config, "workerinput")
        ):
            session.exitstatus = exit_code(list(self.outcomes.values()), self.unjudged)

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """What was broken, in full, and what must have been judged and was not."""
        for report in terminalreporter.stats.get("broken", []):
            terminalreporter.write_sep("_", f"broken: {report.nodeid}")
            report.toterminal(terminalreporter._tw)
        for must in self.unjudged if self.outcomes else []:
            terminalreporter.write_line(f"must be judged and was not: {must}", red=True)

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """The last line of every run over features."""
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if self.has_features and reporter is not None and not hasattr(config, "workerinput"):
            reporter.write_line(f"results: {self.results}")
            reporter.write_line(last_line(Counter(self.outcomes.values())))

    # ------------------------------------------------------------------------------------------------------------------

    @property
    def unjudged(self) -> list[str]:
        """What must be judged and was not."""
        musts = [*self.description.rig.must_judge, *self.config.getoption("must_judge")]
        return unjudged(musts, self.judged)

    def mark(self, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
        """Put the scenario's outcome on its report: of the set-up if it ended there, else of the call."""
        if not is_scenario(item) or (report.when == "setup" and report.passed):
            return
        if report.when == "teardown" and report.passed:
            return
        error = call.excinfo.value if call.excinfo is not None else None
        outcome = outcome_of(error)
        case = item.stash[CASE]
        report.jobrig = {"outcome": outcome, "id": case.identity, "tags": sorted(case.tags)}  # type: ignore[attr-defined]

    def step(self, event: Any, keyword: str, name: str) -> None:
        """A record where a step begins or ends."""
        if self.rig is not None:
            self.rig.trace.append(Step(event=event, text=f"{keyword} {name}"))


RUN: pytest.StashKey[Run] = pytest.StashKey()


def _has_features(config: pytest.Config, argument: str) -> bool:
    path = config.invocation_params.dir / argument.partition("::")[0]
    return path.suffix == ".feature" or (path.is_dir() and next(path.glob("**/*.feature"), None) is not None)


def _describe(config: pytest.Config) -> Description:
    overrides = dict(word.partition("=")[::2] for word in config.getoption("profile"))
    path = find(config.getoption("rig"), config.rootpath)
    return load(path, overrides, cloud=config.getoption("cloud"))


def _dated(folder: Path) -> Path:
    """results/<start time>, and results/latest pointing there."""
    name = datetime.now().strftime("%Y-%m-%d-%H%M%S")
    chosen = next(
        folder / f"{name}{end}" for end in ["", *(f"-{n}" for n in range(2, 100))] if _free(folder / f"{name}{end}")
    )
    chosen.mkdir(parents=True)
    latest = folder / "latest"
    latest.unlink(missing_ok=True)
    latest.symlink_to(chosen.name)
    return chosen


def _free(path: Path) -> bool:
    return not path.exists()
