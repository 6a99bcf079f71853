"""Recordings of other tools turned into traces.

Read are JSON lines with `t` (seconds), `dir` (dev>cloud, cloud>dev, rig) and `type` (an MQTT packet type, or TCP+TLS,
EOF, NOTE, SVCPUB: the service hands a message to its broker, UNDELIVERED). Nothing in them tells what a tap did: what
the service published is the cloud leg and what the device was sent the device leg.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from rigs.errors import UsageFault
from rigs.jobs.messages import parse_topic
from rigs.trace.records import AnyRecord, Console, Header, Link, Packet, Service, encoder
from rigs.trace.tape import Tape

Line = dict[str, Any]
_WAYS = {"dev>cloud": "up", "cloud>dev": "down"}


class _Importer:
    """Lines in, records onto a tape."""

    def __init__(self) -> None:
        self.tape = Tape(thing="")
        self._said: dict[tuple[str, str], list[int]] = {}
        self._ids: dict[tuple[str, int, int], int] = {}

    def take(self, line: Line) -> None:
        self.tape.at = float(line.get("t", self.tape.at))
        self.tape.conn = int(line.get("conn", self.tape.conn))
        kind = (line.get("dir", ""), line.get("type", ""))
        handler: Callable[[Line], None] = _HANDLERS.get(kind, _Importer._other).__get__(self)
        handler(line)

    def _note(self, line: Line) -> None:
        if "versionNumber" in line:
            said = Service(source="inside", job=str(line.get("job", "")), event=str(line.get("text", "")))
            version = msgspec.structs.replace(said, status=line.get("status"), version=line["versionNumber"])
            self.tape.add(version)
        else:
            self.tape.add(Console(console="rig", way="read", text=str(line.get("text", ""))))

    def _opened(self, line: Line) -> None:
        tls, alpn, sni = (line.get(name) for name in ("tls", "alpn", "sni"))
        self.tape.add(Link(link="device", conn=self.tape.conn, event="tls", tls=tls, alpn=alpn, sni=sni))

    def _ended(self, line: Line) -> None:
        by = "device" if line["dir"] == "dev>cloud" else "peer"
        link = "device" if line["dir"] == "dev>cloud" else "cloud"
        self.tape.add(Link(link=link, conn=self.tape.conn, event="close", by=by))  # type: ignore[arg-type]

    def _service_says(self, line: Line) -> None:
        record = self.tape.packet("cloud", "down", "PUBLISH", topic=line["topic"], payload=line.get("payload"))
        self._said.setdefault(_key(line), []).append(record.n)
        self._thing(line)

    def _device_is_told(self, line: Line) -> None:
        said = self._said.get(_key(line))
        of = said.pop(0) if said else None
        self.tape.packet("device", "down", "PUBLISH", of=of, **_publish(line))

    def _device_says(self, line: Line) -> None:
        sent = self.tape.packet("device", "up", "PUBLISH", **_publish(line))
        self.tape.packet("cloud", "up", "PUBLISH", of=sent.n, **_publish(line))
        self._thing(line)

    def _connect(self, line: Line) -> None:
        more = {"client_id": line.get("client_id"), "clean": line.get("clean"), "keep_alive": line.get("keepalive")}
        self.tape.both("up", "CONNECT", more={**more, "version": line.get("level")})

    def _connack(self, line: Line) -> None:
        more = {"session_present": bool(line.get("session_present")), "code": line.get("rc", 0)}
        self.tape.both("down", "CONNACK", more=more)

    def _acknowledged(self, line: Line) -> None:
        if line.get("dropped"):
            self.tape.packet("cloud", "down", "PUBACK", id=line.get("pid"))
        else:
            self._other(line)

    def _undelivered(self, line: Line) -> None:
        self.tape.fault(f"not delivered {line.get('topic')}")

    def _other(self, line: Line) -> None:
        if (way := _WAYS.get(line.get("dir", ""))) is None:
            return
        more = {name: line[name] for name in ("filters", "codes") if name in line}
        self.tape.both(way, str(line.get("type")), id=line.get("pid"), more=more)  # type: ignore[arg-type]

    def _thing(self, line: Line) -> None:
        if not self.tape.thing and (where := parse_topic(line["topic"])) is not None:
            self.tape.thing = where.thing


_HANDLERS: dict[tuple[str, str], Any] = {
    ("rig", "NOTE"): _Importer._note,
    ("rig", "SVCPUB"): _Importer._service_says,
    ("dev>cloud", "TCP+TLS"): _Importer._opened,
    ("dev>cloud", "EOF"): _Importer._ended,
    ("cloud>dev", "EOF"): _Importer._ended,
    ("dev>cloud", "PUBLISH"): _Importer._device_says,
    ("cloud>dev", "PUBLISH"): _Importer._device_is_told,
    ("cloud>dev", "UNDELIVERED"): _Importer._undelivered,
    ("cloud>dev", "PUBACK"): _Importer._acknowledged,
    ("dev>cloud", "CONNECT"): _Importer._connect,
    ("cloud>dev", "CONNACK"): _Importer._connack,
}


def _key(line: Line) -> tuple[str, str]:
    return str(line["topic"]), json.dumps(line.get("payload"), sort_keys=True)


def _publish(line: Line) -> dict[str, Any]:
    members: dict[str, Any] = {"topic": line["topic"], "qos": line.get("qos", 0), "id": line.get("pid")}
    members |= {"dup": bool(line.get("dup")), "retain": bool(line.get("retain"))}
    payload = line.get("payload")
    if payload in (None, ""):
        return members | {"raw": ""}
    return members | {"payload": payload}


def is_recording(first: str) -> bool:
    """Whether a file that begins with this line is such a recording, and not a trace."""
    try:
        line = json.loads(first)
    except json.JSONDecodeError:
        return False
    return isinstance(line, dict) and ("dir" in line or "method" in line)


def imported(lines: Iterable[str], name: str) -> tuple[Header, list[AnyRecord]]:
    """The trace of a recording. Raises UsageFault, naming the line, for what is no JSON or has no MQTT in it."""
    importer = _Importer()
    for number, line in enumerate(_parsed(lines, name), start=1):
        try:
            importer.take(line)
        except (KeyError, TypeError, ValueError) as wrong:
            raise UsageFault(f"{name}:{number}: not a line of a recording: {wrong!r}; got {line}") from wrong
    records = importer.tape.records
    if not any(isinstance(record, Packet) for record in records):
        raise UsageFault(f"{name}: no MQTT packet in it; HTTPS devices are not judged")
    return Header(rig="import", device=name, thing=importer.tape.thing), records


def _parsed(lines: Iterable[str], name: str) -> Iterator[Line]:
    for number, text in enumerate(lines, start=1):
        try:
            line = json.loads(text)
        except json.JSONDecodeError as wrong:
            raise UsageFault(f"{name}:{number}: not a JSON line: {wrong}") from wrong
        if not isinstance(line, dict):
            raise UsageFault(f"{name}:{number}: expected a JSON object, got {text[:60]!r}")
        yield line


def import_file(source: Path, target: Path) -> Header:
    """Write the trace of a recording to `target`."""
    with source.open(encoding="utf-8") as stream:
        header, records = imported(stream, source.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(b"".join(encoder.encode(record) + b"\n" for record in (header, *records)))
    return header
