"""Whether the device is at rest, as a fact on the trace (notes N2 and L2).

At rest: connected (CONNACK delivered), subscribed to what it is told jobs by, every SUBSCRIBE has its SUBACK, every
Jobs request that reached the service its reply, and the device was told that nothing is pending since it connected, or
since it was started where it asks then only (profile asks_on). A session that the service has kept is subscribed, and
told. Requests and replies are counted on the cloud leg: what the tap swallowed on purpose leaves no device waiting for
ever.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from rigs.jobs.model import Kind
from rigs.mqtt.topics import matches, plain_filter
from rigs.trace.records import AnyRecord, Console, Link, Packet, Power
from rigs.trace.views import JobsMessage, jobs_message

REFUSED = 0x80
"""SUBACK codes from here on are refusals (MQTT-3.9.3)."""


@dataclass(slots=True)
class Rest:
    """Fed record by record, O(1) each; `lacks` is what is missing for rest, "" at rest."""

    asks_on: str = "connect"
    """When the device asks for jobs by itself: connect, start or never."""
    told_on: tuple[str, ...] = ()
    """The topics of the notifications that it is told jobs by; one is enough."""
    starts: frozenset[str] = frozenset()
    """The commands on its console that start it."""
    conn: int | None = None
    since: int = 0
    """The record of the newest CONNECT."""
    connected: bool = False
    told_empty: bool = False
    heard_empty: bool = False
    """Whether it was told so in words, at any connection since its start."""
    listens: bool = False
    subscribing: dict[int, list[bool]] = field(default_factory=dict)
    open: dict[str, int] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Rest {self.lacks or 'at rest'}>"

    @property
    def lacks(self) -> str:
        """What is missing in words, "" when the device is at rest."""
        if not self.connected:
            return "it is not connected"
        if self.subscribing:
            return "it waits for a SUBACK"
        if self.told_on and not self.listens:
            return "it has not subscribed to the notifications that it is told jobs by (profile told_by)"
        if self.open:
            return f"it waits for the reply to {', '.join(sorted(self.open))}"
        if not {"connect": self.told_empty, "start": self.heard_empty}.get(self.asks_on, True):
            return "it was not yet told that nothing is pending"
        return ""

    def feed(self, record: AnyRecord) -> None:
        """Take a record into account."""
        match record:
            case Packet(link="device", type="CONNECT"):
                self.since = record.n
                self._begin(record.conn)
            case Power() | Console(way="sent") if isinstance(record, Power) or record.text in self.starts:
                self.heard_empty = False
            case Link(link="device", event="close") if record.conn == self.conn:
                self.connected = False
            case Packet() if record.conn == self.conn:
                (self._device if record.link == "device" else self._cloud)(record)

    def _begin(self, conn: int) -> None:
        self.conn, self.connected, self.told_empty, self.listens = conn, False, False, False
        self.subscribing.clear()
        self.open.clear()

    def _device(self, record: Packet) -> None:
        match (record.way, record.type):
            case ("down", "CONNACK"):
                self.connected = record.more.get("code", 0) == 0
                self.told_empty = self.listens = bool(record.more.get("session_present"))
            case ("up", "SUBSCRIBE"):
                filters = record.more.get("filters", [])
                self.subscribing[record.id or 0] = [self._covers(text) for text, _ in filters]
            case ("down", "SUBACK"):
                wanted = self.subscribing.pop(record.id or 0, [])
                granted = (code < REFUSED for code in record.more.get("codes", []))
                self.listens |= any(covers and good for covers, good in zip(wanted, granted, strict=False))
            case ("down", "PUBLISH"):
                if (message := jobs_message(record)) is not None:
                    self._told(message)

    def _covers(self, text: str) -> bool:
        return any(matches(plain_filter(text), topic) for topic in self.told_on)

    def _told(self, message: JobsMessage) -> None:
        if message.says_nothing_pending:
            self.told_empty = self.heard_empty = True
        elif message.listed:
            self.told_empty = self.heard_empty = False

    def _cloud(self, record: Packet) -> None:
        if (message := jobs_message(record)) is None or message.kind is Kind.NOTIFICATION:
            return
        request = str(message.address.reply(Kind.REQUEST))
        count = self.open.get(request, 0) + (1 if record.way == "up" else -1)
        if count > 0:
            self.open[request] = count
        else:
            self.open.pop(request, None)
