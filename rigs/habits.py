"""Habits on the trace that contradict the declared ones. Pure, and silent wherever there is doubt.

What a device sends is certain. That it does *not* do something is only said of a job that was seen whole: named, done
and ended on one connection, with no report refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from rigs.jobs.model import Kind, Operation, Status
from rigs.profile import Profile, Value
from rigs.trace.exchange import Exchange
from rigs.trace.records import AnyRecord
from rigs.watched import VERSIONS, Done, Watched, member, session_of, step_minutes, watch

Against = Callable[[Watched, Value], Iterator[str]]
FEW = 3
"""Requests without a token before "it sends none" is said."""


def _mqtt(seen: Watched, declared: Value) -> Iterator[str]:
    for connect in seen.connects:
        version = VERSIONS.get(connect.more.get("version", 0))
        if version not in (None, declared):
            yield f"record {connect.n}: CONNECT says MQTT {version}"


def _session(seen: Watched, declared: Value) -> Iterator[str]:
    for connect in seen.connects:
        session = session_of(connect)
        if session not in (None, declared):
            yield f"record {connect.n}: CONNECT asks for a {session} session"


TOLD: dict[Value, tuple[Operation, ...]] = {
    "notify-next": (Operation.NOTIFY_NEXT,),
    "notify": (Operation.NOTIFY,),
    "both": (Operation.NOTIFY_NEXT, Operation.NOTIFY),
}


def _told_by(seen: Watched, declared: Value) -> Iterator[str]:
    """Missing subscriptions only: one that is there may be none that the device listens to."""
    for done in filter(seen.settled, seen.done()):
        connection = seen.connections[done.conn]
        for notice in TOLD.get(declared, ()):
            topic = seen.topic(notice, Kind.NOTIFICATION)
            if connection.hears(topic) is None:
                yield f"record {done.end.n}: it did {done.job} on connection {done.conn} without subscribing to {topic}"


def _replies(seen: Watched, declared: Value) -> Iterator[str]:
    if declared is False:
        for connection in seen.connections.values():
            n = connection.hears(seen.topic(Operation.UPDATE, Kind.ACCEPTED, "any"))
            if n is not None and seen.thing:
                yield f"record {n}: SUBSCRIBE takes the accepted replies to updates"
        return
    for done in filter(seen.settled, seen.done()):
        topic = seen.topic(Operation.UPDATE, Kind.ACCEPTED, done.job)
        if seen.connections[done.conn].hears(topic) is None:
            yield f"record {done.end.n}: it did {done.job} on connection {done.conn} without subscribing to {topic}"


def _takes_jobs(seen: Watched, declared: Value) -> Iterator[str]:
    for done in seen.done():
        if declared != "start-next" and done.handed is not None:
            yield f"record {done.handed.n}: start-next brought {done.job}"
        asked = any(each.operation is Operation.START_NEXT for each in seen.requests)
        if declared == "start-next" and not asked and _started_by_report(done):
            yield f"record {done.updates[0].n}: {done.job} was started by an update, and start-next was never sent"


def _started_by_report(done: Done) -> bool:
    return done.updates[0].status == Status.IN_PROGRESS


def _reports_start(seen: Watched, declared: Value) -> Iterator[str]:
    for done in seen.done():
        if declared is False and done.handed is not None:
            yield f"record {done.handed.n}: start-next starts {done.job}"
        silent = done.start is None and done.end.status == Status.SUCCEEDED
        if declared is True and silent and not _started_by_other(seen, done):
            yield f"record {done.end.n}: {done.job} ended with no start before it"


def _started_by_other(seen: Watched, done: Done) -> bool:
    return any(each.job == done.job and each.status == Status.IN_PROGRESS for each in seen.deliveries)


def _reports_progress(seen: Watched, declared: Value) -> Iterator[str]:
    """A second IN_PROGRESS may confirm the start, one with a step timer may renew it."""
    for done in seen.done() if declared == "none" else []:
        plain = [each for each in done.progress if step_minutes(each) is None]
        if len(plain) > 1:
            yield f"records {plain[0].n} and {plain[1].n}: progress of {done.job}"


def _expected_version(seen: Watched, declared: Value) -> Iterator[str]:
    named = [each for each in seen.updates if each.expected_version is not None]
    if declared == "never" and named:
        yield f"record {named[0].n}: names expectedVersion {named[0].expected_version}"
    early = [each for each in named if each.status == Status.IN_PROGRESS]
    if declared == "end-only" and early:
        yield f"record {early[0].n}: a report of IN_PROGRESS names expectedVersion"
    if declared in ("always", "end-only") and not named:
        yield from _never(seen.done(), "expectedVersion")


def _never(jobs: Iterable[Done], name: str) -> Iterator[str]:
    for done in jobs:
        yield f"record {done.end.n}: no report about {done.job} has {name}"


def _client_token(seen: Watched, declared: Value) -> Iterator[str]:
    tokens = [each for each in seen.requests if each.token is not None]
    if declared == "never" and tokens:
        yield f"record {tokens[0].n}: carries a clientToken"
    if declared in ("unique", "constant") and not tokens and len(seen.requests) >= FEW:
        yield f"record {seen.requests[0].n}: no clientToken in {len(seen.requests)} requests"
    if declared == "unique":
        yield from _same_token(tokens)
    values = {each.token for each in tokens}
    if declared == "constant" and len(values) == len(tokens) >= FEW:
        yield f"records {tokens[0].n} and {tokens[1].n}: {len(tokens)} requests, each with a clientToken of its own"


def _same_token(tokens: list[Exchange]) -> Iterator[str]:
    """A repeat of a request may keep its token; another request may not."""
    first: dict[tuple[int, str | None], Exchange] = {}
    for each in tokens:
        earlier = first.setdefault((each.conn, each.token), each)  # a device may count anew with each boot
        if _about(earlier) != _about(each):
            yield f"records {earlier.n} and {each.n}: two requests with one clientToken"


def _about(exchange: Exchange) -> tuple[Operation, str | None, str | None]:
    return exchange.operation, exchange.job, exchange.status


def _execution_number(seen: Watched, declared: Value) -> Iterator[str]:
    named = [each for each in seen.updates if each.execution is not None]
    if declared is False and named:
        yield f"record {named[0].n}: names executionNumber {named[0].execution}"
    if declared is True and not named:
        yield from _never(seen.done(), "executionNumber")


def _details(seen: Watched, declared: Value) -> Iterator[str]:
    for each in seen.updates if declared is False else []:
        if member(each, "statusDetails"):
            yield f"record {each.n}: carries statusDetails"


def _asks_state(seen: Watched, declared: Value) -> Iterator[str]:
    asking = [each for each in seen.updates if member(each, "includeJobExecutionState")]
    if declared is False and asking:
        yield f"record {asking[0].n}: asks for the execution's state"
    if declared is True and not asking:
        yield from _never(seen.done(), "includeJobExecutionState")


def _update_qos(seen: Watched, declared: Value) -> Iterator[str]:
    for each in seen.updates:
        if each.qos != declared:
            yield f"record {each.n}: a report at QoS {each.qos}"


def _sets_timer(seen: Watched, declared: Value) -> Iterator[str]:
    if not declared:
        timed = [each for each in _starts(seen) if (step_minutes(each) or 0) > 0]
        yield from (f"record {each.n}: sets a step timer of {step_minutes(each)} minutes" for each in timed)
        return
    for done in seen.done():
        minutes = step_minutes(done.start)
        if minutes is not None and minutes > 0 and minutes != declared and done.start is not None:
            yield f"record {done.start.n}: sets a step timer of {minutes} minutes"


def _starts(seen: Watched) -> Iterator[Exchange]:
    """The questions for the next job, and the first report about each: what comes later is no setting at the start."""
    begun: set[str | None] = set()
    for each in seen.requests:
        if each.operation is Operation.START_NEXT or (each.operation is Operation.UPDATE and each.job not in begun):
            yield each
        if each.operation is Operation.UPDATE:
            begun.add(each.job)


def _cancels_timer(seen: Watched, declared: Value) -> Iterator[str]:
    for each in seen.requests if declared is False else []:
        if step_minutes(each) == -1:
            yield f"record {each.n}: cancels the step timer"


AGAINST: dict[str, Against] = {
    "mqtt": _mqtt,
    "session": _session,
    "told_by": _told_by,
    "subscribes_to_replies": _replies,
    "takes_jobs": _takes_jobs,
    "reports_start": _reports_start,
    "reports_progress": _reports_progress,
    "sends_expected_version": _expected_version,
    "sends_client_token": _client_token,
    "sends_execution_number": _execution_number,
    "sends_details": _details,
    "asks_state": _asks_state,
    "update_qos": _update_qos,
    "sets_step_timer": _sets_timer,
    "cancels_step_timer": _cancels_timer,
}
"""For each habit that can be seen: what on the trace speaks against the declared value."""


def contradictions(profile: Profile, records: Iterable[AnyRecord]) -> list[str]:
    """The declared habits that the records contradict, a sentence each with the record that shows it.

    Only declared words are judged, and only what is certain. `records` may be a slice: connections whose CONNECT is not
    in it say nothing about subscriptions and whole jobs.
    """
    seen = watch(records)
    found = []
    for word, against in AGAINST.items():
        declared = profile.words.get(word)
        shown = next(against(seen, declared), None) if declared is not None else None
        if shown is not None:
            found.append(f"[profile] {word} = {declared!r} contradicts {shown}; correct the word in the rig file")
    return found
