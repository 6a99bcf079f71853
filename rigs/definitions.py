"""The step definitions that a feature can see, and whether a sentence has exactly one of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import cast

import pytest
from pytest_bdd.compat import get_fixture_names, getfixturedefs
from pytest_bdd.steps import StepFunctionContext, step_function_context_registry


class Definitions:
    """The step definitions of some modules, or of what pytest shows to a node; answers are remembered."""

    def __init__(self, contexts: Iterable[StepFunctionContext]) -> None:
        self._contexts = list(contexts)
        self._found: dict[tuple[str, str], list[StepFunctionContext]] = {}

    def __repr__(self) -> str:
        return f"<Definitions {len(self._contexts)} sentences, {len(self._found)} asked for>"

    @classmethod
    def seen_by(cls, node: pytest.Collector) -> Definitions:
        """What pytest shows to this node: steps of plugins and of conftest files above it."""
        manager = node.session._fixturemanager
        names = get_fixture_names(fixturemanager=manager)
        shown = (fixture for name in names for fixture in getfixturedefs(manager, name, node) or ())
        return cls(_contexts(fixture.func for fixture in shown))

    @classmethod
    def of_modules(cls, modules: Iterable[ModuleType]) -> Definitions:
        """The definitions that stand in these modules."""
        values = (value for module in modules for value in vars(module).values())
        return cls(_contexts(getattr(value, "__wrapped__", None) for value in values))

    def find(self, kind: str, text: str) -> list[StepFunctionContext]:
        """All definitions that read this sentence; `kind` is given, when or then."""
        if (kind, text) not in self._found:
            self._found[kind, text] = [context for context in self._contexts if _reads(context, kind, text)]
        return self._found[kind, text]

    def complaints(self, kind: str, text: str) -> Iterator[str]:
        """What is wrong with a sentence: no definition, more than one, or one that is never awaited."""
        found = self.find(kind, text)
        if not found:
            yield f"no step definition reads {kind.capitalize()} {text!r}{self._other_kinds(kind, text)}"
        if len(found) > 1:
            places = ", ".join(self.where(context) for context in found)
            yield f"{len(found)} step definitions read {kind.capitalize()} {text!r}: {places}; leave one"
        for context in found:
            if inspect.iscoroutinefunction(context.step_func) or inspect.isasyncgenfunction(context.step_func):
                yield f"{text!r} is an async step at {self.where(context)}; nobody awaits it, write a plain function"

    def unused(self) -> list[StepFunctionContext]:
        """The definitions that no sentence asked for so far has found."""
        used = {id(context) for contexts in self._found.values() for context in contexts}
        return [context for context in self._contexts if id(context) not in used]

    @staticmethod
    def place(context: StepFunctionContext) -> tuple[Path, int]:
        """File and line of a definition."""
        code = inspect.unwrap(context.step_func).__code__
        return Path(code.co_filename), code.co_firstlineno

    def where(self, context: StepFunctionContext) -> str:
        """File and line of a definition, to be read."""
        file, line = self.place(context)
        return f"{file}:{line}"

    def _other_kinds(self, kind: str, text: str) -> str:
        others = [context for context in self._contexts if context.type != kind and context.parser.is_matching(text)]
        return "".join(f" (but {str(other.type).capitalize()} at {self.where(other)})" for other in others)


def _contexts(functions: Iterable[object]) -> Iterator[StepFunctionContext]:
    for function in functions:
        if callable(function) and not inspect.ismethod(function):
            context = step_function_context_registry.get(cast(Callable[..., object], function))
            if context is not None:
                yield context


def _reads(context: StepFunctionContext, kind: str, text: str) -> bool:
    return context.type in (None, kind) and bool(context.parser.is_matching(text))
