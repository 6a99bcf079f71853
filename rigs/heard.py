"""What the device hears that the service did not send just then: announcements once more, as they were or newer.

Each goes out on the topics on which the device was told of the job, so that one that listens to notify and one that
listens to notify-next hear the same (G6), and as it passed then: with the signatures that the trace does not show.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from rigs.errors import RigFault
from rigs.jobs.model import Kind
from rigs.network import Arming, Network
from rigs.spoken import MESSAGES, contradiction, unmet
from rigs.tap.faults import Insert, Replace
from rigs.tap.match import Match, Seen
from rigs.trace.facts import Noticed
from rigs.trace.records import Packet

Body = dict[str, Any]
Change = Callable[[Body, str], Body]
"""Makes what is heard of what was announced, given the job."""


def _as_it_was(body: Body, job: str) -> Body:
    return body


def _in_progress(body: Body, job: str) -> Body:
    """IN_PROGRESS, one version higher: what AWS says of a job that is started before its turn (jobs-protocol §5 b)."""
    body = copy.deepcopy(body)
    for row in _rows(body, job):
        row["versionNumber"] = row.get("versionNumber", 1) + 1
        row["startedAt"] = row["lastUpdatedAt"] = body.get("timestamp")
        if "status" in row:
            row["status"] = "IN_PROGRESS"
    if "jobs" in body:
        queued = body["jobs"].pop("QUEUED", [])
        body["jobs"]["IN_PROGRESS"] = queued + body["jobs"].get("IN_PROGRESS", [])
    return body


def _fresh_signature(body: Body, job: str) -> Body:
    """Each delivery of a presigned URL is signed anew (jobs-protocol §2.5, placeholders)."""
    fresh: Body = replaced_signature(body)
    return fresh


SIGNATURE = re.compile(r"(X-Amz-Signature=)[^&\s]*")
CHANGES: dict[str, Change] = {
    "": _as_it_was,
    " as one in progress": _in_progress,
    " with another signature in its URL": _fresh_signature,
}
"""How an announcement is delivered once more."""


def replaced_signature(value: Any) -> Any:
    """The same with another X-Amz-Signature in each URL; raises nothing where there is none."""
    match value:
        case dict():
            return {key: replaced_signature(item) for key, item in value.items()}
        case list():
            return [replaced_signature(item) for item in value]
        case str():
            return SIGNATURE.sub(rf"\g<1>{'5e' * 32}", value)
        case _:
            return value


def _rows(body: Body, job: str) -> Iterator[Body]:
    execution = body.get("execution")
    lists = body.get("jobs", {}).values()
    for row in [*([execution] if isinstance(execution, dict) else []), *(row for rows in lists for row in rows)]:
        if row.get("jobId") == job:
            yield row


HANDING_OUT = Match(
    way="down",
    kind=frozenset({Kind.ACCEPTED, Kind.NOTIFICATION}),
    where=lambda seen: isinstance(seen.body, dict) and isinstance(seen.body.get("execution"), dict),
    times=None,
    words="messages that hand out an execution",
)


@dataclass(frozen=True, slots=True)
class Heard:
    """Speaks to the device over a network."""

    network: Network

    def again(self, job: str, since: int, how: str = "") -> int:
        """Deliver what announced the job once more; returns the last record's number.

        Raises UsageFault when no notification ever named the job to the device.
        """
        first = self._announcements(job, since)
        if not first:
            raise contradiction("told_by", f"no notification named {job} to the device")()
        return max(self.network.deliver(topic, CHANGES[how](body, job)) for topic, body in first.items())

    def beside(self, name: str, *, before: bool) -> Arming:
        """Deliver the announcement once more in the same moment as another message: right before it, or behind it."""
        spoken = MESSAGES[name]
        place = "right before" if before else "right behind"
        faults = [
            Insert(match, message=self._announced(number), before=before, says="the announcement once more")
            for match in spoken.chosen("")
            for number in range(2)
        ]
        missed = unmet(f"the device had not been told of the job {place} {name}")
        return self.network.arm(*faults, otherwise=missed(), passes=spoken.passes)

    def time_left(self, seconds: int) -> Arming:
        """Whatever hands out an execution says that so many seconds are left (approximateSecondsBeforeTimedOut)."""

        def edit(body: Body) -> Body:
            return body | {"execution": body["execution"] | {"approximateSecondsBeforeTimedOut": seconds}}

        fault = Replace(HANDING_OUT, edit=edit, says=f"the time left by {seconds} s")
        return self.network.arm(fault, otherwise=unmet("no message handed out an execution")())

    def _announced(self, number: int) -> Callable[[Seen], tuple[str, Body] | None]:
        """The number-th topic on which the job of a message was announced."""

        def message(seen: Seen) -> tuple[str, Body] | None:
            found = [entry for job in sorted(seen.jobs) for entry in self._announcements(job, 0).items()]
            return found[number] if number < len(found) else None

        return message

    def _announcements(self, job: str, since: int) -> dict[str, Body]:
        first: dict[str, Body] = {}
        fact = Noticed(f"that names {job}", lambda listed: job in listed)
        for record in self.network.trace.all(fact, since=since):
            if isinstance(record, Packet) and record.topic:
                body = self.network.trace.original(record).payload
                if not isinstance(body, dict):
                    raise RigFault(f"record {record.n} announced {job} with a payload that is no object")
                first.setdefault(record.topic, body)
        return first
