"""The members of a call: from path, query, headers and body of a request to Python's values, by the model's types."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from botocore.utils import parse_timestamp

from rigs.cloud.constraints import check
from rigs.jobs.refusals import ApiError


def members(
    shape: Any, uri: Mapping[str, str], query: str, headers: Mapping[str, str], body: bytes, *, checked: bool
) -> dict[str, Any]:
    """What a request gives to the members of an operation's input; null is the same as not given.

    `checked`: values are held against the model's types and limits. Raises ApiError.
    """
    if shape is None:
        return {}
    payload = shape.serialization.get("payload")
    plain = {} if payload else parsed(body)
    sources: Mapping[str, Mapping[str, str]] = {"uri": uri, "querystring": asked(query), "header": headers}
    found: dict[str, Any] = {payload: _payload(shape.members[payload], body)} if payload else {}
    for member, inner in shape.members.items():
        place, name = inner.serialization.get("location"), inner.serialization.get("name", member)
        if place is not None and name in sources[place]:
            found[member] = _located(name, inner, sources[place][name])
        elif place is None and name in plain:
            found[member] = plain.pop(name)
    if checked:
        check(shape, {**plain, **found})  # what is left in `plain` is no member, and is named
    return found


def parsed(body: bytes) -> dict[str, Any]:
    """The members of a JSON body without those that are null; an empty body has none.

    Raises ApiError SerializationException for what is no JSON object, and for what JSON's grammar allows and nobody
    can store: NaN, lone surrogates, numbers beyond 64 bits.
    """
    try:
        found = json.loads(body, parse_constant=_refuse_constant) if body else {}
    except (ValueError, RecursionError) as wrong:
        raise ApiError("SerializationException", f"the body is not JSON: {wrong}") from wrong
    if not isinstance(found, dict):
        raise ApiError("SerializationException", f"the body must be a JSON object, not {type(found).__name__}")
    kept: dict[str, Any] = _without_nulls(found)
    return kept


def asked(query: str) -> dict[str, str]:
    """The names and values of a query; raises ApiError when they are no UTF-8."""
    try:
        return dict(parse_qsl(query, keep_blank_values=True, errors="strict"))
    except ValueError as wrong:
        raise ApiError("InvalidRequestException", f"the query is no UTF-8: {query!r}") from wrong


def _payload(shape: Any, body: bytes) -> Any:
    """The member that is the whole body: bytes, or a JSON object."""
    return body if shape.type_name == "blob" else parsed(body)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {_without_nulls(key): _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    if isinstance(value, str) and not value.isascii() and any("\ud800" <= sign <= "\udfff" for sign in value):
        raise ApiError("SerializationException", f"the body has half a surrogate pair in {value!a}")
    if isinstance(value, int | float) and not -(2**63) <= value < 2**63:
        raise ApiError("SerializationException", "the body has a number of more than 64 bits")
    return value


def _located(name: str, shape: Any, text: str) -> Any:
    """A member that came as text in the path, the query or a header."""
    if shape.serialization.get("jsonvalue"):
        return _json_header(name, text)
    return _CONVERT[shape.type_name](name, text)


def _boolean(name: str, text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ApiError("InvalidRequestException", f"{name} must be true or false, not {text!r}")
    return text.lower() == "true"


def _integer(name: str, text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,18}", text):
        raise ApiError("InvalidRequestException", f"{name} must be a number, not {text[:40]!r}")
    return int(text)


def _timestamp(name: str, text: str) -> Any:
    try:
        return parse_timestamp(text)
    except (ValueError, OverflowError) as wrong:
        raise ApiError("InvalidRequestException", f"{name} must be a timestamp, not {text!r}") from wrong


def _string(name: str, text: str) -> str:
    return text


_CONVERT: Mapping[str, Callable[[str, str], Any]] = {
    "boolean": _boolean,
    "integer": _integer,
    "long": _integer,
    "string": _string,
    "timestamp": _timestamp,
}


def _json_header(name: str, text: str) -> Any:
    """base64 of JSON; boto3 wraps a string that is JSON already into JSON once more."""
    try:
        found = json.loads(base64.b64decode(text, validate=True))
        return _without_nulls(json.loads(found) if isinstance(found, str) else found)
    except (ValueError, RecursionError) as wrong:
        raise ApiError("InvalidRequestException", f"{name} must be base64 of JSON, not {text[:80]!r}") from wrong
