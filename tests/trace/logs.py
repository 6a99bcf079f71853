"""Talks written down as other people's logs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from rigs.trace.imports import import_file
from rigs.trace.imports_ledger import Ledger
from rigs.trace.imports_survey import Wanted
from rigs.trace.reader import TraceFile
from rigs.trace.records import AnyRecord, Packet
from rigs.trace.tape import Tape

T0 = 1_795_459_110.25  # seconds since 1970


def messages(tape: Tape) -> Iterator[Packet]:
    """What a device's own log has of a talk: the messages on its leg."""
    for record in tape.records:
        if isinstance(record, Packet) and record.type == "PUBLISH" and record.link == "device":
            yield record


def device_line(packet: Packet) -> dict[str, Any]:
    """A message as a device's own program logs it."""
    words = {"up": "out", "down": "in"}
    said = {"topic": packet.topic, "payload": json.dumps(packet.payload)}
    return {
        "ts": round((T0 + packet.at) * 1000),
        "dir": words[packet.way],
        "qos": packet.qos,
        "dup": packet.dup,
        **said,
    }


def subscriber_line(packet: Packet) -> dict[str, Any]:
    """A message as a plain subscriber's program logs it: nothing about its direction."""
    return {"time": T0 + packet.at, "topic": packet.topic, "payload": packet.payload}


def log(path: Path, tape: Tape, line: Callable[[Packet], dict[str, Any]]) -> Path:
    """The talk as JSON lines."""
    return lines(path, (line(packet) for packet in messages(tape)))


def lines(path: Path, entries: Iterable[Any]) -> Path:
    """JSON lines; text stands as it is."""
    texts = (entry if isinstance(entry, str) else json.dumps(entry) for entry in entries)
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return path


def taken(source: Path, format: str | None = None, **wanted: str) -> tuple[Ledger, TraceFile, list[AnyRecord]]:
    """The log imported: what became of its lines, the trace, its records."""
    target = source.with_suffix(".trace.jsonl")
    ledger = import_file(source, target, Wanted(**wanted), format)
    file = TraceFile(target)
    return ledger, file, list(file)
