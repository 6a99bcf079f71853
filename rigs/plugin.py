"""The switchboard: the pytest hooks of jobrig, a line or a few each."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Generator

import pytest
from pytest_bdd.parser import Step

from rigs.collect import CollectPlugin, load_user_steps, refuse_hidden_steps
from rigs.fixtures import arranged, course, rig
from rigs.language import CASE
from rigs.outcomes import trial_of
from rigs.policies import POLICIES
from rigs.report.bridge import AllureBridge
from rigs.run import RUN, Run, is_scenario, project
from rigs.verdicts import lacks, run_scenario

__all__ = ["course", "rig"]

refuse_hidden_steps()
pytest_plugins = [
    "steps.device",
    "steps.network",
    "steps.operator",
    "steps.service",
    "steps.updates",
    "steps.work",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    """--rig and its company."""
    group = parser.getgroup("jobrig", "jobrig: devices that run AWS IoT Jobs")
    group.addoption("--rig", default="embedded", metavar="NAME|FILE", help="the rig to run on (default: embedded)")
    group.addoption("--results", default=None, metavar="DIR", help="where a run's files go (default: results/<time>)")
    group.addoption("--bug", default=None, metavar="Fnn[/b]", help="switch a bug of the reference agent on")
    group.addoption("--bugs", default=None, metavar="Fnn,…", help="each of these with its own scenario, and plain ones")
    group.addoption("--faults", choices=("on", "off"), default="on", help="off: the network only watches")
    group.addoption("--profile", action="append", default=[], metavar="WORD=VALUE", help="a profile word for this run")
    group.addoption(
        "--must-judge",
        action="append",
        default=[],
        metavar="S028|F01",
        help="not judged: exit 10",
    )
    group.addoption("--cloud", default=None, metavar="FILE", help="addresses of a `jobrig cloud` that runs elsewhere")
    group.addoption("--seed", type=int, default=0, help="seed for everything left to chance")
    group.addoption("--count", type=_count, default=1, metavar="N", help="each scenario N times over, as one test")


def _count(text: str) -> int:
    if not (text.isdigit() and int(text) > 0):
        raise ArgumentTypeError(f"{text!r}: how often each scenario is to be run, 1 or more")
    return int(text)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Set up collection, the run's folder and the report."""
    config.pluginmanager.register(CollectPlugin(POLICIES), "jobrig-collect")
    load_user_steps(config, project(config))
    config.stash[RUN] = Run.begin(config)
    config.pluginmanager.register(AllureBridge(config), "jobrig-bridge")
    if config.getoption("bugs"):
        from rigs.matrix.trials import Trials  # the reference agent's bugs are of no interest to anybody else

        config.pluginmanager.register(Trials(config.getoption("bugs")), "jobrig-trials")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Scenarios that step the service clock by more than an hour run last."""
    items.sort(key=lambda item: is_scenario(item) and "10080" in item.name and not trial_of(item).bug)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """Skip what the rig has no means for; arrange the rest, so that a rig in doubt never reaches the steps."""
    if is_scenario(item):
        description = item.config.stash[RUN].described(trial_of(item).habits)
        if reason := lacks(item.stash[CASE], description):
            pytest.skip(reason)
    yield
    if is_scenario(item):
        arranged(item)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Close after the steps, then raise the verdict."""
    if not is_scenario(pyfuncitem):
        return (yield)
    return (yield from run_scenario(pyfuncitem))


def pytest_bdd_before_step(request: pytest.FixtureRequest, step: Step) -> None:
    """A record where each step begins."""
    request.config.stash[RUN].step("begin", step.keyword, step.name)


def pytest_bdd_after_step(request: pytest.FixtureRequest, step: Step) -> None:
    """A record where it ends."""
    request.config.stash[RUN].step("end", step.keyword, step.name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Each report carries the scenario's outcome, through xdist too."""
    report = yield
    item.config.stash[RUN].mark(item, call, report)
    return report
