"""What stands in a line of somebody else's log: members by dotted names, times, payloads."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, NoReturn

Line = Mapping[str, Any]
ABSENT: Any = object()


class BadLine(Exception):
    """A line that cannot be read: `expected`, what was got, and `reason`, the word under which it is counted."""

    def __init__(self, reason: str, expected: str, got: Any) -> None:
        super().__init__(f"expected {expected}, got {shortened(got)}")
        self.reason = reason


def shortened(value: Any) -> str:
    """A value in an error message."""
    text = value if isinstance(value, str) and value.startswith("{") else repr(value)
    return "nothing" if value is ABSENT else text if len(text) <= 90 else f"{text[:89]}…"


def member(line: Line, name: str) -> Any:
    """The member of this name, nested ones by dots; ABSENT when there is none. A name that has the dots itself wins."""
    if name in line:
        return line[name]
    value: Any = line
    for part in name.split("."):
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return ABSENT
    return value


def names(line: Line, prefix: str = "") -> list[str]:
    """The members of a line as dotted names, for a message that says what there is."""
    found: list[str] = []
    for key, value in line.items():
        nested = isinstance(value, Mapping) and value and not prefix.count(".")
        found += names(value, f"{prefix}{key}.") if nested else [f"{prefix}{key}"]
    return found


# Times. A number of seconds since 1970 has had ten digits since 2001, and will have them until 2286.
EPOCHS: Mapping[str, tuple[float, float]] = {
    "seconds since 1970": (1e8, 1.0),
    "milliseconds since 1970": (1e11, 1e3),
    "microseconds since 1970": (1e14, 1e6),
    "nanoseconds since 1970": (1e17, 1e9),
}
UNITS: Mapping[str, float] = {
    **{name: scale for name, (_, scale) in EPOCHS.items()},
    "seconds": 1.0,
    "milliseconds": 1e3,
}
ISO = "ISO 8601 text"
SUFFIXES: Mapping[str, str] = {"s": "seconds", "ms": "milliseconds", "iso": ISO}


def unit_of(times: Sequence[Any], stamps: Sequence[float | None]) -> str:
    """The unit of a log's times, told from the first of them.

    Small numbers may be seconds or milliseconds of a clock of the log's own: where the service's own stamps (`stamps`:
    seconds, one for each time where its message has one) let it be seen which, they decide, else how the times lie.
    """
    number = next((_number(time) for time in times if _number(time) is not None), None)
    if number is None:
        return ISO
    epochs = [name for name, (least, _) in EPOCHS.items() if abs(number) >= least]
    return epochs[-1] if epochs else _own_clock([_number(time) for time in times], stamps)


def _own_clock(times: Sequence[float | None], stamps: Sequence[float | None]) -> str:
    both = [(time, stamp) for time, stamp in zip(times, stamps, strict=False) if time is not None and stamp is not None]
    known = [time for time in times if time is not None]
    if both and (service := both[-1][1] - both[0][1]) >= 2:
        return "milliseconds" if (both[-1][0] - both[0][0]) / service > 30 else "seconds"
    if any(not time.is_integer() for time in known):
        return "seconds"
    steps = [later - time for time, later in pairwise(known)]
    return "milliseconds" if steps and sum(abs(step) <= 1 for step in steps) < len(steps) / 4 else "seconds"


def seconds(value: Any, unit: str, name: str) -> float:
    """A time in seconds: since 1970, or of the log's own clock. Raises BadLine for what is none of this unit."""
    if unit == ISO:
        return _iso(value, name)
    number = _number(value)
    if number is None:
        raise BadLine("no time", f"a number of {unit} under {name!r}", value)
    return number / UNITS[unit]


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < 1e20 else None


def _iso(value: Any, name: str) -> float:
    """mosquitto writes both `Z` and an offset; a time without a zone is UTC."""
    try:
        text = str(value).strip()
        zone = text[-6:].lstrip("0123456789:.")
        moment = datetime.fromisoformat(text.replace("Z", "") if "Z" in text and zone[:2] in ("Z+", "Z-") else text)
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError) as wrong:
        raise BadLine("no time", f"{ISO} under {name!r}", value) from wrong


# Payloads.
def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


def parsed(text: str | bytes) -> Any:
    """The object or list that a text is in JSON; ABSENT for everything else."""
    try:
        value = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return ABSENT
    return value if isinstance(value, (dict, list)) else ABSENT


def content(value: bytes) -> dict[str, Any]:
    """The bytes of a message as a packet record has them: as `payload` or `raw`."""
    if (found := parsed(value)) is not ABSENT:
        return {"payload": found}
    return {"raw": base64.b64encode(value).decode()}


def _from_json(value: Any) -> dict[str, Any]:
    if isinstance(value, (dict, list)):
        return {"payload": value}
    return content(b"" if value in (None, "") else json.dumps(value).encode())


def _from_text(value: Any) -> dict[str, Any]:
    return content(value.encode("utf-8", "surrogatepass")) if isinstance(value, str) else _from_json(value)


def _from_base64(value: Any) -> dict[str, Any]:
    if not isinstance(value, str):
        return _from_json(value)
    try:
        return content(base64.b64decode(value, validate=True))
    except (binascii.Error, ValueError) as wrong:
        raise BadLine("no base64", "a payload in base64", value) from wrong


ENCODINGS: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "JSON": _from_json,
    "text": _from_text,
    "base64": _from_base64,
}


def encoding_of(payloads: Sequence[Any]) -> str:
    """How a log has its payloads: told from some of them."""
    texts = [value for value in payloads if isinstance(value, str) and value]
    if not texts:
        return "JSON"
    if not any(parsed(text) is not ABSENT for text in texts) and any(_is_base64(text) for text in texts):
        return "base64"
    return "text"


def _is_base64(text: str) -> bool:
    try:
        return parsed(base64.b64decode(text, validate=True)) is not ABSENT
    except (binascii.Error, ValueError):
        return False
