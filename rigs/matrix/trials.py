"""`--bugs`: bugs of the reference agent one after the other in one run, each on a rig of its own.

A bug meets its own scenario, and two plain ones that it must not redden. Of its own scenario's rows the first that is
red is enough; that one is run once more with the faults of the network off. To start pytest costs two seconds, a rig
half a one.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

import pytest

from rigs.agent.mutants import MUTANTS
from rigs.language import CASE, Case
from rigs.outcomes import JUDGED, Judged, Trial, trial_of
from rigs.report.story import outcome_of

PLAIN = ("S001", "S028")
"""What every device must do: told of a job it does it, and two jobs one after the other."""


def chosen(words: str) -> list[str]:
    """The bugs that are meant by `F02/a,F04` or `all`; raises UsageError for one that nobody knows."""
    if words == "all":
        return list(MUTANTS)
    found = []
    for word in filter(None, words.split(",")):
        ways = [name for name in MUTANTS if word in (name, name.partition("/")[0])]
        if not ways:
            raise pytest.UsageError(f"no bug {word!r}; known: {', '.join(MUTANTS)}")
        found += ways
    return list(dict.fromkeys(found))


def own(bug: str) -> str:
    """The number of the scenario that a bug belongs to."""
    return MUTANTS[bug].scenarios[0]


class Trials:
    """The plugin: makes a test of each scenario for each bug that belongs to it, and passes over what is proven."""

    def __init__(self, words: str) -> None:
        self.bugs = chosen(words)
        self.red: dict[tuple[str, str], tuple[Case, bool]] = {}
        """By bug and scenario: the row that was red, and whether a fault of the network was in place."""

    def __repr__(self) -> str:
        return f"<Trials of {len(self.bugs)} bugs>"

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """A scenario comes once for each trial that wants it."""
        if not metafunc.definition.nodeid.partition("::")[0].endswith(".feature"):
            return
        trials = list(self._trials(set(_tags(metafunc.definition))))
        if trials:
            metafunc.fixturenames.append("rig")
            metafunc.parametrize("rig", trials, indirect=True, scope="session", ids=str)

    def _trials(self, tags: set[str]) -> Iterator[Trial]:
        for bug in self.bugs:
            habits = MUTANTS[bug].habits
            if own(bug) in tags or tags.intersection(PLAIN):
                yield Trial(bug, habits=habits)
            if own(bug) in tags:
                yield Trial(bug, faults=False, habits=habits)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Bug by bug, the plain scenarios first, the faults off last; rows that belong to no bug are left out."""
        wanted = [item for item in items if self._wants(item)]
        config.hook.pytest_deselected(items=[item for item in items if not self._wants(item)])
        items[:] = sorted(wanted, key=self._place)

    def _wants(self, item: pytest.Item) -> bool:
        bug, tags = trial_of(item).bug, item.stash[CASE].tags if CASE in item.stash else frozenset()
        return bug in self.bugs and (own(bug) in tags or bool(tags.intersection(PLAIN) and trial_of(item).faults))

    def _place(self, item: pytest.Item) -> tuple[int, bool, bool]:
        trial = trial_of(item)
        return self.bugs.index(trial.bug), not trial.faults, own(trial.bug) in item.stash[CASE].tags

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Skip what would prove nothing more."""
        trial, case = trial_of(item), item.stash[CASE]
        row, armed = self.red.get((trial.bug, own(trial.bug)), (None, False))
        if trial.faults and row is not None and own(trial.bug) in case.tags:
            pytest.skip(f"{trial.bug} has turned the scenario red already")
        if not trial.faults and row != case:
            pytest.skip(f"this row was not turned red by {trial.bug}")
        if not trial.faults and not armed:
            pytest.skip("no fault of the network is part of the scenario")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Note what was red."""
        trial, case = trial_of(item), item.stash[CASE]
        error = call.excinfo.value if call.excinfo is not None else None
        if trial.faults and own(trial.bug) in case.tags and outcome_of(error) == "failed":
            self.red[trial.bug, own(trial.bug)] = case, item.stash.get(JUDGED, Judged()).armed
        return (yield)


def _tags(definition: pytest.Function) -> Iterator[str]:
    """The marks of a scenario and of the rows of its outline."""
    for mark in definition.iter_markers():
        yield mark.name
        if mark.name == "parametrize":
            yield from (row_mark.name for row in mark.args[1] for row_mark in row.marks)
