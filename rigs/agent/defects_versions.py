"""Defects about versions and refusals; each overrides decisions of Policy and nothing else."""

from __future__ import annotations

from rigs.agent import requests
from rigs.agent.agent import Agent
from rigs.agent.config import Settings
from rigs.agent.desk import Purpose, Request
from rigs.agent.jobs import Execution, Key, Refusal
from rigs.agent.policy import Policy, Verdict
from rigs.agent.tasks import Result, Task

WORD = 1 << 32


class MismatchIsFinal(Policy):
    """F01/a: what was meant to try again after a VersionMismatch is never reached, and the job is forgotten."""

    def judge(self, request: Request, refusal: Refusal) -> Verdict:
        verdict = super().judge(request, refusal)
        return Verdict.OVER if verdict is Verdict.CORRECT else verdict


class StaleAfterReconnect(MismatchIsFinal):
    """F01/b: at a new connection the job is reported as in progress once more, and that is not counted."""

    def back_at_work(self, agent: Agent, task: Task) -> None:
        members = requests.update(
            "IN_PROGRESS",
            details=None,
            expected_version=None,
            execution_number=task.execution.number,
            state=False,
            document=False,
            step_minutes=None,
        )
        about = f"{task.execution.job_id}/update"
        agent.desk.send(Request(purpose=Purpose.PULSE, about=about, compose=lambda request: members))


class BeginsAnew(Policy):
    """S035/a: a refused report means that the work was not good, so it is done once more."""

    def correct(self, agent: Agent, request: Request, refusal: Refusal) -> None:
        super().correct(agent, request, refusal)
        if request.task is not None and request.purpose is Purpose.END:
            agent.workshop.begin(request.task.execution.document, resume=False)


class BeginsBeside(Policy):
    """S036/a: what is in progress at a new connection is begun, also beside its own run."""

    def back_at_work(self, agent: Agent, task: Task) -> None:
        super().back_at_work(agent, task)
        agent.workshop.begin(task.execution.document, resume=False)


class RefusedIsFailed(Policy):
    """S039/a: any refusal of the report of the end means that the job has failed, and that is reported."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._failed: set[Key] = set()

    def judge(self, request: Request, refusal: Refusal) -> Verdict:
        task = request.task
        if task is None or request.purpose is not Purpose.END or task.key in self._failed:
            return super().judge(request, refusal)
        self._failed.add(task.key)
        return Verdict.INSTEAD


class NeverCorrects(Policy):
    """F06/a: reports go out with the version last told, whatever is under way, and no refusal ever puts that right."""

    def expected_version(self, task: Task, purpose: Purpose, unanswered: int) -> int | None:
        return super().expected_version(task, purpose, 0)

    def correct(self, agent: Agent, request: Request, refusal: Refusal) -> None:
        if request.task is not None and request.expected is not None:
            request.task.version = request.expected


class OnlyGrows(Policy):
    """F06/b: a version that is lower than the one believed cannot be right."""

    def correct(self, agent: Agent, request: Request, refusal: Refusal) -> None:
        super().correct(agent, request, refusal)
        if request.task is not None and request.expected is not None:
            request.task.version = max(request.expected, refusal.version or 0)


class LastJobsVersion(Policy):
    """F07/a: the version is read from the notification, and where it has none the one read last stays."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._last: Task | None = None

    def first_version(self, agent: Agent, execution: Execution) -> int | None:
        announced = agent.seeker.announced
        read = announced is None or announced.key != execution.key or announced.version is not None
        return super().first_version(agent, execution) if read or self._last is None else self._last.version

    def work_ended(self, agent: Agent, task: Task, result: Result) -> None:
        self._last = task
        super().work_ended(agent, task, result)


class Int32(Policy):
    """S045/a: the version is kept in 32 bits with a sign."""

    def expected_version(self, task: Task, purpose: Purpose, unanswered: int) -> int | None:
        version = super().expected_version(task, purpose, unanswered)
        return None if version is None else (version + WORD // 2) % WORD - WORD // 2
