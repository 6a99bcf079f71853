"""Records written as the tap writes them, packet by packet: for imported logs and for hand-made examples."""

from __future__ import annotations

import base64
from typing import Any, Literal, TypeVar

import msgspec

from rigs.jobs.messages import Address
from rigs.jobs.model import Kind, Operation
from rigs.trace.records import AnyRecord, Fault, Link, Packet, Record

R = TypeVar("R", bound=Record)


class Tape:
    """A trace in memory that grows by what device and service say; `at` is the time of what comes next, in seconds.

    Each message makes the records of both legs; `lost` leaves out the second leg as a dropping fault does.
    """

    def __init__(self, thing: str = "bench-7") -> None:
        self.thing = thing
        self.at = 0.0
        self.conn = 0
        self.records: list[AnyRecord] = []
        self._packet_id = 0

    def __repr__(self) -> str:
        return f"<Tape {len(self.records)} records>"

    def add(self, record: R) -> R:
        """Number and stamp a record."""
        stored = msgspec.structs.replace(record, n=len(self.records) + 1, at=self.at)
        self.records.append(stored)  # type: ignore[arg-type]
        return stored

    def wait(self, seconds: float) -> Tape:
        """Time passes."""
        self.at = round(self.at + seconds, 6)
        return self

    def packet(self, link: Literal["device", "cloud"], way: Literal["up", "down"], type: str, **members: Any) -> Packet:
        """One packet on one leg."""
        return self.add(Packet(link=link, way=way, conn=self.conn, type=type, **members))

    def both(self, way: Literal["up", "down"], type: str, **members: Any) -> Packet:
        """A packet that passes the tap; returns the record on the device leg."""
        first, second = ("device", "cloud") if way == "up" else ("cloud", "device")
        arrived = self.packet(first, way, type, **members)  # type: ignore[arg-type]
        left = self.packet(second, way, type, of=arrived.n, **members)  # type: ignore[arg-type]
        return arrived if way == "up" else left

    def connect(self, *, clean: bool = True, client_id: str | None = None, present: bool = False) -> int:
        """A new connection, answered; returns the CONNECT's record number."""
        self.conn += 1
        self.add(Link(link="device", conn=self.conn, event="open"))
        more = {"client_id": client_id or self.thing, "clean": clean, "keep_alive": 60, "version": 4}
        sent = self.both("up", "CONNECT", more=more)
        self.both("down", "CONNACK", more={"session_present": present, "code": 0})
        return sent.n

    def close(self, by: Literal["tap", "device", "cloud"] = "tap") -> int:
        """Both legs end; where the device or the cloud ends its own, the tap ends the other. Returns the device's."""
        legs: tuple[Literal["device", "cloud"], ...] = ("device", "cloud") if by == "device" else ("cloud", "device")
        ends = {
            leg: self.add(Link(link=leg, conn=self.conn, event="close", by=by if by == leg else "tap")).n
            for leg in legs
        }
        return ends["device"]

    def topic(self, operation: Operation, kind: Kind = Kind.REQUEST, job: str | None = None) -> str:
        """A Jobs topic of this thing."""
        return str(Address(thing=self.thing, operation=operation, kind=kind, job=job))

    def up(
        self,
        topic: str,
        body: Any,
        *,
        qos: int = 1,
        id: int | None = None,
        dup: bool = False,
        lost: bool = False,
        acked: bool = True,
    ) -> int:
        """The device publishes; returns the record on the device leg. Bytes are put in as `raw` base64 text."""
        if qos and id is None:
            self._packet_id += 1
            id = self._packet_id
        members = _content(body) | {"topic": topic, "qos": qos, "id": id if qos else None, "dup": dup}
        sent = self.packet("device", "up", "PUBLISH", **members)
        if not lost:
            self.packet("cloud", "up", "PUBLISH", of=sent.n, **members)
        if qos and acked:
            self.both("down", "PUBACK", id=id)
        return sent.n

    def down(
        self, topic: str, body: Any, *, qos: int = 0, id: int | None = None, lost: bool = False, by: str | None = None
    ) -> int:
        """The service publishes, or the tap forges `by` a fault; returns the device's record, 0 when it was lost."""
        members = _content(body) | {"topic": topic, "qos": qos, "id": id}
        of = None if by else self.packet("cloud", "down", "PUBLISH", **members).n
        return 0 if lost else self.packet("device", "down", "PUBLISH", of=of, by=by, **members).n

    def update(self, job: str, status: str | None = None, **members: Any) -> int:
        """The device reports; `sending` holds how (qos, dup, lost …), the rest is the payload."""
        sending = members.pop("sending", {})
        body = members if status is None else {"status": status, **members}
        return self.up(self.topic(Operation.UPDATE, job=job), body, **sending)

    def accept(self, job: str, *, lost: bool = False, **body: Any) -> int:
        """The report is accepted."""
        return self.down(self.topic(Operation.UPDATE, Kind.ACCEPTED, job), {"timestamp": 1, **body}, lost=lost)

    def refuse(self, job: str, code: str, *, lost: bool = False, **body: Any) -> int:
        """The report is rejected."""
        said = {"code": code, "message": "", **body}
        return self.down(self.topic(Operation.UPDATE, Kind.REJECTED, job), said, lost=lost)

    def notify_next(self, job: str | None = None, *, lost: bool = False, by: str | None = None, **said: Any) -> int:
        """notify-next names an execution, or none."""
        body: dict[str, Any] = {"timestamp": 1}
        if job is not None:
            body["execution"] = execution(job, **said)
        return self.down(self.topic(Operation.NOTIFY_NEXT, Kind.NOTIFICATION), body, lost=lost, by=by)

    def start_next(self, job: str, *, lost: bool = False, **said: Any) -> int:
        """The device asks with start-next and is given an execution IN_PROGRESS at version 2."""
        sent = self.up(self.topic(Operation.START_NEXT), {})
        started = execution(job, **({"status": "IN_PROGRESS", "versionNumber": 2} | said))
        self.down(self.topic(Operation.START_NEXT, Kind.ACCEPTED), {"timestamp": 1, "execution": started}, lost=lost)
        return sent

    def fault(self, text: str, of: int | None = None, event: Literal["armed", "hit", "released"] = "hit") -> int:
        """A fault was armed, hit or released."""
        return self.add(Fault(event=event, fault=text.split()[0], text=text, of=of)).n


def execution(job: str, **said: Any) -> dict[str, Any]:
    """JobExecutionData, QUEUED at version 1 and number 1 unless said otherwise; None leaves a member out."""
    whole: dict[str, Any] = {"jobId": job, "status": "QUEUED", "versionNumber": 1, "executionNumber": 1, **said}
    return {name: value for name, value in whole.items() if value is not None}


def _content(body: Any) -> dict[str, Any]:
    if isinstance(body, bytes):
        return {"raw": base64.b64encode(body).decode(), "size": len(body)}
    return {"payload": body}
