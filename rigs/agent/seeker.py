"""Looking for jobs: asking, reading the answers, and taking what is to be taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from rigs.agent import jobs, requests
from rigs.agent.desk import Purpose, Request
from rigs.agent.jobs import Execution, Key, Refusal
from rigs.agent.policy import Verdict
from rigs.agent.tasks import Phase, Task
from rigs.agent.work import foreign

if TYPE_CHECKING:
    from rigs.agent.agent import Agent

ASKS: dict[str, tuple[Purpose, str]] = {
    "start-next": (Purpose.ASK, "start-next"),
    "describe": (Purpose.ASK, "$next/get"),
    "notify": (Purpose.ASK, "$next/get"),
    "poll": (Purpose.LIST, "get"),
}
FRESH = 2
"""An execution that start-next hands out was started by this very request if it is not older than this (seconds)."""


class Seeker:
    """One question at a time; news that come meanwhile make it ask again."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self.asking: Request | None = None
        self.announced: Execution | None = None
        """The execution that a notification named last and that is not in hand."""
        self.foreign: set[Key] = set()
        self.declined: set[Key] = set()
        self.starts: set[Key] = set()
        """Executions whose start this process reported: IN_PROGRESS by its own doing, whether it heard the answer."""
        self._again = False
        self._new = True
        """Whether it has something to ask at the next connection, whatever its habit."""
        self.empty = 0
        self._unheard = 0

    def __repr__(self) -> str:
        return f"<Seeker asking {self.asking}>"

    # asking

    def connected(self, *, session: bool) -> None:
        """A new connection: old grudges are forgotten, and whatever was missed is asked for.

        In a session that the service has kept nothing is missed: there some ask when they start only.
        """
        self.foreign.clear()
        self.declined.clear()
        self.empty = 0
        if self.asking not in self._agent.desk.all:
            self.asking = None
        if not session or self._new or self._agent.habits.asks_on == "connect":
            self.ask("connected")
        self._new = False
        if self._agent.habits.asks_by_itself:
            self._poll_later()

    def disconnected(self) -> None:
        """Nothing can be asked; what was asked and not answered will have to be, again."""
        self._new |= self.asking is not None
        self._again = False
        self._agent.timers.cancel("poll", "ask again")

    def ask(self, why: str) -> None:
        """Ask for the next job, unless one is in hand already."""
        agent = self._agent
        if not agent.connection.ready or agent.stopping or (agent.busy and agent.habits.one_at_a_time):
            return
        if not agent.policy.asks(why):
            return
        if self.asking is not None and (self.asking.waiting or agent.timers.running((self.asking, "retry"))):
            self._again = True
            return
        agent.say(f"asks for a job: {why}")
        purpose, about = self._way()
        self._send(Request(purpose=purpose, about=about, compose=self._question(about)))

    def _way(self) -> tuple[Purpose, str]:
        """How it asks. One that does not keep the order looks at the list, whatever it does with a notification."""
        habits = self._agent.habits
        return ASKS["poll" if not habits.in_order and habits.takes_jobs != "start-next" else habits.takes_jobs]

    def _send(self, request: Request) -> None:
        if self.asking is not None:
            self._agent.desk.close(self.asking)
        self.asking = request
        self._agent.desk.send(request)

    def _question(self, about: str) -> Callable[[Request], dict[str, Any]]:
        minutes = self._agent.habits.sets_step_timer or None
        if about == "start-next":
            return lambda request: requests.start_next(minutes)
        if about == "get":
            return lambda request: requests.pending()
        return lambda request: requests.describe(document=about != "whether")

    def _list(self) -> None:
        self._send(Request(purpose=Purpose.LIST, about="get", compose=self._question("get")))

    def fetch(self, job_id: str) -> None:
        """Describe one job by name, with its document."""
        self._send(Request(purpose=Purpose.FETCH, about=f"{job_id}/get", compose=self._question("describe")))

    def check(self, task: Task) -> None:
        """Ask whether a running execution still is one; no executionNumber: the latest one tells as much."""
        if self._agent.connection.ready and not self._agent.desk.about(task, Purpose.CHECK):
            about = f"{task.execution.job_id}/get"
            request = Request(purpose=Purpose.CHECK, about=about, compose=self._question("whether"), task=task)
            self._agent.desk.send(request)

    def _poll_later(self) -> None:
        self._agent.timers.set("poll", self._agent.timing.poll or 1.0, self._poll)

    def _poll(self) -> None:
        agent = self._agent
        self._poll_later()
        agent.ears.suspect(agent.tasks)
        self.ask("polls")

    # answers

    def accepted(self, request: Request, body: Mapping[str, Any]) -> None:
        """An answer to a question."""
        if request.purpose is Purpose.CHECK:
            self._checked(request, body)
            return
        self.asking = None
        if request.purpose is Purpose.LIST:
            self._rows(jobs.listed(body))
            return
        execution = jobs.execution(body)
        self._forget_others({execution.key} if execution else set())
        if execution is None:
            self.nothing()
        else:
            self.consider(execution, fetched=request.purpose is Purpose.FETCH, now=body.get("timestamp"))

    def refused(self, request: Request, refusal: Refusal) -> None:
        """A question was refused."""
        agent = self._agent
        verdict = agent.policy.judge(request, refusal)
        if verdict is Verdict.RETRY and agent.policy.may_repeat(request):
            agent.desk.again(request, agent.policy.pause(request))
            return
        agent.desk.close(request)
        if request.purpose is Purpose.CHECK and request.task is not None:
            if verdict is Verdict.OVER:
                agent.ended(request.task, refusal.code)
            return
        self.asking = None
        if request.about == "start-next":
            agent.policy.start_refused(agent, self.announced, None)

    def unanswered(self, request: Request) -> None:
        """Asked often enough. A late answer is still welcome until the next question."""
        self._unheard += 1
        if request.purpose is Purpose.CHECK:
            self._agent.desk.close(request)

    def _checked(self, request: Request, body: Mapping[str, Any]) -> None:
        task, execution = request.task, jobs.execution(body)
        if task is None or execution is None:
            return
        if execution.status in jobs.ENDED or execution.number != task.execution.number:
            self._agent.ended(task, "over")
        elif task.checks_first:
            self._agent.reporter.end(task)

    def _rows(self, rows: list[Execution]) -> None:
        self._forget_others({row.key for row in rows})
        for row in rows:
            task = self._agent.find(row.key)
            if task is not None and task.phase is Phase.RESTORED:
                self._agent.reporter.resume(task, row)
        self.pick(rows)

    def pick(self, rows: list[Execution]) -> None:
        """Take an execution of a list that can be taken: the first, or without an order the newest."""
        fit = [row for row in rows if self.takes(row)]
        if not self._agent.habits.in_order:
            fit.reverse()
        if not fit:
            self.nothing()
        elif not (self._agent.busy and self._agent.habits.one_at_a_time):
            self.consider(fit[0])

    def nothing(self) -> None:
        """Nothing to take: rest, or ask once more when there was news meanwhile or the news was fresher."""
        agent = self._agent
        self.asking = None
        if self.announced is not None:
            agent.policy.not_there(agent, self.announced)
        if self._again:
            self._again = False
            self.ask("news came meanwhile")
        elif self.announced is not None and self.empty + 1 < agent.habits.tries:
            self.empty += 1
            pause = agent.timing.retry * 2**self.empty
            agent.timers.set("ask again", pause, lambda: self.ask("was told of a job that is not there yet"))
        elif agent.habits.one_shot and not agent.busy:
            agent.connection.leave(0)
        else:
            agent.policy.rests(agent)

    def _forget_others(self, named: set[Key]) -> None:
        """Tasks found in the flash that the service no longer has in progress are over."""
        for task in [each for each in self._agent.tasks if each.phase is Phase.RESTORED and each.key not in named]:
            if self._agent.habits.one_at_a_time:
                self._agent.let_go(task, "the service no longer has it")
            else:
                self.check(task)

    # taking

    def consider(self, execution: Execution, *, fetched: bool = False, now: object = None) -> None:
        """An execution was handed out or announced with its document: take it if it is to be taken."""
        agent, task = self._agent, self._agent.find(execution.key)
        if task is not None and task.phase is Phase.RESTORED:
            agent.reporter.resume(task, execution)
        elif task is not None or agent.policy.already_done(agent, execution):
            agent.say(f"{execution.job_id} is known already")
            if not agent.habits.one_at_a_time and not fetched:
                self._list()
        elif execution.key in self.declined:
            agent.say(f"{execution.job_id} is left alone until the next connection")
        elif self._leaves(execution):
            self.foreign.add(execution.key)
            self._list()
            if self._agent.habits.told_by == "notify-next":
                self._poll_later()  # of what is queued behind a job that is left, notify-next never tells
        elif execution.document is None and not fetched and not agent.reporter.asks_document(execution):
            self.fetch(execution.job_id)
        else:
            self._take(execution, now)

    def _take(self, execution: Execution, now: object) -> None:
        orphan = self._orphan(execution, now)
        if orphan and not self._agent.policy.adopts(execution):
            self.declined.add(execution.key)
            return
        task = self._agent.take(execution)
        self.announced, self.empty, self._again = None, 0, False
        self._agent.reporter.start(task, orphan=orphan)
        if not self._agent.habits.one_at_a_time:
            self._list()

    def _leaves(self, execution: Execution) -> bool:
        left = self._agent.habits.foreign_jobs == "left" and self._agent.habits.takes_jobs != "start-next"
        return execution.key in self.foreign or (left and foreign(execution.document))

    def _orphan(self, execution: Execution, now: object) -> bool:
        """Whether it is IN_PROGRESS and not by this process: somebody, perhaps a former life, began it."""
        if execution.status != "IN_PROGRESS" or execution.key in self.starts:
            return False
        if self._agent.habits.takes_jobs != "start-next":
            return True
        stale = isinstance(now, int) and execution.started_at is not None and now - execution.started_at >= FRESH
        return not self._unheard and (stale or (execution.version or 0) > 2)

    def known(self, execution: Execution) -> bool:
        """Whether it is in hand or finished."""
        task = self._agent.find(execution.key)
        in_hand = task is not None and task.phase is not Phase.RESTORED
        return in_hand or self._agent.policy.already_done(self._agent, execution)

    def takes(self, execution: Execution) -> bool:
        """Whether it is neither known nor to be left alone."""
        return not self.known(execution) and execution.key not in self.foreign | self.declined
