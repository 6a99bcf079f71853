"""Messages as features name them, one table: which packets they are, and what it proves when none ever comes.

A sentence such as `the report of the end is held up` takes its subject from here; the verbs are in rigs/network.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from rigs.errors import DeviceFault, NotReached, UsageFault
from rigs.jobs.messages import Address
from rigs.jobs.model import Kind, Operation
from rigs.mqtt.packets import Subscribe
from rigs.mqtt.topics import matches, plain_filter
from rigs.tap.match import Match, Seen
from rigs.tap.meanings import (
    END,
    FIRST_REPORT,
    HANDED_OUT,
    PROGRESS,
    QUESTION_ANSWER,
    REFUSAL,
    REPORT_ANSWER,
    START,
    STARTS,
    answer,
)
from rigs.trace.records import AnyRecord
from rigs.trace.views import sent

NOTICES = (Operation.NOTIFY, Operation.NOTIFY_NEXT)
Passes = Callable[[AnyRecord], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """`matches` are the packets meant, given the scenario's job ("" where none is queued yet): the first of each, or
    with `every` all of them. `otherwise` is raised where none ever came, `passes` shows one on the trace that did.
    `needs` are the means that a rig must have for it (rigs/needs.py). `once`: no more than the first is ever meant.
    """

    matches: Callable[[str], tuple[Match, ...]]
    otherwise: Callable[[], Exception]
    passes: Passes | None = None
    every: bool = False
    once: bool = False
    needs: frozenset[str] = frozenset()

    def chosen(self, job: str) -> tuple[Match, ...]:
        """The packets that are meant, as often as is meant."""
        return self.all(job) if self.every else self.matches(job)

    def all(self, job: str) -> tuple[Match, ...]:
        """All packets of this kind, unless only the first is ever meant."""
        return self.matches(job) if self.once else tuple(replace(match, times=None) for match in self.matches(job))


def owed(what: str) -> Callable[[], Exception]:
    """The device owed it, and kept silent."""
    text = f"the device sent no {what} while the network waited for it; clause: UpdateJobExecution"
    return lambda: DeviceFault(text)


def contradiction(word: str, seen: str) -> Callable[[], Exception]:
    """The profile promised it."""
    text = f"profile {word} contradicts what was seen: {seen}; correct [profile] {word} in the rig file"
    return lambda: UsageFault(text)


def unmet(why: str) -> Callable[[], Exception]:
    """A healthy device may do without: the case was not reached."""
    return lambda: NotReached(why)


def _always(*matches: Match) -> Callable[[str], tuple[Match, ...]]:
    return lambda job: matches


def _reports_end(record: AnyRecord) -> bool:
    message = sent(record)
    return message is not None and message.is_end


def _asks_notices(seen: Seen) -> bool:
    """A SUBSCRIBE with a filter that takes notify or notify-next, of whatever thing."""
    wishes = seen.packet.filters if isinstance(seen.packet, Subscribe) else ()
    filters = [plain_filter(wish.filter) for wish in wishes]
    things = [[*text.split("/"), "", ""][2] for text in filters]
    return any(
        matches(text, str(Address(thing=thing, operation=operation, kind=Kind.NOTIFICATION)))
        for text, thing in zip(filters, things, strict=True)
        for operation in NOTICES
    )


def _notices(words: str, test: Callable[[Seen, str], bool]) -> Callable[[str], tuple[Match, ...]]:
    """notify and notify-next alike, so that a device that listens to one of them is not spared (G6)."""

    def of(job: str) -> tuple[Match, ...]:
        return tuple(
            Match(
                way="down",
                operation=operation,
                kind=Kind.NOTIFICATION,
                where=lambda seen: test(seen, job),
                words=f"the first {operation.value} {words.format(job=job)}",
            )
            for operation in NOTICES
        )

    return of


_NO_START = contradiction("reports_start", "no start and no answer to one passed the network")
_NO_END = owed("report of the end")
_NO_PROGRESS = unmet("the device sent no report of progress in time")
_NO_REPEAT = unmet("the device did not ask or report again")

MESSAGES: dict[str, Spoken] = {
    "the start": Spoken(matches=_always(START), otherwise=_NO_START),
    "every start": Spoken(matches=_always(STARTS), otherwise=_NO_START, every=True),
    "the answer to the start": Spoken(matches=_always(answer("start")), otherwise=_NO_START),
    "the acknowledgement of the start": Spoken(
        matches=_always(Match(acknowledges=START)),
        otherwise=contradiction("update_qos", "no start was sent at QoS 1"),
    ),
    "the first report about the job": Spoken(
        matches=_always(FIRST_REPORT), otherwise=owed("report about the job"), passes=None
    ),
    "the answers to reports of progress": Spoken(
        matches=_always(answer("progress")), otherwise=_NO_PROGRESS, every=True
    ),
    "the answer to the next report of progress": Spoken(matches=_always(answer("progress")), otherwise=_NO_PROGRESS),
    "the next report of progress": Spoken(matches=_always(PROGRESS), otherwise=_NO_PROGRESS),
    "the next renewal of the step timer": Spoken(
        matches=_always(replace(PROGRESS, has=frozenset({"stepTimeoutInMinutes"}), words="the renewal")),
        otherwise=contradiction("renews_step_timer", "no report set the step timer anew"),
    ),
    "the answer that hands out the job": Spoken(
        matches=_always(HANDED_OUT), otherwise=unmet("the device asked for no job: it took it from the notification")
    ),
    "the report of the end": Spoken(matches=_always(END), otherwise=_NO_END, passes=_reports_end),
    "the answer to the end": Spoken(matches=_always(answer("end")), otherwise=_NO_END),
    "the acknowledgement of the end": Spoken(
        matches=_always(Match(acknowledges=END)),
        otherwise=contradiction("update_qos", "no report of the end was sent at QoS 1"),
    ),
    "the answer to a second start": Spoken(matches=_always(answer("start")), otherwise=_NO_REPEAT),
    "the answer to a second report of the end": Spoken(matches=_always(answer("end")), otherwise=_NO_REPEAT),
    "the answers to its reports": Spoken(matches=_always(REPORT_ANSWER), otherwise=owed("report"), every=True),
    "the refusal of a report": Spoken(matches=_always(REFUSAL), otherwise=unmet("no report was refused in time")),
    "the answer to its next question": Spoken(
        matches=_always(QUESTION_ANSWER), otherwise=unmet("the device asked nothing in time")
    ),
    "the subscription to notifications": Spoken(
        matches=_always(Match(way="up", type="SUBSCRIBE", where=_asks_notices, words="the SUBSCRIBE to notifications")),
        otherwise=lambda: DeviceFault(
            "the device came back without a session and sent no SUBSCRIBE to notify or notify-next (profile told_by; "
            "MQTT-3.1.2-4)"
        ),
        needs=frozenset({"told"}),
    ),
    "the announcement of the job": Spoken(
        matches=_notices("that names a job", lambda seen, job: bool(seen.jobs)),
        otherwise=contradiction("told_by", "no notification reached the device"),
        once=True,
        needs=frozenset({"told"}),
    ),
    "the notifications about its end": Spoken(
        matches=_notices("without {job}", lambda seen, job: job not in seen.jobs),
        otherwise=unmet("the device was not told of the end by a notification"),
        needs=frozenset({"told"}),
    ),
}

_NAMES = "|".join(map(re.escape, sorted(MESSAGES, key=len, reverse=True)))
MESSAGE = rf"(?P<message>{_NAMES})"
OTHER = rf"(?P<other>{_NAMES})"
"""As parts of a sentence's pattern."""


def needed(sentence: str) -> frozenset[str]:
    """The means that the messages named in a sentence need."""
    return frozenset().union(*(MESSAGES[name].needs for name in re.findall(_NAMES, sentence)))
