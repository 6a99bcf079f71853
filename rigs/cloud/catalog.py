"""AWS's services as botocore's models describe them: routes, members, limits. Nothing of this is written down here."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

import botocore.session
from botocore.validate import ParamValidator

from rigs.jobs.refusals import ApiError

SERVICES = ("iot", "iot-jobs-data", "iot-data")
_VARIABLE = re.compile(r"\{(\w+)\+?\}")
# Java's classes in the models' patterns, in the words of Python's re (control characters stand for \p{C}).
_JAVA = {r"\p{Upper}": "A-Z", r"\p{Digit}": "0-9", r"\p{C}": r"\x00-\x1f\x7f-\x9f"}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Route:
    """An operation of a service and the requests that mean it."""

    service: str
    operation: Any
    method: str
    pattern: re.Pattern[str]

    def __repr__(self) -> str:
        return f"<Route {self.service} {self.name}>"

    @property
    def name(self) -> str:
        """The operation's name in the model."""
        return str(self.operation.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request that was understood: which operation of which service, with its parameters."""

    service: str
    operation: str
    params: Mapping[str, Any]


class Catalog:
    """The models of the three services, loaded once; finds and reads calls."""

    def __init__(self) -> None:
        session = botocore.session.Session()
        models = {name: session.get_service_model(name) for name in SERVICES}
        self._scopes = {str(model.signing_name): name for name, model in models.items()}
        self._routes = {name: _routes(name, model) for name, model in models.items()}

    def service(self, authorization: str) -> str:
        """The service that a SigV4 credential scope names; the signature and its date are not looked at."""
        scope = re.search(r"Credential=[^,\s]*/([^/,\s]+)/aws4_request", authorization)
        if scope is None:
            text = "the request is not signed (AWS4-HMAC-SHA256); devices speak MQTT to the local cloud, boto3 HTTP"
            raise ApiError("MissingAuthenticationTokenException", text)
        if scope.group(1) not in self._scopes:
            raise ApiError("UnknownOperationException", f"service {scope.group(1)!r}; known: {sorted(self._scopes)}")
        return self._scopes[scope.group(1)]

    def read(self, service: str, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Call:
        """The call that a request means; raises ApiError when the model knows none or its members break the model."""
        path, _, query = target.partition("?")
        for route in self._routes[service]:
            found = route.pattern.fullmatch(path) if route.method == method else None
            if found is not None:
                uri = {name: unquote(value) for name, value in found.groupdict().items()}
                params = _members(route.operation.input_shape, uri, dict(parse_qsl(query)), headers, body)
                if service != "iot-jobs-data":  # the Jobs service checks what devices send, in its own words
                    _check(route.operation.input_shape, params)
                return Call(service=service, operation=route.name, params=params)
        raise ApiError("UnknownOperationException", f"{service} has no operation {method} {path}")


def _routes(service: str, model: Any) -> list[Route]:
    """The model's routes, those with most literal text first: `jobs/$next` before `jobs/{jobId}`."""
    operations = [model.operation_model(name) for name in model.operation_names]
    operations.sort(key=lambda one: -len(_VARIABLE.sub("", one.http["requestUri"])))
    return [
        Route(service=service, operation=one, method=one.http["method"], pattern=_pattern(one.http["requestUri"]))
        for one in operations
    ]


def _pattern(uri: str) -> re.Pattern[str]:
    parts = _VARIABLE.split(uri.partition("?")[0])
    literals = [re.escape(text).replace(r"\$", r"(?:\$|%24)") for text in parts[::2]]
    names = [f"(?P<{name}>[^/]+)" for name in parts[1::2]]
    return re.compile("".join(a + b for a, b in zip(literals, [*names, ""], strict=True)))


def _members(shape: Any, uri: Mapping[str, str], query: Mapping[str, str], headers: Any, body: bytes) -> dict[str, Any]:
    payload = shape.serialization.get("payload")
    plain = {} if payload else parsed(body)
    sources: Mapping[str | None, Any] = {"uri": uri, "querystring": query, "header": headers, None: plain}
    found: dict[str, Any] = {payload: body} if payload else {}
    for member, inner in shape.members.items():
        place = inner.serialization.get("location")
        name = inner.serialization.get("name", member)
        if member != payload and name in sources[place]:
            found[member] = _convert(name, inner, sources[place][name]) if place else plain[name]
    return found


def parsed(body: bytes) -> dict[str, Any]:
    """The members of a JSON body; an empty one has none. Raises ApiError SerializationException."""
    try:
        members = json.loads(body) if body else {}
    except ValueError as wrong:
        raise ApiError("SerializationException", f"the body is not JSON: {wrong}") from wrong
    if not isinstance(members, dict):
        raise ApiError("SerializationException", f"the body must be a JSON object, not {type(members).__name__}")
    return members


def _convert(name: str, shape: Any, text: str) -> Any:
    """A member that came as text in the path, the query or a header."""
    if shape.type_name == "boolean":
        return text.lower() == "true"
    if shape.type_name in ("integer", "long"):
        if not re.fullmatch(r"-?\d+", text):
            raise ApiError("InvalidRequestException", f"{name} must be a number, not {text!r}")
        return int(text)
    return text


def _check(shape: Any, params: Mapping[str, Any]) -> None:
    report = ParamValidator().validate(params, shape)
    faults = [report.generate_report()] if report.has_errors() else list(_broken(shape, params, ""))
    if faults:
        raise ApiError("InvalidRequestException", "; ".join(faults))


def _broken(shape: Any, value: Any, where: str) -> list[str]:
    """The limits that botocore itself does not check: enum, max and pattern, at any depth."""
    if shape.type_name == "structure":
        inner = [(shape.members[key], item, f"{where}.{key}") for key, item in value.items() if key in shape.members]
    elif shape.type_name == "list":
        inner = [(shape.member, item, where) for item in value]
    elif shape.type_name == "map":
        inner = [(shape.value, item, f"{where}.{key}") for key, item in value.items()]
    else:
        return [f"Value {value!r} at '{where[1:]}' {text}" for text in _limits(shape.metadata, value)]
    return [fault for one in inner for fault in _broken(*one)]


def _limits(limits: Mapping[str, Any], value: Any) -> list[str]:
    faults = []
    if "enum" in limits and value not in limits["enum"]:
        faults.append(f"must be one of {limits['enum']}")
    size = len(value) if isinstance(value, str | bytes) else value
    if "max" in limits and size > limits["max"]:
        faults.append(f"must not exceed {limits['max']}")
    if "pattern" in limits and not re.fullmatch(_python(limits["pattern"]), str(value)):
        faults.append(f"must match {limits['pattern']}")
    return faults


def _python(pattern: str) -> str:
    for java, ours in _JAVA.items():
        pattern = pattern.replace(java, ours)
    return pattern
