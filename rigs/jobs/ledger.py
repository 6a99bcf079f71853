"""What the service remembers: things, groups, jobs and their executions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rigs.jobs.execution import Execution
from rigs.jobs.table import Table

JobStatus = Literal["IN_PROGRESS", "CANCELED", "COMPLETED"]


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
    """A job; instants are seconds since the epoch. `config` is what describe_job gives back as it was given."""

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
    config: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Job {self.id} {self.status} for {', '.join(self.targets)}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """A registered thing."""

    name: str
    id: str
    version: int = 1
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A static thing group; `things` are its own members, in the order in which they joined."""

    name: str
    things: tuple[str, ...] = ()
    parent: str | None = None


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
        self._executions: dict[str, dict[tuple[str, int], Execution]] = {}
        self._pending: dict[str, dict[tuple[str, int], Execution]] = {}
        self._orders = 0

    @property
    def tables(self) -> tuple[Table[Any], ...]:
        """All tables."""
        return self.things, self.groups, self.jobs, self.executions

    def restore(self) -> None:
        """Work out what is derived from the rows of the tables, after they were filled from outside."""
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

    def _index(self, execution: Execution) -> None:
        self._executions.setdefault(execution.thing, {})[execution.key] = execution
        pending = self._pending.setdefault(execution.thing, {})
        if execution.status.terminal:
            pending.pop(execution.key, None)
        else:
            pending[execution.key] = execution

    def drop(self, execution: Execution) -> None:
        """Forget an execution; its number may be given again (botocore, DeleteJobExecution)."""
        self.executions.drop(_key(execution))
        self._executions[execution.thing].pop(execution.key, None)
        self._pending[execution.thing].pop(execution.key, None)

    def pending(self, thing: str) -> list[Execution]:
        """The pending executions of a thing: IN_PROGRESS before QUEUED, each in order queued."""
        return sorted(self._pending.get(thing, {}).values(), key=lambda execution: execution.rank)

    def running(self) -> list[Execution]:
        """All executions on which a timer runs."""
        return [one for mine in self._pending.values() for one in mine.values() if one.timers.next is not None]

    def of_thing(self, thing: str) -> list[Execution]:
        """All executions of a thing, in order queued."""
        return sorted(self._executions.get(thing, {}).values(), key=lambda execution: execution.order)

    def of_job(self, job: str) -> list[Execution]:
        """All executions of a job, in order queued."""
        found = (one for mine in self._executions.values() for one in mine.values() if one.job == job)
        return sorted(found, key=lambda execution: execution.order)

    def find(self, thing: str, job: str, number: int | None = None) -> Execution | None:
        """The execution with this number, the latest where none is given."""
        mine = self._executions.get(thing, {})
        if number is not None:
            return mine.get((job, number))
        found = [execution for execution in mine.values() if execution.job == job]
        return max(found, key=lambda execution: execution.number, default=None)

    def history(self, thing: str, job: str) -> list[Execution]:
        """The executions of a job by a thing, by number."""
        found = (one for one in self._executions.get(thing, {}).values() if one.job == job)
        return sorted(found, key=lambda execution: execution.number)

    def members(self, group: str) -> list[str]:
        """The things of a group and of the groups below it, each once; raises KeyError for an unknown group."""
        found = dict.fromkeys(self.groups[group].things)
        for one in self.groups.values():
            if one.parent == group:
                found.update(dict.fromkeys(self.members(one.name)))
        return list(found)


def _key(execution: Execution) -> str:
    return f"{execution.thing}/{execution.job}/{execution.number}"
