"""The decisions that real agents got wrong, as methods; the healthy ones are here, deliberate defects in mutants."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from rigs.agent.config import Settings
from rigs.agent.desk import UPDATES, Purpose, Request
from rigs.agent.jobs import Execution, Heard, Refusal
from rigs.agent.tasks import Result, Task
from rigs.agent.work import foreign

if TYPE_CHECKING:
    from rigs.agent.agent import Agent


class Verdict(StrEnum):
    """What to do about a refusal."""

    OVER = "the execution is over"
    CORRECT = "repeat with the right version"
    RETRY = "repeat after a pause"
    INSTEAD = "report FAILED instead"
    GIVE_UP = "repeating cannot cure it"


VERDICTS: dict[str, Verdict] = {
    "VersionMismatch": Verdict.CORRECT,
    "InternalError": Verdict.RETRY,
    "RequestThrottled": Verdict.RETRY,
    "ResourceNotFound": Verdict.OVER,
    "TerminalStateReached": Verdict.OVER,
    "InvalidStateTransition": Verdict.GIVE_UP,
    "InvalidTopic": Verdict.GIVE_UP,
    "InvalidJson": Verdict.GIVE_UP,
    "InvalidRequest": Verdict.GIVE_UP,
}
"""By error code (developer guide, "Jobs error codes"); an unknown one is retried, a bounded number of times."""


class Policy:
    """The healthy decisions."""

    def __init__(self, settings: Settings) -> None:
        self.habits, self.timing = settings.habits, settings.timing

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    # versions

    def expected_version(self, task: Task, purpose: Purpose, unanswered: int) -> int | None:
        """The version to name: the one last told plus what is still unanswered; None leaves it out."""
        sends = self.habits.sends_expected_version
        if sends == "never" or (sends == "end-only" and purpose is not Purpose.END) or task.blind:
            return None
        return None if task.version is None else task.version + unanswered

    def version_after_boot(self, stored: int | None, told: int | None) -> int | None:
        """The version of a task found in the flash: what the service says now, else what was stored."""
        return stored if told is None else told

    def first_version(self, agent: Agent, execution: Execution) -> int | None:
        """The version of an execution that is taken in hand: as it was handed out."""
        return execution.version

    def correct(self, agent: Agent, request: Request, refusal: Refusal) -> None:
        """A VersionMismatch: take the version that the service told, or stop naming one."""
        if (task := request.task) is None:
            return
        task.blind = task.blind or self.habits.after_mismatch == "drops"
        task.version = refusal.version
        for pulse in agent.desk.about(task, Purpose.PULSE):
            agent.desk.close(pulse)  # what the told version does not contain was lost, or will be refused itself
        task.started = task.started or refusal.status == "IN_PROGRESS"

    # refusals and silence

    def judge(self, request: Request, refusal: Refusal) -> Verdict:
        """What a refusal means for this request."""
        task = request.task
        if refusal.over:
            return Verdict.OVER
        if refusal.status == "QUEUED" and task is not None and task.started and request.purpose is not Purpose.START:
            return Verdict.OVER  # this execution was started: one that is QUEUED is the next one of the same job
        rejects = task is not None and task.result is not None and task.result.status == "REJECTED"
        if refusal.code == "InvalidStateTransition" and refusal.status == "IN_PROGRESS" and rejects:
            return Verdict.INSTEAD
        return VERDICTS.get(refusal.code, Verdict.RETRY)

    def may_repeat(self, request: Request) -> bool:
        """Whether one more try is allowed in this trouble."""
        return request.purpose is not Purpose.PULSE and (self.habits.backoff or request.tries < self.habits.tries)

    def pause(self, request: Request) -> float:
        """Seconds before the next try: doubles with each."""
        pause: float = self.timing.retry * 2 ** min(request.tries - 1, 16)
        return min(pause, self.timing.retry_max)

    def patience(self, request: Request) -> float | None:
        """Seconds that it waits for an answer; None would be for ever."""
        return self.timing.reply

    def under_way(self, request: Request, *, session: bool) -> bool:
        """Whether a new connection still carries it: a kept session sends unacknowledged QoS 1 messages again."""
        quality = self.habits.update_qos if request.purpose in UPDATES else 1
        kept = session and self.habits.session == "persistent" and quality == 1
        return kept and request.waiting and not request.acknowledged

    # connections and boots

    def link_lost(self, agent: Agent) -> None:
        """The connection is gone: the MQTT client connects again by itself, and knows what was not acknowledged."""

    def unsaid(self, agent: Agent, task: Task) -> None:
        """A result that got no answer meets a new connection: it is reported again."""
        agent.reporter.flush(task)

    def back_at_work(self, agent: Agent, task: Task) -> None:
        """A job in work meets a new connection: it may have ended meanwhile."""
        if self.suspects_end(task):
            agent.seeker.check(task)

    def remembers(self, agent: Agent, task: Task) -> bool:
        """Whether what the flash says of an execution counts after a boot."""
        return True

    def waits_for_suback(self) -> bool:
        """Whether it asks for jobs only when its subscriptions stand: from then on it misses nothing."""
        return True

    # starts

    def start_refused(self, agent: Agent, execution: Execution | None, task: Task | None) -> None:
        """A start was refused for good: no work; the job is left alone until the next connection."""
        if execution is not None:
            agent.seeker.declined.add(execution.key)
        if task is not None:
            agent.let_go(task, "its start was refused")

    def turns_down(self, task: Task) -> str | None:
        """The status with which it turns down a job that is not for it; None says nothing about it."""
        fails = self.habits.foreign_jobs == "failed" and foreign(task.execution.document)
        return "FAILED" if fails else "REJECTED"

    # work

    def work_ended(self, agent: Agent, task: Task, result: Result) -> None:
        """Work has ended by itself, well or not: what became of it is reported."""
        agent.result(task, result)

    def limits_work(self, task: Task) -> bool:
        """Whether it ends hung work by itself."""
        return self.habits.limits_work_time

    # time

    def time_to_act(self, seconds_left: int | None) -> float | None:
        """After how many seconds it must do something about the time that the service says is left; None: never."""
        heeds = self.habits.heeds_time_left and seconds_left is not None and seconds_left > 0
        return 0.8 * seconds_left if heeds and seconds_left is not None else None

    def cancel_value(self) -> int | None:
        """The stepTimeoutInMinutes that cancels the step timer (UpdateJobExecution only)."""
        return -1

    def renewal(self, minutes: int) -> int | None:
        """The step timer that a renewal sets, in minutes."""
        return minutes

    # announcements

    def asks(self, why: str) -> bool:
        """Whether it asks for a job for this reason."""
        return True

    def adopts(self, execution: Execution) -> bool:
        """Whether it takes up an execution that somebody else started, or itself in a former life."""
        return True

    def name(self, job_id: str) -> str:
        """The job's name as it stands in the topic of a report."""
        return job_id

    def hears(self, agent: Agent, heard: Heard) -> bool:
        """Whether an arrived message is read."""
        return True

    def news_heard(self, agent: Agent, execution: Execution) -> None:
        """A notification named this execution as the next one."""

    def not_there(self, agent: Agent, execution: Execution) -> None:
        """The service had nothing to hand out after this announcement: it is over, or not yet to be seen."""

    def rests(self, agent: Agent) -> None:
        """A question was answered with nothing, and there is no news: it asks no more until something happens."""

    def takes_answer(self, request: Request) -> bool:
        """Whether an answer to a request that waits for one is taken."""
        return True

    def stray(self, agent: Agent, heard: Heard) -> None:
        """An answer came that nobody waits for: a late one, or one more of the same."""

    def copy_heard(self, agent: Agent, execution: Execution) -> None:
        """An execution was announced that is in hand or finished: nothing to do."""
        agent.say(f"{execution.job_id} is known already")

    def already_done(self, agent: Agent, execution: Execution) -> bool:
        """Whether this execution, job and number, is finished."""
        return agent.flash.knows(execution.job_id, execution.number, execution.queued_at)

    def percent(self, task: Task) -> int:
        """How far the work is, as it is told: whole percent."""
        return task.percent

    # ends

    def suspects_end(self, task: Task) -> bool:
        """Whether it looks after a running execution that a notification no longer names."""
        return self.habits.stops_ended_work

    def heeds_end(self, task: Task, status: str) -> bool:
        """Whether an end that the service told is taken for the end."""
        return True

    def stops_work(self, task: Task) -> bool:
        """Whether the work itself is stopped with the job."""
        return True

    def pulses(self, task: Task) -> bool:
        """Whether progress of running work is still told: not once the service has told an end."""
        return task.told is None

    def tired(self, agent: Agent, request: Request) -> None:
        """A report of the end was tried often enough: out of the way, kept for the next connection."""
        if request.task is not None:
            agent.park(request.task)
