"""A profile worked out from what a device was seen doing: records in, proposal out. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rigs.jobs.model import Kind, Operation, Status
from rigs.profile import WORDS, Value
from rigs.trace.exchange import Exchange
from rigs.trace.records import AnyRecord
from rigs.watched import VERSIONS, Done, Watched, member, session_of, step_minutes, watch

MARGIN = 3
"""A bound is so many times what was measured, rounded up to whole seconds: a bench has slower days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A value with the records that show it; None: not seen, and `why` says for what reason."""

    value: Value
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A time that was seen, in seconds, from one record to another."""

    seconds: float
    why: str

    @property
    def bound(self) -> int:
        """What to declare: with the margin, rounded up."""
        return max(1, math.ceil(self.seconds * MARGIN))


def _not(why: str) -> Seen:
    return Seen(value=None, why=why)


def _mqtt(seen: Watched) -> Seen:
    found = [(connect.n, VERSIONS.get(connect.more.get("version", 0))) for connect in seen.connects]
    return _agree(found, "CONNECT")


def _session(seen: Watched) -> Seen:
    return _agree([(connect.n, session_of(connect)) for connect in seen.connects], "Clean Start and session expiry")


def _agree(found: Sequence[tuple[int, Value]], what: str) -> Seen:
    """One value, when all that say something say the same."""
    sure = [(n, value) for n, value in found if value is not None]
    if len({value for _, value in sure}) != 1:
        return _not(f"{what} in {_records(n for n, _ in found) or 'no record'} does not say one thing")
    return Seen(value=sure[0][1], why=f"{_records(n for n, _ in sure)}: {what}")


def _records(numbers: Iterable[int], most: int = 4) -> str:
    """`records 3, 5 and 9` in short."""
    texts = [str(number) for number in numbers]
    shown = ", ".join(texts[:most]) + (" …" if len(texts) > most else "")
    return f"record{'s' if len(texts) > 1 else ''} {shown}" if texts else ""


def _subscription(seen: Watched, operation: Operation, kind: Kind, job: str | None = None) -> int | None:
    topic = seen.topic(operation, kind, job)
    found = (connection.hears(topic) for connection in seen.connections.values())
    return next((n for n in found if n is not None), None)


TOLD = {(True, True): "both", (True, False): "notify-next", (False, True): "notify", (False, False): "none"}


def _told_by(seen: Watched) -> Seen:
    if not seen.requests or not seen.connections:
        return _not("no connection with a Jobs request is on the trace")
    following = _subscription(seen, Operation.NOTIFY_NEXT, Kind.NOTIFICATION)
    listing = _subscription(seen, Operation.NOTIFY, Kind.NOTIFICATION)
    value = TOLD[following is not None, listing is not None]
    numbers = sorted({n for n in (following, listing) if n is not None})
    return Seen(value=value, why=f"{_records(numbers) or 'all SUBSCRIBEs'}: the filters of its SUBSCRIBE")


def _replies(seen: Watched) -> Seen:
    if not seen.updates or not seen.connections:
        return _not("no connection with a report is on the trace")
    n = _subscription(seen, Operation.UPDATE, Kind.ACCEPTED, seen.updates[0].job)
    why = "no SUBSCRIBE takes update/accepted" if n is None else f"record {n}: SUBSCRIBE takes update/accepted"
    return Seen(value=n is not None, why=why)


def _takes_jobs(seen: Watched) -> Seen:
    """By the last job that came while the device was idle: what it asks after a job's end is no part of the next."""
    done = seen.done()
    if not done:
        return _not("no job was seen from its first mention to its end")
    last = [*done, *filter(seen.settled, done)][-1]
    if last.handed is not None:
        return Seen(value="start-next", why=f"record {last.handed.n}: start-next brought {last.job}")
    if (polls := _idle_lists(seen)) is not None:
        return Seen(value="poll", why=f"{_records(polls)}: asks for the list again with no notice in between")
    first = last.updates[0]
    asked = [each for each in seen.requests if last.told.n < each.n < first.n and _brings(each, last)]
    if asked or last.told.by is Operation.DESCRIBE:
        n = asked[-1].n if asked else last.told.n
        return Seen(value="describe", why=f"record {n}: described {last.job} before its first report")
    return Seen(value="notify", why=f"records {last.told.n} and {first.n}: a notice, then a report, no question")


def _brings(exchange: Exchange, done: Done) -> bool:
    return exchange.operation is Operation.DESCRIBE and exchange.job in (done.job, "$next")


def _idle_lists(seen: Watched) -> list[int] | None:
    """Two requests for the list on one connection, one after the other, while no notification came."""
    lists = [each for each in seen.requests if each.operation is Operation.GET]
    notices = [each.n for each in seen.deliveries if not each.answer]
    for one, other in pairwise(lists):
        if one.conn == other.conn and not any(one.n < n < other.n for n in notices) and not _worked(seen, one, other):
            return [one.n, other.n]
    return None


def _polls(seen: Watched) -> Seen:
    if (polls := _idle_lists(seen)) is None:
        return _not("it asked for no list again while nothing happened; it may do so less often")
    return Seen(value=True, why=f"{_records(polls)}: asks for the list again with no notice in between")


def _asks_on(seen: Watched) -> Seen:
    """By its first request at each connection; it takes two of them to tell connections from starts."""
    firsts = {each.conn: each for each in reversed(seen.requests)}
    asked = [firsts[c].n for c in seen.connections if c in firsts and firsts[c].operation is not Operation.UPDATE]
    why = f"{_records(asked) or 'no record'}: a question first at a connection"
    if len(seen.connections) < 2 or len(asked) not in (0, len(seen.connections)):
        return _not(f"{why}, of {len(seen.connections)}: too few, or not at each")
    return Seen(value="connect" if asked else "never", why=why)


def _worked(seen: Watched, one: Exchange, other: Exchange) -> bool:
    return any(one.n < each.n < other.n for each in seen.updates)


def _reports_start(seen: Watched) -> Seen:
    done = seen.done()
    if not done:
        return _not("no job was seen from its first mention to its end")
    starts = [each.start for each in done]
    numbers = [start.n for start in starts if start is not None]
    if len(numbers) not in (0, len(done)):
        return _not(f"only {_records(numbers)} started a job")
    why = f"{_records(numbers)}: start of a job" if numbers else f"record {done[0].end.n}: an end with no start"
    return Seen(value=bool(numbers), why=why)


def _reports_progress(seen: Watched) -> Seen:
    done = seen.done()
    progress = [each for job in done for each in job.progress if member(each, "statusDetails")]
    if not progress:
        return _not("no report between start and end; the work may have been too short for one")
    over = [each for job in done for each in _overlapping(job)]
    if over:
        return Seen(value="free", why=f"record {over[0].n}: sent while the report before it was not answered")
    return Seen(value="waits", why=f"{_records(each.n for each in progress)}: each after the answer to the one before")


def _overlapping(done: Done) -> list[Exchange]:
    pairs = pairwise(done.updates)
    running = Status.IN_PROGRESS
    return [b for a, b in pairs if b.status == running and (a.reply is None or b.n < (a.reply.delivered or math.inf))]


def _versions(seen: Watched) -> Seen:
    updates = [each for done in seen.done() for each in done.updates]
    named = [each for each in updates if each.expected_version is not None]
    early = [each for each in updates if each.status == Status.IN_PROGRESS]
    if not updates:
        return _not("no whole job")
    if not named:
        return Seen(value="never", why=f"{_records(each.n for each in updates)}: no expectedVersion")
    if len(named) == len(updates):
        word = "always" if early else None
        why = f"{_records(each.n for each in named)}: expectedVersion"
        return Seen(value=word, why=why) if word else _not(f"{why} in ends, and there were no other reports")
    if not any(each in named for each in early) and len(named) == len(updates) - len(early):
        return Seen(value="end-only", why=f"{_records(each.n for each in named)}: expectedVersion, at ends alone")
    return _not(f"{_records(each.n for each in named)} name expectedVersion, other reports do not")


def _tokens(seen: Watched) -> Seen:
    tokens = [(each.n, each.token) for each in seen.requests if each.token is not None]
    if not seen.requests:
        return _not("no request")
    if not tokens:
        return Seen(value="never", why=f"no clientToken in {_records(each.n for each in seen.requests)}")
    values, why = {token for _, token in tokens}, f"{_records(n for n, _ in tokens)}: clientToken"
    if len(values) == len(tokens) > 1:
        return Seen(value="unique", why=f"{why}, {len(values)} different ones")
    if len(values) == 1 and len(tokens) > 1:
        return Seen(value="constant", why=f"{why}, always the same")
    return _not(f"{len(values)} tokens in {len(tokens)} requests: neither one for all nor one for each")


def _pairs(seen: Watched) -> Seen:
    if _tokens(seen).value == "never":
        return Seen(value=False, why="there is no token to pair by")
    return _not("inside the device; try it with a second request under way")


def _has(name: str, what: str) -> Callable[[Watched], Seen]:
    """Whether reports carry a member."""

    def look(seen: Watched) -> Seen:
        carrying = [each.n for each in seen.updates if member(each, name)]
        if carrying:
            return Seen(value=True, why=f"{_records(carrying)}: {name}")
        if not seen.updates or name == "statusDetails":
            return _not(f"no report carries {name}; {what}")
        return Seen(value=False, why=f"{_records(each.n for each in seen.updates)}: no {name}")

    return look


def _qos(seen: Watched) -> Seen:
    return _agree([(each.n, each.qos) for each in seen.updates], "QoS of a report")


def _sets_timer(seen: Watched) -> Seen:
    starts = [done.start for done in seen.done() if done.start is not None]
    if not starts:
        return _not("no start of a job")
    return _agree([(start.n, step_minutes(start) or False) for start in starts], "stepTimeoutInMinutes of the start")


def _renews_timer(seen: Watched) -> Seen:
    later = [each.n for done in seen.done() for each in done.progress if (step_minutes(each) or 0) > 0]
    if later:
        return Seen(value=True, why=f"{_records(later)}: stepTimeoutInMinutes once more")
    return _without_timer(seen, "the work may have been too short")


def _cancels_timer(seen: Watched) -> Seen:
    cancelled = [each.n for each in seen.updates if step_minutes(each) == -1]
    if cancelled:
        return Seen(value=True, why=f"{_records(cancelled)}: stepTimeoutInMinutes -1")
    return _without_timer(seen, "it may do so for other work")


def _without_timer(seen: Watched, doubt: str) -> Seen:
    if _sets_timer(seen).value is False:
        return Seen(value=False, why="it sets no step timer")
    return _not(doubt)


def _one_shot(seen: Watched) -> Seen:
    stayed = [done for done in seen.done() if seen.settled(done)]
    if stayed:
        return Seen(value=False, why=f"record {stayed[0].told.n}: was there for {stayed[0].job} after it had been idle")
    return _not("no job came while it was connected and idle")


LATER = "not in two plain jobs; the features show it"
WORDS_SEEN: dict[str, Callable[[Watched], Seen]] = {
    "takes_jobs": _takes_jobs,
    "told_by": _told_by,
    "reports_start": _reports_start,
    "waits_for_start": lambda seen: _not("inside the device: compare the evidence with the answer to the start"),
    "one_at_a_time": lambda seen: _not("one job was queued at a time"),
    "polls": _polls,
    "asks_on": _asks_on,
    "one_shot": _one_shot,
    "reports_progress": _reports_progress,
    "sends_expected_version": _versions,
    "sends_client_token": _tokens,
    "pairs_by_token": _pairs,
    "sends_execution_number": _has("executionNumber", ""),
    "sends_details": _has("statusDetails", "a failure may carry some"),
    "asks_state": _has("includeJobExecutionState", ""),
    "subscribes_to_replies": _replies,
    "update_qos": _qos,
    "session": _session,
    "mqtt": _mqtt,
    "sets_step_timer": _sets_timer,
    "renews_step_timer": _renews_timer,
    "cancels_step_timer": _cancels_timer,
}
"""How each habit shows; habits that are not here show only when something goes wrong."""


def propose_words(records: Iterable[AnyRecord]) -> dict[str, Seen]:
    """Every habit of the profile with the value that was seen, or why it was not."""
    seen = watch(records)
    habits = (word for word, entry in WORDS.items() if entry.sort == "habit")
    return {word: WORDS_SEEN[word](seen) if word in WORDS_SEEN else _not(LATER) for word in habits}
