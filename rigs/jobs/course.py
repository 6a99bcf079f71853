"""The course of a job: scheduled, rolled out, retried, aborted, completed, canceled, deleted (jobs-protocol §4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from rigs.jobs.abort import ABORTED, abort_reason
from rigs.jobs.events import Events
from rigs.jobs.execution import Execution
from rigs.jobs.ledger import ROLLOUT_EVERY, Job, Ledger, Rollout
from rigs.jobs.lifecycle import Event
from rigs.jobs.model import Status
from rigs.jobs.rates import rate_of
from rigs.jobs.switches import Switches
from rigs.jobs.targets import things_of

RETRIED = frozenset({Status.FAILED, Status.TIMED_OUT})


class Executions(Protocol):
    """What a job does with its executions."""

    ledger: Ledger
    switches: Switches
    events: Events

    def queue(self, job: Job, thing: str, now: float, failures: tuple[Status, ...] = ()) -> Execution:
        """A new execution."""
        ...

    def fire(self, execution: Execution, event: Event, now: float, **rest: Any) -> Execution:
        """Let an event happen."""
        ...

    def renew_retries(self, execution: Execution) -> None:
        """Give it all retries."""
        ...

    def drop(self, execution: Execution, now: float) -> None:
        """Delete an execution."""
        ...


class Course:
    """Leads jobs through their lives. Its callers watch the notices (Notices.watch)."""

    def __init__(self, executions: Executions) -> None:
        self._executions = executions
        self._ledger, self._events, self._switches = executions.ledger, executions.events, executions.switches

    def launch(self, job: Job, now: float) -> None:
        """A new job: it begins at once, or at its startTime."""
        self._ledger.put_job(job)
        self.admit(job, things_of(self._ledger, job.targets), now)
        self.settle(job.id, now)

    def admit(self, job: Job, things: Iterable[str], now: float) -> None:
        """Queue the job for these things, at its roll-out rate; all at once where it has none.

        AWS rolls out 1,000 a minute then (developer guide, job-configurations-api); nobody who tests a device waits
        for that. A thing that waits already or has it pending is passed over, as is all while the job does not run.
        """
        if job.status != "IN_PROGRESS" or job.rolled_out:
            return
        waiting = dict.fromkeys(self._ledger.waiting(job.id))
        new = [thing for thing in things if thing not in waiting and not self._pending(job, thing)]
        if "jobExecutionsRolloutConfig" not in job.config:
            for thing in new:
                self._executions.queue(job, thing, now)
            return
        row = self._ledger.rollouts.get(job.id) or Rollout(job=job.id, since=now)
        if now >= row.since + ROLLOUT_EVERY:
            row = replace(row, since=now, used=0)
        self._roll(job, replace(row, waiting=(*waiting, *new)), now)

    def join(self, job: Job, things: Iterable[str], now: float) -> None:
        """Queue a CONTINUOUS job for things that joined one of its groups (Switches.joiners_wait).

        "The number of retry attempts is reset to zero when there are updates to a thing's group membership" (developer
        guide, jobs-configurations-details): what a thing took with it when it left has all retries again.
        """
        if job.status != "IN_PROGRESS" or job.rolled_out:
            return
        pending = [self._ledger.find(thing, job.id) for thing in things if self._pending(job, thing)]
        for execution in pending:
            if execution is not None and execution.failures:
                self._executions.renew_retries(execution)
        if self._switches.joiners_wait:
            self.admit(job, things, now)
            return
        for thing in things:
            if thing not in self._ledger.waiting(job.id) and not self._pending(job, thing):
                self._executions.queue(job, thing, now)

    def release(self, rollout: Rollout, now: float) -> None:
        """The next minute of a roll-out has come."""
        job = self._ledger.jobs[rollout.job]
        self._roll(job, replace(rollout, since=rollout.since + ROLLOUT_EVERY, used=0), now)
        self.settle(job.id, now)

    def strike(self, job: Job, now: float) -> None:
        """The startTime or the endTime of a job has come."""
        if job.status == "SCHEDULED":
            job = self._ledger.put_job(replace(job, status="IN_PROGRESS", updated_at=now))
            self.admit(job, things_of(self._ledger, job.targets), now)
        else:
            job = self._ledger.put_job(replace(job, rolled_out=True, updated_at=now))
            self._ledger.rollouts.drop(job.id)
            behavior = job.config["schedulingConfig"].get("endBehavior", "STOP_ROLLOUT")
            if behavior != "STOP_ROLLOUT":
                self.cancel(job, now, force=behavior == "FORCE_CANCEL")
        self.settle(job.id, now)

    def cancel(self, job: Job, now: float, *, force: bool = False, given: Mapping[str, Any] | None = None) -> Job:
        """Cancel what is QUEUED, with `force` also what is IN_PROGRESS; what waits is never rolled out."""
        config = {**job.config, **(given or {}), **({"forceCanceled": True} if force else {})}
        job = replace(job, status="CANCELED", completed_at=now, updated_at=now, config=config)
        self._ledger.put_job(job)
        self._ledger.rollouts.drop(job.id)
        self._events.job(job, "cancellation_in_progress", now)
        for one in self._ledger.of_job(job.id):
            if one.status is Status.QUEUED or (force and not one.status.terminal):
                event = Event.FORCE_CANCEL if force else Event.CANCEL
                self._executions.fire(one, event, now, force_canceled=force)
        self._events.job(job, "canceled", now)
        return job

    def delete(self, job: Job, now: float) -> None:
        """Forget a job and its executions."""
        job = self._ledger.put_job(replace(job, updated_at=now))
        self._events.job(job, "deletion_in_progress", now)
        for execution in self._ledger.of_job(job.id):
            self._executions.drop(execution, now)
        self._ledger.drop_job(job)
        self._events.job(job, "deleted", now)

    def ended(self, execution: Execution, now: float) -> None:
        """An execution has ended: the job may be aborted by that, or retry it, and may be completed."""
        job = self._ledger.jobs[execution.job]
        if job.status == "IN_PROGRESS":
            reason = self._abort_reason(job)
            if reason is not None:
                self.cancel(job, now, given={"comment": reason, "reasonCode": ABORTED})
            elif self._may_retry(job, execution):
                self._executions.queue(job, execution.thing, now, failures=(*execution.failures, execution.status))
        self.settle(job.id, now)

    def settle(self, job_id: str, now: float) -> None:
        """Complete a job to which nothing can be added any more and whose last pending execution has ended."""
        job = self._ledger.jobs[job_id]
        if job.status != "IN_PROGRESS" or (job.continuous and not job.rolled_out) or self._ledger.waiting(job_id):
            return
        if all(execution.status.terminal for execution in self._ledger.of_job(job_id)):
            job = self._ledger.put_job(replace(job, status="COMPLETED", completed_at=now, updated_at=now))
            self._ledger.rollouts.drop(job_id)
            self._events.job(job, "completed", now)

    def _roll(self, job: Job, row: Rollout, now: float) -> None:
        """Queue what this minute's rate has left of the things that wait and are still meant."""
        meant = self._meant(job)
        waiting = [thing for thing in row.waiting if thing in meant and not self._pending(job, thing)]
        succeeded = sum(one.status is Status.SUCCEEDED for one in self._ledger.of_job(job.id))
        rate = rate_of(job.config["jobExecutionsRolloutConfig"], notified=row.notified, succeeded=succeeded)
        batch = waiting[: max(0, rate - row.used)]
        row = replace(row, used=row.used + len(batch), notified=row.notified + len(batch))
        self._ledger.rollouts.put(job.id, replace(row, waiting=tuple(waiting[len(batch) :])))
        for thing in batch:
            self._executions.queue(job, thing, now)

    def _meant(self, job: Job) -> Mapping[str, Any]:
        """Where a waiting thing must still be: registered, and in a target if the job follows its targets."""
        return dict.fromkeys(things_of(self._ledger, job.targets)) if job.continuous else self._ledger.things

    def _pending(self, job: Job, thing: str) -> bool:
        last = self._ledger.find(thing, job.id)
        return last is not None and not last.status.terminal

    def _abort_reason(self, job: Job) -> str | None:
        config = job.config.get("abortConfig")
        return None if config is None else abort_reason(config, self._ledger.of_job(job.id), self._switches)

    def _may_retry(self, job: Job, execution: Execution) -> bool:
        """Whether a criterion that covers this end has a retry left: it counts this end and those that it repeats.

        No page says what becomes of the count when one of those is deleted: what was used up stays used up. A thing
        that has left the targets of a CONTINUOUS job has none (developer guide, jobs-configurations-details).
        """
        if execution.status not in RETRIED or job.rolled_out or not job.retries:
            return False
        if execution.thing not in self._meant(job):
            return False
        ends = (*execution.failures, execution.status)
        return any(
            retry.covers(execution.status) and sum(retry.covers(end) for end in ends) <= retry.times
            for retry in job.retries
        )
