"""The types and limits that botocore's models put on what a caller sends, at any depth.

Texts in the manner of AWS's validation, of which one is known word by word (evidence.md Part 1, §3).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from rigs.jobs.refusals import ApiError

# What a value of the model's type is in Python; a bool is no number there.
TYPES: Mapping[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "blob": (bytes, str),
    "timestamp": (int, float, datetime),
}
# Java's classes in the models' patterns, in the words of Python's re, good enough for names: control characters stand
# for \p{C}, and \p{L} takes what re calls a word, digits and the low line too (they stand beside it wherever it does).
_JAVA = {
    r"\p{Upper}": "A-Z",
    r"\p{Digit}": "0-9",
    r"\p{Graph}": r"\x21-\x7e",
    r"\p{Cntrl}": r"\x00-\x1f\x7f",
    r"\p{C}": r"\x00-\x1f\x7f-\x9f",
    r"\p{L}": r"\w",
    r"\p{N}": r"\d",
    r"\p{Z}": r" \xa0\u2000-\u200a\u2028\u2029\u202f\u205f\u3000",
}


def check(shape: Any, params: Mapping[str, Any]) -> None:
    """Hold parameters against an input shape; raises ApiError.

    SerializationException: of another type, or no member of the model (a call that a newer model allows must not pass
    as if it were played). InvalidRequestException: beyond a limit; it names all limits that are broken.
    """
    faults = list(_faults(shape, dict(params), ""))
    if faults:
        head = f"{len(faults)} validation error{'s' * (len(faults) > 1)} detected: "
        raise ApiError("InvalidRequestException", head + "; ".join(faults))


def is_of(shape: Any, value: Any) -> bool:
    """Whether a value is of the shape's type."""
    return isinstance(value, TYPES[shape.type_name]) and isinstance(value, bool) == (shape.type_name == "boolean")


def pattern(text: str) -> re.Pattern[str]:
    """A pattern of a model as Python has it."""
    for java, ours in _JAVA.items():
        text = text.replace(java, ours)
    return re.compile(text)


def _faults(shape: Any, value: Any, where: str) -> Iterator[str]:
    if getattr(shape, "serialization", {}).get("jsonvalue"):
        return  # any JSON; who takes it knows more
    if not is_of(shape, value):
        text = f"{where or 'the body'} must be of type {shape.type_name}, not {type(value).__name__}"
        raise ApiError("SerializationException", text)
    limits = LIMITS if shape.type_name != "structure" else {}
    for name in [name for name in limits if name in shape.metadata]:
        text = limits[name](shape.metadata[name], value)
        if text:
            yield f"Value {_shown(value)} at '{where}' failed to satisfy constraint: {text}"
    yield from _inside(shape, value, where)


def _inside(shape: Any, value: Any, where: str) -> Iterator[str]:
    """The faults of a value's parts."""
    if shape.type_name == "structure":
        yield from _members(shape, value, f"{where}." if where else "")
    elif shape.type_name == "list":
        for number, item in enumerate(value, 1):
            yield from _faults(shape.member, item, f"{where}.{number}.member")
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from _faults(shape.key, key, f"{where}.key")
            yield from _faults(shape.value, item, f"{where}.{key}.member")


def _members(shape: Any, value: Mapping[str, Any], where: str) -> Iterator[str]:
    unknown = sorted(set(value) - set(shape.members))
    if unknown:
        text = f"{', '.join(where + name for name in unknown)}: no member of {shape.name} in botocore's model"
        raise ApiError("SerializationException", text)
    for name in shape.required_members:
        if name not in value:
            yield f"Value null at '{where}{name}' failed to satisfy constraint: Member must not be null"
    for name, item in value.items():
        yield from _faults(shape.members[name], item, f"{where}{name}")


def _least(limit: int, value: Any) -> str:
    if not isinstance(value, int | float):
        return f"Member must have length greater than or equal to {limit}" if len(value) < limit else ""
    return f"Member must have value greater than or equal to {limit}" if value < limit else ""


def _most(limit: int, value: Any) -> str:
    if not isinstance(value, int | float):
        return f"Member must have length less than or equal to {limit}" if len(value) > limit else ""
    return f"Member must have value less than or equal to {limit}" if value > limit else ""


def _matching(limit: str, value: Any) -> str:
    matches = pattern(limit).fullmatch(str(value))
    return "" if matches else f"Member must satisfy regular expression pattern: {limit}"


def _among(limit: list[str], value: Any) -> str:
    return "" if value in limit else f"Member must satisfy enum value set: [{', '.join(limit)}]"


LIMITS: Mapping[str, Callable[[Any, Any], str]] = {"min": _least, "max": _most, "pattern": _matching, "enum": _among}


def _shown(value: Any) -> str:
    text = str(value)
    return f"'{text if len(text) <= 200 else text[:200] + '…'}'"
