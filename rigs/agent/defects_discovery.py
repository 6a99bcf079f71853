"""Defects of finding and starting jobs; each overrides decisions of Policy and nothing else."""

from __future__ import annotations

import json

from rigs.agent.agent import Agent
from rigs.agent.config import Settings
from rigs.agent.desk import Request
from rigs.agent.jobs import Execution, Heard, Key, execution, listed
from rigs.agent.policy import Policy
from rigs.agent.tasks import Task
from rigs.agent.work import foreign

LONG = 10_000
"""Characters of a document that needs a second buffer."""
SHORT_NAME = 40
"""Characters of a job id that the buffer for topics takes."""
HASTE = 0.03
"""Seconds between an empty answer and the next question of one that never rests."""
FULL_LIST = 10
"""Rows of a list that the service has cut (jobs limits)."""


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


class TakesTheFirst(Policy):
    """S002: of the jobs that are found when it starts the first is taken, and the others are none of its business."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._starting = False
        self._first: Key | None = None

    def asks(self, why: str) -> bool:
        self._starting = self._starting or why == "connected"
        return True

    def rests(self, agent: Agent) -> None:
        self._starting = False

    def already_done(self, agent: Agent, execution: Execution) -> bool:
        if not self._starting:
            return super().already_done(agent, execution)
        self._first = self._first or execution.key
        return execution.key != self._first or super().already_done(agent, execution)


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


class KnownFromTheList(Policy):
    """S005: what a list named while it worked is known, so its announcement as the next job is a copy."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._known: set[Key] = set()

    def hears(self, agent: Agent, heard: Heard) -> bool:
        if heard.about == "notify" and agent.busy:
            self._known |= {row.key for row in listed(heard.body) if agent.find(row.key) is None}
        named = execution(heard.body) if heard.about == "notify-next" else None
        return named is None or named.key not in self._known

    def asks(self, why: str) -> bool:
        return why != "free again"


class FirstOnly(Policy):
    """F30: a job for somebody else is left without a word, and what is behind it is not looked at."""

    def turns_down(self, task: Task) -> str | None:
        return None if foreign(task.execution.document) else super().turns_down(task)


class FailsWhatIsForeign(Policy):
    """F71: a document that it does not understand is a job that failed, whoever it was for."""

    def turns_down(self, task: Task) -> str | None:
        return "FAILED" if foreign(task.execution.document) else super().turns_down(task)


class FirstListOnly(Policy):
    """S007: the jobs of a list that was full are done, and then it rests: the list is not asked for again."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._first: set[Key] = set()

    def hears(self, agent: Agent, heard: Heard) -> bool:
        rows = listed(heard.body) if heard.about == "get" and heard.verdict == "accepted" else []
        if len(rows) >= FULL_LIST and not self._first:
            self._first = {row.key for row in rows}
        return True

    def already_done(self, agent: Agent, execution: Execution) -> bool:
        beyond = bool(self._first) and execution.key not in self._first
        return beyond or super().already_done(agent, execution)


class FromTheEnd(Policy):
    """S007: a list is read from its end."""

    def hears(self, agent: Agent, heard: Heard) -> bool:
        if heard.about == "get" and heard.verdict == "accepted":
            heard.body.get("queuedJobs", []).reverse()
        return True


class NeverRests(Policy):
    """F40: an empty answer is answered with the next question."""

    def rests(self, agent: Agent) -> None:
        agent.timers.set("never rests", HASTE, lambda: agent.seeker.ask("nothing was there"))


class EmptyIsFinal(Policy):
    """S201: nothing to do is nothing to do, also right after an announcement."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._believes = False

    def not_there(self, agent: Agent, execution: Execution) -> None:
        self._believes = True

    def asks(self, why: str) -> bool:
        believed, self._believes = self._believes, False
        return not believed and not why.endswith("that is not there yet")


class AsksTooEarly(Policy):
    """S202: asks while its subscription is still on the way, and takes the answer for the whole truth."""

    def waits_for_suback(self) -> bool:
        return False
