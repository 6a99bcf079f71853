"""What all parts of a scenario's course share: the rig, the jobs, and how they are queued."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from rigs.assignment import Job, name_of, nonce
from rigs.members import Members
from rigs.observe import Observer
from rigs.rig import Rig
from rigs.trace.facts import Known

CLEAR_WITHIN = timedelta(seconds=30)
ASK_EVERY = timedelta(seconds=1)


@dataclass(slots=True, kw_only=True)
class Desk:
    """The jobs of a scenario on a rig; `since` is the mark at which its steps began."""

    rig: Rig
    jobs: list[Job] = field(default_factory=list)
    since: int = 0
    boots: int | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self.jobs)} jobs on {self.rig.name}>"

    @property
    def observer(self) -> Observer:
        """Questions to this scenario's slice of the trace."""
        rig = self.rig
        return Observer(trace=rig.trace, profile=rig.profile, device=rig.device, since=self.since)

    @property
    def members(self) -> Members:
        """Questions to the requests that the device sent."""
        return Members(observer=self.observer, thing=self.rig.thing, mark=self.since, judge=self.rig.judge)

    # jobs ------------------------------------------------------------------------------------------------------------

    def plan(self, kind: str, name: str | None = None, **more: Any) -> Job:
        """A job with fresh id and nonce, not queued yet; `more` are further fields of Job."""
        chance = self.rig.chance
        entry = self.rig.profile.jobs[kind]
        id = name or f"{kind}-{name_of(6, chance)}"
        job = Job(**{"id": id, "nonce": nonce(chance), "kind": entry, **more})
        self.jobs.append(job)
        self.rig.device.jobs[job.id] = job
        self.rig.device.every_job.add(job.id)
        return job

    def named(self, which: str | None) -> Job:
        """The scenario's job, or its second."""
        return self.jobs[1 if which else 0]

    def chosen(self, which: str | None) -> list[Job]:
        """The scenario's job, its second, or all that were queued."""
        return [job for job in self.jobs if job.mark is not None] if which == "every" else [self.named(which)]

    @property
    def subject(self) -> str:
        """The name of the scenario's job; "" while there is none."""
        return self.jobs[0].id if self.jobs else ""

    def name_of(self, length: int) -> str:
        """A fresh job id of that length."""
        return name_of(length, self.rig.chance)

    def group_name(self) -> str:
        """A fresh name for a thing group."""
        return f"jobrig-{name_of(8, self.rig.chance)}"

    def queue(self, job: Job) -> Job:
        """Queue a planned job; nothing happens when it was queued before."""
        if job.mark is None:
            job.mark = self.rig.trace.mark
            retry = {"FAILED": job.retries} if job.retries else None
            target = self.rig.operator.gather(job.group) if job.group else None
            self.rig.operator.queue(
                job.id, job.document, group=target, in_progress_minutes=job.minutes, retry=retry, within=CLEAR_WITHIN
            )
        return job

    def begin(self, job: Job) -> Job:
        """Queue a job and wait until its work has begun and the device's start is answered."""
        self.queue(job)
        self.rig.device.await_work(job, {"begun"}, self.patience(job))
        if self.rig.profile["reports_start"]:
            started = Known(job.id, frozenset({"IN_PROGRESS"}))
            self.rig.trace.wait_for(started, since=job.mark or 0, within=self.rig.profile.timing.react)
        return job

    def patience(self, job: Job) -> timedelta:
        """How long a job may take at most from now on, with a repeat for each try and one reconnect or boot."""
        timing = self.rig.profile.timing
        tries = self.rig.profile.number("tries") * (timing.reply + timing.retry)
        lasts = timedelta(0) if job.kind.release else job.kind.lasts
        give_up = timing.give_up if job.kind.name == "hangs" else timedelta(0)
        back = max(timing.reconnect, timing.boot + timing.connect)
        return timing.react + lasts + give_up + timing.report + tries + back
