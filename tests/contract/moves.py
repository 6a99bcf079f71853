"""What can happen in a play: the moves, as facts, and short ways to write them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

DOCUMENT: Mapping[str, Any] = {"work": "blink", "times": 3}
Service = Literal["iot", "iot-jobs-data", "iot-data"]
Reply = Literal["accepted", "rejected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """The operator creates a job for the thing, and it is queued. `members` are more of CreateJob's."""

    job: str
    document: Mapping[str, Any] = field(default_factory=lambda: dict(DOCUMENT))
    members: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operate:
    """A boto3 call. `answer` is what its reply holds; `refused` is the error's code, `says` its text, `http_status`
    its number."""

    call: str
    arguments: Mapping[str, Any]
    service: Service = "iot"
    answer: Any = None
    refused: str | None = None
    says: Any = None
    http_status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A client publishes a request below …/jobs/ and gets one reply: a dict is sent as JSON, bytes as they are."""

    word: str
    body: Any
    reply: Reply
    shape: Any
    qos: int = 1
    by: str = "device"
    on: str | None = None  # where the reply comes, when it is not below `word`


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """A client publishes and no reply is looked for."""

    word: str
    body: Any
    qos: int = 1
    retain: bool = False
    by: str = "device"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message that comes by itself; `topic` is below …/jobs/, whole ($aws…), or one of the own (own:…)."""

    topic: str
    shape: Any
    qos: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A client has heard exactly these since the last time, in any order, up to a fence; none: nothing."""

    notices: tuple[Notice, ...]
    by: str = "device"
    ordered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Forget:
    """What a client has heard up to a fence does not matter."""

    by: str = "device"


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """One more client of the same certificate, with what it subscribes."""

    name: str
    filters: tuple[str, ...] = ()
    qos: int = 1
    clean: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """A client goes with a DISCONNECT."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """Time passes for the service."""

    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """A raw client connects; `members` are of its CONNECT, `connack` what comes back (None: not looked at)."""

    members: Mapping[str, Any] = field(default_factory=dict)
    connack: Any = None
    by: str = "device"


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """A raw client sends a packet of this kind."""

    kind: str
    members: Mapping[str, Any] = field(default_factory=dict)
    by: str = "device"


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """A raw client receives exactly these packets next; only the named members are looked at.

    Not `ordered`: each packet comes once, in whatever order.
    """

    packets: tuple[Mapping[str, Any], ...]
    by: str = "device"
    ordered: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """A device's HTTPS request with its certificate, unsigned; `shape` is all of the reply, `error` an error's name."""

    method: str
    path: str
    shape: Any
    body: Any = None
    status: int = 200
    error: str | None = None


Move = Queue | Operate | Fetch | Ask | Say | Heard | Forget | Join | Leave | Pass | Dial | Put | Take


def queue(job: str, document: Mapping[str, Any] | None = None, **members: Any) -> Queue:
    return Queue(job=job, document=dict(DOCUMENT if document is None else document), members=members)


def operate(call: str, **arguments: Any) -> Operate:
    """A call of `iot`; answer, refused, says and http_status are what comes back."""
    return _call("iot", call, arguments)


def http(call: str, **arguments: Any) -> Operate:
    """A call of the HTTP data plane, for the thing."""
    return _call("iot-jobs-data", call, {"thingName": "@thing", **arguments})


def backend(call: str, **arguments: Any) -> Operate:
    """A call of `iot-data`."""
    return _call("iot-data", call, arguments)


def _call(service: Service, call: str, arguments: dict[str, Any]) -> Operate:
    back = {name: arguments.pop(name) for name in ("answer", "refused", "says", "http_status") if name in arguments}
    return Operate(call=call, arguments=arguments, service=service, **back)


def fetch(method: str, path: str, shape: Any, body: Any = None, **back: Any) -> Fetch:
    return Fetch(method=method, path=path, shape=shape, body=body, **back)


def accepted(word: str, body: Any, shape: Any, **more: Any) -> Ask:
    return Ask(word=word, body=body, reply="accepted", shape=shape, **more)


def rejected(word: str, body: Any, shape: Any, **more: Any) -> Ask:
    return Ask(word=word, body=body, reply="rejected", shape=shape, **more)


def say(word: str, body: Any, **more: Any) -> Say:
    return Say(word=word, body=body, **more)


def heard(*notices: Notice, by: str = "device", ordered: bool = False) -> Heard:
    return Heard(notices=notices, by=by, ordered=ordered)


def passes(*, minutes: int = 0, seconds: int = 0) -> Pass:
    return Pass(seconds=minutes * 60 + seconds)


def dial(connack: Any = None, by: str = "device", **members: Any) -> Dial:
    return Dial(members=members, connack=connack, by=by)


def put(kind: str, by: str = "device", **members: Any) -> Put:
    return Put(kind=kind, members=members, by=by)


def take(*packets: Mapping[str, Any], by: str = "device", ordered: bool = True) -> Take:
    return Take(packets=packets, by=by, ordered=ordered)
