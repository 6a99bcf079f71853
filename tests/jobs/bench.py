"""A Jobs service on a bench: a thing, jobs, and a clock that the test moves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rigs.jobs.facts import Fact
from rigs.jobs.outgoing import Outgoing
from rigs.jobs.service import JobsService
from rigs.jobs.switches import Switches

THING = "bench-7"
CLIENT = "some-client"
NOON = 1_700_000_000.0
ROOT = f"$aws/things/{THING}/jobs/"


class Bench:
    """Sends to the service and remembers what it publishes; `now` is its clock, in seconds."""

    def __init__(self, switches: Switches | None = None, seed: int = 0) -> None:
        self.service = JobsService(switches, seed)
        self.facts: list[Fact] = []
        self.service.on_fact = self.facts.append
        self.now = NOON
        self.published: list[Outgoing] = []
        self.operate("CreateThing", thingName=THING)

    def __repr__(self) -> str:
        return f"<Bench {self.service!r}>"

    def operate(self, call: str, **params: Any) -> dict[str, Any]:
        """One of the operator's calls."""
        reply, notices = self.service.operations.by_name[call](params, self.now)
        self.published.extend(notices)
        return reply

    def queue(self, *jobs: str, document: Mapping[str, Any] | None = None, **params: Any) -> None:
        """Jobs for the thing, one after the other; what that publishes is forgotten."""
        for job in jobs:
            text = json.dumps(document or {"op": "succeed"})
            self.operate("CreateJob", jobId=job, targets=[f"arn:aws:iot:x:0:thing/{THING}"], document=text, **params)
        self.published.clear()

    def raw(self, word: str, payload: bytes) -> list[Outgoing]:
        """What the service sends on a request below …/jobs/."""
        found = self.service.handle(CLIENT, ROOT + word, payload, self.now)
        assert found is not None
        return found

    def ask(self, word: str, **members: Any) -> tuple[str, dict[str, Any]]:
        """Send a request; whether it was accepted or rejected, and the reply's payload."""
        reply, *notices = self.raw(word, json.dumps(members).encode())
        self.published.extend(notices)
        return reply.topic.rpartition("/")[2], reply.payload

    def accepted(self, word: str, **members: Any) -> dict[str, Any]:
        """The payload of a reply that has to be accepted."""
        kind, payload = self.ask(word, **members)
        assert kind == "accepted", payload
        return payload

    def rejected(self, word: str, **members: Any) -> dict[str, Any]:
        """The payload of a reply that has to be rejected."""
        kind, payload = self.ask(word, **members)
        assert kind == "rejected", payload
        return payload

    def state(self, job: str = "job1") -> tuple[str, int]:
        """Status and version of the latest execution, as the operator sees them."""
        shown = self.operate("DescribeJobExecution", jobId=job, thingName=THING)["execution"]
        return shown["status"], shown["versionNumber"]

    def told(self) -> list[str]:
        """What was published since the last look: `notify job1 job2`, `notify-next job1`."""
        found = [_told(outgoing) for outgoing in self.published]
        self.published.clear()
        return found


def _told(outgoing: Outgoing) -> str:
    word = outgoing.topic.rpartition("/")[2]
    if word == "notify":
        rows = [row["jobId"] for rows in outgoing.payload["jobs"].values() for row in rows]
        return " ".join([word, *rows])
    return " ".join([word, *filter(None, [outgoing.payload.get("execution", {}).get("jobId")])])


UPDATE = {"status": "IN_PROGRESS"}


def busy(switches: Switches | None = None) -> Bench:
    """job1 IN_PROGRESS at version 2, done1 SUCCEEDED at version 3."""
    bench = Bench(switches)
    bench.queue("done1", "job1")
    for job in ("done1", "job1"):
        bench.accepted(f"{job}/update", status="IN_PROGRESS", statusDetails={"p": "1"})
    bench.accepted("done1/update", status="SUCCEEDED")
    bench.told()
    return bench
