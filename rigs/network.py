"""The network between device and service, as features speak of it: the tap's faults by meaning.

Each of them says what it would prove if it was never hit: `otherwise` is raised then, and never green (design.md,
Judging 5).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from rigs.errors import NotReached, RigFault
from rigs.jobs.messages import Address
from rigs.jobs.model import ErrorCode, Kind, Operation
from rigs.spoken import MESSAGES, Spoken, contradiction
from rigs.tap.armory import Armed, Fault
from rigs.tap.faults import Act, Answer, AnswerEmpty, Copy, Cut, Drop, Hold, Insert, Shift
from rigs.tap.faults.dry import Dry
from rigs.tap.faults.watch import Watch
from rigs.tap.match import Match
from rigs.tap.meanings import rejected_topic
from rigs.trace.records import AnyRecord
from rigs.trace.records import Fault as FaultRecord
from rigs.trace.store import Trace
from rigs.trace.views import given

STRANGE = "not-a-token-of-this-device"
QUESTIONS = frozenset({Operation.GET, Operation.START_NEXT, Operation.DESCRIBE})
ACT_BOUND = timedelta(seconds=15)


class Taps(Protocol):
    """What the network needs of a tap."""

    def arm(self, fault: Fault) -> Armed: ...
    def lift_all(self) -> None: ...
    def inject(self, topic: str, payload: dict[str, Any] | bytes, qos: int = 1) -> int: ...


@dataclass(slots=True, kw_only=True)
class Arming:
    """Faults that belong together: hit when one of them was."""

    armed: list[Armed]
    otherwise: Exception
    since: int = 0
    passes: Callable[[AnyRecord], bool] | None = None
    awaited: Armed | None = None
    """What was to overtake the packets that are held."""

    def __repr__(self) -> str:
        return " and ".join(repr(one.fault) for one in self.armed)

    @property
    def hit(self) -> bool:
        """Whether one of the faults acted on a packet."""
        return any(one.hit for one in self.armed)

    @property
    def hits(self) -> list[int]:
        """The records of the packets that were hit."""
        return sorted(n for one in self.armed for n in one.hits)

    def __call__(self, record: AnyRecord) -> bool:
        """As a fact to wait for: the record says that one of them was hit."""
        return (
            isinstance(record, FaultRecord)
            and record.event == "hit"
            and any(record.of in one.hits for one in self.armed)
        )

    def lift(self) -> None:
        """Let go what is held and take the faults away."""
        for one in self.armed:
            one.lift()


@dataclass(slots=True)
class Network:
    """Verbs of the features over the tap; `dry` arms faults that are hit but do nothing (`--faults off`)."""

    tap: Taps
    trace: Trace
    thing: str
    dry: bool = False
    armings: list[Arming] = field(default_factory=list)

    def arm(self, *faults: Fault, otherwise: Exception, passes: Callable[[AnyRecord], bool] | None = None) -> Arming:
        """Put faults in place together; `passes` shows a packet that they ought to have hit."""
        since = self.trace.mark
        chosen = [Dry(fault=fault) if self.dry else fault for fault in faults]
        arming = Arming(
            armed=[self.tap.arm(fault) for fault in chosen], otherwise=otherwise, since=since, passes=passes
        )
        self.armings.append(arming)
        return arming

    def lift_all(self) -> None:
        """Let everything go."""
        self.tap.lift_all()

    # messages by their names in features (rigs/spoken.py) ----------------------------------------------------------

    def hold(self, name: str, job: str = "", *, until: str | None = None, at_most: timedelta | None = None) -> Arming:
        """They wait until they are let go, or until another message has passed, `at_most` so long.

        Where the other one did not pass in time, nothing was overtaken and the case was not reached.
        """
        spoken = MESSAGES[name]
        if until is None:
            return self._arm(spoken, *(Hold(match) for match in spoken.all(job)))
        other = MESSAGES[until].matches(job)[0]
        faults = [Hold(match, until=other, at_most=at_most) for match in spoken.chosen(job)]
        arming = self._arm(spoken, *faults)
        arming.awaited = self.tap.arm(Watch(other))
        return arming

    def lose(self, name: str, job: str = "", *, acknowledged: bool = False) -> Arming:
        """They go nowhere. What was for the device is acknowledged in its place (K5), what is from it only if said."""
        spoken = MESSAGES[name]
        faults = [Drop(match, acknowledge=acknowledged or match.way == "down") for match in spoken.chosen(job)]
        return self._arm(spoken, *faults)

    def copy(self, name: str, times: int, job: str = "") -> Arming:
        """They arrive so many times in all, each with a packet id of its own (G6)."""
        spoken = MESSAGES[name]
        return self._arm(spoken, *(Copy(match, times=times - 1) for match in spoken.chosen(job)))

    def cut_before(self, name: str, job: str = "") -> Arming:
        """The link breaks when one is about to pass, and it is lost."""
        spoken = MESSAGES[name]
        return self._arm(spoken, *(Cut(match, when="before") for match in spoken.chosen(job)))

    def refuse(self, name: str, code: str, job: str = "") -> Arming:
        """They are answered with `code` in the service's place."""
        spoken = MESSAGES[name]
        return self._arm(spoken, *(Answer(match, code=ErrorCode(code)) for match in spoken.chosen(job)))

    def strange_refusal(self, name: str, job: str = "") -> Arming:
        """A refusal with a token that the device never sent comes right before the true answer."""
        body = {
            "code": "InvalidStateTransition",
            "message": "The job execution is already in a terminal state",
            "clientToken": STRANGE,
            "executionState": {"status": "CANCELED", "versionNumber": 9},
        }
        spoken = MESSAGES[name]
        faults = [
            Insert(match, message=lambda seen: (rejected_topic(seen), body), before=True, says="a strange refusal")
            for match in spoken.chosen(job)
        ]
        return self._arm(spoken, *faults)

    def _arm(self, spoken: Spoken, *faults: Fault) -> Arming:
        return self.arm(*faults, otherwise=spoken.otherwise(), passes=spoken.passes)

    # others ----------------------------------------------------------------------------------------------------------

    def rival(self, write: Callable[[], object]) -> Arming:
        """Another client writes before each report of the device that names a version."""
        versioned = Match(
            way="up", operation=Operation.UPDATE, kind=Kind.REQUEST, has=frozenset({"expectedVersion"}), times=None
        )
        fault = Act(
            match=versioned, action=lambda seen: _ignore(write()), within=ACT_BOUND, says="let another client write"
        )
        return self.arm(
            fault, otherwise=contradiction("sends_expected_version", "no report named an expectedVersion")()
        )

    def nothing_yet(self) -> Arming:
        """The first question is answered as if nothing were pending; the service does not hear of it."""
        question = Match(way="up", operation=QUESTIONS, kind=Kind.REQUEST, words="the first question")
        missed = NotReached("the device asked for no job: it took it from the notification")
        return self.arm(AnswerEmpty(question), otherwise=missed)

    def shift_versions(self, first: int) -> Arming:
        """The device lives with a service whose versions begin at `first`."""
        return self.arm(
            Shift(by=first - 1), otherwise=contradiction("sends_expected_version", "no version passed the network")()
        )

    def deliver_empty(self) -> int:
        """Hand the device an empty notify and notify-next, on the topics that it listens to."""
        stamp = self._newest_stamp()
        changed, following = (
            str(Address(thing=self.thing, operation=operation, kind=Kind.NOTIFICATION))
            for operation in (Operation.NOTIFY, Operation.NOTIFY_NEXT)
        )
        self.deliver(changed, {"timestamp": stamp, "jobs": {}})
        return self.deliver(following, {"timestamp": stamp})

    def deliver(self, topic: str, payload: dict[str, Any]) -> int:
        """Hand the device a message that nobody sent; returns its record."""
        return self.trace.mark if self.dry else self.tap.inject(topic, payload)

    def _newest_stamp(self) -> int:
        stamps = [message.body.get("timestamp", 0) for record in self.trace.records if (message := given(record))]
        return max((stamp for stamp in stamps if isinstance(stamp, int)), default=0)


def overtaken(arming: Arming, records: Sequence[AnyRecord]) -> bool:
    """Whether what was awaited passed while a packet was held, or nothing was awaited."""
    if arming.awaited is None:
        return True
    marks = [record for record in records if isinstance(record, FaultRecord)]
    freed = {mark.of: mark.n for mark in marks if mark.event == "released"}
    return any(hit < other < freed.get(hit, other + 1) for hit in arming.hits for other in arming.awaited.hits)


def decide_missed(arming: Arming, passed: Sequence[AnyRecord], records: Sequence[AnyRecord] = ()) -> Exception | None:
    """What a fault proves that was not hit: nothing when it was hit; else whose doing it is, never green.

    `passed` are packets that the fault was for and that went by all the same: then the rig is at fault. `records` are
    the scenario's, which tell whether what was held was overtaken as it should.
    """
    if arming.hit:
        return None if overtaken(arming, records) else NotReached(f"nothing overtook: {arming!r}")
    if passed:
        return RigFault(f"{arming!r} was not hit although record {passed[0].n} passed the tap")
    return arming.otherwise


def _ignore(value: object) -> None:
    """A rival's answer is on the trace; nobody needs it here."""


__all__ = ["Arming", "Network", "decide_missed"]
