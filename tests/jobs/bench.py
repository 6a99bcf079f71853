"""A Jobs service on a bench: a thing, jobs, and a clock that the test moves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from rigs.jobs.facts import Fact
from rigs.jobs.outgoing import Outgoing
from rigs.jobs.service import JobsService
from rigs.jobs.switches import Switches

THING = "bench-7"
CLIENT = "some-client"
NOON = 1_700_000_000.0
ROOT = f"$aws/things/{THING}/jobs/"
MINUTE = 60
FLEET = "arn:aws:iot:x:0:thinggroup/fleet"


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

    def fleet(self, things: int, **params: Any) -> None:
        """A group "fleet" of things t01, t02 …, and job1 for it with these members of CreateJob."""
        self.operate("CreateThingGroup", thingGroupName="fleet")
        for number in range(1, things + 1):
            self.add(f"t{number:02}")
        self.operate("CreateJob", **{"jobId": "job1", "targets": [FLEET], "document": "{}", **params})

    def add(self, thing: str) -> None:
        """One more thing in the fleet."""
        self.operate("CreateThing", thingName=thing)
        self.operate("AddThingToThingGroup", thingGroupName="fleet", thingName=thing)

    def report(self, thing: str, status: str, job: str = "job1") -> None:
        """A report of any thing, which has to be accepted."""
        payload = json.dumps({"status": status}).encode()
        found = self.service.handle(thing, f"$aws/things/{thing}/jobs/{job}/update", payload, self.now)
        assert found is not None
        assert found[0].topic.endswith("/accepted"), found[0]
        self.published.extend(found[1:])

    def statuses(self, job: str = "job1") -> dict[str, str]:
        """The status of each thing's executions of a job, in the order in which they were queued."""
        listed = self.operate("ListJobExecutionsForJob", jobId=job)["executionSummaries"]
        return {row["thingArn"].rpartition("/")[2]: row["jobExecutionSummary"]["status"] for row in reversed(listed)}

    def job(self, job: str = "job1") -> dict[str, Any]:
        """The job as DescribeJob shows it."""
        shown: dict[str, Any] = self.operate("DescribeJob", jobId=job)["job"]
        return shown

    def wait(self, minutes: float) -> None:
        """Let time pass at once, and happen what is due."""
        self.now += minutes * MINUTE
        self.published.extend(self.service.expire(self.now))

    def restarted(self) -> Bench:
        """Another bench with a service that knows only what the tables of this one keep, as JSON."""
        other = Bench(self.service.switches)
        other.now = self.now
        for ours, theirs in zip(self.service.ledger.tables, other.service.ledger.tables, strict=True):
            for key, row in ours.items():
                theirs.put(key, msgspec.convert(json.loads(msgspec.json.encode(row)), theirs.kind))
        other.service.ledger.restore()
        return other

    def told(self) -> list[str]:
        """What was published since the last look: `notify job1 job2`, `notify-next job1`, `event job/job1/deleted`."""
        found = [_told(outgoing) for outgoing in self.published]
        self.published.clear()
        return found


def _told(outgoing: Outgoing) -> str:
    if outgoing.topic.startswith("$aws/events/"):
        return f"event {outgoing.topic.removeprefix('$aws/events/')}"
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
