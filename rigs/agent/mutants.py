"""Nine defects that were shipped in real agents, each written in two ways, to show that the scenarios catch them.

A mutant overrides decisions of Policy and nothing else; outside its own trouble it behaves like the healthy agent.
Switched on by `bug` in agent.json: "F02/a", "F02/b", or "F02" for the first way.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from rigs.agent.agent import Agent
from rigs.agent.config import ConfigError, Settings
from rigs.agent.desk import Purpose, Request
from rigs.agent.jobs import Execution, Key, Refusal
from rigs.agent.policy import Policy, Verdict
from rigs.agent.tasks import Task


class _Learns(Policy):
    """A wrong version that is corrected once the service has refused it, so that only the first report shows it."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._learned: set[Key] = set()

    def judge(self, request: Request, refusal: Refusal) -> Verdict:
        verdict = super().judge(request, refusal)
        if verdict is Verdict.CORRECT and request.task is not None:
            self._learned.add(request.task.key)
        return verdict

    def expected_version(self, task: Task, purpose: Purpose, unanswered: int) -> int | None:
        held = super().expected_version(task, purpose, unanswered)
        known = held is None or task.restored or task.key in self._learned
        return held if known else self.wrong(task, purpose, unanswered, held or 0)

    def wrong(self, task: Task, purpose: Purpose, unanswered: int, held: int) -> int:
        """The version that is named before the first refusal."""
        raise NotImplementedError


class ConstantTwo(_Learns):
    """F02/a: the version after a plain start, written into the report of the end as a number."""

    def wrong(self, task: Task, purpose: Purpose, unanswered: int, held: int) -> int:
        return 2 if purpose is Purpose.END else held


class OwnCount(_Learns):
    """F02/b: counts from 1 by itself and never looks at the version that an answer tells."""

    def wrong(self, task: Task, purpose: Purpose, unanswered: int, held: int) -> int:
        first = 2 if task.execution.status == "IN_PROGRESS" else 1
        return first + task.accepted + unanswered


class WhileTrue(Policy):
    """F03/a: `while True` around the update as long as the answer is VersionMismatch."""

    def may_repeat(self, request: Request) -> bool:
        return request.code == "VersionMismatch" or super().may_repeat(request)

    def pause(self, request: Request) -> float:
        return 0.0 if request.code == "VersionMismatch" else super().pause(request)


class NewRound(Policy):
    """F03/b: when the tries are used up the status is still pending, so a new round begins."""

    def tired(self, agent: Agent, request: Request) -> None:
        task = request.task
        if task is None or request.code != "VersionMismatch":
            super().tired(agent, request)
            return
        agent.timers.set((task, "again"), self.timing.retry, lambda: _report_again(agent, task))


def _report_again(agent: Agent, task: Task) -> None:
    if task in agent.tasks:
        agent.reporter.end(task)


def _other_end(request: Request, refusal: Refusal) -> bool:
    """The refusal tells an end that is not the one reported."""
    task = request.task
    own = task.result.status if task is not None and task.result is not None else "IN_PROGRESS"
    return request.purpose is not Purpose.START and refusal.over is not None and refusal.over != own


class _HardOfHearing(Policy):
    """Does not read the end in a refusal: progress is no longer told, the work goes on, and its end is reported."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.refused: Counter[Key] = Counter()
        self._silent: set[Key] = set()

    def ignores(self, request: Request, refusal: Refusal) -> bool:
        """Whether this is an end that it does not see."""
        return _other_end(request, refusal)

    def judge(self, request: Request, refusal: Refusal) -> Verdict:
        task = request.task
        if task is None or not self.ignores(request, refusal):
            return super().judge(request, refusal)
        if request.purpose is not Purpose.END:
            self._silent.add(task.key)
            return Verdict.GIVE_UP
        self.refused[task.key] += 1
        return self.again(task)

    def again(self, task: Task) -> Verdict:
        """What is done about the refused report of an end."""
        raise NotImplementedError

    def pulses(self, task: Task) -> bool:
        return super().pulses(task) and task.key not in self._silent


BLIND_TRIES = 2


class OwnStatus(_HardOfHearing):
    """F04/a: compares its own status with itself, so no refusal tells an end: corrects, thrice in all."""

    def again(self, task: Task) -> Verdict:
        return Verdict.CORRECT if self.refused[task.key] <= BLIND_TRIES else Verdict.OVER


class FailedInstead(_HardOfHearing):
    """F04/b: takes the refusal for a failure of the job, and reports FAILED about what is cancelled, twice."""

    def again(self, task: Task) -> Verdict:
        later = Verdict.RETRY if self.refused[task.key] <= BLIND_TRIES else Verdict.OVER
        return Verdict.INSTEAD if self.refused[task.key] == 1 else later


class VersionOne(Policy):
    """F05/a: the version is not stored; after a boot every report names the first one."""

    def expected_version(self, task: Task, purpose: Purpose, unanswered: int) -> int | None:
        held = super().expected_version(task, purpose, unanswered)
        return 1 if task.restored and held is not None else held


class ZeroAndOut(Policy):
    """F05/b: the version is 0 after a boot, and the mismatch is taken for the last word."""

    def version_after_boot(self, stored: int | None, told: int | None) -> int | None:
        return 0

    def judge(self, request: Request, refusal: Refusal) -> Verdict:
        verdict = super().judge(request, refusal)
        lost = request.task is not None and request.task.restored and verdict is Verdict.CORRECT
        return Verdict.GIVE_UP if lost else verdict


class NeverWoken(Policy):
    """F13/a: no time-out for an answer, and a new connection does not wake who waits."""

    def patience(self, request: Request) -> float | None:
        return None

    def under_way(self, request: Request, *, session: bool) -> bool:
        return True


class WaitsForTheLink(Policy):
    """F13/b: the time-out only notes that the link must be bad; who waits goes on waiting for a new one."""

    def may_repeat(self, request: Request) -> bool:
        return bool(request.code) and super().may_repeat(request)

    def tired(self, agent: Agent, request: Request) -> None:
        if request.code:
            super().tired(agent, request)


class AnyAnswerIsYes(Policy):
    """F17/a: whatever comes on start-next/+ or update/+ counts as accepted."""

    def judge(self, request: Request, refusal: Refusal) -> Verdict:
        start = request.purpose is Purpose.START or request.about == "start-next"
        return Verdict.GIVE_UP if start else super().judge(request, refusal)

    def start_refused(self, agent: Agent, execution: Execution | None, task: Task | None) -> None:
        _work_anyway(agent, execution, task)


class AsIfAccepted(Policy):
    """F17/b: when its tries to start are used up it goes on as if one had been accepted."""

    def start_refused(self, agent: Agent, execution: Execution | None, task: Task | None) -> None:
        _work_anyway(agent, execution, task)


def _work_anyway(agent: Agent, execution: Execution | None, task: Task | None) -> None:
    if task is None and execution is not None and execution.document is not None:
        task = agent.take(execution)
    if task is not None and not task.begun:
        agent.begin(task)


class RunPerCopy(Policy):
    """F24/a: every announcement begins a run, beside the one that is under way."""

    def copy_heard(self, agent: Agent, execution: Execution) -> None:
        task = agent.find(execution.key)
        document = execution.document or (task.execution.document if task is not None else None)
        if document is not None:
            agent.workshop.begin(document, resume=False)


class QueuedCopy(Policy):
    """F24/b: the copy waits in a queue and is worked off, from its own text, when the job is over."""

    def copy_heard(self, agent: Agent, execution: Execution) -> None:
        if execution.document is None:
            return
        if agent.busy or not self.already_done(agent, execution):
            agent.timers.set(("copy", execution.key), 0.05, lambda: self.copy_heard(agent, execution))
        else:
            agent.begin(agent.take(execution))


class LooksAfterwards(Policy):
    """F57/a: looks for a cancel only between two jobs."""

    def suspects_end(self, task: Task) -> bool:
        return False

    def heeds_end(self, task: Task, status: str) -> bool:
        return False


class StopsReportingOnly(Policy):
    """F57/b: the stop flag ends the reports, and the work goes on."""

    def stops_work(self, task: Task) -> bool:
        return False


class _Late(_HardOfHearing):
    """Does not see that the time was over."""

    def ignores(self, request: Request, refusal: Refusal) -> bool:
        return refusal.over == "TIMED_OUT" and request.purpose is not Purpose.START


class RetriesForEver(_Late):
    """F65/a: takes InvalidStateTransition for something that passes, and repeats without end."""

    def again(self, task: Task) -> Verdict:
        return Verdict.RETRY

    def may_repeat(self, request: Request) -> bool:
        late = request.task is not None and self.refused[request.task.key] > 0
        return late or super().may_repeat(request)


class FlushesForEver(_Late):
    """F65/b: the refused result is kept as undelivered and flushed again and again."""

    def again(self, task: Task) -> Verdict:
        return Verdict.GIVE_UP

    def tired(self, agent: Agent, request: Request) -> None:
        task = request.task
        if task is None or not self.refused[task.key]:
            super().tired(agent, request)
            return
        agent.timers.set((task, "again"), self.timing.retry_max, lambda: _report_again(agent, task))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One way of one defect: where it was seen, and the scenarios that must turn red by it."""

    sentence: str
    source: str
    scenarios: tuple[str, ...]
    policy: type[Policy]


_VERSION_TWO = "The report of the end names a constant version, so the job never ends and its work is done for ever."
_UNBOUNDED = "A VersionMismatch is repeated without bound."
_CANCELLED = "The report about a cancelled job is repeated, because the state in the refusal is not read."
_FORGOTTEN = "The version is lost over the reboot that is the job's work."
_PARKED = "Who waits for a lost answer waits for ever, and takes no other job."
_UNSTARTED = "The work is done although its start was refused."
_TWICE = "An announcement that comes twice is worked twice."
_UNNOTICED = "A forced cancel is not noticed until the work has ended by itself."
_LATE = "A late SUCCEEDED after TIMED_OUT is repeated for ever."

MUTANTS: dict[str, Mutant] = {
    "F02/a": Mutant(sentence=_VERSION_TWO, source="esp#120 6cd28b4", scenarios=("S040",), policy=ConstantTwo),
    "F02/b": Mutant(sentence=_VERSION_TWO, source="esp#134", scenarios=("S040",), policy=OwnCount),
    "F03/a": Mutant(sentence=_UNBOUNDED, source="ggl 999a500e", scenarios=("S037",), policy=WhileTrue),
    "F03/b": Mutant(sentence=_UNBOUNDED, source="ggl 999a500e", scenarios=("S037",), policy=NewRound),
    "F04/a": Mutant(sentence=_CANCELLED, source="ggl 9891505a", scenarios=("S038",), policy=OwnStatus),
    "F04/b": Mutant(sentence=_CANCELLED, source="ggl 9891505a", scenarios=("S038",), policy=FailedInstead),
    "F05/a": Mutant(sentence=_FORGOTTEN, source="ggl#713 85bd6762", scenarios=("S041",), policy=VersionOne),
    "F05/b": Mutant(sentence=_FORGOTTEN, source="ggl#713 5a92d99f", scenarios=("S041",), policy=ZeroAndOut),
    "F13/a": Mutant(sentence=_PARKED, source="rt#123 e568a3d", scenarios=("S047", "S012"), policy=NeverWoken),
    "F13/b": Mutant(sentence=_PARKED, source="rt#123", scenarios=("S047",), policy=WaitsForTheLink),
    "F17/a": Mutant(sentence=_UNSTARTED, source="dc#123", scenarios=("S010",), policy=AnyAnswerIsYes),
    "F17/b": Mutant(sentence=_UNSTARTED, source="afr#2534 6e2dc090e", scenarios=("S010",), policy=AsIfAccepted),
    "F24/a": Mutant(sentence=_TWICE, source="dc#67 bee1b9b", scenarios=("S056",), policy=RunPerCopy),
    "F24/b": Mutant(sentence=_TWICE, source="dc#67 bee1b9b", scenarios=("S056",), policy=QueuedCopy),
    "F57/a": Mutant(sentence=_UNNOTICED, source="rt#85", scenarios=("S075",), policy=LooksAfterwards),
    "F57/b": Mutant(sentence=_UNNOTICED, source="rt#89", scenarios=("S075",), policy=StopsReportingOnly),
    "F65/a": Mutant(sentence=_LATE, source="ggl 52507d67", scenarios=("S067",), policy=RetriesForEver),
    "F65/b": Mutant(sentence=_LATE, source="ggl 52507d67", scenarios=("S067",), policy=FlushesForEver),
}


def policy_for(settings: Settings) -> Policy:
    """The policy that `bug` names; raises ConfigError for an unknown bug, with the known ones."""
    if settings.bug is None:
        return Policy(settings)
    name = settings.bug if "/" in settings.bug else f"{settings.bug}/a"
    if name not in MUTANTS:
        raise ConfigError(f"agent.json bug: {settings.bug!r} is not known; known: {', '.join(MUTANTS)}")
    return MUTANTS[name].policy(settings)
