"""What happened between device, tap, service and operator, as rows for pictures and the terminal."""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal

from rigs.jobs.messages import Address
from rigs.jobs.model import Kind, Operation
from rigs.report.versions import ENDED_BY_SERVICE, Versions
from rigs.trace.naming import address, body
from rigs.trace.records import AnyRecord, Clock, Evidence, Fault, Link, Operator, Packet, Power, Service

Lane = Literal["device", "tap", "service", "operator"]
Tone = Literal["plain", "good", "bad", "fault"]
PROMPT = 0.1  # seconds; what leaves the tap later than that was held
AHEAD = 2_000  # records that `stream` looks ahead for what became of a packet
ALWAYS = frozenset({"CONNECT", "CONNACK", "DISCONNECT", "MALFORMED"})
READS = ("describe", "get", "list")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the picture: an arrow between two lanes, or a mark on one (`start` is `end`).

    `note` says what a fault did, `version` what is known of the execution after it, `n` is the record.
    """

    n: int
    at: float
    start: Lane
    end: Lane
    label: str
    note: str = ""
    version: str = ""
    tone: Tone = "plain"
    broken: bool = False

    @property
    def arrow(self) -> bool:
        """Whether something went from one lane to another."""
        return self.start != self.end


@dataclass(slots=True)
class _Index:
    """Where each packet went, what faults did to it, how calls were answered."""

    onward: dict[int, list[Packet]] = field(default_factory=dict)
    arrivals: dict[int, Packet] = field(default_factory=dict)
    faults: dict[int, str] = field(default_factory=dict)
    errors: dict[int, str] = field(default_factory=dict)

    def take(self, record: AnyRecord) -> None:
        match record:
            case Packet() if _arrival(record):
                self.arrivals[record.n] = record
            case Packet(of=int(of)) if of in self.arrivals and self.arrivals[of].way == record.way:
                self.onward.setdefault(of, []).append(record)
            case Fault(event="hit", of=int(of)):
                self.faults[of] = record.text or record.fault
            case Operator(event="answered", of=int(of), error=str(error)):
                self.errors[of] = error

    def forget(self, before: int) -> None:
        """Let go of what began before the record of this number; what a fault may still hold stays."""
        self.onward = {n: packets for n, packets in self.onward.items() if packets[-1].n >= before}
        kept = self.onward.keys() | self.faults.keys()
        self.arrivals = {n: one for n, one in self.arrivals.items() if n >= before or n in kept}
        self.faults = {n: text for n, text in self.faults.items() if n >= before or n in self.arrivals}
        self.errors = {n: text for n, text in self.errors.items() if n >= before}
        for n in list(self.arrivals)[: -4 * AHEAD]:
            del self.arrivals[n]


def flow(records: Iterable[AnyRecord]) -> list[Row]:
    """The rows of a slice of a trace, in order; PUBACKs and subscriptions only where a fault concerns them."""
    every = list(records)
    index, versions = _Index(), Versions()
    for record in every:
        index.take(record)
    rows = [row for record in every for row in _row(record, index, versions.feed(record))]
    return list(joined(rows))


def stream(
    records: Iterable[AnyRecord], see: Callable[[AnyRecord], object] = lambda record: None
) -> Iterator[tuple[AnyRecord, list[Row]]]:
    """Each record with its rows, of a trace of any length: as `flow`, but what became of a packet is looked for among
    the next AHEAD records only. `see` is shown each record when it is read, so long before its turn.
    """
    index, versions = _Index(), Versions(keep=AHEAD)
    source = iter(records)
    ahead: deque[AnyRecord] = deque()

    def read(record: AnyRecord) -> AnyRecord:
        index.take(record)
        see(record)
        return record

    ahead.extend(map(read, islice(source, AHEAD)))
    for turn, record in enumerate(_drained(ahead, map(read, source))):
        yield record, list(_row(record, index, versions.feed(record)))
        if turn % AHEAD == AHEAD - 1:
            index.forget(before=record.n - AHEAD)


def _drained(ahead: deque[AnyRecord], source: Iterator[AnyRecord]) -> Iterator[AnyRecord]:
    for record in source:
        ahead.append(record)
        yield ahead.popleft()
    while ahead:
        yield ahead.popleft()


def _row(record: AnyRecord, index: _Index, version: str) -> Iterator[Row]:
    match record:
        case Packet() if _arrival(record):
            yield from _arrived(record, index, version)
        case Packet():
            yield from _left(record, index)
        case Link(event="close" | "refused"):
            what = "connection ends" if record.event == "close" else "connection refused"
            by = f" (by the {record.by})" if record.by else ""
            end: Lane = "device" if record.link == "device" else "service"
            yield Row(n=record.n, at=record.at, start=end, end="tap", label=what + by, tone="bad", broken=True)
        case Operator(event="called") if not record.call.startswith(READS):
            error = index.errors.get(record.n, "")
            label = f"{record.actor}: {record.call} {_about(record.arguments)}".rstrip()
            tone: Tone = "bad" if error else "plain"
            yield _mark(record, "operator", label, end="service", note=error, tone=tone)
        case Service(source="inside", event=event) if event in ENDED_BY_SERVICE:
            timer = f" ({record.timer} timer)" if record.timer else ""
            yield _mark(record, "service", f"{record.job} {record.event}{timer}", version=version, tone="bad")
        case Clock():
            yield _mark(record, "service", _clock(record), tone="fault")
        case Power():
            yield _mark(record, "device", f"power {record.event}", tone="fault")
        case Evidence(sort="begun" | "done"):
            yield _mark(record, "device", f"work {record.sort}: {record.job or record.text}")
        case Evidence(sort="boot"):
            yield _mark(record, "device", "boot")


def _mark(record: AnyRecord, lane: Lane, label: str, end: Lane | None = None, **more: Any) -> Row:
    return Row(n=record.n, at=record.at, start=lane, end=end or lane, label=label, **more)


def _arrived(record: Packet, index: _Index, version: str) -> Iterator[Row]:
    onward = index.onward.get(record.n, [])
    fault = index.faults.get(record.n)
    if not (_told(record) or fault or any(packet.by for packet in onward)):
        return
    start, end = _ends(record)
    common: dict[str, Any] = {"n": record.n, "at": record.at, "start": start, "label": label(record)}
    common |= {"version": version, "tone": tone(record)}
    if not onward and fault is not None:
        yield Row(**{**common, "end": "tap", "note": f"lost: {fault}", "tone": "fault"})
    elif not onward:
        published = record.type == "PUBLISH"
        yield Row(**common, end="tap" if published else end, note="not passed on" if published else "")
    elif onward[0].at - record.at > PROMPT:
        yield Row(**{**common, "end": "tap", "note": f"held: {fault or 'by the tap'}", "tone": "fault"})
    elif onward[0].payload != record.payload:
        yield Row(**{**common, "end": end, "note": f"changed: {fault or onward[0].by}", "tone": "fault"})
    else:
        yield Row(**common, end=end, note=fault or "")


def _left(record: Packet, index: _Index) -> Iterator[Row]:
    """What the tap sent later than it came, more than once, or of its own."""
    _, end = _ends(record)
    arrival = index.arrivals.get(record.of or 0)
    if arrival is not None and arrival.way == record.way:
        onward = index.onward.get(arrival.n, [record])
        if record is not onward[0]:
            yield _by_tap(record, end, f"copied by {record.by or 'the tap'}")
        elif (delay := record.at - arrival.at) > PROMPT and (_told(record) or arrival.n in index.faults):
            yield _by_tap(record, end, f"released after {delay:.3g} s")
    elif record.by and _told(record):
        yield _by_tap(record, end, f"made by the tap: {record.by}")


def _by_tap(record: Packet, end: Lane, note: str) -> Row:
    return _mark(record, "tap", label(record), end=end, note=note, tone="fault")


def _arrival(record: Packet) -> bool:
    return (record.link, record.way) in (("device", "up"), ("cloud", "down"))


def _ends(record: Packet) -> tuple[Lane, Lane]:
    return ("device", "service") if record.way == "up" else ("service", "device")


def _told(record: Packet) -> bool:
    return record.type in ALWAYS or (record.type == "PUBLISH" and address(record) is not None)


def label(record: Packet) -> str:
    """A packet in a few words: what a reader of the picture wants to know."""
    where = address(record)
    if where is None:
        return _plain(record)
    content = body(record) or {}
    words = [where.job or "", str(where.operation)]
    if where.kind is Kind.REQUEST:
        words += [str(content.get("status", "")), *_numbers(content)]
    elif where.kind is Kind.NOTIFICATION:
        words += [_named(where, content)]
    else:
        words += [str(where.kind), str(content.get("code", "")), _named(where, content)]
    words += ["DUP"] if record.dup else []
    return " ".join(word for word in words if word)


_SHORT = {"expectedVersion": "expects v", "executionNumber": "execution ", "stepTimeoutInMinutes": "step min "}


def _numbers(content: dict[str, Any]) -> list[str]:
    return [f"{short}{content[name]}" for name, short in _SHORT.items() if name in content]


def _named(where: Address, content: dict[str, Any]) -> str:
    if where.operation is Operation.NOTIFY:
        jobs = content.get("jobs")
        listed = jobs if isinstance(jobs, dict) else {}
        lists = [each for each in listed.values() if isinstance(each, list)]
        entries = [str(entry.get("jobId", "?")) for each in lists for entry in each if isinstance(entry, dict)]
        return ", ".join(entries) or "(nothing pending)"
    said = content.get("execution", content.get("executionState"))
    if isinstance(said, dict):
        job = "" if where.job not in (None, "$next") else said.get("jobId", "")
        return f"{job} {said.get('status', '')} v{said.get('versionNumber', '?')}".strip()
    empty = where.operation in (Operation.NOTIFY_NEXT, Operation.START_NEXT, Operation.DESCRIBE)
    return "(nothing pending)" if empty and where.kind is not Kind.REJECTED else ""


def _plain(record: Packet) -> str:
    match record.type:
        case "CONNECT":
            kind = "clean" if record.more.get("clean") else "persistent"
            return f"CONNECT {record.more.get('client_id', '')} {kind}"
        case "CONNACK":
            refused = record.more.get("code", 0)
            return (
                f"CONNACK refused {refused}"
                if refused
                else f"CONNACK session {int(bool(record.more.get('session_present')))}"
            )
        case "PUBLISH":
            return f"PUBLISH {record.topic}"
    return record.type if record.id is None else f"{record.type} #{record.id}"


def tone(record: Packet) -> Tone:
    """Green for what is accepted, red for what is refused."""
    where = address(record)
    kind = where.kind if where is not None else None
    tones: dict[Kind | None, Tone] = {Kind.ACCEPTED: "good", Kind.REJECTED: "bad"}
    return tones.get(kind, "plain")


def _about(arguments: dict[str, Any]) -> str:
    words = [str(arguments[name]) for name in ("jobId", "status") if name in arguments]
    return " ".join([*words, *(["force"] if arguments.get("force") else [])])


def _clock(record: Clock) -> str:
    stepped = f"service clock +{duration(record.stepped)}" if record.stepped else ""
    return stepped or f"service clock ×{record.rate:g}"


def duration(seconds: float) -> str:
    """Seconds as a person says them: 250 ms, 12.5 s, 3 min, 2 h."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size or (seconds >= size and seconds % size == 0):
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def joined(rows: Iterable[Row]) -> Iterator[Row]:
    """The two ends of one broken connection are one mark across both legs."""
    last: Row | None = None
    for row in rows:
        if last is not None and row.broken and row.at - last.at < PROMPT:
            last = dataclasses.replace(last, start="device", end="service", tone="bad")
            continue
        if last is not None:
            yield last
        last = row if row.broken else None
        if last is None:
            yield row
    if last is not None:
        yield last
