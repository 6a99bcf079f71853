"""Defects about time: step timers, the time that is left, executions that have timed out."""

from __future__ import annotations

from rigs.agent.agent import Agent
from rigs.agent.config import Settings
from rigs.agent.desk import Purpose, Request
from rigs.agent.jobs import Key, Refusal
from rigs.agent.policy import Policy, Verdict
from rigs.agent.tasks import Task


class SlotNeverFreed(Policy):
    """F56: who is told TIMED_OUT gives up the report and keeps the slot."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._late: set[Key] = set()

    def suspects_end(self, task: Task) -> bool:
        return False

    def judge(self, request: Request, refusal: Refusal) -> Verdict:
        if refusal.over != "TIMED_OUT" or request.task is None:
            return super().judge(request, refusal)
        self._late.add(request.task.key)
        return Verdict.GIVE_UP

    def pulses(self, task: Task) -> bool:
        return super().pulses(task) and task.key not in self._late

    def tired(self, agent: Agent, request: Request) -> None:
        if request.task is None or request.task.key not in self._late:
            super().tired(agent, request)


class NeverRenews(Policy):
    """F66: reports of progress leave stepTimeoutInMinutes out, so the step timer is never set anew."""

    def renewal(self, minutes: int) -> int | None:
        return None


class MuteOnSilence(Policy):
    """F13: who waits for the answer to a renewal waits for ever and renews no more."""

    def patience(self, request: Request) -> float | None:
        return None if request.purpose is Purpose.PULSE else super().patience(request)


class Milliseconds(Policy):
    """F84: the seconds that are left are taken for milliseconds."""

    def time_to_act(self, seconds_left: int | None) -> float | None:
        return seconds_left / 1000 if seconds_left else None


class NoLimit(Policy):
    """F52: hung work is waited for without end."""

    def limits_work(self, task: Task) -> bool:
        return False


class LeavesItOut(Policy):
    """stepTimeoutInMinutes is left out to cancel the step timer, which lets it run on."""

    def cancel_value(self) -> int | None:
        return None
