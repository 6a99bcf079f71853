"""One run of pytest over features: its folder, its rig file, the outcomes, the exit code and the last line."""

from __future__ import annotations

import os
import random
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rigs import outcomes
from rigs.clouds import Addresses
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
    root: Path = Path()
    results: Path = Path()
    suffix: str = ""
    seed: int = 0
    rig: Rig | None = None
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    judged: dict[str, frozenset[str]] = field(default_factory=dict)
    reports: dict[str, pytest.TestReport] = field(default_factory=dict)
    others_failed: bool = False
    longest_turn: float = 0.0
    _description: Description | None = None

    def __repr__(self) -> str:
        return f"<Run {self.results} {len(self.outcomes)} outcomes>"

    @classmethod
    def begin(cls, config: pytest.Config) -> Run:
        """Make the run's folder and read the rig file, where features are to be run; raises pytest.UsageError."""
        features = not config.option.collectonly and any(_has_features(config, argument) for argument in config.args)
        run = cls(config=config, has_features=features, root=project(config))
        config.pluginmanager.register(run, "jobrig-run")
        if not run.has_features:
            return run
        given = getattr(config, "workerinput", None)
        try:
            run._description = _describe(config, run.root)
        except UsageFault as wrong:
            raise pytest.UsageError(str(wrong)) from wrong
        if given is None:
            run._control()
        else:
            run.results, run.seed = Path(given["jobrig_results"]), given["jobrig_seed"]
            run.suffix = f"-{given['workerid']}"
            config.option.allure_report_dir = given["jobrig_allure"]
        return run

    @property
    def description(self) -> Description:
        """The rig file of the run."""
        assert self._description is not None, "only runs over features have a rig file"
        return self._description

    def described(self, habits: Sequence[str]) -> Description:
        """The rig file with other words in its profile, each as `word=value`."""
        return _describe(self.config, self.root, habits) if habits else self.description

    def _control(self) -> None:
        config = self.config
        self.seed = config.getoption("seed") or random.SystemRandom().randrange(1, 2**31)
        self._check_workers(config.getoption("numprocesses", None) or 0)
        chosen = config.getoption("results")
        self.results = Path(chosen).absolute() if chosen else _dated(self.root / "results")
        self.results.mkdir(parents=True, exist_ok=True)
        _forget(self.results)
        if not config.getoption("allure_report_dir", None):
            config.option.allure_report_dir = str(self.results / "allure")
            shutil.rmtree(self.results / "allure", ignore_errors=True)
        if not config.getoption("xmlpath", None):
            config.option.xmlpath = str(self.results / "junit.xml")

    def _check_workers(self, workers: int) -> None:
        rig, cloud = self.description.rig, self.description.cloud
        if workers > 1 and not rig.multiply:
            raise pytest.UsageError(
                f"-n {workers}: more workers than rigs ({rig.name}); leave -n away or give one rig each"
            )
        if workers > 1 and (cloud.kind != "local" or cloud.address is not None):
            thing, where = self.description.device.thing, cloud.address or cloud.kind
            raise pytest.UsageError(
                f"-n {workers}: all workers would be the thing {thing!r} at one cloud ({where}); leave -n away"
            )

    # hooks -----------------------------------------------------------------------------------------------------------

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """A worker of xdist writes to the controller's folder."""
        if not self.has_features:
            return
        node.workerinput["jobrig_results"] = str(self.results)
        node.workerinput["jobrig_seed"] = self.seed
        node.workerinput["jobrig_allure"] = str(Path(self.config.option.allure_report_dir).absolute())

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """What a worker of xdist hands over at its end."""
        output: Mapping[str, Any] = getattr(node, "workeroutput", {})
        self.longest_turn = max(self.longest_turn, output.get("jobrig_longest_turn", 0.0))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what each report carries."""
        told: Mapping[str, Any] | None = getattr(report, "jobrig", None)
        if told is None:
            self._other(report)
            return
        if self.outcomes.get(report.nodeid) == "failed":
            return  # a tear-down that breaks afterwards takes nothing back
        self.outcomes[report.nodeid] = told["outcome"]
        if not hasattr(self.config, "workerinput"):
            outcomes.write(self.results, dict(told))
        self.reports[report.nodeid] = report
        if told["outcome"] in ("passed", "failed"):
            self.judged[report.nodeid] = frozenset(told["tags"])

    def _other(self, report: pytest.TestReport) -> None:
        """A report without an outcome of ours: of another test, or xdist's own of a worker that died."""
        if _died(report):
            self.outcomes.setdefault(report.nodeid, "broken")
        elif report.failed:
            self.others_failed = True

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Broken and not reached have words of their own."""
        told = getattr(report, "jobrig", None)
        if told is None:
            return WORDS["broken"] if _died(report) else None
        return WORDS.get(told["outcome"])

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """The exit code says whose fault it was; 2 to 5 keep pytest's meaning."""
        if hasattr(self.config, "workeroutput"):
            self.config.workeroutput["jobrig_longest_turn"] = self.longest_turn
        ours = self.has_features and self.outcomes and not self.others_failed
        if ours and int(exitstatus) in (0, 1) and not hasattr(self.config, "workerinput"):
            session.exitstatus = exit_code(list(self.outcomes.values()), self.unjudged)

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """What was broken, in full, and what must have been judged and was not."""
        for report in terminalreporter.stats.get("broken", []):
            terminalreporter.write_sep("_", f"broken: {report.nodeid}")
            report.toterminal(terminalreporter._tw)
        for must in self.unjudged if self.outcomes else []:
            terminalreporter.write_line(f"must be judged and was not: {must}", red=True)
        for report in self.reports.values():
            if rounds := report.jobrig.get("rounds"):
                terminalreporter.write_line(f"{report.jobrig['name']}: {rounds}")

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """The last line of every run over features."""
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if self.has_features and reporter is not None and not hasattr(config, "workerinput"):
            turn = f" (longest turn of the rig's loop: {self.longest_turn * 1000:.0f} ms)" if self.longest_turn else ""
            reporter.write_line(f"results: {self.results}{turn}")
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
        told = outcomes.line(item, item.stash[CASE], outcome_of(error), error, call.duration)
        report.jobrig = msgspec.to_builtins(told)  # type: ignore[attr-defined]

    def step(self, event: Any, keyword: str, name: str) -> None:
        """A record where a step begins or ends."""
        if self.rig is not None:
            self.rig.trace.append(Step(event=event, text=f"{keyword} {name}"))


RUN: pytest.StashKey[Run] = pytest.StashKey()


def _died(report: pytest.TestReport) -> bool:
    """Whether it is xdist's own report of the scenario at which a worker died."""
    return report.failed and ".feature::" in report.nodeid


def _has_features(config: pytest.Config, argument: str) -> bool:
    path = config.invocation_params.dir / argument.partition("::")[0]
    return path.suffix == ".feature" or (path.is_dir() and next(path.glob("**/*.feature"), None) is not None)


def project(config: pytest.Config) -> Path:
    """The folder of the user's project: pytest's root, or where pytest was called if it runs our own features there.

    pytest looks for its root from the files that it is to run: for the features that ship that is our own folder.
    """
    here, ours = config.invocation_params.dir, Path(__file__).resolve().parents[1]
    foreign = ours in (config.rootpath, *config.rootpath.parents) and not here.is_relative_to(config.rootpath)
    return here if config.inipath is None or foreign else config.rootpath


def _describe(config: pytest.Config, root: Path, habits: Sequence[str] = ()) -> Description:
    overrides = dict(word.partition("=")[::2] for word in [*config.getoption("profile"), *habits])
    path = find(config.getoption("rig"), root)
    cloud = config.getoption("cloud")
    if cloud is not None:
        Addresses.read(Path(cloud))
    return load(path, overrides, cloud=cloud)


OURS = ("verdicts.jsonl", "trace-*.jsonl", "console-*.log")


def _forget(results: Path) -> None:
    """Take away what an earlier run has left in a folder that is used again: the two must not be read as one run."""
    for pattern in OURS:
        for file in results.glob(pattern):
            file.unlink()


def _dated(folder: Path) -> Path:
    """results/<start time>, and results/latest pointing there; runs that start at the same time do not meet."""
    folder.mkdir(parents=True, exist_ok=True)
    name = datetime.now().strftime("%Y-%m-%d-%H%M%S")
    chosen = next(path for end in ["", *(f"-{n}" for n in range(2, 100))] if _made(path := folder / f"{name}{end}"))
    link = folder / f".latest-{os.getpid()}"
    link.symlink_to(chosen.name)
    link.replace(folder / "latest")
    return chosen


def _made(path: Path) -> bool:
    try:
        path.mkdir()
    except FileExistsError:
        return False
    return True
