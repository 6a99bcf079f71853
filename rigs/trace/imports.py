"""Logs of other tools turned into traces: `jobrig import`, and on the way of `jobrig lint` and `jobrig show`."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any

from rigs.errors import UsageFault
from rigs.trace.imports_files import plain
from rigs.trace.imports_ledger import Ledger, Spool
from rigs.trace.imports_messages import Messages
from rigs.trace.imports_recording import Recording, is_recording
from rigs.trace.imports_survey import LOOKED_AT, Wanted, surveyed
from rigs.trace.imports_values import BadLine, Line, shortened
from rigs.trace.reader import TraceFile, is_trace
from rigs.trace.records import Header, encoder

SNIFFED = 50  # lines in which a log must show what it is
FORMATS: dict[str, Callable[[Line], bool]] = {
    "recording": is_recording,
    "mosquitto": lambda line: {"tst", "topic", "payloadlen"} <= line.keys(),
    "lines": lambda line: True,
}
EMPTY = "empty"


def import_log(
    log: Path,
    output: Path | None = None,
    format: str | None = None,
    **wanted: str | None,
) -> Iterator[str]:
    """Write the trace of a log; the lines say what was read, what was left out and what the log cannot show.

    The trace is `<log>.trace.jsonl` in the present folder unless `output` names one. Bad lines are named on standard
    error. Raises UsageFault when the file is no log, or nothing of it could be taken.
    """
    target = output or Path(f"{log.stem}.trace.jsonl")
    with plain(log) as source:
        ledger = import_file(source, target, Wanted(**wanted), format)
    print(*ledger.told(), sep="\n", end="\n" if ledger.bad else "", file=sys.stderr)
    yield f"{target}: {ledger.sums}"
    yield from (f"   {what}: {how}" for what, how in {"format": ledger.format, **ledger.read_as}.items())
    yield from (f"   {said}" for said in (ledger.note, ledger.hidden) if said)


def import_file(source: Path, target: Path, wanted: Wanted | None = None, format: str | None = None) -> Ledger:
    """Write the trace of a log to `target`; returns what became of its lines.

    Raises UsageFault, naming file and line, when the file is no log of a known format or nothing in it could be taken.
    """
    kind = format or sniffed(source)
    with TemporaryFile() as records:
        ledger = _READERS[kind](source, records, wanted or Wanted())
        if not ledger.taken:
            first = f"; {ledger.problems[0]}" if ledger.problems else ""
            raise UsageFault(f"{source.name}: nothing could be taken: {ledger.sums}{first}")
        header = Header(
            rig="import",
            device=source.name,
            thing=ledger.thing,
            utc=ledger.utc,
            unseen=sorted(ledger.unseen),
            imported=ledger.as_header(),
        )
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as trace:
            trace.write(encoder.encode(header) + b"\n")
            records.seek(0)
            shutil.copyfileobj(records, trace)
    return ledger


@contextmanager
def opened(path: Path, thing: str | None = None) -> Iterator[tuple[TraceFile, Ledger | None]]:
    """A trace, or a log of another tool imported for the while, of one `thing` where it has several.

    Raises SeveralThings where it has and none is named, UsageFault for what is neither.
    """
    with plain(path) as source:
        with source.open("rb") as stream:
            first = stream.readline()
        if is_trace(first):
            yield TraceFile(source), None
            return
        if not any(text.lstrip().startswith(b"{") for text in _first(source)):
            got = shortened(first.decode("utf-8", "replace"))
            raise UsageFault(f"{path}:1: neither a jobrig trace nor a log of JSON lines; got {got}")
        with TemporaryDirectory(prefix="jobrig-") as folder:
            target = Path(folder) / f"{path.stem}.trace.jsonl"
            ledger = import_file(source, target, Wanted(thing=thing))
            yield TraceFile(target), ledger


def _first(source: Path) -> list[bytes]:
    with source.open("rb") as stream:
        return list(islice(stream, SNIFFED))


def sniffed(source: Path) -> str:
    """The format of a log, told from its first lines. Raises UsageFault for a trace, and where no line is JSON."""
    for number, text in enumerate(_first(source)):
        if not number and is_trace(text):
            raise UsageFault(f"{source}: this is a trace already; `jobrig lint` and `jobrig show` read it")
        try:
            line = _line(text)
        except BadLine:
            continue
        if line:
            return next(name for name, fits in FORMATS.items() if fits(line))
    known = ", ".join(FORMATS)
    raise UsageFault(f"{source}: no JSON object in its first {SNIFFED} lines; logs of JSON lines can be read ({known})")


def _line(text: bytes) -> Line:
    """A line as an object; {} for an empty one. Raises BadLine for anything else."""
    if not text.strip():
        return {}
    try:
        line = json.loads(text)
    except (ValueError, RecursionError) as wrong:
        raise BadLine("no JSON", f"a JSON object ({wrong})", text.decode("utf-8", "replace").strip()) from wrong
    if not isinstance(line, dict):
        raise BadLine("no JSON object", "a JSON object", line)
    return line


def _each(source: Path, ledger: Ledger, take: Callable[[Line], Any], gaps_when_empty: bool = False) -> None:
    """Every line of a log to `take`, which returns False for what it has left out itself; bad lines go into the ledger.

    A last line that is torn (the logger was killed) loses nothing but itself: what came before it is whole.
    """
    with source.open("rb") as stream:
        for number, text in enumerate(stream, start=1):
            ledger.lines = number
            try:
                line = _line(text)
                if not line:
                    _empty(ledger, gaps_when_empty)
                elif take(line) is not False:
                    ledger.taken += 1
            except BadLine as wrong:
                if text.endswith(b"\n"):
                    ledger.is_bad(number, wrong)
                else:
                    ledger.leave_out("torn at the end")


def _empty(ledger: Ledger, gaps: bool) -> None:
    ledger.leave_out(EMPTY)
    if gaps:  # mosquitto_sub -F %J writes an empty line for a payload that is no JSON
        ledger.unseen.add("gaps")


def _recording(source: Path, records: IO[bytes], wanted: Wanted) -> Ledger:
    ledger = Ledger(name=source.name, format="recording")
    reading = Recording(Spool(records, wanted.thing or ""))
    _each(source, ledger, reading.take)
    ledger.thing = reading.spool.thing
    if reading.mixed:
        ledger.unseen.add("delivery")
    if reading.calls:
        ledger.note = f"{reading.calls} calls over HTTPS stand there as another client's: rules judge MQTT, not them"
    return ledger


def _messages(source: Path, records: IO[bytes], wanted: Wanted, format: str) -> Ledger:
    ledger = Ledger(name=source.name, format=format)
    layout = surveyed(list(islice(_good(source), LOOKED_AT)), wanted, source.name)
    ledger.read_as, ledger.thing = layout.described(), layout.thing
    reading = Messages(Spool(records, layout.thing), layout, ledger)
    _each(source, ledger, reading.take, gaps_when_empty=format == "mosquitto")
    reading.close()
    return ledger


def _mosquitto(source: Path, records: IO[bytes], wanted: Wanted) -> Ledger:
    """What `mosquitto_sub -F %j` (payload as text) or `%J` (as JSON) writes: it has no direction."""
    known = Wanted(time="tst", direction="", topic="topic", payload="payload", thing=wanted.thing)
    return _messages(source, records, known, "mosquitto")


def _json_lines(source: Path, records: IO[bytes], wanted: Wanted) -> Ledger:
    return _messages(source, records, wanted, "lines")


_READERS: dict[str, Callable[[Path, IO[bytes], Wanted], Ledger]] = {
    "recording": _recording,
    "mosquitto": _mosquitto,
    "lines": _json_lines,
}


def _good(source: Path) -> Iterator[Line]:
    with source.open("rb") as stream:
        for text in stream:
            try:
                line = _line(text)
            except BadLine:
                continue
            if line:
                yield line
