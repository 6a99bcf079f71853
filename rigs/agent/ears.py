"""Listening: what a notification means for the jobs in hand and for those that are not.

A notification is never believed to the letter: it may be late or doubled (jobs notifications come at least once, in no
order), so a job that it does not name is looked after with a question before its work is stopped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rigs.agent import jobs
from rigs.agent.jobs import Execution, Heard
from rigs.agent.tasks import Phase, Task

if TYPE_CHECKING:
    from rigs.agent.agent import Agent

LISTED = 10
"""A list may be cut at ten entries (jobs limits): only a shorter one shows by silence that an execution is over."""


class Ears:
    """Reads notify and notify-next."""

    def __init__(self, agent: Agent) -> None:
        self._agent, self._seeker = agent, agent.seeker

    def __repr__(self) -> str:
        return "<Ears>"

    def told(self, heard: Heard) -> None:
        """A notification came."""
        if heard.about == "notify":
            self._told_list(jobs.listed(heard.body))
        else:
            self._told_next(jobs.execution(heard.body))

    def _told_next(self, execution: Execution | None) -> None:
        agent = self._agent
        others = [task for task in agent.tasks if execution is None or task.key != execution.key]
        self.suspect(others)
        if execution is None:
            self._seeker.announced = None
            return
        self._superseded(execution)
        agent.policy.news_heard(agent, execution)
        known = self._seeker.known(execution)
        if known or (self._seeker.announced is not None and self._seeker.announced.key == execution.key):
            agent.policy.copy_heard(agent, execution)
        if not known:
            self._seeker.announced, self._seeker.empty = execution, 0
            self._act(execution)

    def _act(self, execution: Execution) -> None:
        habits = self._agent.habits
        if habits.takes_jobs != "notify":
            self._seeker.ask(f"was told of {execution.job_id}")
        elif not (self._agent.busy and habits.one_at_a_time):
            self._seeker.consider(execution)

    def _told_list(self, rows: list[Execution]) -> None:
        if len(rows) < LISTED:
            named = {row.key for row in rows}
            self.suspect([task for task in self._agent.tasks if task.key not in named])
        for row in rows:
            self._superseded(row)
        fresh = [row for row in rows if self._seeker.takes(row)]
        if not rows:
            self._seeker.announced = None
        elif not fresh and self._agent.habits.told_by == "notify":
            self._agent.policy.copy_heard(self._agent, rows[0])
        elif not fresh:
            return
        elif self._agent.habits.takes_jobs == "notify" and self._agent.habits.told_by == "notify":
            self._seeker.pick(rows)
        elif self._agent.habits.told_by == "notify" or self._seeker.foreign or not self._agent.habits.one_at_a_time:
            self._seeker.announced = fresh[0]
            self._seeker.ask(f"was told of {fresh[0].job_id}")

    def _superseded(self, execution: Execution) -> None:
        """A higher executionNumber of a job in hand: the execution in hand has ended."""
        for task in list(self._agent.tasks):
            same, number = task.execution.job_id == execution.job_id, task.execution.number
            if same and number is not None and (execution.number or 0) > number:
                self._agent.ended(task, f"followed by execution {execution.number}")

    def suspect(self, unnamed: list[Task]) -> None:
        """A notification does not name these: look after them. A report of the end under way tells by itself."""
        for task in list(unnamed):
            running = task.phase in (Phase.STARTING, Phase.WORKING) and task.told is None
            if task.phase is Phase.PARKED or (running and self._agent.policy.suspects_end(task)):
                self._seeker.check(task)
