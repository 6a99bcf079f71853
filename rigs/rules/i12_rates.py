"""I12: a device stays under the service's rates."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from rigs.rules.base import RESTARTS, SENT, Context, Finding, RuleBase, Sort, newest
from rigs.rules.knowledge import restarts
from rigs.trace.naming import by_device
from rigs.trace.records import AnyRecord, Link, Packet

PUBLISHES_PER_SECOND = 100  # of one connection (jobs-protocol §6)
CONNECTS = 10  # of one client id in as many seconds: one a second, sustained (notes L6)
HOUR = 3600.0
MOST_DECLARED = 3600  # connects an hour: AWS's own limit
SIDE_LINKS = 20  # connections of one device that may be open at a time, as far as is counted
SIDE_BY_SIDE = 0.02  # seconds: several addresses of one name tried at once are one try


@dataclass(slots=True, repr=False)
class Rates(RuleBase):
    """A try is a CONNECT, or a connection that never got that far; a burst is told once.

    The tap's own cut of a connection that had said CONNECT excuses what comes then; that the tap turns tries away, or
    that the cloud ended the connection, does not (notes L1, L6). What piled up while the tap read nothing is no burst.
    The profile's own `connects_per_hour` is a remark; 0 is not declared, and nothing is said.
    """

    id: str = "I12"
    _publishes: dict[int, deque[Packet]] = field(default_factory=dict)
    _tries: dict[str, deque[AnyRecord]] = field(default_factory=dict)
    _spoke: dict[int, bool] = field(default_factory=dict)
    _flowing: float = -math.inf
    _hour: deque[AnyRecord] = field(default_factory=lambda: deque(maxlen=MOST_DECLARED + 1))

    @property
    def hears(self) -> frozenset[Sort]:
        """Messages, tries to connect, and what the rig does to bring them about."""
        return frozenset({SENT, ("device", "up", "CONNECT"), Link}) | RESTARTS

    def feed(self, record: AnyRecord, context: Context) -> Iterator[Finding]:
        """Count messages and tries."""
        if restarts(record) or self._is_cut(record):
            self._tries.clear()  # what comes now was brought about by the rig
            self._hour.clear()
        match record:
            case Packet() if by_device(record):
                self.looked += 1
                yield from self._published(record)
            case Packet(link="device", way="up", type="CONNECT"):
                self.looked += 1
                self._spoke[record.conn] = True
                newest(self._spoke)
                yield from self._tried(str(record.more.get("client_id", "")), record)
                yield from self._of_the_hour(record, int(context.profile.get("connects_per_hour", 0)))
            case Link(link="cloud", event="close", by="cloud") if record.conn in self._spoke:
                self._spoke[record.conn] = False
            case Link(event="flowing"):
                self._publishes.clear()
                self._flowing = record.at
            case Link(link="device", event="close" | "refused"):
                self._publishes.pop(record.conn, None)
                if record.conn in self._spoke:
                    del self._spoke[record.conn]
                else:
                    yield from self._tried("", record)

    def _is_cut(self, record: AnyRecord) -> bool:
        """Whether the tap ends a connection, and does not just pass on that the device or the cloud has ended it."""
        if not isinstance(record, Link) or record.by != "tap" or record.event not in ("close", "silent"):
            return False
        return self._spoke.get(record.conn, False)

    def _published(self, record: Packet) -> Iterator[Finding]:
        recent = self._publishes.setdefault(record.conn, deque(maxlen=PUBLISHES_PER_SECOND + 1))
        if len(self._publishes) > SIDE_LINKS:
            del self._publishes[next(iter(self._publishes))]
        recent.append(record)
        if recent[0].at - self._flowing < 1:
            return
        if len(recent) > PUBLISHES_PER_SECOND and (taken := record.at - recent[0].at) < 1:
            said = f"{len(recent)} messages in {taken:.3f} s (records {recent[0].n}…{record.n}), at most 100 a second"
            yield self.violation(said, recent[0].n, record.n)
            recent.clear()

    def _of_the_hour(self, record: AnyRecord, most: int) -> Iterator[Finding]:
        self._hour.append(record)
        if 0 < most < len(self._hour) and (taken := record.at - self._hour[-most - 1].at) < HOUR:
            said = f"{most + 1} connects in {taken:.0f} s that nobody brought about; connects_per_hour is {most}"
            yield from self.once("hour", self.remark(said, self._hour[-most - 1].n, record.n))

    def _tried(self, client: str, record: AnyRecord) -> Iterator[Finding]:
        tries = self._tries.setdefault(client, deque(maxlen=CONNECTS + 1))
        newest(self._tries)
        if not client and tries and record.at - tries[-1].at < SIDE_BY_SIDE:
            return
        tries.append(record)
        if len(tries) > CONNECTS and (taken := record.at - tries[0].at) < CONNECTS:
            who = f"client id {client!r}" if client else "the device"
            said = f"{who} connected {len(tries)} times in {taken:.1f} s, at most one a second sustained"
            yield self.violation(said, *(one.n for one in tries))
            tries.clear()
