"""Reporting: the start, progress and step timer, the end; and what to do with the answers."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from awsiot.iotjobs import JobStatus

from rigs.agent import jobs, requests
from rigs.agent.desk import UPDATES, Purpose, Request
from rigs.agent.events import Alive
from rigs.agent.jobs import Execution, Refusal
from rigs.agent.policy import Verdict
from rigs.agent.tasks import Phase, Result, Step, Task
from rigs.agent.work import clean, unsuitable

if TYPE_CHECKING:
    from rigs.agent.agent import Agent


class Reporter:
    """Sends updates about tasks; a table says what each refusal means."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent

    def __repr__(self) -> str:
        return "<Reporter>"

    # building an update

    def _members(
        self, request: Request, *, status: str, details: Mapping[str, str], step: int | None
    ) -> dict[str, Any]:
        """The members of an update; made anew for each try, since the version moves on."""
        agent, habits, task = self._agent, self._agent.habits, request.task
        assert task is not None
        # An update that named an older version than is held now was either refused or is counted already.
        told = task.version or 0
        others = [each for each in agent.desk.about(task, *UPDATES) if each is not request and each.waiting]
        others = [each for each in others if each.expected is None or each.expected >= told]
        members = requests.update(
            status,
            details=clean(details) if habits.sends_details and details else None,
            expected_version=agent.policy.expected_version(task, request.purpose, len(others)),
            execution_number=task.execution.number if habits.sends_execution_number else None,
            state=habits.asks_state or "include_job_execution_state" in habits.includes,
            document=request.purpose is Purpose.START and "include_job_document" in habits.includes,
            step_minutes=step,
        )
        return {**members, **self._body_names(task)}

    def _body_names(self, task: Task) -> dict[str, str]:
        includes = self._agent.habits.includes
        names = {"thingName": self._agent.settings.thing} if "thing_name_in_body" in includes else {}
        return names | ({"jobId": task.execution.job_id} if "job_id_in_body" in includes else {})

    def _send(
        self,
        task: Task,
        purpose: Purpose,
        status: str,
        details: Mapping[str, str] | None = None,
        step: int | None = None,
    ) -> None:
        compose = partial(self._members, status=status, details=details or {}, step=step)
        about = f"{self._agent.policy.name(task.execution.job_id)}/update"
        request = Request(purpose=purpose, about=about, compose=compose, task=task)
        self._agent.desk.send(request)

    def asks_document(self, execution: Execution) -> bool:
        """Whether the report of the start brings the document."""
        habits = self._agent.habits
        asks = "include_job_document" in habits.includes and habits.waits_for_start
        return asks and habits.reports_start and execution.status == "QUEUED"

    # start

    def start(self, task: Task, *, orphan: bool = False) -> None:
        """What a taken execution begins with: its start, its work, or its refusal."""
        task.timed = task.execution.seconds_left is not None and self._agent.habits.sets_step_timer > 0
        habits, execution = self._agent.habits, task.execution
        if execution.document is not None or not self.asks_document(execution):
            task.refuse = unsuitable(execution.document)
        if orphan and habits.after_reboot == "fail":
            self._result(task, JobStatus.FAILED, "begun in a former life")
        elif task.refuse and (task.started or habits.rejects_from_queued):
            self._turn_down(task, task.refuse)
        elif task.started or not habits.reports_start:
            self._go(task)
        else:
            self._start(task)
            if not habits.waits_for_start and not task.refuse:
                self._agent.begin(task)

    def _start(self, task: Task) -> None:
        if task.phase is Phase.TAKEN:
            task.fire(Step.START)
        self._agent.seeker.starts.add(task.key)
        task.timer_at = self._agent.timers.clock()
        self._send(task, Purpose.START, JobStatus.IN_PROGRESS, step=self._agent.habits.sets_step_timer or None)

    def _go(self, task: Task) -> None:
        """The start is settled: work, or say why not."""
        if task.refuse:
            self._turn_down(task, task.refuse)
        elif not task.begun:
            self._agent.begin(task)

    def _turn_down(self, task: Task, why: str) -> None:
        status = self._agent.policy.turns_down(task)
        if status is not None:
            self._result(task, status, why)
            return
        self._agent.seeker.declined.add(task.key)
        self._agent.let_go(task, f"says nothing about it: {why}")

    def _result(self, task: Task, status: str, reason: str) -> None:
        details = {"reason": reason} if self._agent.habits.reports_reason else {}
        self._agent.result(task, Result(status=status, details=details))

    def resume(self, task: Task, execution: Execution) -> None:
        """A task found in the flash, and the service still has it."""
        agent = self._agent
        task.version = agent.policy.version_after_boot(task.version, execution.version)
        task.started = execution.status == "IN_PROGRESS"
        if not task.begun:
            agent.tasks.remove(task)
            self.start(agent.take(execution if execution.document is not None else task.execution))
        elif agent.habits.after_reboot == "fail":
            self._result(task, JobStatus.FAILED, "the device was restarted during the work")
        else:
            agent.begin(task, resume=agent.habits.after_reboot == "resume")

    def connected(self) -> None:
        """A new connection: say again what was not answered, before anything is asked."""
        agent = self._agent
        for task in list(agent.tasks):
            if agent.desk.about(task, Purpose.START, Purpose.END):
                continue  # the session carries it
            if task.phase is Phase.STARTING:
                self._start(task)
            elif task.phase in (Phase.REPORTING, Phase.PARKED) and task.result is not None:
                agent.policy.unsaid(agent, task)
            elif task.phase is Phase.WORKING:
                agent.policy.back_at_work(agent, task)

    def flush(self, task: Task) -> None:
        """Without version and number a late result would end the next execution of the same job: look first."""
        habits = self._agent.habits
        if habits.sends_expected_version == "never" and not habits.sends_execution_number:
            task.checks_first = True
            self._agent.seeker.check(task)
        else:
            self.end(task)

    # while it works

    def watch(self, task: Task) -> None:
        """Work has begun: pulse, time limits."""
        agent, act = self._agent, self._agent.policy.time_to_act(task.execution.seconds_left)
        task.timer_at = task.timer_at or agent.timers.clock()
        agent.timers.set((task, "pulse"), self._pulse_pause(), lambda: self._pulse(task))
        if agent.policy.limits_work(task):
            agent.timers.set((task, "hung"), agent.timing.give_up, lambda: self._give_up(task, "no progress any more"))
        if act is not None:
            agent.timers.set((task, "left"), act, lambda: self._time_is_up(task))
        self._cancel_timer(task)

    def _cancel_timer(self, task: Task) -> None:
        """Cancel the step timer for work of unknown length; where none runs the service would refuse that."""
        if task.timed and task.phase is Phase.WORKING and self._agent.habits.cancels_step_timer:
            task.timed, task.untimed = False, True
            self._send(task, Purpose.PULSE, JobStatus.IN_PROGRESS, step=self._agent.policy.cancel_value())

    def alive(self, event: Alive) -> None:
        """The work is not hung."""
        task = next((each for each in self._agent.tasks if each.run == event.run), None)
        if task is None:
            return
        task.percent = max(task.percent, min(event.percent, 100))
        if self._agent.policy.limits_work(task):
            seconds = self._agent.timing.give_up
            self._agent.timers.set((task, "hung"), seconds, lambda: self._give_up(task, "no progress any more"))

    def _give_up(self, task: Task, why: str) -> None:
        if task.run is not None:
            self._agent.workshop.stop(task.run, dropped=True)
        self._result(task, JobStatus.FAILED, why)

    def _time_is_up(self, task: Task) -> None:
        if self._agent.habits.heeds_time_left == "renews":
            self._send(task, Purpose.PULSE, JobStatus.IN_PROGRESS, step=self._agent.habits.sets_step_timer or 10)
        else:
            self._give_up(task, "the time for this job is running out")

    def _pulse_pause(self) -> float:
        habits, timing = self._agent.habits, self._agent.timing
        return timing.progress if habits.reports_progress != "none" else timing.renew / 2

    def _pulse(self, task: Task) -> None:
        """Report progress, set the step timer anew, or both in one report."""
        agent, habits = self._agent, self._agent.habits
        agent.timers.set((task, "pulse"), self._pulse_pause(), lambda: self._pulse(task))
        waiting = agent.desk.about(task, *UPDATES)
        held = any(each.purpose is Purpose.START for each in waiting) or (habits.reports_progress != "free" and waiting)
        if held or not agent.connection.ready or task.phase is not Phase.WORKING or not agent.policy.pulses(task):
            return
        now = agent.timers.clock()
        renews = habits.renews_step_timer and habits.sets_step_timer and not habits.cancels_step_timer
        due = bool(renews) and now - task.timer_at >= agent.timing.renew / 2
        progress = {"progress": str(agent.policy.percent(task))} if habits.reports_progress != "none" else {}
        if progress or due:
            task.timer_at = now if due else task.timer_at
            step = agent.policy.renewal(habits.sets_step_timer) if due else None
            self._send(task, Purpose.PULSE, JobStatus.IN_PROGRESS, progress, step)

    # end

    def end(self, task: Task) -> None:
        """Report the result; nothing else about this execution is repeated any more."""
        task.fire(Step.RESULT)
        task.checks_first = False
        self._agent.desk.hush(task, Purpose.START, Purpose.PULSE)
        self.tell(task)

    def tell(self, task: Task) -> None:
        """Send the report of the end, if there is a connection."""
        if task.result is not None and self._agent.connection.ready:
            self._send(task, Purpose.END, task.result.status, task.result.details)

    # answers

    def accepted(self, request: Request, body: Mapping[str, Any]) -> None:
        """An update was accepted."""
        task = request.task
        if task is None:
            return
        task.counted(jobs.state_version(body), request.expected)
        task.started = True
        sets = request.purpose is Purpose.START and self._agent.habits.sets_step_timer > 0
        task.timed = task.timed or (sets and not task.untimed)
        if request.purpose is Purpose.END:
            self._agent.settle(task, f"{task.result.status if task.result else ''} was accepted")
        else:
            self._agent.save()
            if request.purpose is Purpose.START:
                self._started(task, body)

    def _started(self, task: Task, body: Mapping[str, Any]) -> None:
        if task.execution.document is None and self.asks_document(task.execution):
            task.execution = dataclasses.replace(task.execution, document=body.get("jobDocument"))
            task.refuse = unsuitable(task.execution.document)
        if task.phase is Phase.STARTING:
            self._go(task)
        else:
            self._cancel_timer(task)

    def refused(self, request: Request, refusal: Refusal) -> None:
        """An update was refused."""
        agent, task = self._agent, request.task
        if task is None:
            return
        verdict = agent.policy.judge(request, refusal)
        if verdict is Verdict.CORRECT:
            agent.policy.correct(agent, request, refusal)
        if verdict is Verdict.OVER:
            agent.desk.close(request)
            agent.ended(task, refusal.over or refusal.code)
        elif verdict is Verdict.INSTEAD and task.result is not None:
            agent.desk.close(request)
            agent.result(task, Result(status=JobStatus.FAILED, details=task.result.details))
        elif request.quiet or verdict is Verdict.GIVE_UP or not agent.policy.may_repeat(request):
            self._gave_up(request)
        else:
            first = verdict is Verdict.CORRECT and request.tries == 1
            agent.desk.again(request, 0.0 if first else agent.policy.pause(request))

    def unanswered(self, request: Request) -> None:
        """An update got no answer, however often it was sent."""
        self._gave_up(request)

    def _gave_up(self, request: Request) -> None:
        agent, task = self._agent, request.task
        refused = not request.waiting
        agent.desk.close(request)
        if task is None or request.quiet or request.purpose is Purpose.PULSE:
            return
        if request.purpose is Purpose.END:
            agent.policy.tired(agent, request)
        elif task.phase is Phase.STARTING and refused:
            agent.policy.start_refused(agent, task.execution, task)
        elif task.phase is Phase.STARTING:
            agent.let_go(task, "its start got no answer")
