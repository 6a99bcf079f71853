"""Recordings made between a device and its cloud: JSON lines with `t` (seconds), `dir` and `type`.

`dir` is dev>cloud, cloud>dev or rig; `type` an MQTT packet type, or TCP+TLS, EOF, NOTE (what the recording's rig did),
SVCPUB (the service hands a message to its broker), UNDELIVERED. Nothing in them tells what a tap did: what the service
published is the cloud leg and what the device was sent the device leg. Such a recording shows everything.

Lines with `method` and `path` are calls over HTTPS. The trace has no HTTP; what it has for a call of AWS's API is the
operator record, so a device that speaks HTTPS stands there as another client. The rules judge MQTT and do not see it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from rigs.jobs.messages import parse_topic
from rigs.trace.imports_ledger import Spool
from rigs.trace.imports_values import ABSENT, ENCODINGS, BadLine, Line, shortened
from rigs.trace.records import Console, Evidence, Link, Operator, Service

WAYS: Mapping[str, Any] = {"dev>cloud": "up", "cloud>dev": "down", "rig": None}
REMEMBERED = 5_000  # messages of the service that a delivery is looked for among
MIXED = 0.002  # seconds
_BEGINS = "agent start"  # a process without memory of the one before
_ENDS = ("agent killed", "SIGTERM")
_CALLS = (  # jobs-protocol §7
    ("GET", re.compile(r"/things/([^/]+)/jobs"), "get_pending_job_executions"),
    ("PUT", re.compile(r"/things/([^/]+)/jobs/\$next"), "start_next_pending_job_execution"),
    ("GET", re.compile(r"/things/([^/]+)/jobs/([^/]+)"), "describe_job_execution"),
    ("POST", re.compile(r"/things/([^/]+)/jobs/([^/]+)"), "update_job_execution"),
)


def is_recording(line: Line) -> bool:
    """Whether a line is one of such a recording."""
    return line.get("dir") in WAYS if "dir" in line and "type" in line else {"method", "path"} <= line.keys()


class Recording:
    """Lines in, records onto a spool; `mixed` says that their times go back, so that their order is in doubt.

    `take` raises BadLine for what is no line of a recording.
    """

    def __init__(self, spool: Spool) -> None:
        self.spool = spool
        self.packets = 0
        self.calls = 0
        self.mixed = False
        self._said: dict[tuple[str, str], list[int]] = {}
        self._cut = False

    def __repr__(self) -> str:
        return f"<Recording {self.packets} packets, {self.calls} calls>"

    def take(self, line: Line) -> None:
        """The records of a line."""
        at = _of(line, "t", (int, float), "seconds")
        self.mixed = self.mixed or at < self.spool.at - MIXED
        self.spool.at = max(self.spool.at, float(at))
        if "method" in line:
            self._call(line)
            return
        kind = (_of(line, "dir", (str,), "a direction"), _of(line, "type", (str,), "a packet type"))
        if kind[0] not in WAYS:
            raise BadLine("no direction", f"one of {', '.join(WAYS)} under 'dir'", kind[0])
        self.spool.conn = int(line.get("conn", self.spool.conn))
        _HANDLERS.get(kind, Recording._other)(self, line)

    def _note(self, line: Line) -> None:
        text = str(line.get("text", ""))
        self._cut = (self._cut or text.startswith("TCP cut")) and not text.startswith("TCP allowed")
        if "versionNumber" in line:
            version, status = line["versionNumber"], line.get("status")
            job = str(line.get("job", ""))
            self.spool.add(Service(source="inside", job=job, event=text, status=status, version=version))
        elif text.startswith(_BEGINS):
            self.spool.add(Evidence(sort="boot", text=text))
        elif text.startswith(_ENDS):
            self.spool.add(Console(console="rig", way="sent", text=f"kill: {text}"))
        else:
            self.spool.add(Console(console="rig", way="read", text=text))

    def _opened(self, line: Line) -> None:
        tls, alpn, sni = (line.get(name) for name in ("tls", "alpn", "sni"))
        self.spool.add(Link(link="device", conn=self.spool.conn, event="tls", tls=tls, alpn=alpn, sni=sni))

    def _ended(self, line: Line) -> None:
        up = line["dir"] == "dev>cloud"
        by = "tap" if self._cut else "device" if up else "peer"
        self.spool.add(Link(link="device" if up else "cloud", conn=self.spool.conn, event="close", by=by))

    def _service_says(self, line: Line) -> None:
        record = self.spool.packet("cloud", "down", "PUBLISH", topic=_topic(line), **_content(line))
        key = _key(line)
        self._said.setdefault(key, []).append(record.n)
        if len(self._said) > REMEMBERED:
            del self._said[next(iter(self._said))]
        self._thing(line)

    def _device_is_told(self, line: Line) -> None:
        """What the service had published; or what was handed straight to the device, so that both legs begin here."""
        self.packets += 1
        members, key = _publish(line), _key(line)
        if not (said := self._said.get(key)):
            self.spool.both("down", "PUBLISH", **members)
            return
        self.spool.packet("device", "down", "PUBLISH", of=said.pop(0), **members)
        if not said:
            del self._said[key]

    def _device_says(self, line: Line) -> None:
        self.packets += 1
        self.spool.both("up", "PUBLISH", **_publish(line))
        self._thing(line)

    def _connect(self, line: Line) -> None:
        self.packets += 1
        more = {"client_id": line.get("client_id"), "clean": line.get("clean"), "keep_alive": line.get("keepalive")}
        self.spool.both("up", "CONNECT", more={**more, "version": line.get("level")})

    def _connack(self, line: Line) -> None:
        more = {"session_present": bool(line.get("session_present")), "code": line.get("rc", 0)}
        self.spool.both("down", "CONNACK", more=more)

    def _acknowledged(self, line: Line) -> None:
        if line.get("dropped"):
            self.spool.packet("cloud", "down", "PUBACK", id=line.get("pid"))
        else:
            self._other(line)

    def _undelivered(self, line: Line) -> None:
        self.spool.fault(f"not delivered {line.get('topic')}")

    def _other(self, line: Line) -> None:
        way = WAYS[line["dir"]]
        if way is None:
            self.spool.add(Console(console="rig", way="read", text=f"{line['type']} {line.get('text', '')}".strip()))
            return
        more = {name: line[name] for name in ("filters", "codes") if name in line}
        self.spool.both(way, str(line["type"]), id=line.get("pid"), more=more)

    def _thing(self, line: Line) -> None:
        if not self.spool.thing and (where := parse_topic(line["topic"])) is not None:
            self.spool.thing = where.thing

    def _call(self, line: Line) -> None:
        self.calls += 1
        method, path = (_of(line, name, (str,), f"a {name}") for name in ("method", "path"))
        found = ((call, pattern.fullmatch(path.split("?")[0])) for verb, pattern, call in _CALLS if verb == method)
        call, where = next(((call, match) for call, match in found if match), (f"{method} {path}", None))
        named = dict(zip(("thingName", "jobId"), where.groups() if where else (), strict=False))
        body = line.get("body")
        arguments = {**named, **(body if isinstance(body, dict) else {})}
        self.spool.thing = self.spool.thing or named.get("thingName", "")
        made = self.spool.add(Operator(actor="another client", call=call, arguments=arguments))
        status = line.get("status")
        failed = line.get("error") or (f"HTTP {status}" if isinstance(status, int) and status >= 400 else None)
        said = None if failed else line.get("response")
        answered = Operator(event="answered", actor="another client", call=call, result=said, error=failed, of=made.n)
        self.spool.add(answered)


_HANDLERS: dict[tuple[str, str], Callable[[Recording, Line], None]] = {
    ("rig", "NOTE"): Recording._note,
    ("rig", "SVCPUB"): Recording._service_says,
    ("dev>cloud", "TCP+TLS"): Recording._opened,
    ("dev>cloud", "EOF"): Recording._ended,
    ("cloud>dev", "EOF"): Recording._ended,
    ("dev>cloud", "PUBLISH"): Recording._device_says,
    ("cloud>dev", "PUBLISH"): Recording._device_is_told,
    ("cloud>dev", "UNDELIVERED"): Recording._undelivered,
    ("cloud>dev", "PUBACK"): Recording._acknowledged,
    ("dev>cloud", "CONNECT"): Recording._connect,
    ("cloud>dev", "CONNACK"): Recording._connack,
}


def _of(line: Line, name: str, kinds: tuple[type, ...], what: str) -> Any:
    value = line.get(name, ABSENT)
    if not isinstance(value, kinds) or isinstance(value, bool):
        raise BadLine(f"no {name}", f"{what} under {name!r}", shortened(line) if value is ABSENT else value)
    return value


def _topic(line: Line) -> str:
    return str(_of(line, "topic", (str,), "a topic"))


def _key(line: Line) -> tuple[str, str]:
    return str(line["topic"]), json.dumps(line.get("payload"), sort_keys=True)


def _content(line: Line) -> dict[str, Any]:
    return ENCODINGS["text"](line.get("payload"))


def _publish(line: Line) -> dict[str, Any]:
    members: dict[str, Any] = {"topic": _topic(line), "qos": line.get("qos", 0), "id": line.get("pid")}
    return members | {"dup": bool(line.get("dup")), "retain": bool(line.get("retain"))} | _content(line)
