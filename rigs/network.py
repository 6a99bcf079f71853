"""The network between device and service, as features speak of it: the tap's faults by meaning.

Each of them says what it would prove if it was never hit: `otherwise` is raised then, and never green (design.md,
Judging 5).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Protocol

from rigs.errors import DeviceFault, NotReached, RigFault, UsageFault
from rigs.jobs.messages import Address
from rigs.jobs.model import ErrorCode, Kind, Operation
from rigs.tap.armory import Armed, Fault
from rigs.tap.faults import Act, Answer, Copy, Cut, Drop, Hold, Insert, Shift
from rigs.tap.faults.dry import Dry
from rigs.tap.match import Match, Seen
from rigs.tap.meanings import END, FIRST_REPORT, REPLIES, START, STARTS, answer, answers_end, rejected_topic
from rigs.trace.facts import Noticed
from rigs.trace.records import AnyRecord, Packet
from rigs.trace.records import Fault as FaultRecord
from rigs.trace.store import Trace
from rigs.trace.views import given, sent

NOTICES = frozenset({Operation.NOTIFY, Operation.NOTIFY_NEXT})
STRANGE = "not-a-token-of-this-device"
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

    # reports -----------------------------------------------------------------------------------------------------

    def hold_end(self) -> Arming:
        """Every report of an end waits until it is let go."""
        return self.arm(Hold(replace(END, times=None)), otherwise=_owed("report of the end"), passes=_reports_end)

    def cut_before_end(self) -> Arming:
        """The link breaks when the end is reported, before the report has passed."""
        return self.arm(Cut(END, when="before"), otherwise=_owed("report of the end"), passes=_reports_end)

    def lose_first_report(self) -> Arming:
        """The first update is lost without an acknowledgement."""
        return self.arm(Drop(match=FIRST_REPORT, acknowledge=False), otherwise=_owed("report about the job"))

    def copy_end(self) -> Arming:
        """The report of the end reaches the service twice; the first answer is lost."""
        reply = Match(
            way="down",
            operation=Operation.UPDATE,
            kind=REPLIES,
            where=answers_end,
            words="the first answer to the end",
        )
        return self.arm(
            Copy(match=END),
            Drop(match=reply, acknowledge=True),
            otherwise=_owed("report of the end"),
            passes=_reports_end,
        )

    def rival(self, write: Callable[[], object]) -> Arming:
        """Another client writes before each report of the device that names a version."""
        versioned = Match(
            way="up", operation=Operation.UPDATE, kind=Kind.REQUEST, has=frozenset({"expectedVersion"}), times=None
        )
        fault = Act(
            match=versioned, action=lambda seen: _ignore(write()), within=ACT_BOUND, says="let another client write"
        )
        return self.arm(fault, otherwise=_contradiction("sends_expected_version", "no report named an expectedVersion"))

    # answers -----------------------------------------------------------------------------------------------------

    def hold_answers(self, which: str) -> Arming:
        """Answers to the start, the end or progress wait until they are let go."""
        return self.arm(Hold(replace(answer(which), times=None)), otherwise=_otherwise(which))

    def lose_answer(self, which: str) -> Arming:
        """The first answer to the start or the end is lost."""
        return self.arm(Drop(match=answer(which), acknowledge=True), otherwise=_otherwise(which))

    def cut_before_answer(self, which: str) -> Arming:
        """The link breaks when the answer is under way to the device."""
        return self.arm(Cut(answer(which), when="before"), otherwise=_otherwise(which))

    def strange_refusal(self, which: str) -> Arming:
        """A refusal with a token that the device never sent comes right before the true answer."""
        body = {
            "code": "InvalidStateTransition",
            "message": "The job execution is already in a terminal state",
            "clientToken": STRANGE,
            "executionState": {"status": "CANCELED", "versionNumber": 9},
        }
        fault = Insert(
            answer(which), message=lambda seen: (rejected_topic(seen), body), before=True, says="a strange refusal"
        )
        return self.arm(fault, otherwise=_otherwise(which))

    def refuse_starts(self, code: str) -> Arming:
        """Every start is answered with `code` in the service's place."""
        return self.arm(Answer(match=STARTS, code=ErrorCode(code)), otherwise=_otherwise("start"))

    def hold_start(self) -> Arming:
        """Starts wait until they are let go."""
        return self.arm(Hold(STARTS), otherwise=_otherwise("start"))

    def hold_start_puback(self) -> Arming:
        """The PUBACK of the start waits until the answer has left towards the device."""
        fault = Hold(Match(acknowledges=START), until=answer("start"), at_most=timedelta(seconds=1))
        return self.arm(fault, otherwise=_contradiction("update_qos", "no start was sent at QoS 1"))

    # notifications -----------------------------------------------------------------------------------------------

    def lose_end_notices(self, job: str) -> Arming:
        """The first notify and the first notify-next that no longer name the job are lost, and acknowledged (K5)."""
        silent = [
            Drop(
                match=Match(
                    way="down",
                    operation=operation,
                    kind=Kind.NOTIFICATION,
                    where=_without(job),
                    words=f"the first {operation.value} without {job}",
                ),
                acknowledge=True,
            )
            for operation in sorted(NOTICES)
        ]
        return self.arm(*silent, otherwise=NotReached("the device was not told of the end by a notification"))

    def copy_announcement(self) -> Arming:
        """The first notify and notify-next that name a job come twice."""
        twice = [
            Copy(
                match=Match(
                    way="down",
                    operation=operation,
                    kind=Kind.NOTIFICATION,
                    where=lambda seen: bool(seen.jobs),
                    words=f"the first {operation.value} that names a job",
                )
            )
            for operation in sorted(NOTICES)
        ]
        return self.arm(*twice, otherwise=_contradiction("told_by", "no notification reached the device"))

    def shift_versions(self, first: int) -> Arming:
        """The device lives with a service whose versions begin at `first`."""
        return self.arm(
            Shift(by=first - 1), otherwise=_contradiction("sends_expected_version", "no version passed the network")
        )

    def announce_again(self, job: str, since: int) -> int:
        """Deliver what announced the job once more, on each topic that had it; returns the last record's number.

        Raises UsageFault when no notification ever named the job to the device.
        """
        first: dict[str, Packet] = {}
        fact = Noticed(f"that names {job}", lambda listed: job in listed)
        for record in self.trace.all(fact, since=since):
            if isinstance(record, Packet) and record.topic:
                first.setdefault(record.topic, record)
        if not first:
            raise _contradiction("told_by", f"no notification named {job} to the device")
        return max(self._deliver(topic, packet.payload) for topic, packet in first.items())

    def deliver_empty(self) -> int:
        """Hand the device an empty notify and notify-next, on the topics that it listens to."""
        stamp = self._newest_stamp()
        changed, following = (
            str(Address(thing=self.thing, operation=operation, kind=Kind.NOTIFICATION))
            for operation in (Operation.NOTIFY, Operation.NOTIFY_NEXT)
        )
        self._deliver(changed, {"timestamp": stamp, "jobs": {}})
        return self._deliver(following, {"timestamp": stamp})

    def _deliver(self, topic: str, payload: dict[str, Any]) -> int:
        return self.trace.mark if self.dry else self.tap.inject(topic, payload)

    def _newest_stamp(self) -> int:
        stamps = [message.body.get("timestamp", 0) for record in self.trace.records if (message := given(record))]
        return max((stamp for stamp in stamps if isinstance(stamp, int)), default=0)


def decide_missed(arming: Arming, passed: Sequence[AnyRecord]) -> Exception | None:
    """What a fault proves that was not hit: nothing when it was hit; else whose doing it is, never green.

    `passed` are packets that the fault was for and that went by all the same: then the rig is at fault.
    """
    if arming.hit:
        return None
    if passed:
        return RigFault(f"{arming!r} was not hit although record {passed[0].n} passed the tap")
    return arming.otherwise


def _ignore(value: object) -> None:
    """A rival's answer is on the trace; nobody needs it here."""


def _reports_end(record: AnyRecord) -> bool:
    message = sent(record)
    return message is not None and message.is_end


def _owed(what: str) -> DeviceFault:
    return DeviceFault(f"the device sent no {what} while the network waited for it; clause: UpdateJobExecution")


def _contradiction(word: str, seen: str) -> UsageFault:
    return UsageFault(f"profile {word} contradicts what was seen: {seen}; correct [profile] {word} in the rig file")


def _otherwise(which: str) -> Exception:
    return {
        "start": _contradiction("reports_start", "no answer to a start passed the network"),
        "end": _owed("report of the end"),
        "progress": NotReached("the device sent no report of progress in time"),
    }[which]


def _without(job: str) -> Callable[[Seen], bool]:
    return lambda seen: job not in seen.jobs


__all__ = ["END", "Arming", "Network", "decide_missed"]
