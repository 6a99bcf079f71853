"""Defects about lost messages and full storage; each overrides decisions of Policy and nothing else."""

from __future__ import annotations

from rigs.agent import jobs
from rigs.agent.agent import Agent
from rigs.agent.config import Settings
from rigs.agent.desk import Purpose, Request
from rigs.agent.jobs import Execution, Heard, Key, Refusal
from rigs.agent.policy import Policy, Verdict
from rigs.agent.room import NO_SPACE
from rigs.agent.tasks import Result, Task

QUESTIONS = frozenset({Purpose.ASK, Purpose.LIST, Purpose.FETCH})
HASTE = 0.05
"""Seconds between two publishes of a loop that never rests."""


def _unheard_end(request: Request) -> bool:
    """A report of an end without an answer."""
    return request.purpose is Purpose.END and not request.code


class DropsWhenTheLinkIsLost(Policy):
    """F10/a: a status that could not be published is dropped with the connection."""

    def unsaid(self, agent: Agent, task: Task) -> None:
        agent.settle(task, "could not be published")


class FireAndForget(DropsWhenTheLinkIsLost):
    """F12/a: the report is published, and what becomes of it is nobody's business."""

    def may_repeat(self, request: Request) -> bool:
        return not _unheard_end(request) and super().may_repeat(request)

    def tired(self, agent: Agent, request: Request) -> None:
        if request.task is not None and _unheard_end(request):
            agent.settle(request.task, "was published")
        else:
            super().tired(agent, request)


class OnlyInMemory(Policy):
    """F10/b: a pending status lives in memory, and what is in progress at boot is somebody else's."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._foreign: set[Key] = set()

    def remembers(self, agent: Agent, task: Task) -> bool:
        if task.result is None:
            return super().remembers(agent, task)
        self._foreign.add(task.key)
        return False

    def already_done(self, agent: Agent, execution: Execution) -> bool:
        return execution.key in self._foreign or super().already_done(agent, execution)


class ReportsAndBegins(Policy):
    """S050/a: after a boot the kept status is sent, and the execution in progress is begun as well."""

    def remembers(self, agent: Agent, task: Task) -> bool:
        if task.result is not None and not task.stage:
            agent.workshop.begin(task.execution.document, resume=False)
        return super().remembers(agent, task)


class Loops(Policy):
    """F39/a: a report without an answer is published again and again, until the packet ids run out."""

    def patience(self, request: Request) -> float | None:
        return HASTE if _unheard_end(request) and request.tries > 1 else super().patience(request)

    def may_repeat(self, request: Request) -> bool:
        return _unheard_end(request) or super().may_repeat(request)


class NewClientEachTime(Policy):
    """F16/a: each connection has a client of its own, so nobody knows what was not acknowledged."""

    def link_lost(self, agent: Agent) -> None:
        from rigs.agent.link5 import Link5

        if isinstance(agent.link, Link5):
            agent.link.renew()


class PubackIsProof(Policy):
    """S051/a: the acknowledgement is taken for the acceptance, although the report names a version."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._proven: set[Key] = set()

    def may_repeat(self, request: Request) -> bool:
        return not (_unheard_end(request) and request.acknowledged) and super().may_repeat(request)

    def tired(self, agent: Agent, request: Request) -> None:
        if request.task is not None and _unheard_end(request) and request.acknowledged:
            agent.settle(request.task, "was acknowledged")
        else:
            super().tired(agent, request)

    def under_way(self, request: Request, *, session: bool) -> bool:
        if request.task is not None and _unheard_end(request) and request.acknowledged:
            self._proven.add(request.task.key)
        return super().under_way(request, session=session)

    def unsaid(self, agent: Agent, task: Task) -> None:
        if task.key in self._proven:
            agent.settle(task, "was acknowledged")
        else:
            super().unsaid(agent, task)


class OneSlot(Policy):
    """F23/a: the slot of the pending status is not cleared when its report is refused, and the next job tells it."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._slot: Result | None = None

    def judge(self, request: Request, refusal: Refusal) -> Verdict:
        if request.purpose is Purpose.END and refusal.over and request.task is not None:
            self._slot = request.task.result
        return super().judge(request, refusal)

    def work_ended(self, agent: Agent, task: Task, result: Result) -> None:
        pending, self._slot = self._slot or result, None
        super().work_ended(agent, task, pending)


class AsksForEver(Policy):
    """F14/a: a question that is acknowledged is answered some day, so nothing else is asked before."""

    def patience(self, request: Request) -> float | None:
        return None if request.purpose in QUESTIONS else super().patience(request)

    def under_way(self, request: Request, *, session: bool) -> bool:
        return request.purpose in QUESTIONS or super().under_way(request, session=session)


class LateStartBegins(Policy):
    """S054/a: the first answer to a start that was asked for twice begins the work, and so does the second."""

    def stray(self, agent: Agent, heard: Heard) -> None:
        handed_out = heard.verdict == "accepted" and heard.about == "start-next"
        execution = jobs.execution(heard.body) if handed_out else None
        if execution is not None:
            agent.workshop.begin(execution.document, resume=False)


def _no_space(result: Result) -> bool:
    return result.details.get("reason", "").startswith(NO_SPACE)


class Swallows(Policy):
    """F21/a: a job that cannot be stored is dropped where it is, without a word."""

    def work_ended(self, agent: Agent, task: Task, result: Result) -> None:
        if _no_space(result):
            agent.settle(task, "could not be stored")
        else:
            super().work_ended(agent, task, result)


class WroteNothing(Policy):
    """F21/b: what the write returned is not looked at."""

    def work_ended(self, agent: Agent, task: Task, result: Result) -> None:
        super().work_ended(agent, task, Result(status="SUCCEEDED") if _no_space(result) else result)
