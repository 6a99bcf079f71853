"""The HTTP side on a real port, with a recorder in the place of the MQTT side."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import boto3.session
from botocore.config import Config
from botocore.model import OperationModel, Shape

from rigs.cloud.constraints import pattern
from rigs.cloud.http import HttpSide
from rigs.jobs.api import Call
from rigs.jobs.outgoing import Outgoing
from rigs.jobs.service import JobsService
from rigs.loop import LoopThread
from rigs.mqtt.limits import Limits
from rigs.mqtt.packets import Publish, Subscription

WITHIN = 10  # seconds until an answer that does not come fails


class Recorder:
    """Remembers what the MQTT side would have to send; it has no clients."""

    limits = Limits()

    def __init__(self) -> None:
        self.published: list[Outgoing] = []
        self.messages: list[Publish] = []

    def publish(self, outgoings: list[Outgoing]) -> None:
        self.published.extend(outgoings)

    def message(self, message: Publish) -> None:
        self.messages.append(message)

    def retained(self) -> Mapping[str, Publish]:
        return {one.topic: one for one in self.messages if one.retain}

    def connection(self, client_id: str) -> None:
        return None

    def subscriptions(self, client_id: str) -> tuple[Subscription, ...] | None:
        return None

    def kick(self, client_id: str, *, clean: bool, prevent_will: bool) -> bool:
        return False

    async def hand(self, client_id: str, message: Publish, confirm: float | None) -> bool:
        return False

    def address(self) -> str:
        return "127.0.0.1:8883"


class HttpBench:
    """A running HTTP side, and boto3 clients for it."""

    def __init__(
        self,
        *,
        service: JobsService | None = None,
        recorder: Recorder | None = None,
        operations: Mapping[str, Call] | None = None,
    ) -> None:
        self.loop = LoopThread("http-test")
        self.service = service or JobsService()
        self.recorder = recorder or Recorder()
        self.side = HttpSide(service=self.service, now=time.time, broker=self.recorder, operations=operations)
        self.loop.run(self.side.start())
        self._session: Any = boto3.session.Session()

    def client(self, service: str) -> Any:
        """A boto3 client; retries are off, so that an error is seen once."""
        return client(service, self.side.url)

    def raw(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        service: str | None = "iot",
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, str | None, bytes]:
        """Status, error type and body of the answer to a request made by hand, for a service's credential scope."""
        connection = http.client.HTTPConnection(self.side.url.removeprefix("http://"), timeout=WITHIN)
        signed = {} if service is None else {"Authorization": authorization(service)}
        try:
            connection.request(method, path, body=body, headers={**signed, **(headers or {})})
            response = connection.getresponse()
            return response.status, response.getheader("x-amzn-ErrorType"), response.read()
        finally:
            connection.close()

    def stop(self) -> None:
        """Close the port and end the loop."""
        self.loop.run(self.side.stop())
        self.loop.stop()


def client(service: str, url: str) -> Any:
    """A boto3 client without retries, for any key."""
    session: Any = boto3.session.Session()
    return session.client(
        service,
        endpoint_url=url,
        region_name="eu-central-1",
        aws_access_key_id="k",
        aws_secret_access_key="s",
        config=Config(retries={"total_max_attempts": 1}),
    )


def authorization(service: str) -> str:
    """A SigV4 header of long ago that nobody has signed."""
    return f"AWS4-HMAC-SHA256 Credential=k/19990101/x/{service}/aws4_request, SignedHeaders=a, Signature=b"


def least(shape: Any) -> Any:
    """The smallest value that a shape of a model takes: what is required, and nothing else."""
    if shape.type_name == "structure":
        return {name: least(shape.members[name]) for name in shape.required_members}
    return LEAST[shape.type_name](shape)


def _text(shape: Any) -> str:
    if shape.enum:
        return str(shape.enum[0])
    sign = "a" if pattern(shape.metadata.get("pattern", ".*")).fullmatch("a") else "1"
    return sign * max(1, int(shape.metadata.get("min", 1)))


LEAST: Mapping[str, Callable[[Any], Any]] = {
    "string": _text,
    "list": lambda shape: [least(shape.member)] * shape.metadata.get("min", 0),
    "map": lambda shape: {},
    "boolean": lambda shape: False,
    "integer": lambda shape: shape.metadata.get("min", 1),
    "long": lambda shape: shape.metadata.get("min", 1),
    "double": lambda shape: 1.0,
    "blob": lambda shape: b"",
    "timestamp": lambda shape: 0,
}


def out_of_shape(shape: Shape | None, value: Any, where: str = "") -> list[str]:
    """What a reply's JSON has that the model's output shape has not."""
    if shape is None:
        return [f"{where}.{name}" for name in value]
    kind = shape.type_name
    if kind == "structure":
        inner = [(shape.members.get(name), item, f"{where}.{name}") for name, item in value.items()]  # type: ignore[attr-defined]
        faults = [place for part, _, place in inner if part is None]
        return faults + [fault for part, item, place in inner if part for fault in out_of_shape(part, item, place)]
    if kind == "list":
        return [fault for item in value for fault in out_of_shape(shape.member, item, f"{where}[]")]  # type: ignore[attr-defined]
    if kind == "map":
        return [fault for item in value.values() for fault in out_of_shape(shape.value, item, f"{where}{{}}")]  # type: ignore[attr-defined]
    fits = {"string": str, "boolean": bool, "blob": str, "timestamp": int | float, "double": int | float}
    return [] if isinstance(value, fits.get(kind, int)) else [f"{where}: {value!r} is no {kind}"]


def replies(api: Any, seen: list[tuple[OperationModel, dict[str, Any]]]) -> None:
    """Let a boto3 client tell each reply's operation and JSON, as it came."""

    def heard(http_response: Any, model: OperationModel, **_: Any) -> None:
        seen.append((model, json.loads(http_response.content)))

    api.meta.events.register("after-call", heard)
