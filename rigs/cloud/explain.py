"""The switches of the Jobs service and the limits of the broker: as a table, and as NAME=VALUE from a command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from difflib import get_close_matches
from typing import Any, Literal, get_args, get_origin, get_type_hints

from rigs.errors import UsageFault
from rigs.jobs.switches import Switches
from rigs.mqtt.limits import Limits

GROUPS: Mapping[str, type[Switches] | type[Limits]] = {"Jobs": Switches, "MQTT": Limits}
FLAGS: Mapping[str, bool] = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A row of the table; `type` is the type of its values."""

    name: str
    group: str
    type: Any
    default: Any
    decides: str
    source: str

    @property
    def alternatives(self) -> str:
        """What else it may be, in words."""
        if self.type is bool:
            return shown(not self.default)
        if get_origin(self.type) is Literal:
            return ", ".join(shown(one) for one in get_args(self.type) if one != self.default)
        return _KINDS[self.type].words

    def read(self, text: str) -> Any:
        """A value of its type; raises UsageFault that says what it takes."""
        choices = get_args(self.type) if get_origin(self.type) is Literal else ()
        try:
            if choices:
                return {str(one): one for one in choices}[text]
            return FLAGS[text.lower()] if self.type is bool else _KINDS[self.type].read(text)
        except (ValueError, KeyError) as wrong:
            takes = " or ".join(choices) or ("true or false" if self.type is bool else _KINDS[self.type].words)
            raise UsageFault(f"--set {self.name}={text}: it takes {takes}; see `jobrig cloud --explain`") from wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    words: str
    read: Callable[[str], Any]


def _whole(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(f"{number} is less than 0")
    return number


def _number(text: str) -> float:
    number = float(text)
    if not 0 <= number < float("inf"):
        raise ValueError(f"{number} is not a time")
    return number


_KINDS: Mapping[Any, _Kind] = {
    int: _Kind(words="a whole number", read=_whole),
    float: _Kind(words="a number", read=_number),
    str: _Kind(words="a text", read=lambda text: text.encode().decode("unicode_escape")),
    timedelta: _Kind(words="seconds", read=lambda text: timedelta(seconds=_number(text))),
    tuple[float, ...]: _Kind(
        words="numbers with commas between", read=lambda text: tuple(_number(one) for one in text.split(","))
    ),
}


def settings() -> tuple[Setting, ...]:
    """All switches and limits, in their order in the code."""
    return tuple(
        Setting(
            name=one.name,
            group=group,
            type=get_type_hints(kind)[one.name],
            default=getattr(kind(), one.name),
            decides=one.metadata["decides"],
            source=one.metadata["source"],
        )
        for group, kind in GROUPS.items()
        for one in fields(kind)
    )


def chosen(given: Sequence[str]) -> tuple[Switches, Limits]:
    """What `--set NAME=VALUE …` ask for; raises UsageFault for an unknown name or a value that does not fit."""
    known = {one.name: one for one in settings()}
    found: dict[str, dict[str, Any]] = {group: {} for group in GROUPS}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or name not in known:
            raise UsageFault(_unknown(text, name, known))
        found[known[name].group][name] = known[name].read(value)
    return Switches(**found["Jobs"]), Limits(**found["MQTT"])


def table() -> Iterator[str]:
    """The table for a terminal, a paragraph a setting."""
    for one in settings():
        yield f"{one.name}={shown(one.default)}   or {one.alternatives}   ({one.group})"
        yield f"    {one.decides}"
        yield f"    Source: {one.source}"


def shown(value: Any) -> str:
    """A value as `--set` takes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g}"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        return ",".join(f"{one:g}" for one in value)
    return str(value).encode("unicode_escape").decode()


def _unknown(text: str, name: str, known: Mapping[str, Setting]) -> str:
    close = get_close_matches(name, known, n=1)
    hint = f" (did you mean {close[0]}?)" if close and close[0] != name else ""
    return f"--set {text}: expected NAME=VALUE{hint} with one of the names {', '.join(known)}"
