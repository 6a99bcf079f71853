"""What a message must look like: plain JSON values, matchers in their places, and the differences in words.

A dict names its members exactly, one more or less is a difference; `Part` looks at the named ones only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


class Differs(AssertionError):
    """A cloud did something else than a row says."""


@dataclass(frozen=True, slots=True)
class Fits:
    """Any value that passes the check; `name` is how it is shown."""

    name: str
    check: Callable[[Any], bool]

    def __repr__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Part:
    """A dict of which the named members are looked at; a member that is ABSENT must not be there."""

    members: Mapping[str, Any]


def part(**members: Any) -> Part:
    return Part(members)


def one_of(*values: Any) -> Fits:
    return Fits(f"one of {', '.join(map(repr, values))}", lambda value: value in values)


def _seconds(value: Any) -> bool:
    return type(value) is int and 10**9 <= value < 10**10


ANYTHING = Fits("anything", lambda value: True)
SECONDS = Fits("integer seconds since the epoch", _seconds)
TEXT = Fits("a text", lambda value: isinstance(value, str) and value != "")
COUNT = Fits("a whole number", lambda value: type(value) is int)
INSTANT = Fits("an instant", lambda value: hasattr(value, "timestamp"))
ABSENT = Fits("no such member", lambda value: False)


def differences(expected: Any, found: Any, where: str = "", *, ordered: bool = False) -> list[str]:
    """What differs, each with the way to it; empty when it fits. `ordered` looks at the order of members too."""
    if isinstance(expected, Fits):
        return [] if expected.check(found) else [_told(where, expected, found)]
    if isinstance(expected, Part):
        return _part(expected, found, where, ordered)
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        return _members(expected, found, where, ordered)
    if isinstance(expected, list | tuple) and isinstance(found, list):
        return _items(expected, found, where, ordered)
    same = type(expected) is type(found) and expected == found
    return [] if same else [_told(where, expected, found)]


def _part(expected: Part, found: Any, where: str, ordered: bool) -> list[str]:
    if not isinstance(found, Mapping):
        return [_told(where, expected.members, found)]
    there = {key: value for key, value in expected.members.items() if value is not ABSENT}
    wrong = [f"{where}.{key} is there: {found[key]!r}" for key in expected.members.keys() - there if key in found]
    looked_at = {key: value for key, value in found.items() if key in there}
    return wrong + _members(there, looked_at, where, ordered)


def _members(expected: Mapping[str, Any], found: Mapping[str, Any], where: str, ordered: bool) -> list[str]:
    wrong = [f"{where}.{key} is missing" for key in expected if key not in found]
    wrong += [f"{where}.{key} is there and should not be: {found[key]!r}" for key in found if key not in expected]
    both = [key for key in expected if key in found]
    for key in both:
        wrong += differences(expected[key], found[key], f"{where}.{key}", ordered=ordered)
    came = [key for key in found if key in expected]
    if ordered and came != both:
        wrong.append(f"{where or 'members'} in the order {came}, not {both}")
    return wrong


def _items(expected: Any, found: list[Any], where: str, ordered: bool) -> list[str]:
    if len(expected) != len(found):
        return [f"{where} has {len(found)} entries, not {len(expected)}: {found!r}"]
    pairs = enumerate(zip(expected, found, strict=True))
    return [text for at, (one, other) in pairs for text in differences(one, other, f"{where}[{at}]", ordered=ordered)]


def _told(where: str, expected: Any, found: Any) -> str:
    return f"{where or 'it'} is {found!r}, not {expected!r}"
