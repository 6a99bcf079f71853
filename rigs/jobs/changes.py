"""Changing executions: every way in which the service lets one begin, go on or end passes here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from msgspec.structs import replace

from rigs.jobs.course import Course
from rigs.jobs.document import URL_SECONDS, deliver, without_nulls
from rigs.jobs.events import Events
from rigs.jobs.execution import Execution
from rigs.jobs.facts import Fact, FactEvent, fact_of
from rigs.jobs.ledger import Job, Ledger
from rigs.jobs.lifecycle import Event, fire, lifecycle
from rigs.jobs.model import Status
from rigs.jobs.notices import Notices
from rigs.jobs.switches import Switches
from rigs.jobs.timers import Timers

# Events that set startedAt: REJECTED straight from QUEUED and the service's own ends do not (jobs-protocol §2.5).
STARTING = frozenset({Event.START, Event.SUCCEED, Event.FAIL})
_NAMES: Mapping[Event, FactEvent] = {
    Event.CANCEL: "canceled",
    Event.FORCE_CANCEL: "canceled",
    Event.EXPIRE: "timed out",
    Event.REMOVE: "removed",
}


class Changes:
    """The one writer of the ledger's executions; `on_fact` hears of each change.

    `course` leads the jobs; `admit`, `join` and `settle` are its. Callers put `notices.watch` around what they do: it
    tells what has changed, notices first, then events.
    """

    def __init__(self, ledger: Ledger, switches: Switches, seed: int) -> None:
        self.ledger = ledger
        self.switches = switches
        self.on_fact: Callable[[Fact], None] = lambda fact: None
        self.events = Events(ledger)
        self.notices = Notices(ledger, switches, Random(seed), self.document, self.events)
        self.course = Course(self)
        self.admit, self.join, self.settle = self.course.admit, self.course.join, self.course.settle
        self._table = lifecycle(switches)
        self._deliveries = 0
        self._counts = {
            Event.CANCEL: switches.cancel_counts,
            Event.FORCE_CANCEL: switches.cancel_counts,
            Event.EXPIRE: switches.timeout_counts,
            Event.REMOVE: False,
        }

    def document(self, job_id: str, now: float) -> str:
        """The job's document for one more delivery."""
        job = self.ledger.jobs[job_id]
        self._deliveries += 1
        text = without_nulls(job.document) if self.switches.document_nulls == "dropped" else job.document
        expires = job.config.get("presignedUrlConfig", {}).get("expiresInSec", URL_SECONDS)
        return deliver(text, now=now, serial=self._deliveries, expires=expires)

    def queue(self, job: Job, thing: str, now: float, failures: tuple[Status, ...] = ()) -> Execution:
        """A new execution: number one higher than the last, version 1, last in the queue (evidence.md Part 1 k)."""
        self.notices.note(thing)
        last = self.ledger.find(thing, job.id)
        execution = Execution(
            thing=thing,
            job=job.id,
            number=1 if last is None else last.number + 1,
            order=self.ledger.next_order(),
            queued_at=now,
            updated_at=now,
            failures=failures,
        )
        return self._store("queued", execution, now)

    def fire(
        self,
        execution: Execution,
        event: Event,
        now: float,
        *,
        details: Mapping[str, str] | None = None,
        step_minutes: int | None = None,
        **rest: Any,
    ) -> Execution:
        """Let `event` happen; raises IllegalTransition. Details replace the stored ones (evidence.md Part 1 e)."""
        status = fire(self._table, execution.status, event)
        self.notices.note(execution.thing)
        starts = execution.started_at is None and event in STARTING
        changed = replace(
            execution,
            status=status,
            version=execution.version + self._counts.get(event, True),
            details=execution.details if details is None else dict(details),
            started_at=now if starts else execution.started_at,
            updated_at=now,
            timers=self._timers(execution, status, now, step_minutes),
            **rest,
        )
        self._store(self._name(execution, event, status), changed, now, before=execution)
        if status.terminal:
            self.events.execution(changed, now)
            self.course.ended(changed, now)
        return changed

    def renew(self, execution: Execution, now: float, step_minutes: int) -> Execution:
        """Set the step timer and change nothing else (Switches.start_next_renews_step)."""
        changed = replace(execution, timers=execution.timers.stepped(now, step_minutes))
        return self._store("reported", changed, now)

    def renew_retries(self, execution: Execution) -> None:
        """Let it be a first try again: nothing else changes, nobody is told."""
        self.ledger.put(replace(execution, failures=()))

    def drop(self, execution: Execution, now: float) -> None:
        """Delete an execution: the device cannot see it any more (jobs-protocol §4)."""
        self.notices.note(execution.thing)
        self.ledger.drop(execution)
        self.on_fact(fact_of("deleted", execution, now))
        self.events.execution(execution, now, deleted=True)

    def _timers(self, execution: Execution, status: Status, now: float, step_minutes: int | None) -> Timers:
        if status.terminal:
            return Timers()
        timers = execution.timers
        if execution.status is Status.QUEUED:
            timers = timers.begun(now, self.ledger.jobs[execution.job].in_progress_minutes)
        return timers if step_minutes is None else timers.stepped(now, step_minutes)

    def _name(self, execution: Execution, event: Event, status: Status) -> FactEvent:
        if event is Event.START:
            return "started" if execution.status is Status.QUEUED else "reported"
        return _NAMES.get(event, "ended")

    def _store(self, name: FactEvent, execution: Execution, now: float, before: Execution | None = None) -> Execution:
        self.ledger.put(execution)
        fired = before.timers.next if before is not None and name == "timed out" else None
        self.on_fact(fact_of(name, execution, now, fired))
        return execution
