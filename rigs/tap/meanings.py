"""Packets by their meaning, as matches for faults: starts, ends, and the answers to them."""

from __future__ import annotations

from rigs.jobs.model import ENDS_BY_DEVICE, Kind, Operation, Status
from rigs.tap.match import Match, Seen

REPLIES = frozenset({Kind.ACCEPTED, Kind.REJECTED})
END = Match(
    way="up",
    operation=Operation.UPDATE,
    kind=Kind.REQUEST,
    statuses=ENDS_BY_DEVICE,
    words="the report of the end",
)
FIRST_REPORT = Match(way="up", operation=Operation.UPDATE, kind=Kind.REQUEST, words="the first report about the job")


def is_start(seen: Seen) -> bool:
    if seen.address is None:
        return False
    return seen.address.operation is Operation.START_NEXT or Status.IN_PROGRESS in seen.statuses


def answers_start(seen: Seen) -> bool:
    """An answer that hands out or confirms a start; an answer "nothing pending" is none."""
    if seen.address is None or seen.address.kind not in REPLIES:
        return False
    if seen.address.operation is Operation.START_NEXT:
        return seen.address.kind is Kind.REJECTED or bool(seen.jobs)
    return seen.address.operation is Operation.UPDATE and seen.answers is not None and is_start(seen.answers)


def answers_end(seen: Seen) -> bool:
    return seen.answers is not None and bool(seen.answers.statuses & {status.value for status in ENDS_BY_DEVICE})


def answers_progress(seen: Seen) -> bool:
    return seen.answers is not None and Status.IN_PROGRESS in seen.answers.statuses


def answer(which: str) -> Match:
    tests = {"start": answers_start, "end": answers_end, "progress": answers_progress}
    operation = None if which == "start" else Operation.UPDATE
    return Match(way="down", operation=operation, kind=REPLIES, where=tests[which], words=f"the answer to the {which}")


def rejected_topic(seen: Seen) -> str:
    assert seen.address is not None
    return str(seen.address.reply(Kind.REJECTED))


STARTS = Match(way="up", kind=Kind.REQUEST, where=is_start, times=None, words="every start")
START = Match(way="up", kind=Kind.REQUEST, where=is_start, words="the start")
PROGRESS = Match(
    way="up",
    operation=Operation.UPDATE,
    kind=Kind.REQUEST,
    statuses=frozenset({Status.IN_PROGRESS}),
    words="the report of progress",
)
REFUSAL = Match(way="down", operation=Operation.UPDATE, kind=Kind.REJECTED, words="the refusal of a report")
REPORT_ANSWER = Match(way="down", operation=Operation.UPDATE, kind=REPLIES, words="the answer to a report")
QUESTION_ANSWER = Match(
    way="down",
    operation=frozenset({Operation.GET, Operation.START_NEXT, Operation.DESCRIBE}),
    kind=REPLIES,
    words="the answer to a question",
)
HANDED_OUT = Match(
    way="down",
    operation=frozenset({Operation.GET, Operation.START_NEXT, Operation.DESCRIBE}),
    kind=Kind.ACCEPTED,
    where=lambda seen: bool(seen.jobs),
    words="the answer that hands out the job",
)
