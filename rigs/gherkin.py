"""A feature file as it was written: scenarios, rows and tags with their lines, which pytest-bdd forgets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gherkin.errors import CompositeParserException
from pytest_bdd.exceptions import GherkinParseError
from pytest_bdd.feature import features as bdd_cache
from pytest_bdd.gherkin_parser import Background as GherkinBackground
from pytest_bdd.gherkin_parser import Child, GherkinDocument, Tag, get_gherkin_document
from pytest_bdd.gherkin_parser import Scenario as GherkinScenario
from pytest_bdd.parser import Feature, FeatureParser, ScenarioTemplate, Step

PLACEHOLDER = re.compile(r"<([^<>]+)>")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """Something wrong with the language, at a line of a file."""

    file: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


class Unreadable(Exception):
    """The file is no feature; `problems` say where."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of an Examples table, with the tags of its table."""

    line: int
    values: Mapping[str, str] = field(default_factory=dict)
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A scenario or an outline; `tags` holds those of its Rule and Feature too."""

    title: str
    line: int
    rule: str
    tags: frozenset[str]
    outline: bool
    rows: tuple[Row, ...]
    template: ScenarioTemplate

    def __repr__(self) -> str:
        return f"<Entry {self.line}: {self.title}>"

    @property
    def all_rows(self) -> tuple[Row, ...]:
        """The rows, or one empty row of a plain scenario."""
        return self.rows if self.outline else (Row(line=self.line),)

    @property
    def steps(self) -> list[Step]:
        """The scenario's own steps, without Backgrounds."""
        return self.template._steps

    def filled_steps(self) -> Iterator[Step]:
        """The steps of all rows, Backgrounds included, with the values filled in."""
        for row in self.all_rows:
            yield from self.template.render(row.values).steps

    def unfilled(self) -> Iterator[tuple[int, str]]:
        """Line and name of each `<name>` of an outline that no column fills."""
        columns = {name for row in self.rows for name in row.values}
        for step in self.steps if self.rows else ():
            for name in PLACEHOLDER.findall(_whole(step)):
                if name not in columns:
                    yield step.line_number, name

    def unused_columns(self) -> list[str]:
        """Columns that neither the title nor a step names."""
        text = "\n".join([self.title, *(_whole(step) for step in self.template.steps)])
        columns = dict.fromkeys(name for row in self.rows for name in row.values)
        return [name for name in columns if f"<{name}>" not in text]


def _whole(step: Step) -> str:
    cells = [str(cell) for row in (step.datatable.raw() if step.datatable else ()) for cell in row]
    return "\n".join([step.name, step.docstring or "", *cells])


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A feature file that could be read."""

    file: Path
    feature: Feature
    entries: tuple[Entry, ...]
    tags: tuple[tuple[str, int], ...]
    backgrounds: tuple[tuple[int, int], ...]

    def __repr__(self) -> str:
        return f"<Sheet {self.file.name} {len(self.entries)} scenarios>"

    def problem(self, line: int, text: str) -> Problem:
        """A problem at a line of this file."""
        return Problem(file=self.file, line=line, text=text)

    def entry_at(self, line: int) -> tuple[Entry, Row] | None:
        """The scenario that a line lies in, and the row that it is; None above the first scenario."""
        above = [entry for entry in self.entries if entry.line <= line]
        if not above:
            return None
        row = next((row for row in above[-1].rows if row.line == line), Row(line=above[-1].line))
        return above[-1], row


class _Reader(FeatureParser):
    """pytest-bdd's parser over a document that we keep: the file is read once."""

    def __init__(self, file: Path) -> None:
        super().__init__(str(file.parent), file.name)
        self.document = get_gherkin_document(str(file))

    def _parse_feature_file(self) -> GherkinDocument:
        return self.document


def read(file: Path) -> Sheet:
    """Read a feature file; raises Unreadable with all syntax errors."""
    try:
        reader = _Reader(file)
        feature = reader.parse()
    except GherkinParseError as error:
        raise Unreadable(_syntax(file, error)) from error
    except UnicodeDecodeError as error:
        raise Unreadable([Problem(file=file, line=1, text=f"not UTF-8: {error}")]) from error
    except KeyError as error:  # what pytest-bdd makes of a file that has no Feature
        raise Unreadable(
            [Problem(file=file, line=1, text="no Feature in this file; write one or remove it")]
        ) from error
    # pytest-bdd reads through this cache: the scenario is then bound to the very object that was checked.
    bdd_cache[str(file)] = feature
    return _sheet(file, feature, reader)


def _syntax(file: Path, error: GherkinParseError) -> list[Problem]:
    cause = error.__cause__
    if not isinstance(cause, CompositeParserException):
        return [Problem(file=file, line=error.line, text=error.message)]
    return [
        Problem(file=file, line=each.location["line"], text=f"Gherkin: {str(each).partition(': ')[2]}")
        for each in cause.errors
    ]


def _sheet(file: Path, feature: Feature, reader: _Reader) -> Sheet:
    document = reader.document.feature
    entries: list[Entry] = []
    tags = _with_lines(document.tags)
    backgrounds: list[GherkinBackground] = []
    for rule, child, inherited in _walk(document.children, document.tags):
        if child.background:
            backgrounds.append(child.background)
        if child.rule:
            tags += _with_lines(child.rule.tags)
        if child.scenario:
            tags += _with_lines(child.scenario.tags, *(table.tags for table in child.scenario.examples))
            template = _template(feature, child.scenario, reader)
            entries.append(_entry(child.scenario, rule, inherited, template))
    return Sheet(
        file=file,
        feature=feature,
        entries=tuple(entries),
        tags=tuple(tags),
        backgrounds=tuple((background.location.line, len(background.steps)) for background in backgrounds),
    )


def _walk(children: list[Child], tags: list[Tag], rule: str = "") -> Iterator[tuple[str, Child, list[Tag]]]:
    for child in children:
        yield rule, child, tags
        if child.rule:
            yield from _walk(child.rule.children, [*tags, *child.rule.tags], child.rule.name)


def _template(feature: Feature, scenario: GherkinScenario, reader: _Reader) -> ScenarioTemplate:
    """pytest-bdd's own object; of two scenarios with one title it keeps the last, so the first is read anew."""
    kept = feature.scenarios[scenario.name]
    return kept if kept.line_number == scenario.location.line else reader.parse_scenario(scenario, feature)


def _entry(scenario: GherkinScenario, rule: str, inherited: list[Tag], template: ScenarioTemplate) -> Entry:
    return Entry(
        title=scenario.name,
        line=scenario.location.line,
        rule=rule,
        tags=_names(inherited) | _names(scenario.tags),
        outline=bool(scenario.examples) or "outline" in scenario.keyword.lower(),
        rows=tuple(_rows(scenario)),
        template=template,
    )


def _rows(scenario: GherkinScenario) -> Iterator[Row]:
    for table in scenario.examples:
        columns = [cell.value for cell in table.table_header.cells] if table.table_header else []
        for row in table.table_body or ():
            values = dict(zip(columns, (cell.value or "" for cell in row.cells), strict=True))
            yield Row(line=row.location.line, values=values, tags=_names(table.tags))


def _with_lines(*groups: list[Tag]) -> list[tuple[str, int]]:
    return [(tag.name.lstrip("@"), tag.location.line) for group in groups for tag in group]


def _names(tags: list[Tag]) -> frozenset[str]:
    return frozenset(tag.name.lstrip("@") for tag in tags)
