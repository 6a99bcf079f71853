"""What happens by itself in service time: time-outs, schedules, the next minute of a roll-out."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass

from rigs.jobs.changes import Changes
from rigs.jobs.execution import Execution
from rigs.jobs.ledger import Job, Rollout
from rigs.jobs.lifecycle import Event
from rigs.jobs.outgoing import Outgoing

# At one instant: first what ends executions, then what ends or begins jobs, then what queues more of them.
RANKS = {Execution: 0, Job: 1, Rollout: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """When something acts, in seconds since the epoch, and the row that says so."""

    at: float
    place: int
    row: Execution | Job | Rollout

    def __lt__(self, other: Due) -> bool:
        return self.rank < other.rank

    @property
    def rank(self) -> tuple[float, int, int]:
        """Earlier ones come first."""
        return self.at, RANKS[type(self.row)], self.place


class Agenda:
    """Knows what is due and lets it happen."""

    def __init__(self, changes: Changes) -> None:
        self._changes, self._ledger = changes, changes.ledger
        self._late = changes.switches.timeout_late.total_seconds()

    def __repr__(self) -> str:
        return f"<Agenda next at {self.next()}>"

    def next(self) -> float | None:
        """When the next thing happens, in service seconds since the epoch; None while nothing will."""
        return min((due.at for due in self._dues()), default=None)

    def run(self, now: float) -> list[Outgoing]:
        """Let happen what is due at `now`, in the order of the instants."""
        dues = [due for due in self._dues() if due.at <= now]
        heapq.heapify(dues)
        found: list[Outgoing] = []
        while dues:
            due = heapq.heappop(dues)
            if not self._current(due.row):
                continue
            found.extend(self._act(due.row, now))
            if not isinstance(due.row, Execution):
                for later in self._of_job(due.row.id if isinstance(due.row, Job) else due.row.job):
                    if later.at <= now:
                        heapq.heappush(dues, later)
        return found

    def _dues(self) -> Iterator[Due]:
        for execution in self._ledger.running():
            deadline = execution.timers.next
            assert deadline is not None
            yield Due(at=deadline.at + self._late, place=execution.order, row=execution)
        for job in self._ledger.scheduled():
            yield from _alarm(job)
        for rollout in self._ledger.rollouts.values():
            yield from _batch(rollout)

    def _of_job(self, job_id: str) -> Iterator[Due]:
        job, rollout = self._ledger.jobs.get(job_id), self._ledger.rollouts.get(job_id)
        yield from () if job is None else _alarm(job)
        yield from () if rollout is None else _batch(rollout)

    def _current(self, row: Execution | Job | Rollout) -> bool:
        """Whether the row still stands: what came before may have changed it."""
        if isinstance(row, Execution):
            return self._ledger.find(row.thing, row.job, row.number) is row
        if isinstance(row, Job):
            return self._ledger.jobs.get(row.id) is row
        return self._ledger.rollouts.get(row.job) is row

    def _act(self, row: Execution | Job | Rollout, now: float) -> list[Outgoing]:
        told = self._changes.switches.timeout_notices or not isinstance(row, Execution)
        with self._changes.notices.watch((), now, told=told) as notices:
            if isinstance(row, Execution):
                self._changes.fire(row, Event.EXPIRE, now)
            elif isinstance(row, Job):
                self._changes.course.strike(row, now)
            else:
                self._changes.course.release(row, now)
        return notices


def _alarm(job: Job) -> Iterator[Due]:
    if job.alarm is not None:
        yield Due(at=job.alarm, place=0, row=job)


def _batch(rollout: Rollout) -> Iterator[Due]:
    if rollout.due is not None:
        yield Due(at=rollout.due, place=0, row=rollout)
