"""Records as lines that a person reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from rigs.trace.records import (
    AnyRecord,
    Clock,
    Console,
    Evidence,
    Fault,
    Link,
    Operator,
    Packet,
    Power,
    Scenario,
    Service,
    Step,
    Verdict,
    Wait,
)

ARROWS = {
    ("device", "up"): "device ─▶",
    ("cloud", "up"): "       tap ─▶ cloud",
    ("cloud", "down"): "       tap ◀─ cloud",
    ("device", "down"): "device ◀─",
}


def around(records: Sequence[AnyRecord], n: int, before: int = 12, after: int = 2) -> str:
    """The records about number `n`, a line each."""
    start = max(0, n - 1 - before)
    return "\n".join(line(record) for record in records[start : n + after])


def line(record: AnyRecord) -> str:
    """One record as one line: number, seconds, what."""
    return f"{record.n:6} {record.at:12.3f}  {describe(record)}"


def describe(record: AnyRecord) -> str:
    """What a record says, without number and time."""
    match record:
        case Packet():
            return f"{ARROWS[record.link, record.way]} {packet(record)}"
        case Link():
            return f"{record.link} link {record.conn} {record.event} {record.by} {record.reason}".rstrip()
        case Console():
            return f"console {record.way}: {record.text}"
        case Power():
            return f"power {record.event}"
        case Operator(event="called"):
            return f"{record.actor} {record.call} {_short(record.arguments)}"
        case Operator():
            return f"{record.actor} {record.call} → {record.error or _short(record.result)}"
        case Service():
            return f"service ({record.source}) {record.job} {record.status or record.event} v{record.version}"
        case Clock():
            return f"service clock +{record.stepped:g} s ×{record.rate:g}"
        case Fault():
            return f"fault {record.event}: {record.text or record.fault}"
        case Evidence():
            return f"evidence {record.sort} {record.job} {record.text}"
        case Scenario():
            return f"── {record.event} {record.id} {record.name}"
        case Step():
            return f"step {record.event}: {record.text}"
        case Wait():
            return f"waited {record.seconds:.2f} s: {record.text}"
        case Verdict():
            return f"verdict {record.outcome}: {record.text}"


def packet(record: Packet) -> str:
    """A packet in short: type, topic from the job on, payload."""
    words = [record.type]
    if record.topic is not None:
        words.append(record.topic.rpartition("/jobs/")[2] or record.topic)
    if record.id is not None:
        words.append(f"#{record.id}")
    if record.dup:
        words.append("DUP")
    if record.payload is not msgspec.UNSET:
        words.append(_short(record.payload))
    elif record.more:
        words.append(_short(record.more))
    if record.by:
        words.append(f"[by {record.by}]")
    return " ".join(words)


def _short(value: Any, limit: int = 160) -> str:
    text = msgspec.json.encode(value, enc_hook=str).decode()
    return text if len(text) <= limit else text[: limit - 1] + "…"
