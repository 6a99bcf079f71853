"""Which runs a matrix takes, and what the outcome of each hangs on."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import rigs
import steps
from rigs.agent.mutants import MUTANTS
from rigs.agent.policy import Policy
from rigs.matrix.runs import Unit, digest

CODE = Path(rigs.__file__).parent
STEPS = Path(steps.__file__).parent
DEFECTS = ("defects", "mutant")
"""How files of the agent begin that hold nothing but defects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What all runs of a matrix have in common: the features, the rig, the choice of scenarios (`-m`)."""

    features: Path
    rig: str
    scenarios: str = ""
    profile: tuple[str, ...] = ()

    def own(self, *bugs: str) -> Unit:
        """Some bugs, each with its own scenario and the plain ones."""
        return self._unit(f"own {' '.join(bugs)}", bugs, "--bugs", ",".join(bugs))

    def all(self, bug: str) -> Unit:
        """Every scenario with one bug, and the habits with which it shows."""
        return self._unit(f"all {bug}", [bug], "--bug", bug, *_profile(MUTANTS[bug].habits))

    def clean(self) -> Unit:
        """Every scenario with the healthy agent."""
        return self._unit("clean", [])

    def dry(self, scenarios: Iterable[str], habits: Sequence[str]) -> Unit:
        """Some scenarios with the healthy agent and the network's faults off."""
        words = ("--faults", "off", "-m", " or ".join(sorted(set(scenarios))), *_profile(habits))
        return self._unit(" ".join(["dry", *habits]), [], *words)

    def habits(self, number: int, words: Iterable[str]) -> Unit:
        """Every scenario with the healthy agent and these habits."""
        return self._unit(f"habits {number:02}", [], *_profile(words))

    def _unit(self, name: str, bugs: Sequence[str], *arguments: str) -> Unit:
        chosen = ("-m", self.scenarios) if self.scenarios and "-m" not in arguments else ()
        words = (*arguments, *chosen, "--rig", self.rig, *(f"--profile={word}" for word in self.profile))
        return Unit(name=name, arguments=words, digest=digest(self._sources(bugs), *words, *map(_row, bugs)))

    def _sources(self, bugs: Sequence[str]) -> set[Path]:
        """The features, the steps, and all of jobrig without the defects of other bugs."""
        code = {file for file in CODE.rglob("*.py") if not file.name.startswith(DEFECTS)}
        defects = {file for bug in bugs for file in _defects(MUTANTS[bug].policy)}
        return {*code, *CODE.glob("*.toml"), *defects, *STEPS.glob("*.py"), *self.features.rglob("*.feature")}


def _profile(words: Iterable[str]) -> list[str]:
    return [part for word in words for part in ("--profile", word)]


def _row(bug: str) -> str:
    """What of a mutant's row decides about its runs."""
    mutant = MUTANTS[bug]
    return " ".join([bug, mutant.policy.__qualname__, *mutant.scenarios, *mutant.habits])


def _defects(policy: type[Policy]) -> set[Path]:
    return {Path(inspect.getfile(each)) for each in policy.__mro__ if each is not object}
