"""Times of a device as they stand on a trace. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from rigs.jobs.model import Operation
from rigs.proposal import Measured
from rigs.trace.facts import Connected
from rigs.trace.records import AnyRecord, Console, Evidence, Operator, Step
from rigs.watched import Done, Watched, watch

BACK = "the link comes back"
"""The step in whose name the endpoint is reachable again, in features and in `jobrig learn` alike."""
DOWN = "the link to the service is down"


def measure(records: Iterable[AnyRecord], start: str | None = None) -> dict[str, Measured]:
    """The times that the records show, the longest of each; `start` is the console command that starts the agent."""
    kept = list(records)
    seen = watch(kept)
    found: dict[str, list[Measured]] = {
        "connect": _until_connected(kept, lambda record: _starts(record, start), "start command"),
        "react": [one for done in seen.done() if (one := _react(kept, seen, done)) is not None],
        "report": [one for done in seen.done() if (one := _report(kept, done)) is not None],
        "reconnect": _until_connected(kept, _is_back, "link back"),
    }
    return {name: max(times, key=lambda one: one.seconds) for name, times in found.items() if times}


def _span(first: AnyRecord, n: int, at: float, words: str) -> Measured:
    return Measured(seconds=max(0.0, at - first.at), why=f"{words}, records {first.n} and {n}")


def _until_connected(records: Sequence[AnyRecord], test: Callable[[AnyRecord], bool], words: str) -> list[Measured]:
    """From each such record to the CONNACK that follows it."""
    connected, found = Connected(), list[Measured]()
    since: AnyRecord | None = None
    for record in records:
        if test(record):
            since = record
        elif since is not None and connected(record):
            found.append(_span(since, record.n, record.at, f"{words} → CONNACK"))
            since = None
    return found


def _starts(record: AnyRecord, command: str | None) -> bool:
    return command is not None and isinstance(record, Console) and record.way == "sent" and command in record.text


def _is_back(record: AnyRecord) -> bool:
    return isinstance(record, Step) and record.event == "begin" and record.text.endswith(BACK)


def _react(records: Sequence[AnyRecord], seen: Watched, done: Done) -> Measured | None:
    """From the moment at which the job is next to the device's first request for it or report about it."""
    created = next((record for record in records if _created(record, done.job)), None)
    first = done.handed or done.updates[0]
    asked = [each for each in seen.requests if each.operation is Operation.DESCRIBE and each.job in (done.job, "$next")]
    if created is None:
        return None
    earliest = min((each for each in [first, *asked] if each.n > created.n), key=lambda each: each.n, default=first)
    return _span(created, earliest.n, earliest.at, "CreateJob → first request")


def _created(record: AnyRecord, job: str) -> bool:
    return (
        isinstance(record, Operator)
        and (record.event, record.call) == ("called", "create_job")
        and record.arguments.get("jobId") == job
    )


def _report(records: Sequence[AnyRecord], done: Done) -> Measured | None:
    """From the evidence that the work was done to the report of its end; evidence is read late, so 0 s is usual."""
    evidence = (one for one in records if isinstance(one, Evidence) and (one.job, one.sort) == (done.job, "done"))
    first = next(evidence, None)
    return None if first is None else _span(first, done.end.n, done.end.at, "evidence of work done → report of the end")
