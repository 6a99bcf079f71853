"""Whether the device is at rest, as a fact on the trace (notes N2 and L2).

At rest: connected (CONNACK delivered), every SUBSCRIBE has its SUBACK, every Jobs request that reached the service its
reply, and since it connected the device was told that nothing is pending, where its way of taking jobs asks for that.
Requests and replies are counted on the cloud leg: what the tap swallowed on purpose leaves no device waiting for ever.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from rigs.jobs.model import Kind
from rigs.trace.records import AnyRecord, Link, Packet
from rigs.trace.views import JobsMessage, jobs_message


@dataclass(slots=True)
class Rest:
    """Fed record by record, O(1) each; `lacks` is what is missing for rest, "" at rest."""

    asks: bool = True
    conn: int | None = None
    since: int = 0
    """The record of the newest CONNECT."""
    connected: bool = False
    told_empty: bool = False
    subscribing: set[int] = field(default_factory=set)
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
        if self.open:
            return f"it waits for the reply to {', '.join(sorted(self.open))}"
        if self.asks and not self.told_empty:
            return "it was not yet told that nothing is pending"
        return ""

    def feed(self, record: AnyRecord) -> None:
        """Take a record into account."""
        match record:
            case Packet(link="device", type="CONNECT"):
                self.since = record.n
                self._begin(record.conn)
            case Link(link="device", event="close") if record.conn == self.conn:
                self.connected = False
            case Packet() if record.conn == self.conn:
                (self._device if record.link == "device" else self._cloud)(record)

    def _begin(self, conn: int) -> None:
        self.conn, self.connected, self.told_empty = conn, False, False
        self.subscribing.clear()
        self.open.clear()

    def _device(self, record: Packet) -> None:
        match (record.way, record.type):
            case ("down", "CONNACK"):
                self.connected = record.more.get("code", 0) == 0
                self.told_empty = bool(record.more.get("session_present"))
            case ("up", "SUBSCRIBE"):
                self.subscribing.add(record.id or 0)
            case ("down", "SUBACK"):
                self.subscribing.discard(record.id or 0)
            case ("down", "PUBLISH"):
                if (message := jobs_message(record)) is not None:
                    self._told(message)

    def _told(self, message: JobsMessage) -> None:
        if message.says_nothing_pending:
            self.told_empty = True
        elif message.listed:
            self.told_empty = False

    def _cloud(self, record: Packet) -> None:
        if (message := jobs_message(record)) is None or message.kind is Kind.NOTIFICATION:
            return
        request = str(message.address.reply(Kind.REQUEST))
        count = self.open.get(request, 0) + (1 if record.way == "up" else -1)
        if count > 0:
            self.open[request] = count
        else:
            self.open.pop(request, None)
