"""What a rig cannot run of the features that ship, and why: worked out from their steps and tags, without a run."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import steps
from rigs.definitions import Definitions
from rigs.description import Description
from rigs.gherkin import read
from rigs.language import Case, cases
from rigs.needs import lacks
from rigs.shipped import features


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """How many scenarios (rows of outlines counted one by one) a rig skips, and for each reason which."""

    total: int
    skipped: int
    reasons: dict[str, list[str]]

    def __repr__(self) -> str:
        return f"<Costs {self.skipped} of {self.total} scenarios skipped>"

    def because(self, words: str) -> list[str]:
        """The numbers of the scenarios skipped for reasons that hold these words."""
        found = (number for reason, numbers in self.reasons.items() if words in reason for number in numbers)
        return list(dict.fromkeys(found))


def shipped() -> list[Case]:
    """Every scenario that ships, each row of an outline one."""
    modules = [import_module(f"{steps.__name__}.{entry.name}") for entry in pkgutil.iter_modules(steps.__path__)]
    definitions = Definitions.of_modules(modules)
    return [case for file in sorted(Path(features()).glob("*.feature")) for case in cases(read(file), definitions)]


def costs(description: Description, among: Iterable[Case]) -> Costs:
    """What the rig of this description skips among the scenarios."""
    reasons: dict[str, list[str]] = {}
    total = skipped = 0
    for case in among:
        found = list(lacks((text for _, text in case.steps), case.functions, case.policies, description))
        total, skipped = total + 1, skipped + bool(found)
        for reason in found:
            reasons.setdefault(reason, []).append(case.identity)
    return Costs(total=total, skipped=skipped, reasons=reasons)


def numbered(numbers: Iterable[str], most: int = 6) -> str:
    """`2 scenarios: S001, S041`, each number once."""
    listed = list(numbers)
    names = list(dict.fromkeys(listed))
    more = ", …" if len(names) > most else ""
    plural = "" if len(listed) == 1 else "s"
    return f"{len(listed)} scenario{plural}: {', '.join(names[:most])}{more}" if listed else "no scenario"
