"""AWS's services as botocore's models describe them: routes, members, errors. Nothing of this is written down here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import botocore.session

from rigs.cloud.reading import members
from rigs.jobs.refusals import HTTP_STATUS, ApiError

SERVICES = ("iot", "iot-jobs-data", "iot-data")
_VARIABLE = re.compile(r"\{(\w+)\+?\}")
# The one variable that may hold slashes that are not percent-encoded: AWS's own example of a device that publishes
# writes them so (https://docs.aws.amazon.com/iot/latest/developerguide/http.html).
_WHOLE_PATHS = frozenset({"topic"})


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
    """A request that was understood: which operation, with its parameters. `reply` is the shape of its answer."""

    service: str
    operation: str
    params: Mapping[str, Any]
    reply: Any = None


class Catalog:
    """The models of the three services, loaded once, which takes time; finds and reads calls."""

    def __init__(self) -> None:
        session = botocore.session.Session()
        models = {name: session.get_service_model(name) for name in SERVICES}
        self._scopes = {str(model.signing_name): name for name, model in models.items()}
        self._routes = {name: _routes(name, model) for name, model in models.items()}
        self._statuses = {name: _statuses(model) for name, model in models.items()}

    def __repr__(self) -> str:
        return f"<Catalog {' '.join(f'{name} {len(routes)}' for name, routes in self._routes.items())}>"

    def service(self, authorization: str) -> str:
        """The service that a SigV4 credential scope names; the signature and its date are not looked at."""
        found = scope(authorization)
        if found not in self._scopes:
            raise ApiError("UnknownOperationException", f"service {found!r}; known: {', '.join(sorted(self._scopes))}")
        return self._scopes[found]

    def status(self, service: str | None, code: str) -> int:
        """The HTTP status of an exception: the service's model says it. Raises KeyError for a code that nobody has.

        None: no service was named; the first that has it.
        """
        models = self._statuses.values() if service is None else (self._statuses[service],)
        return next((known[code] for known in models if code in known), None) or HTTP_STATUS[code]

    def find(self, services: Iterable[str], method: str, path: str) -> tuple[Route, dict[str, str]]:
        """The route of a request, in the first of the services that has one, and the variables of its path.

        Raises ApiError when there is none.
        """
        other: Route | None = None
        for route in (one for service in services for one in self._routes[service]):
            found = route.pattern.fullmatch(path)
            if found is not None and route.method == method:
                return route, {name: _plain(name, value) for name, value in found.groupdict().items()}
            other = other or (route if found is not None else None)
        raise self._unknown(other, method, path)

    def read(self, service: str, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Call:
        """The call that a request means; raises ApiError when the model knows none or its members break the model.

        Content types are not looked at, as on AWS: boto3 sends none with an empty body and any with a message.
        """
        path, _, query = target.partition("?")
        route, uri = self.find([service], method, path)
        return understood(route, uri, query, headers, body)

    def _unknown(self, other: Route | None, method: str, path: str) -> ApiError:
        """A known path with another method is an error of its own where the model has one."""
        code = "MethodNotAllowedException"
        if other is not None and code in self._statuses[other.service]:
            return ApiError(code, f"{path} takes {other.method} ({other.name}), not {method}")
        return ApiError("UnknownOperationException", f"no operation {method} {path}")


def understood(route: Route, uri: Mapping[str, str], query: str, headers: Mapping[str, str], body: bytes) -> Call:
    """The call of a route; the Jobs service checks what devices send itself, in its own words."""
    shape = route.operation.input_shape
    params = members(shape, uri, query, headers, body, checked=route.service != "iot-jobs-data")
    return Call(service=route.service, operation=route.name, params=params, reply=route.operation.output_shape)


def scope(authorization: str) -> str:
    """The service in a SigV4 credential scope; raises ApiError when there is none."""
    found = re.search(r"Credential=[^,\s]*/([^/,\s]+)/aws4_request", authorization)
    if found is None:
        text = "Missing Authentication Token: sign the request (AWS4-HMAC-SHA256), with any key; devices have a port"
        raise ApiError("MissingAuthenticationTokenException", f"{text} of their own, with client certificates")
    return found.group(1)


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
    names = [f"(?P<{name}>{'.' if name in _WHOLE_PATHS else '[^/]'}+)" for name in parts[1::2]]
    return re.compile("".join(a + b for a, b in zip(literals, [*names, ""], strict=True)))


def _statuses(model: Any) -> dict[str, int]:
    return {str(one.name): int(one.metadata["error"]["httpStatusCode"]) for one in model.error_shapes}


def _plain(name: str, value: str) -> str:
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError as wrong:
        raise ApiError("InvalidRequestException", f"{name} in the path is no UTF-8: {value!r}") from wrong
