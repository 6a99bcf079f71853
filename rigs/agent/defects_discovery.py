"""Defects of finding and starting jobs; each overrides decisions of Policy and nothing else."""

from __future__ import annotations

import json

from rigs.agent.agent import Agent
from rigs.agent.config import Settings
from rigs.agent.desk import Request
from rigs.agent.jobs import Execution, Heard, execution
from rigs.agent.policy import Policy

LONG = 10_000
"""Characters of a document that needs a second buffer."""
SHORT_NAME = 40
"""Characters of a job id that the buffer for topics takes."""


class AsksAtBootOnly(Policy):
    """F32: asks when it starts, and never reads what it is told."""

    def hears(self, agent: Agent, heard: Heard) -> bool:
        return bool(heard.verdict)


class OnlyListens(Policy):
    """F31: asks when it starts, but not when it comes back: what came while it was away stays where it is."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._connections = 0

    def asks(self, why: str) -> bool:
        self._connections += why == "connected"
        return why != "connected" or self._connections == 1


class RestOfTheBuffer(Policy):
    """F38: behind a short message the rest of the long one before it is parsed once more."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._buffer: Execution | None = None

    def already_done(self, agent: Agent, execution: Execution) -> bool:
        if len(json.dumps(execution.document)) > LONG:
            self._buffer = execution
        return super().already_done(agent, execution)

    def hears(self, agent: Agent, heard: Heard) -> bool:
        old, done = self._buffer, not agent.busy
        if heard.about == "notify-next" and execution(heard.body) is None and old is not None and done:
            self._buffer = None
            agent.workshop.begin(old.document, resume=False)
        return True


class TakesQueuedOnly(Policy):
    """F45: an execution that is IN_PROGRESS is somebody else's, so nobody ends it."""

    def adopts(self, execution: Execution) -> bool:
        return False


class CutsTheName(Policy):
    """F81: the topic is written into a buffer that takes forty characters of the job id."""

    def name(self, job_id: str) -> str:
        return job_id[:SHORT_NAME]


class ReportsToNext(Policy):
    """F73: the name under which the job was looked up is taken for the name of the job."""

    def name(self, job_id: str) -> str:
        return "$next"


class ParkedStart(Policy):
    """F13: the answer to a start is waited for without end."""

    def patience(self, request: Request) -> float | None:
        return None if request.about == "start-next" else super().patience(request)
