"""The language of features, checked before anything runs: titles, tags, sentences; each problem with file and line.

pytest-bdd loses the earlier of two scenarios of one title, picks one of two definitions in silence, never awaits an
async step and notices a missing definition only when the run gets there. Here all of that stops the collection.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType

import pytest

from rigs.definitions import Definitions
from rigs.gherkin import Entry, Problem, Sheet, Unreadable, read

KINDS = frozenset({"safe", "contract", "aws", "nightly"})
FAILURES = frozenset(f"F{number:02}" for number in range(1, 103))
SCENARIO_ID = re.compile(r"S\d{3}")
PLACEHOLDER = re.compile(r"<([^<>]+)>")
BACKGROUND_STEPS = 3
SCENARIO_STEPS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What the feature file says of one test: a scenario, or one row of an outline, with its values filled in."""

    feature: str
    rule: str = ""
    scenario: str
    row: Mapping[str, str] = field(default_factory=dict)
    tags: frozenset[str] = frozenset()
    file: Path
    line: int
    description: str = ""
    feature_description: str = ""
    steps: tuple[tuple[str, str], ...] = ()
    functions: tuple[Callable[..., object], ...] = field(default=(), compare=False)
    """The step functions, in the order of `steps`: what a scenario needs of a rig is worked out from them."""

    @property
    def policies(self) -> frozenset[str]:
        """The words of the profile that the scenario asks for."""
        return frozenset(tag.removeprefix("policy.") for tag in self.tags if tag.startswith("policy."))

    @property
    def identity(self) -> str:
        """The scenario's number (S035), or its title when it has none."""
        return next((tag for tag in sorted(self.tags) if SCENARIO_ID.fullmatch(tag)), self.scenario)

    def __repr__(self) -> str:
        return f"<Case {self.identity} {self.file.name}:{self.line}>"


CASE: pytest.StashKey[Case] = pytest.StashKey()


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The tags that mean something: the profile's words, F- and S-numbers, KINDS, a project's own marks."""

    policies: frozenset[str]
    own: frozenset[str] = frozenset()

    def complaint(self, tag: str) -> str | None:
        """What is wrong with a tag, or None."""
        word = tag.removeprefix("policy.")
        if tag in KINDS | FAILURES | self.own or SCENARIO_ID.fullmatch(tag):
            return None
        if word != tag:
            return (
                None if word in self.policies else f"@{tag}: the profile has no word {word}{_hint(word, self.policies)}"
            )
        if re.fullmatch(r"[FS]\d+", tag):
            return f"@{tag}: no such number; failures are F01 to F102, scenarios S and three digits"
        return (
            f"@{tag}: unknown tag{_hint(tag, KINDS | self.own)}; known are @policy.<word of the profile>, @Fnn, @Snnn, "
            f"{', '.join('@' + kind for kind in sorted(KINDS))} and the project's own `markers` of its pytest settings "
            "that no plugin acts on"
        )


def _hint(word: str, known: Iterable[str]) -> str:
    close = get_close_matches(word, sorted(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def problems(sheet: Sheet, vocabulary: Vocabulary, definitions: Definitions) -> list[Problem]:
    """Everything that is wrong with one feature file, in the order of its lines."""
    found = {*_titles(sheet), *_tags(sheet, vocabulary), *_outlines(sheet), *_sentences(sheet, definitions)}
    return sorted(found)


def _titles(sheet: Sheet) -> Iterator[Problem]:
    if not sheet.entries:
        yield sheet.problem(1, "a feature without scenarios; write one or remove the file")
    first: dict[str, int] = {}
    for entry in sheet.entries:
        if first.setdefault(entry.title, entry.line) != entry.line:
            known = first[entry.title]
            yield sheet.problem(entry.line, f"two scenarios with the title {entry.title!r}, the other at line {known}")
        if not entry.title or "::" in entry.title or "[" in entry.title:
            yield sheet.problem(entry.line, f"a title is not empty and has no '::' and no '[', got {entry.title!r}")
        if not entry.steps:
            yield sheet.problem(entry.line, f"{entry.title!r} has no steps and would always pass")


def _tags(sheet: Sheet, vocabulary: Vocabulary) -> Iterator[Problem]:
    for tag, line in sheet.tags:
        if complaint := vocabulary.complaint(tag):
            yield sheet.problem(line, complaint)


def _outlines(sheet: Sheet) -> Iterator[Problem]:
    for entry in sheet.entries:
        if entry.outline and not entry.rows:
            yield sheet.problem(entry.line, f"{entry.title!r} is an outline without a row in its Examples")
        for text, count in Counter("-".join(row.values.values()) for row in entry.rows).items():
            if count > 1:
                yield sheet.problem(entry.line, f"{count} rows of {entry.title!r} read alike: {text}")
        for line, name in entry.unfilled():
            yield sheet.problem(line, f"<{name}> is no column of the Examples of {entry.title!r}")


def _sentences(sheet: Sheet, definitions: Definitions) -> Iterator[Problem]:
    for entry in sheet.entries:
        for step in entry.filled_steps():
            for complaint in definitions.complaints(step.type, step.name):
                yield sheet.problem(step.line_number, complaint)


def cases(sheet: Sheet, definitions: Definitions) -> list[Case]:
    """The tests of a file that has no problems: each scenario, and each row of each outline, in the file's order."""
    return [case for entry in sheet.entries for case in _cases_of(sheet, entry, definitions)]


def _cases_of(sheet: Sheet, entry: Entry, definitions: Definitions) -> Iterator[Case]:
    for row in entry.all_rows:
        scenario = entry.template.render(row.values)
        found = [definitions.find(step.type, step.name) for step in scenario.steps]
        yield Case(
            feature=sheet.feature.name,
            rule=entry.rule,
            scenario=scenario.name,
            row=row.values,
            tags=entry.tags | row.tags,
            file=sheet.file,
            line=row.line,
            description=entry.template.description.strip(),
            feature_description=sheet.feature.description.strip(),
            steps=tuple((step.keyword, step.name) for step in scenario.steps),
            functions=tuple(contexts[0].step_func for contexts in found if contexts),
        )


def house_rules(features_dir: Path, step_modules: Iterable[ModuleType]) -> list[Problem]:
    """What we ask of the features that ship, beyond `problems`: short scenarios, and no definition that nobody uses."""
    definitions = Definitions.of_modules(step_modules)
    found: list[Problem] = []
    for file in sorted(features_dir.rglob("*.feature")):
        try:
            sheet = read(file)
        except Unreadable as error:
            found += error.problems
            continue
        found += [
            *_lengths(sheet),
            *_columns(sheet),
            *_titles(sheet),
            *_outlines(sheet),
            *_sentences(sheet, definitions),
        ]
    for context in definitions.unused():
        file, line = definitions.place(context)
        found.append(Problem(file=file, line=line, text=f"no feature uses the sentence {context.parser.name!r}"))
    return sorted(set(found))


def _lengths(sheet: Sheet) -> Iterator[Problem]:
    for line, count in sheet.backgrounds:
        if count > BACKGROUND_STEPS:
            yield sheet.problem(
                line, f"a Background of {count} steps; at most {BACKGROUND_STEPS} are remembered by a reader"
            )
    for entry in sheet.entries:
        if len(entry.steps) > SCENARIO_STEPS:
            yield sheet.problem(entry.line, f"{len(entry.steps)} steps in {entry.title!r}; at most {SCENARIO_STEPS}")


def _columns(sheet: Sheet) -> Iterator[Problem]:
    for entry in sheet.entries:
        for name in entry.unused_columns():
            yield sheet.problem(entry.line, f"the column {name!r} of {entry.title!r} is not used")
