"""Defects about starts, announcements and cancels; each overrides decisions of Policy and nothing else."""

from __future__ import annotations

from rigs.agent.agent import Agent
from rigs.agent.config import Settings
from rigs.agent.desk import Purpose, Request
from rigs.agent.jobs import Execution, Key, Refusal
from rigs.agent.policy import Policy, Verdict
from rigs.agent.tasks import Task


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
    """F57/a: looks for a cancel only between two jobs; a refusal only ends its reports of progress."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._silent: set[Key] = set()

    def suspects_end(self, task: Task) -> bool:
        return False

    def heeds_end(self, task: Task, status: str) -> bool:
        self._silent.add(task.key)
        return False

    def pulses(self, task: Task) -> bool:
        return super().pulses(task) and task.key not in self._silent


class StopsReportingOnly(Policy):
    """F57/b: the stop flag ends the reports, and the work goes on."""

    def stops_work(self, task: Task) -> bool:
        return False
