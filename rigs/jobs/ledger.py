"""What the service remembers: things, groups, jobs and their executions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rigs.jobs.execution import Execution
from rigs.jobs.table import Table

# DELETION_IN_PROGRESS is never seen here: a job is deleted within the call; only its event tells of it.
JobStatus = Literal["SCHEDULED", "IN_PROGRESS", "CANCELED", "COMPLETED"]
ROLLOUT_EVERY = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """A criterion of jobExecutionsRetryConfig: which ends are retried, and how often (0..10)."""

    failure: Literal["FAILED", "TIMED_OUT", "ALL"]
    times: int

    def covers(self, status: str) -> bool:
        """Whether an execution that ended so is retried by this criterion."""
        return self.failure == status or (self.failure == "ALL" and status in ("FAILED", "TIMED_OUT"))


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Job:
    """A job; instants are seconds since the epoch. `config` is what describe_job gives back as it was given.

    `rolled_out` says that its endTime has come: nothing is queued any more, whatever joins.
    """

    id: str
    targets: tuple[str, ...]
    document: str
    created_at: float
    updated_at: float
    continuous: bool = False
    status: JobStatus = "IN_PROGRESS"
    completed_at: float | None = None
    in_progress_minutes: int | None = None
    retries: tuple[Retry, ...] = ()
    starts_at: float | None = None
    ends_at: float | None = None
    rolled_out: bool = False
    config: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Job {self.id} {self.status} for {', '.join(self.targets)}>"

    @property
    def alarm(self) -> float | None:
        """When its schedule acts next: startTime while SCHEDULED, then endTime."""
        if self.status == "SCHEDULED":
            return self.starts_at
        return self.ends_at if self.status == "IN_PROGRESS" and not self.rolled_out else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """How far a job with a roll-out rate is: `used` of this minute's rate, `waiting` things in their order.

    The minute began at `since`; the next batch goes out a minute later while things wait.
    """

    job: str
    since: float
    used: int = 0
    notified: int = 0
    waiting: tuple[str, ...] = ()

    @property
    def due(self) -> float | None:
        """When the next batch goes out."""
        return self.since + ROLLOUT_EVERY if self.waiting else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A job template: what CreateJob takes from it where the call says nothing itself."""

    id: str
    description: str
    document: str
    created_at: float
    config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSettings:
    """Which types of events are on; the one row of its table."""

    enabled: tuple[str, ...] = ()
    created_at: float
    modified_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """A registered thing; `principals` are the certificate ids attached to it, with the type of the relation."""

    name: str
    id: str
    version: int = 1
    attributes: Mapping[str, str] = field(default_factory=dict)
    principals: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A static thing group; `things` are its own members, in the order in which they joined."""

    name: str
    things: tuple[str, ...] = ()
    parent: str | None = None
    id: str = ""
    version: int = 1
    description: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    created_at: float = 0.0


class Ledger:
    """The service's memory; rows are replaced, never changed in place.

    `tables` are what a restart must bring back: rows that went through `listen` may be handed to `restore` later, in
    any order of tables.
    """

    def __init__(self) -> None:
        self.things = Table("thing", Thing)
        self.groups = Table("group", Group)
        self.jobs = Table("job", Job)
        self.executions = Table("execution", Execution)
        self.rollouts = Table("rollout", Rollout)
        self.templates = Table("job template", Template)
        self.event_settings = Table("event settings", EventSettings)
        self._executions: dict[str, dict[str, dict[int, Execution]]] = {}  # by thing, job, number
        self._pending: dict[str, dict[tuple[str, int], Execution]] = {}
        self._of_job: dict[str, dict[tuple[str, int], Execution]] = {}
        self._running: dict[tuple[str, str, int], Execution] = {}
        self._scheduled: dict[str, Job] = {}
        self._orders = 0

    @property
    def tables(self) -> tuple[Table[Any], ...]:
        """All tables."""
        jobs = (self.jobs, self.executions, self.rollouts, self.templates, self.event_settings)
        return self.things, self.groups, *jobs

    def restore(self) -> None:
        """Work out what is derived from the rows of the tables, after they were filled from outside."""
        for job in self.jobs.values():
            self._index_job(job)
        for execution in self.executions.values():
            self._index(execution)
            self._orders = max(self._orders, execution.order)

    def __repr__(self) -> str:
        return f"<Ledger {len(self.things)} things {len(self.jobs)} jobs>"

    def next_order(self) -> int:
        """The next place in the queue."""
        self._orders += 1
        return self._orders

    def put(self, execution: Execution) -> None:
        """Store an execution in place of its former state."""
        self.executions.put(_key(execution), execution)
        self._index(execution)

    def put_job(self, job: Job) -> Job:
        """Store a job in place of its former state."""
        self.jobs.put(job.id, job)
        self._index_job(job)
        return job

    def drop_job(self, job: Job) -> None:
        """Forget a job whose executions are forgotten already."""
        self.jobs.drop(job.id)
        self.rollouts.drop(job.id)
        self._scheduled.pop(job.id, None)
        self._of_job.pop(job.id, None)

    def _index_job(self, job: Job) -> None:
        if job.alarm is None:
            self._scheduled.pop(job.id, None)
        else:
            self._scheduled[job.id] = job

    def _index(self, execution: Execution) -> None:
        mine = self._executions.setdefault(execution.thing, {})
        mine.setdefault(execution.job, {})[execution.number] = execution
        self._of_job.setdefault(execution.job, {})[execution.thing, execution.number] = execution
        if execution.timers.running:
            self._running[execution.thing, execution.job, execution.number] = execution
        else:
            self._running.pop((execution.thing, execution.job, execution.number), None)
        pending = self._pending.setdefault(execution.thing, {})
        if execution.status.terminal:
            pending.pop(execution.key, None)
        else:
            pending[execution.key] = execution

    def drop(self, execution: Execution) -> None:
        """Forget an execution; its number may be given again (botocore, DeleteJobExecution)."""
        self.executions.drop(_key(execution))
        self._executions[execution.thing][execution.job].pop(execution.number, None)
        self._pending[execution.thing].pop(execution.key, None)
        self._of_job[execution.job].pop((execution.thing, execution.number), None)
        self._running.pop((execution.thing, execution.job, execution.number), None)

    def pending(self, thing: str) -> list[Execution]:
        """The pending executions of a thing: IN_PROGRESS before QUEUED, each in order queued."""
        return sorted(self._pending.get(thing, {}).values(), key=lambda execution: execution.rank)

    def running(self) -> list[Execution]:
        """All executions on which a timer runs."""
        return list(self._running.values())

    def scheduled(self) -> list[Job]:
        """All jobs whose schedule has something left to do."""
        return list(self._scheduled.values())

    def waiting(self, job: str) -> tuple[str, ...]:
        """The things to which a job has still to be rolled out."""
        rollout = self.rollouts.get(job)
        return () if rollout is None else rollout.waiting

    def of_thing(self, thing: str) -> list[Execution]:
        """All executions of a thing, in order queued."""
        found = (one for mine in self._executions.get(thing, {}).values() for one in mine.values())
        return sorted(found, key=lambda execution: execution.order)

    def of_job(self, job: str) -> list[Execution]:
        """All executions of a job, in order queued."""
        return sorted(self._of_job.get(job, {}).values(), key=lambda execution: execution.order)

    def find(self, thing: str, job: str, number: int | None = None) -> Execution | None:
        """The execution with this number, the latest where none is given."""
        mine = self._executions.get(thing, {}).get(job)
        return mine.get(max(mine) if number is None else number) if mine else None

    def members(self, group: str) -> list[str]:
        """The things of a group and of the groups below it, each once; raises KeyError for an unknown group."""
        found = dict.fromkeys(self.groups[group].things)
        for one in self.groups.values():
            if one.parent == group:
                found.update(dict.fromkeys(self.members(one.name)))
        return list(found)


def _key(execution: Execution) -> str:
    return f"{execution.thing}/{execution.job}/{execution.number}"
