"""A first look at a log of messages: under which names it has what, and how it writes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rigs.errors import UsageFault
from rigs.jobs.messages import parse_topic
from rigs.jobs.model import Kind
from rigs.trace.imports_values import ABSENT, SUFFIXES, Line, encoding_of, member, names, parsed, unit_of
from rigs.trace.records import Way

LOOKED_AT = 2_000  # message lines of the first look
SELDOM = 0.1  # of the lines; a member that fewer have is not what is looked for
NESTED_IN = 50  # lines that are searched for members deeper down
KEYS: Mapping[str, tuple[str, ...]] = {
    "time": ("time", "timestamp", "ts", "t", "tst", "@timestamp", "at", "datetime", "date"),
    "direction": ("direction", "dir", "way"),
    "topic": ("topic", "topicName"),
    "payload": ("payload", "message", "msg", "body", "data"),
}
UP = frozenset({"up", "out", "sent", "send", "tx", "publish", "published", "pub", "outgoing", "outbound", ">", "->"})
DOWN = frozenset({"down", "in", "received", "receive", "rx", "recv", "incoming", "inbound", "<", "<-"})
WORDS: Mapping[str, Way] = {**dict.fromkeys(UP, "up"), **dict.fromkeys(DOWN, "down")}
CLEAR = 0.75  # of the messages with a word go the same way by their topics: then the word means that way


class SeveralThings(UsageFault):
    """A log has messages of several devices, and nobody has said of which the trace shall be."""

    def __init__(self, name: str, things: Sequence[str]) -> None:
        super().__init__(f"{name}: several things: {', '.join(things)}; say which: jobrig import LOG --thing NAME")
        self.things = things


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the command line says of a log: None is left to the first look, "" as direction means that it has none."""

    time: str | None = None
    direction: str | None = None
    topic: str | None = None
    payload: str | None = None
    up: str | None = None
    thing: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a log of messages is read. `ways` is empty where it has no direction: then the topics say it.

    `other_things` is False where the log has those of several devices: then only the one's own lines are taken.
    """

    time: str
    unit: str
    topic: str
    payload: str
    encoding: str
    direction: str = ""
    ways: Mapping[Any, Way] = field(default_factory=dict)
    up: str | None = None
    marks_repeats: bool = False
    thing: str = ""
    other_things: bool = True

    def way_of(self, word: Any) -> Way | None:
        """Which way a word of the direction's means, None for an unknown one."""
        if self.up is not None:
            return None if word is ABSENT else "up" if str(word) == self.up else "down"
        return self.ways.get(_hashable(word)) or WORDS.get(str(word).lower())

    def described(self) -> dict[str, str]:
        """How the log is read, for the header and for people."""
        words = {way: [str(word) for word, each in self.ways.items() if each == way] for way in ("up", "down")}
        up = [self.up] if self.up is not None else words["up"]
        down = ["everything else"] if self.up is not None else words["down"]
        said = f"{self.direction} (up: {', '.join(up) or 'none'}; down: {', '.join(down) or 'none'})"
        return {
            "time": f"{self.time} ({self.unit})",
            "direction": said if self.direction else "from the topics",
            "topic": self.topic,
            "payload": f"{self.payload} ({self.encoding})",
        }


def expected_way(topic: str) -> Way | None:
    """Which way a Jobs message of this topic goes: requests up, answers and notices down (jobs-protocol §1)."""
    where = parse_topic(topic)
    return None if where is None else "up" if where.kind is Kind.REQUEST else "down"


def surveyed(lines: Sequence[Line], wanted: Wanted, name: str) -> Layout:
    """The layout of a log, from its first message lines. Raises UsageFault where it has to ask."""
    topic = _key("topic", wanted.topic, lines, name)
    messages = [line for line in lines if isinstance(member(line, topic), str)]
    if not messages:
        there = _all_names(lines)
        raise UsageFault(f"{name}: no line has a topic under {topic!r}; its lines have {there}; say which: --topic KEY")
    time, unit = _timed(wanted.time)
    time = _key("time", time, messages, name)
    payload = _key("payload", wanted.payload, messages, name)
    jobs = [line for line in messages if expected_way(member(line, topic))] or messages
    payloads = [member(line, payload) for line in jobs]
    direction, ways = _direction(jobs, wanted, topic, name)
    return Layout(
        time=time,
        unit=unit or unit_of([member(line, time) for line in messages], [_stamp(member(m, payload)) for m in messages]),
        topic=topic,
        payload=payload,
        encoding=encoding_of(payloads),
        direction=direction,
        ways=ways,
        up=wanted.up if direction else None,
        marks_repeats={"dup", "qos"} <= jobs[0].keys() and bool(direction),
        thing=wanted.thing or _thing(jobs, topic, direction, name, ways),
        other_things=bool(direction) and wanted.thing is None,
    )


def _timed(key: str | None) -> tuple[str | None, str | None]:
    """`ts:ms` says the unit too."""
    stem, _, suffix = (key or "").rpartition(":")
    return (stem, SUFFIXES[suffix]) if stem and suffix in SUFFIXES else (key, None)


def _key(what: str, wanted: str | None, lines: Sequence[Line], name: str) -> str:
    usual = KEYS[what]
    odd = dict.fromkeys(name for line in lines[:NESTED_IN] for name in line if name.lower() in usual)
    choices = (wanted,) if wanted else (*usual, *odd, *_nested(lines, usual))
    counted = Counter({key: sum(member(line, key) is not ABSENT for line in lines) for key in choices})
    key, count = counted.most_common(1)[0]
    if count < SELDOM * len(lines) or not count:
        looked = f"under {wanted!r}" if wanted else f"under any of {', '.join(KEYS[what])}"
        raise UsageFault(f"{name}: no {what} {looked}; its lines have {_all_names(lines)}; say which: --{what} KEY")
    return key


def _nested(lines: Sequence[Line], usual: Sequence[str]) -> list[str]:
    """Members deeper down that bear one of the usual names."""
    deep = dict.fromkeys(name for line in lines[:NESTED_IN] for name in names(line) if "." in name)
    return [name for name in deep if name.rpartition(".")[2] in usual]


def _all_names(lines: Iterable[Line]) -> str:
    found = dict.fromkeys(name for line in lines for name in names(line))
    return ", ".join(list(found)[:30]) or "nothing"


def _stamp(payload: Any) -> float | None:
    """The service's own time in a message, in seconds."""
    value = parsed(payload) if isinstance(payload, str) else payload
    stamp = value.get("timestamp") if isinstance(value, dict) else None
    return float(stamp) if isinstance(stamp, int) and not isinstance(stamp, bool) else None


def _direction(jobs: Sequence[Line], wanted: Wanted, topic: str, name: str) -> tuple[str, dict[Any, Way]]:
    """The direction's key with what its words mean, told from the topics they stand with; "" for none."""
    if wanted.direction == "":
        return "", {}
    choices = (wanted.direction,) if wanted.direction else KEYS["direction"]
    for key in choices:
        if any(member(line, key) is not ABSENT for line in jobs):
            ways = _ways(jobs, key, topic)
            if ways is not None or wanted.up is not None:
                return key, ways or {}
    if wanted.direction:
        raise UsageFault(
            f"{name}: {wanted.direction!r} is no direction: a word of it stands with requests and with answers, or it "
            f"is nowhere; name another, say which word means from the device with --up WORD, or --direction '' for none"
        )
    return "", {}


def _ways(jobs: Sequence[Line], key: str, topic: str) -> dict[Any, Way] | None:
    votes: dict[Any, Counter[Way]] = {}
    for line in jobs:
        if (word := _hashable(member(line, key))) is not ABSENT and (way := expected_way(member(line, topic))):
            votes.setdefault(word, Counter())[way] += 1
    ways: dict[Any, Way] = {}
    for word, count in votes.items():
        way, most = count.most_common(1)[0]
        if most < CLEAR * count.total():
            return None
        ways[word] = way
    return ways


def _hashable(word: Any) -> Any:
    return str(word) if isinstance(word, (dict, list)) else word


def _thing(jobs: Sequence[Line], topic: str, direction: str, name: str, ways: Mapping[Any, Way]) -> str:
    """The thing of the log: the one that is told something, where a direction says so, else the only one there is."""
    told: Counter[str] = Counter()
    for line in jobs:
        where = parse_topic(member(line, topic))
        word = _hashable(member(line, direction)) if direction else None
        if where is not None and (not direction or ways.get(word) == "down" or where.kind is not Kind.REQUEST):
            told[where.thing] += 1
    if not told:
        told.update(where.thing for line in jobs if (where := parse_topic(member(line, topic))) is not None)
    if len(told) > 1:
        raise SeveralThings(name, sorted(told))
    return next(iter(told), "")
