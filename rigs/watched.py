"""What a device was seen doing, put together from the records of a trace: connections, requests, whole jobs. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from rigs.jobs.messages import Address
from rigs.jobs.model import ENDS_BY_DEVICE, Kind, Operation, Status
from rigs.mqtt.topics import matches, plain_filter
from rigs.trace.exchange import Exchange
from rigs.trace.naming import Delivery, integer
from rigs.trace.pairing import Pairing, deliveries
from rigs.trace.records import AnyRecord, Packet
from rigs.trace.views import given

VERSIONS = {4: "3.1.1", 5: "5"}
"""The profile's name of an MQTT protocol level."""
LIMIT = 0x80
"""SUBACK codes from here on are refusals (MQTT 5, 3.9.3)."""


@dataclass(slots=True, kw_only=True)
class Connection:
    """A connection of the device whose CONNECT is on the trace; numbers are those of records."""

    connect: Packet
    connack: Packet | None = None
    filters: dict[str, int] = field(default_factory=dict)
    idle: list[int] = field(default_factory=list)
    _asked: dict[int, Packet] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Connection {self.connect.conn} of record {self.connect.n}, {len(self.filters)} filters>"

    @property
    def subscribed(self) -> bool:
        """Whether every SUBSCRIBE has its SUBACK, and the session is none that brought filters along."""
        resumed = self.connack is None or bool(self.connack.more.get("session_present"))
        return not self._asked and not resumed

    def hears(self, topic: str) -> int | None:
        """The SUBSCRIBE with a granted filter that takes the topic; None when there is none."""
        return next((n for text, n in self.filters.items() if matches(plain_filter(text), topic)), None)

    def feed(self, record: Packet) -> None:
        """Take a packet of the device leg into account."""
        match (record.way, record.type):
            case ("down", "CONNACK"):
                self.connack = self.connack or record
            case ("up", "SUBSCRIBE"):
                self._asked[record.id or 0] = record
            case ("down", "SUBACK"):
                self._granted(record)
        message = given(record)
        if message is not None and message.says_nothing_pending:
            self.idle.append(record.n)

    def _granted(self, suback: Packet) -> None:
        asked = self._asked.pop(suback.id or 0, None)
        wishes = asked.more.get("filters", []) if asked is not None else []
        for (text, _), code in zip(wishes, suback.more.get("codes", []), strict=False):
            if code < LIMIT and asked is not None:
                self.filters[text] = asked.n


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A job that was first named, done and ended well for the service on one connection, with no report refused.

    `handed` is the start-next that brought it, `told` the first message that named it, `updates` all reports.
    """

    job: str
    conn: int
    told: Delivery
    handed: Exchange | None
    updates: tuple[Exchange, ...]

    def __repr__(self) -> str:
        return f"<Done {self.job} on connection {self.conn}, {len(self.updates)} reports>"

    @property
    def end(self) -> Exchange:
        """The report of the end."""
        return next(update for update in self.updates if update.status in ENDS_BY_DEVICE)

    @property
    def start(self) -> Exchange | None:
        """What started it: the start-next that brought it, or the first report of IN_PROGRESS."""
        started = (update for update in self.updates if update.status == Status.IN_PROGRESS)
        return self.handed or next(started, None)

    @property
    def progress(self) -> list[Exchange]:
        """Answered reports of IN_PROGRESS, each sent after the answer to the start or to the one before."""
        found: list[Exchange] = []
        since = _delivered(self.handed) if self.handed is not None else None
        for each in self.updates:
            if each.status == Status.IN_PROGRESS and each.answered and (since is None or each.n > since):
                if since is not None:
                    found.append(each)
                since = _delivered(each)
        return found


@dataclass(slots=True, kw_only=True)
class Watched:
    """Everything that is seen of a device in some records; made by `watch`."""

    connections: dict[int, Connection] = field(default_factory=dict)
    pairing: Pairing = field(default_factory=Pairing)
    deliveries: list[Delivery] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"<Watched {len(self.connections)} connections, {len(self.requests)} requests>"

    @property
    def requests(self) -> list[Exchange]:
        """The device's Jobs requests, repeats of one PUBLISH folded."""
        return self.pairing.exchanges

    @property
    def updates(self) -> list[Exchange]:
        """Its reports."""
        return [each for each in self.requests if each.operation is Operation.UPDATE]

    @property
    def connects(self) -> list[Packet]:
        """Its CONNECT packets that were accepted."""
        connections = self.connections.values()
        return [one.connect for one in connections if one.connack and not one.connack.more.get("code")]

    @property
    def thing(self) -> str:
        """The thing of its requests, "" when it sent none."""
        return self.requests[0].address.thing if self.requests else ""

    def topic(self, operation: Operation, kind: Kind, job: str | None = None) -> str:
        """A Jobs topic of the thing."""
        return str(Address(thing=self.thing, operation=operation, kind=kind, job=job))

    def done(self) -> list[Done]:
        """The jobs that were seen from their first mention to the accepted end, in the order of their ends."""
        ended = [each.job for each in self.updates if each.status in ENDS_BY_DEVICE and _accepted(each) and each.job]
        return [done for job in dict.fromkeys(ended) if (done := self._done(job)) is not None]

    def _done(self, job: str) -> Done | None:
        updates = tuple(each for each in self.updates if each.job == job)
        told = next((each for each in self.deliveries if each.job == job), None)
        conns = {each.conn for each in updates}
        connection = self.connections.get(updates[0].conn)
        if told is None or len(conns) > 1 or connection is None or told.n < connection.connect.n:
            return None
        if any(reply.kind is Kind.REJECTED for each in updates for reply in each.replies):
            return None
        brought = (each for each in self.requests if each.operation is Operation.START_NEXT and _brought(each, job))
        if told.status not in (None, Status.QUEUED) and told.by is not Operation.START_NEXT:
            return None
        return Done(job=job, conn=updates[0].conn, told=told, handed=next(brought, None), updates=updates)

    def settled(self, done: Done) -> bool:
        """Whether the device had nothing to do on this connection before the job came.

        Then whatever it does when it connects (asking, subscribing) lies before the job.
        """
        connection = self.connections[done.conn]
        return connection.subscribed and any(n < done.told.n for n in connection.idle)


def _delivered(exchange: Exchange) -> int:
    reply = exchange.reply
    return (reply.delivered if reply is not None else None) or exchange.n


def _accepted(exchange: Exchange) -> bool:
    return exchange.reply is not None and exchange.reply.kind is Kind.ACCEPTED and exchange.answered


def _brought(exchange: Exchange, job: str) -> bool:
    execution = exchange.reply.told.get("execution") if exchange.reply is not None else None
    return isinstance(execution, dict) and execution.get("jobId") == job


def member(exchange: Exchange, name: str) -> Any:
    """A member of the request's payload, None where it has none."""
    return (exchange.body or {}).get(name)


def step_minutes(exchange: Exchange | None) -> int | None:
    """The stepTimeoutInMinutes of a request."""
    return None if exchange is None else integer(member(exchange, "stepTimeoutInMinutes"))


def session_of(connect: Packet) -> str | None:
    """The session that a CONNECT asks for: clean, persistent, or None where it says neither for certain.

    MQTT 5 (3.1.2.4, 3.1.2.11.2) takes Clean Start and the expiry apart: a first clean start with an expiry may be the
    beginning of a persistent session, a session without expiry that is not started clean is none that lasts.
    """
    clean = bool(connect.more.get("clean"))
    if connect.more.get("version") != 5:
        return "clean" if clean else "persistent"
    lasts = bool(connect.props.get("session_expiry_interval"))
    return {(True, False): "clean", (False, True): "persistent"}.get((clean, lasts))


def watch(records: Iterable[AnyRecord]) -> Watched:
    """Put together what the records show of the device."""
    kept = list(records)
    seen = Watched(deliveries=list(deliveries(kept)))
    for record in kept:
        seen.pairing.feed(record)
        if isinstance(record, Packet) and record.link == "device":
            if record.type == "CONNECT" and record.way == "up":
                seen.connections.setdefault(record.conn, Connection(connect=record))
            elif (connection := seen.connections.get(record.conn)) is not None:
                connection.feed(record)
    return seen
