"""Logs of messages: JSON lines that somebody's program or `mosquitto_sub -F %j` wrote.

Such a log has the messages and nothing else: no connection, no acknowledgement, seldom what was sent again, and it
begins somewhere. Without a direction it is what some subscriber saw: then nobody knows what reached the device, or
whether it was told more. All this is named in the trace's header (`unseen`), and rules that need it do not speak.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rigs.jobs.messages import Address, parse_topic
from rigs.jobs.model import Kind, Operation
from rigs.trace.imports_ledger import Ledger, Spool
from rigs.trace.imports_survey import Layout, expected_way
from rigs.trace.imports_values import ABSENT, ENCODINGS, EPOCHS, ISO, BadLine, Line, member, seconds
from rigs.trace.records import Unseen, Way

MESSAGES: frozenset[Unseen] = frozenset({"beginning", "connections", "acknowledgements"})
SUBSCRIBER: frozenset[Unseen] = frozenset({"told", "delivery", "requests", "times"})
OFTEN = 5  # one request in so many without an answer is often
MIXED = 0.002  # seconds back from which the lines' order is doubted, and with it what the device had been told
BACK = 1.0  # seconds that a log's clock may go back before its times are doubted
NO_TOPIC = "without a topic"
NO_JOBS = "no Jobs topic, so that its direction cannot be told"
NO_PAYLOAD = "without a payload: no message"
OTHER_THING = "about another thing"
STORED = "stored before the log began (retained)"


class Messages:
    """Lines in, records of both legs onto a spool; `close` says what the log cannot show."""

    def __init__(self, spool: Spool, layout: Layout, ledger: Ledger) -> None:
        self.spool = spool
        self.layout = layout
        self.ledger = ledger
        spool.conn = 1
        self._wall = layout.unit == ISO or layout.unit in EPOCHS
        self._zero: float | None = None
        self._whole = True
        self._back = False
        self._mixed = False
        self._ways: Counter[Way] = Counter()
        self._unread: Counter[Way] = Counter()
        self._strays = 0
        self._open: dict[tuple[Operation, str | None], int] = {}
        self._asked: set[Operation] = set()
        self._answered: set[Operation] = set()

    def __repr__(self) -> str:
        return f"<Messages {dict(self._ways)}>"

    def take(self, line: Line) -> bool:
        """The records of a line; False when it was left out. Raises BadLine for a message that cannot be read."""
        topic, payload = member(line, self.layout.topic), member(line, self.layout.payload)
        if not isinstance(topic, str):
            return self._leave(NO_TOPIC)
        way = self._way(line, topic)
        if way is None:
            return self._leave(NO_JOBS)
        where = parse_topic(topic)
        if where is not None and where.thing != self.layout.thing and (way == "down" or not self.layout.other_things):
            return self._leave(OTHER_THING)
        if payload is ABSENT and (where is None or where.kind is not Kind.REQUEST):
            return self._leave(NO_PAYLOAD)
        if line.get("retain") in (1, True) and not self.layout.direction:
            return self._leave(STORED)
        self._message(line, topic, way, None if payload is ABSENT else payload)
        return True

    def _leave(self, reason: str) -> bool:
        self.ledger.leave_out(reason)
        return False

    def _way(self, line: Line, topic: str) -> Way | None:
        if not self.layout.direction:
            return expected_way(topic)
        word = member(line, self.layout.direction)
        if (way := self.layout.way_of(word)) is None:
            known = ", ".join(repr(each) for each in self.layout.ways)
            raise BadLine("no direction", f"one of {known} under {self.layout.direction!r}", word)
        return way

    def _message(self, line: Line, topic: str, way: Way, payload: Any) -> None:
        said = ENCODINGS[self.layout.encoding](payload)
        members = {"topic": topic, **said, **self._rest(line, topic, payload)}
        self._clock(member(line, self.layout.time))
        self._note(topic, way, said)
        self.spool.both(way, "PUBLISH", **members)

    def _rest(self, line: Line, topic: str, payload: Any) -> dict[str, Any]:
        """QoS, retain, DUP where the log is the device's own; the size where the payload's is known."""
        rest: dict[str, Any] = {"qos": 1 if line.get("qos") in (1, 2) else 0}
        if self.layout.direction:
            rest |= {"dup": bool(line.get("dup")), "retain": bool(line.get("retain"))}
        length = line.get("payloadlen")
        if isinstance(length, int) and isinstance(payload, str):
            if (got := len(payload.encode("utf-8", "surrogatepass"))) != length:
                raise BadLine("cut payload", f"{length} bytes of payload, as the line says", got)
            rest["size"] = length + len(topic.encode()) + 9
        return rest

    def _clock(self, value: Any) -> None:
        """The line's time, from the first one's on where it is the wall clock's; it may stand still but not go back."""
        at = seconds(value, self.layout.unit, self.layout.time)
        self._whole = self._whole and at.is_integer()
        if self._zero is None:
            self._zero = at if self._wall else 0.0
            self.ledger.utc = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds") if self._wall else ""
        at -= self._zero
        self._back = self._back or at < self.spool.at - BACK
        self._mixed = self._mixed or at < self.spool.at - MIXED
        self.spool.at = max(self.spool.at, at)

    def _note(self, topic: str, way: Way, said: Mapping[str, Any]) -> None:
        where = parse_topic(topic)
        if where is None:
            return
        self._ways[way] += 1
        self._unread[way] += not isinstance(said.get("payload"), dict) and said.get("raw") != ""
        if where.kind is Kind.REQUEST:
            self._asked.add(where.operation)
        elif where.kind is not Kind.NOTIFICATION:
            self._answered.add(where.operation)
        self._pair(where)

    def _pair(self, where: Address) -> None:
        """An answer to nothing that was asked since the log began: a line is missing."""
        if where.kind is Kind.NOTIFICATION or not self.layout.direction:
            return
        about = (where.operation, where.job)
        if where.kind is Kind.REQUEST:
            self._open[about] = self._open.get(about, 0) + 1
        elif (left := self._open.get(about, 0)) > 0:
            self._open[about] = left - 1
        else:
            self._strays += 1

    @property
    def _silent(self) -> bool:
        """More requests without an answer than a network loses: their answers were not written down."""
        unanswered = sum(self._open.values())
        return unanswered > 1 and unanswered * OFTEN > self._ways["up"]

    def close(self) -> None:
        """What the log cannot show: by its kind, and by what is missing in this one."""
        unseen = self.ledger.unseen
        unseen |= MESSAGES if self.layout.direction else MESSAGES | SUBSCRIBER
        missing: dict[Unseen, bool] = {
            "repeats": not self.layout.marks_repeats,
            "requests": not self._ways["up"],
            "delivery": self._mixed,
            "gaps": bool(self._ways["up"]) and self._strays > 0,
            "told": not self._ways["down"] or not self._asked <= self._answered or self._silent,
            "times": self._whole or self._back,
            "payloads": bool(self._unread["down"]) or 2 * self._unread["up"] > self._ways["up"],
        }
        unseen.update(word for word, is_so in missing.items() if is_so)
        if "payloads" in unseen:
            unseen.add("told")
