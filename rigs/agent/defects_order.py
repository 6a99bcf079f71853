"""Defects about duplicates, order and likeness; each overrides decisions of Policy and nothing else."""

from __future__ import annotations

import json
from collections import Counter

from rigs.agent import jobs
from rigs.agent.agent import Agent
from rigs.agent.config import Settings
from rigs.agent.desk import Purpose, Request
from rigs.agent.jobs import Execution, Heard, Key, Refusal
from rigs.agent.policy import Policy, Verdict
from rigs.agent.tasks import Phase, Result, Task

COPIES = 2
BUSY_STARTING = 0.05
"""Seconds after the start in which a run is not yet noted as this execution's."""


def _run_beside(agent: Agent, execution: Execution) -> None:
    """One more run of the work, beside what is in hand."""
    task = agent.find(execution.key)
    document = execution.document or (task.execution.document if task is not None else None)
    if document is not None:
        agent.workshop.begin(document, resume=False)


class Clogged(Policy):
    """F26: a copy is never read out of the buffer, and after a burst of them nothing else is."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._copies: Counter[Key] = Counter()

    def copy_heard(self, agent: Agent, execution: Execution) -> None:
        self._copies[execution.key] += 1
        super().copy_heard(agent, execution)

    def hears(self, agent: Agent, heard: Heard) -> bool:
        return max(self._copies.values(), default=0) <= COPIES


class ForgetsWhatItHeard(Policy):
    """F34: what was heard before is not known after a restart, so each delivery begins a run."""

    def copy_heard(self, agent: Agent, execution: Execution) -> None:
        task = agent.find(execution.key)
        if task is not None and task.restored:
            _run_beside(agent, execution)

    def stray(self, agent: Agent, heard: Heard) -> None:
        execution = jobs.execution(heard.body) if heard.verdict == "accepted" else None
        if execution is not None:
            self.copy_heard(agent, execution)


class CopyCancels(Policy):
    """F35: a copy that comes while the run is being set up cancels it."""

    def copy_heard(self, agent: Agent, execution: Execution) -> None:
        task = agent.find(execution.key)
        fresh = task is not None and agent.timers.clock() - task.timer_at < BUSY_STARTING
        if task is not None and task.run is not None and fresh:
            agent.workshop.stop(task.run, dropped=True)
            agent.result(task, Result(status="FAILED", details={"reason": "cancelled"}))


class OncePerJob(Policy):
    """F28: a job that was done once is not done again, whatever its executionNumber."""

    def already_done(self, agent: Agent, execution: Execution) -> bool:
        return any(job == execution.job_id for job, _, _ in agent.flash.finished)


class OncePerDocument(Policy):
    """A cure of F24 that goes too far: a document that was done once is not done again."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._done: dict[str, Key] = {}

    def already_done(self, agent: Agent, execution: Execution) -> bool:
        if execution.document is None:
            return super().already_done(agent, execution)
        first = self._done.setdefault(json.dumps(execution.document, sort_keys=True), execution.key)
        return first != execution.key or super().already_done(agent, execution)


class AnotherDocument(Policy):
    """F25: an execution whose document reads otherwise, if only in a signature, is another one."""

    def copy_heard(self, agent: Agent, execution: Execution) -> None:
        task = agent.find(execution.key)
        if task is not None and execution.document not in (None, task.execution.document):
            _run_beside(agent, execution)


class OneJobId(Policy):
    """F29: there is one current job id, and the next announcement overwrites it while the end is still repeated."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._moved: set[Key] = set()

    def news_heard(self, agent: Agent, execution: Execution) -> None:
        for task in agent.tasks:
            if task.phase is Phase.REPORTING and task.key != execution.key:
                self._moved.add(task.key)
                for request in agent.desk.about(task, Purpose.END):
                    request.about = f"{execution.job_id}/update"

    def expected_version(self, task: Task, purpose: Purpose, unanswered: int) -> int | None:
        return None if task.key in self._moved else super().expected_version(task, purpose, unanswered)


class AnyNewsAborts(Policy):
    """F33: an announcement of the running job as IN_PROGRESS is taken for a cancel."""

    def copy_heard(self, agent: Agent, execution: Execution) -> None:
        task = agent.find(execution.key)
        if task is not None and execution.status == "IN_PROGRESS":
            agent.let_go(task, "is cancelled, it thinks")


class WorksFromOldNews(Policy):
    """F41: what was announced last is worked on, also when the service has nothing of the kind any more."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._applied: set[Key] = set()

    def news_heard(self, agent: Agent, execution: Execution) -> None:
        if agent.busy and agent.find(execution.key) is None:
            self.not_there(agent, execution)

    def not_there(self, agent: Agent, execution: Execution) -> None:
        if execution.key not in self._applied:
            self._applied.add(execution.key)
            _run_beside(agent, execution)


class EveryAnswerStarts(Policy):
    """F36: every answer that hands out or confirms a start begins a run."""

    def stray(self, agent: Agent, heard: Heard) -> None:
        execution = jobs.execution(heard.body) if heard.verdict == "accepted" else None
        if execution is not None:
            _run_beside(agent, execution)


class EndOverProgress(Policy):
    """F18: the end is given up when a report of progress that it has overtaken makes its version a wrong one."""

    def judge(self, request: Request, refusal: Refusal) -> Verdict:
        overtook = refusal.version is not None and request.expected is not None and refusal.version < request.expected
        lost = request.purpose is Purpose.END and refusal.code == "VersionMismatch" and overtook
        return Verdict.OVER if lost else super().judge(request, refusal)
