"""Defects of the start, its answer and the agent's own end; each overrides decisions of Policy and nothing else."""

from __future__ import annotations

from rigs.agent.agent import Agent
from rigs.agent.config import Settings
from rigs.agent.desk import Purpose, Request
from rigs.agent.jobs import Execution, Heard
from rigs.agent.policy import Policy
from rigs.agent.tasks import Result, Task


class BeginsWithTheNews(Policy):
    """S009: the document stands in the announcement, so the work begins at once and the start is asked for beside."""

    def news_heard(self, agent: Agent, execution: Execution) -> None:
        if execution.document is not None and not agent.busy and not agent.seeker.known(execution):
            agent.seeker.ask(f"was told of {execution.job_id}")
            agent.begin(agent.take(execution))


class BusyWithNothing(Policy):
    """F58: busy from the announcement on, and free again with the job only: one that is gone keeps the slot."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._busy = False

    def asks(self, why: str) -> bool:
        if self._busy:
            return False
        self._busy = why.startswith("was told of")
        return True

    def first_version(self, agent: Agent, execution: Execution) -> int | None:
        self._busy = False
        return super().first_version(agent, execution)


class NoSuchOperation(Policy):
    """F94: an operation is entered when its PUBLISH is acknowledged, and an answer before that belongs to none."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._lost: list[Request] = []

    def takes_answer(self, request: Request) -> bool:
        if request.acknowledged or request.purpose not in (Purpose.ASK, Purpose.START):
            return True
        self._lost.append(request)
        return False

    def may_repeat(self, request: Request) -> bool:
        return request not in self._lost and super().may_repeat(request)


class LateStartRuns(Policy):
    """S204: whenever a start is accepted the device is at work, also when the work is over."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._at_work = False

    def stray(self, agent: Agent, heard: Heard) -> None:
        self._at_work = self._at_work or (heard.verdict == "accepted" and heard.about.endswith("/update"))

    def asks(self, why: str) -> bool:
        return not self._at_work


class NobodyAsked(Policy):
    """S019: an answer that nobody waits for is a bug that cannot be, and ends the agent."""

    def stray(self, agent: Agent, heard: Heard) -> None:
        agent.connection.leave(1)


class StopForgets(Policy):
    """F15: what waits to be told is lost with the agent, and at its start nothing is known of it."""

    def remembers(self, agent: Agent, task: Task) -> bool:
        return task.result is None or bool(task.stage)


class StoppedIsFailed(Policy):
    """F53: what was in hand when the agent was stopped has failed, whatever became of its work."""

    def remembers(self, agent: Agent, task: Task) -> bool:
        if task.result is not None:
            task.result = Result(status="FAILED", details={"reason": "the agent was stopped"})
        return True


class UnknownIsNegative(Policy):
    """S024: as long as nothing is done, how much is not known, and −1 says so."""

    def percent(self, task: Task) -> int:
        return task.percent or -1
