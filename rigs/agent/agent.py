"""The agent: one object, handled by one thread, one event at a time.

It owns the tasks and the connection's state; looking for jobs is the seeker's, reporting the reporter's. Everything
outside (link, workshop, flash, clock) is handed in, so that it can be tried without a network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from rigs.agent import events, jobs, tasks
from rigs.agent.config import Settings
from rigs.agent.desk import Desk, Purpose, Request
from rigs.agent.ears import Ears
from rigs.agent.jobs import Execution, Key, Refusal
from rigs.agent.life import Connection
from rigs.agent.link import Link
from rigs.agent.policy import Policy
from rigs.agent.reporter import Reporter
from rigs.agent.seeker import Seeker
from rigs.agent.store import Flash
from rigs.agent.tasks import BUSY, Phase, Result, Step, Task
from rigs.agent.timers import Timers
from rigs.agent.work import Workshop

Handler = Callable[[Any], None]


class Agent:
    """A device agent; `left` is the exit code once it wants to end."""

    def __init__(
        self,
        *,
        settings: Settings,
        link: Link,
        workshop: Workshop,
        flash: Flash,
        policy: Policy,
        timers: Timers,
        chance: Random,
        say: Callable[[str], None],
    ) -> None:
        self.settings, self.habits, self.timing = settings, settings.habits, settings.timing
        self.link, self.workshop, self.flash, self.policy = link, workshop, flash, policy
        self.timers, self.chance, self.say = timers, chance, say
        self.tasks: list[Task] = []
        self.stopping = False
        self.left: int | None = None
        self.desk = Desk(settings, link, timers, policy, self, say, life=f"{chance.getrandbits(32):08x}")
        self.connection = Connection(self)
        self.seeker = Seeker(self)
        self.ears = Ears(self)
        self.reporter = Reporter(self)
        self._handlers: dict[type, Handler] = {
            events.Connected: self.connection.made,
            events.Disconnected: self.connection.lost,
            events.Unreached: self.connection.failed,
            events.Subscribed: self.connection.subscribed,
            events.Arrived: self._arrived,
            events.Sent: self.desk.sent,
            events.Alive: self.reporter.alive,
            events.Finished: self._finished,
            events.Restart: self._restart,
            events.Release: lambda event: workshop.release(event.nonce),
            events.Stop: self._stop,
        }
        self._restore()

    def __repr__(self) -> str:
        return f"<Agent {self.settings.thing} {self.tasks}>"

    def handle(self, event: events.Event) -> None:
        """Handle one event."""
        self._handlers[type(event)](event)

    # tasks

    @property
    def busy(self) -> bool:
        """Whether a job is in hand."""
        return any(task.phase in BUSY for task in self.tasks)

    def find(self, key: Key) -> Task | None:
        """The task of an execution."""
        return next((task for task in self.tasks if task.key == key), None)

    def save(self) -> None:
        """Make the tasks safe."""
        self.flash.save([task.plain(keeps_result=self.habits.keeps_result) for task in self.tasks])

    def take(self, execution: Execution) -> Task:
        """Take an execution in hand; the reporter starts it."""
        version = self.policy.first_version(self, execution)
        task = Task(execution=execution, version=version, started=execution.status == "IN_PROGRESS")
        self.tasks.append(task)
        self.say(f"takes {execution.job_id} execution {execution.number}")
        self.save()
        return task

    def begin(self, task: Task, *, resume: bool = False) -> None:
        """Begin the work; what the flash knows about it comes first."""
        if task.phase is not Phase.WORKING:
            task.fire(Step.WORK)
        task.begun = True
        self.save()
        task.run = self.workshop.begin(task.execution.document, resume=resume)
        self.reporter.watch(task)

    def result(self, task: Task, result: Result) -> None:
        """Work has ended with this result: keep it, then report it."""
        task.result, task.run, task.stage = result, None, ""
        self.timers.cancel((task, "hung"), (task, "left"), (task, "pulse"))
        self.save()
        if task.told is not None:
            self.settle(task, f"{task.told} already: nothing to report")
        else:
            self.reporter.end(task)

    def ended(self, task: Task, status: str) -> None:
        """The service told that the execution is over: stop and free the slot, or let the work run out."""
        if task.phase is Phase.WORKING:
            if not self.policy.heeds_end(task, status):
                return
            task.told = status
            if not self.habits.stops_ended_work:
                self.say(f"{task.execution.job_id} is {status}; its work may run out")
                return
        self.settle(task, f"is {status}")

    def settle(self, task: Task, why: str) -> None:
        """Nothing more is to be said about this execution: remember it as finished and look for the next."""
        self.flash.remember(task.execution.job_id, task.execution.number, task.execution.queued_at)
        self.let_go(task, why)
        self.seeker.ask("free again")

    def let_go(self, task: Task, why: str) -> None:
        """Drop a task with all that belongs to it."""
        if task not in self.tasks:
            return
        self.say(f"lets go of {task.execution.job_id}: {why}")
        self.desk.drop(task)
        self.timers.cancel((task, "hung"), (task, "left"), (task, "pulse"))
        if task.run is not None and self.policy.stops_work(task):
            self.workshop.stop(task.run, dropped=True)
        task.fire(Step.DROP)
        self.tasks.remove(task)
        self.save()
        self.connection.leave_if_done()

    def park(self, task: Task) -> None:
        """Keep a result that could not be told for the next connection, out of the next job's way."""
        self.say(f"keeps the result of {task.execution.job_id} for the next connection")
        self.desk.drop(task)
        task.fire(Step.TIRE)
        self.seeker.ask("free again")
        self.connection.leave_if_done()

    # what the desk hands back

    def accepted(self, request: Request, body: Mapping[str, Any]) -> None:
        """A request was accepted."""
        who = self.reporter if request.purpose in (Purpose.START, Purpose.PULSE, Purpose.END) else self.seeker
        try:
            who.accepted(request, body)
        except jobs.NotUnderstood as error:
            self.say(f"answer to {request.about} not understood: {error}")
            self.seeker.nothing()

    def refused(self, request: Request, refusal: Refusal) -> None:
        """A request was refused."""
        who = self.reporter if request.purpose in (Purpose.START, Purpose.PULSE, Purpose.END) else self.seeker
        who.refused(request, refusal)

    def unanswered(self, request: Request) -> None:
        """A request got no answer, however often it was sent."""
        who = self.reporter if request.purpose in (Purpose.START, Purpose.PULSE, Purpose.END) else self.seeker
        who.unanswered(request)

    def stray(self, heard: jobs.Heard) -> None:
        """An answer that nobody waits for."""
        self.policy.stray(self, heard)

    # events

    def _arrived(self, event: events.Arrived) -> None:
        try:
            heard = jobs.read(self.settings.thing, event.topic, event.payload)
            if not self.policy.hears(self, heard):
                return
            if heard.verdict:
                self.desk.hear(heard)
            else:
                self.say(f"hears {heard.about}")
                self.ears.told(heard)
        except jobs.NotUnderstood as error:
            self.say(f"message on {event.topic} not understood: {error}")

    def _by_run(self, run: int) -> Task | None:
        return next((task for task in self.tasks if task.run == run), None)

    def _finished(self, event: events.Finished) -> None:
        task = self._by_run(event.run)
        if task is not None:
            result = Result(status=event.status, details=dict(event.details))
            self.policy.work_ended(self, task, result)

    def _restart(self, event: events.Restart) -> None:
        task = self._by_run(event.run)
        if task is None:
            return
        task.stage = "rebooting"
        self.timers.cancel((task, "hung"), (task, "left"), (task, "pulse"))
        self.save()
        if event.board:
            self.workshop.reboot(event.run)
        else:
            self.connection.leave(RESTART)

    def _stop(self, event: events.Stop) -> None:
        self.say("is asked to stop")
        self.stopping = True
        for task in self.tasks:
            if task.run is not None:
                self.workshop.stop(task.run, dropped=False)
        self.timers.set("farewell", self.timing.farewell, lambda: self.connection.leave(0))
        self.connection.leave_if_done()

    def _restore(self) -> None:
        if self.flash.damaged:
            self.say("stored state was damaged and is put aside")
        for raw in self.flash.tasks:
            task = tasks.restored(raw)
            task.version = self.policy.version_after_boot(task.version, None)
            if not self.policy.remembers(self, task):
                continue
            self.tasks.append(task)
            self.say(f"remembers {task.execution.job_id} ({task.stage or task.phase.value})")
            if task.stage:
                self._booted(task)

    def _booted(self, task: Task) -> None:
        """The reboot was the work, and here we are."""
        self.workshop.note_done(task.execution.document)
        task.stage = ""
        task.result = Result(status="SUCCEEDED", details={"result": "restarted"})
        task.phase = Phase.PARKED
        self.save()


RESTART = 75
"""Exit code that asks the board's supervisor to start the agent again (EX_TEMPFAIL)."""
