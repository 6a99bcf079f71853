"""The records of a trace: one JSON object a line, public and versioned (docs/trace-format.md).

Steps, rules, reports and the linter read these and nothing else. `n` counts the records of a trace from 1, `at` is
monotonic seconds; `of` points at the `n` of the record that this one came of.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

FORMAT = "jobrig-trace"
VERSION = 1

Leg = Literal["device", "cloud"]
Way = Literal["up", "down"]
Unseen = Literal[
    "beginning",
    "connections",
    "acknowledgements",
    "told",
    "delivery",
    "requests",
    "repeats",
    "payloads",
    "times",
    "gaps",
]
"""What a log may be unable to show (docs/trace-format.md); a rule that needs it does not speak."""


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The first line of a trace; `format` and `version` are what tells it from any other JSON lines.

    `unseen` and `imported` are those of a trace that was made from another tool's log.
    """

    format: str = FORMAT
    version: int = VERSION
    rig: str = ""
    device: str = ""
    thing: str = ""
    firmware: str = ""
    seed: int = 0
    utc: str = ""
    monotonic: float = 0.0
    packages: dict[str, str] = {}
    profile: dict[str, Any] = {}
    unseen: list[str] = []
    imported: dict[str, Any] = {}


class Record(msgspec.Struct, frozen=True, kw_only=True, tag_field="what", omit_defaults=True):
    """What all records have: a running number and monotonic seconds."""

    n: int = 0
    at: float = 0.0


class Packet(Record, frozen=True, kw_only=True, tag="packet", omit_defaults=True):
    """An MQTT packet on one leg of the tap.

    `link` and `way` say which leg and direction: (device, up) reached the tap from the device, (cloud, up) left the tap
    towards the cloud, (cloud, down) reached the tap from the cloud, (device, down) left the tap towards the device.
    A record that leaves the tap names the arrival it came `of`, or the fault `by` which it was made, or both.
    """

    link: Leg = "device"
    way: Way = "up"
    conn: int = 0
    type: str = ""
    topic: str | None = None
    qos: int = 0
    id: int | None = None
    dup: bool = False
    retain: bool = False
    payload: Any = msgspec.UNSET
    raw: str | None = None
    size: int = 0
    props: dict[str, Any] = {}
    more: dict[str, Any] = {}
    of: int | None = None
    by: str | None = None


class Link(Record, frozen=True, kw_only=True, tag="link", omit_defaults=True):
    """A connection of one leg: open (TCP), tls (handshake done), refused (handshake failed or by a fault), close.

    stalled: this leg's peer takes no more, so the tap reads no more from the other leg; flowing: it does again. silent:
    from now on nothing passes any more, and the connection stays open.
    """

    link: Leg = "device"
    conn: int = 0
    event: Literal["open", "tls", "refused", "close", "stalled", "flowing", "silent"] = "open"
    by: str = ""
    reason: str = ""
    peer: str = ""
    tls: str | None = None
    cipher: str | None = None
    alpn: str | None = None
    offered_alpn: list[str] = []
    sni: str | None = None
    certificate: str | None = None
    alert: str | None = None


class Console(Record, frozen=True, kw_only=True, tag="console", omit_defaults=True):
    """A line read from the device's console, or a command sent to it."""

    console: str = ""
    way: Literal["read", "sent", "lost", "open"] = "read"
    text: str = ""


class Power(Record, frozen=True, kw_only=True, tag="power", omit_defaults=True):
    """The power switch acted."""

    event: Literal["off", "on", "reset"] = "off"
    switch: str = ""


class Operator(Record, frozen=True, kw_only=True, tag="operator", omit_defaults=True):
    """A call of the operator or of another client (boto3): one record when called, one when answered."""

    event: Literal["called", "answered"] = "called"
    actor: Literal["operator", "another client"] = "operator"
    call: str = ""
    arguments: dict[str, Any] = {}
    result: Any = None
    error: str | None = None
    of: int | None = None


class Service(Record, frozen=True, kw_only=True, tag="service", omit_defaults=True):
    """What is known of an execution at the service.

    `source` says how: told (an answer or notice seen on the cloud leg), asked (the operator's describe), inside (local
    cloud only). `stamp` is service time in seconds since the epoch.
    """

    source: Literal["told", "asked", "inside"] = "asked"
    job: str = ""
    execution: int | None = None
    status: str | None = None
    version: int | None = None
    details: dict[str, Any] | None = None
    event: str = ""
    timer: Literal["", "step", "in-progress"] = ""
    deadline: float | None = None
    stamp: float | None = None
    of: int | None = None


class Clock(Record, frozen=True, kw_only=True, tag="clock", omit_defaults=True):
    """The service clock was stepped or scaled; `stamp` is the service time from now on."""

    stepped: float = 0.0
    rate: float = 1.0
    stamp: float = 0.0


class Fault(Record, frozen=True, kw_only=True, tag="fault", omit_defaults=True):
    """A fault was armed, hit a packet (`of`), was released or lifted, or ended without a hit (missed)."""

    event: Literal["armed", "hit", "released", "lifted", "missed"] = "armed"
    fault: str = ""
    text: str = ""
    of: int | None = None


class Evidence(Record, frozen=True, kw_only=True, tag="evidence", omit_defaults=True):
    """Work seen from outside the Jobs messages; `sort` is begun, done or dropped; a boot; or a reading with a gap.

    It happened between `after`, when the last reading that does not show it was asked for, and `at`.
    """

    job: str = ""
    sort: Literal["begun", "done", "dropped", "boot", "gap"] = "done"
    text: str = ""
    after: float = 0.0


class Scenario(Record, frozen=True, kw_only=True, tag="scenario", omit_defaults=True):
    """A part of a scenario begins: arranged (set-up done), run, closed; `start` and `end` frame it all."""

    event: Literal["start", "arranged", "run", "closed", "end"] = "start"
    name: str = ""
    id: str = ""


class Step(Record, frozen=True, kw_only=True, tag="step", omit_defaults=True):
    """A Gherkin step begins or ends."""

    event: Literal["begin", "end", "failed"] = "begin"
    text: str = ""


class Wait(Record, frozen=True, kw_only=True, tag="wait", omit_defaults=True):
    """Time that passed because a scenario needs it to, not because a device or a service took it."""

    seconds: float = 0.0
    text: str = ""


class Verdict(Record, frozen=True, kw_only=True, tag="verdict", omit_defaults=True):
    """The outcome of a scenario in one sentence, with the records that prove it."""

    scenario: str = ""
    outcome: Literal["passed", "failed", "broken", "skipped", "not reached"] = "passed"
    text: str = ""
    proof: list[int] = []


AnyRecord = (
    Packet | Link | Console | Power | Operator | Service | Clock | Fault | Evidence | Scenario | Step | Wait | Verdict
)

encoder = msgspec.json.Encoder(enc_hook=str)
header_decoder = msgspec.json.Decoder(Header)
decoder: msgspec.json.Decoder[AnyRecord] = msgspec.json.Decoder(AnyRecord)
