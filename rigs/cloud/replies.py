"""Answers over HTTP: a reply in the shape that botocore's model has for it, and refusals that boto3 can tell apart."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiohttp import web

from rigs.cloud.constraints import is_of


class OutOfShape(TypeError):
    """A reply has a member or a type that the model has not: a bug of the local cloud."""


def replied(shape: Any, reply: Mapping[str, Any], request_id: str) -> web.Response:
    """200 with the reply as JSON; raises OutOfShape. An operation without an output shape may say what it wants."""
    body = dict(reply) if shape is None else rendered(shape, reply, shape.name)
    return _json(200, body, request_id)


def refused(status: int, code: str, body: Mapping[str, Any], request_id: str) -> web.Response:
    """An exception: boto3 reads its name from x-amzn-ErrorType, its text and members from the body."""
    return _json(status, body, request_id, {"x-amzn-ErrorType": code})


def rendered(shape: Any, value: Any, where: str = "") -> Any:
    """A value as JSON has it: bytes in base64, timestamps as seconds since the epoch. Raises OutOfShape."""
    if not is_of(shape, value):
        raise OutOfShape(f"{where} must be of type {shape.type_name}, not {value!r}")
    if shape.type_name == "structure":
        unknown = sorted(set(value) - set(shape.members))
        if unknown:
            raise OutOfShape(f"{where} has no member {', '.join(unknown)} in the model")
        return {name: rendered(shape.members[name], item, f"{where}.{name}") for name, item in value.items()}
    if shape.type_name == "list":
        return [rendered(shape.member, item, f"{where}[]") for item in value]
    if shape.type_name == "map":
        return {key: rendered(shape.value, item, f"{where}.{key}") for key, item in value.items()}
    if shape.type_name == "blob":
        return base64.b64encode(value.encode() if isinstance(value, str) else value).decode()
    return value.timestamp() if isinstance(value, datetime) else value


def _json(
    status: int, body: Mapping[str, Any], request_id: str, headers: Mapping[str, str] | None = None
) -> web.Response:
    text = json.dumps(body, separators=(",", ":")).encode()
    all_headers = {"x-amzn-RequestId": request_id, **(headers or {})}
    return web.Response(body=text, status=status, headers=all_headers, content_type="application/json")
