"""A device's talk with the service as hand-made records: what a test wants to be seen, and nothing else."""

from __future__ import annotations

from typing import Any

import msgspec

from rigs.trace.records import AnyRecord, Link, Packet

BASE = "$aws/things/bench-7/jobs"
REPLIES = (f"{BASE}/+/update/+", f"{BASE}/start-next/+", f"{BASE}/+/get/+")


class Dialogue:
    """Appends records with running numbers, a tenth of a second apart."""

    def __init__(self) -> None:
        self.records: list[AnyRecord] = []
        self.conn = 0

    def __repr__(self) -> str:
        return f"<Dialogue of {len(self.records)} records>"

    def add(self, record: Any) -> int:
        """Number and keep a record of any kind; returns its number."""
        n = len(self.records) + 1
        self.records.append(msgspec.structs.replace(record, n=n, at=n / 10))
        return n

    def packet(self, way: Any, type: str, **members: Any) -> int:
        """A packet of the device leg."""
        return self.add(Packet(link="device", way=way, conn=self.conn, type=type, **members))

    def connect(
        self, version: int = 5, clean: bool = True, expiry: int = 0, code: int = 0, present: bool = False
    ) -> Dialogue:
        """A new connection, up to its CONNACK."""
        self.conn += 1
        self.add(Link(conn=self.conn, event="open", by="device"))
        self.add(Link(conn=self.conn, event="tls", by="device", tls="TLSv1.3", alpn="mqtt", sni="tap.local"))
        props = {"session_expiry_interval": expiry} if expiry else {}
        more = {"client_id": "bench-7", "clean": clean, "keep_alive": 60, "version": version}
        self.packet("up", "CONNECT", more=more, props=props)
        self.packet("down", "CONNACK", more={"session_present": present, "code": code})
        return self

    def subscribe(self, *filters: str, code: int = 1, answered: bool = True) -> Dialogue:
        """SUBSCRIBE to `notify`, `notify-next` or whole filters, and its SUBACK."""
        named = [text if "/" in text else f"{BASE}/{text}" for text in filters]
        number = len(self.records) + 1
        self.packet("up", "SUBSCRIBE", id=number, more={"filters": [[text, 1] for text in named]})
        if answered:
            self.packet("down", "SUBACK", id=number, more={"codes": [code] * len(named)})
        return self

    def request(
        self, topic: str, body: dict[str, Any], reply: dict[str, Any], qos: int = 1, kind: str = "accepted"
    ) -> int:
        """A request of the device and its reply, over both legs; returns the number of the request."""
        number = len(self.records) + 1
        packet_id = number if qos else None
        sent = self.packet("up", "PUBLISH", topic=f"{BASE}/{topic}", payload=body, qos=qos, id=packet_id)
        common: dict[str, Any] = {"link": "cloud", "conn": self.conn, "type": "PUBLISH"}
        self.add(Packet(way="up", topic=f"{BASE}/{topic}", payload=body, qos=qos, id=packet_id, of=sent, **common))
        answer = {**reply, **({"clientToken": body["clientToken"]} if "clientToken" in body else {})}
        said = self.add(Packet(way="down", topic=f"{BASE}/{topic}/{kind}", payload=answer, **common))
        self.packet("down", "PUBLISH", topic=f"{BASE}/{topic}/{kind}", payload=answer, of=said)
        return sent

    def notice(self, job: str | None, name: str = "notify-next") -> int:
        """A notification that names a job as QUEUED, or none."""
        if name == "notify":
            return self.packet("down", "PUBLISH", topic=f"{BASE}/notify", payload={"jobs": listed(job)})
        body = {"execution": execution(job)} if job else {}
        return self.packet("down", "PUBLISH", topic=f"{BASE}/notify-next", payload={"timestamp": 1, **body})

    def start_next(self, job: str | None, **members: Any) -> int:
        """StartNextPendingJobExecution, which brings the job or nothing."""
        found = {"execution": execution(job, status="IN_PROGRESS", version=2)} if job else {}
        return self.request("start-next", members, {"timestamp": 1, **found})

    def update(self, job: str, status: str, qos: int = 1, **members: Any) -> int:
        """An accepted UpdateJobExecution."""
        return self.request(f"{job}/update", {"status": status, **members}, {"timestamp": 1}, qos=qos)

    def plain_job(self, job: str = "j1", qos: int = 1, **members: Any) -> Dialogue:
        """Noticed, taken by start-next and done; `members` are in both requests' bodies."""
        self.notice(job)
        self.start_next(job, **{name: value for name, value in members.items() if name == "clientToken"})
        self.update(job, "SUCCEEDED", qos=qos, **members)
        self.notice(None)
        return self


def execution(job: str | None, status: str = "QUEUED", version: int = 1) -> dict[str, Any]:
    """A JobExecutionData."""
    return {"jobId": job, "status": status, "versionNumber": version, "executionNumber": 1, "jobDocument": {}}


def listed(job: str | None) -> dict[str, Any]:
    """The lists of a notify message."""
    return {"QUEUED": [{"jobId": job, "versionNumber": 1, "executionNumber": 1}]} if job else {}


def good() -> Dialogue:
    """A device with plain habits, idle on its first connection before its job."""
    talk = Dialogue().connect().subscribe("notify-next", *REPLIES)
    talk.start_next(None)
    return talk
