"""Defects about versions, refusals and lost answers; each overrides decisions of Policy and nothing else."""

from __future__ import annotations

from collections import Counter

from rigs.agent.agent import Agent
from rigs.agent.config import Settings
from rigs.agent.desk import Purpose, Request
from rigs.agent.jobs import Key, Refusal
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
    """F02/a: the version after a plain start, written as a number into an end that no progress came before."""

    def wrong(self, task: Task, purpose: Purpose, unanswered: int, held: int) -> int:
        return 2 if purpose is Purpose.END and not task.accepted else held


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


class _OwnEnd(_HardOfHearing):
    """Sees the end that a refused progress report tells, but not the one that its own report of an end meets."""

    def ignores(self, request: Request, refusal: Refusal) -> bool:
        return request.purpose is Purpose.END and super().ignores(request, refusal)


class OwnStatus(_OwnEnd):
    """F04/a: compares its own status with itself, so no refusal tells an end: corrects, thrice in all."""

    def again(self, task: Task) -> Verdict:
        return Verdict.CORRECT if self.refused[task.key] <= BLIND_TRIES else Verdict.OVER


class FailedInstead(_OwnEnd):
    """F04/b: takes the refusal for a failure of the job, and reports FAILED about what is cancelled, twice."""

    def again(self, task: Task) -> Verdict:
        later = Verdict.RETRY if self.refused[task.key] <= BLIND_TRIES else Verdict.OVER
        return Verdict.INSTEAD if self.refused[task.key] == 1 else later


class _Forgets(Policy):
    """A version that is wrong after a boot, more than once."""

    believes_after = 2

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.refused: Counter[Key] = Counter()

    def judge(self, request: Request, refusal: Refusal) -> Verdict:
        verdict = super().judge(request, refusal)
        if verdict is Verdict.CORRECT and request.task is not None:
            self.refused[request.task.key] += 1
        return verdict

    def expected_version(self, task: Task, purpose: Purpose, unanswered: int) -> int | None:
        held, refused = super().expected_version(task, purpose, unanswered), self.refused[task.key]
        forgotten = task.restored and held is not None and refused < self.believes_after
        return 1 if forgotten else held


class VersionOne(_Forgets):
    """F05/a: the version is not stored; after a boot the reports name that of a fresh execution, twice."""


class RestoresEachTime(_Forgets):
    """F05/b: what a refusal tells is overwritten by the restored announcement at each try but the last."""

    believes_after = 3


class WaitsForTheLink(Policy):
    """F13/b: the time-out of an acknowledged report only notes that the link must be bad, and waits for a new one."""

    def may_repeat(self, request: Request) -> bool:
        return not _parked(request) and super().may_repeat(request)

    def tired(self, agent: Agent, request: Request) -> None:
        if not _parked(request):
            super().tired(agent, request)


class NeverWoken(WaitsForTheLink):
    """F13/a: who waits for the answer to an acknowledged report is woken by nothing, not even by a new connection."""

    def under_way(self, request: Request, *, session: bool) -> bool:
        return _parked(request) or super().under_way(request, session=session)


def _parked(request: Request) -> bool:
    return request.purpose is Purpose.END and request.acknowledged and not request.code


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
