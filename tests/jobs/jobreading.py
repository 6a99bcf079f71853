"""Jobs and their targets read a second time, on top of the executions (runreading.py).

Nothing of rigs is used here; jobs-configurations-details is a page of AWS's developer guide. Left to the rows of
test_operations.py and test_rollout.py: AssociateTargetsWithJob.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tests.jobs.runreading import INVALID, LISTED, OK, TRANSITION, UNKNOWN, Run, Runs

GROUP = "lab"


@dataclass
class Job:
    """A job: `targets` are things and the group, `retries` how often each end, or ALL of them, is repeated."""

    targets: set[str]
    continuous: bool
    minutes: float
    retries: dict[str, int]
    canceled: bool = False


class Reading(Runs):
    """What there has to be after each operation; a refusal is returned as its code."""

    def __init__(self, *things: str) -> None:
        super().__init__(*things)
        self.jobs, self.members = dict[str, Job](), set[str]()

    def of(self, name: str) -> list[Run]:
        return [run for run in self.runs if run.job == name]

    def status(self, name: str) -> str:
        """A snapshot is complete when its things have ended (botocore, CreateJob targetSelection)."""
        job, busy = self.jobs[name], any(run.status in LISTED for run in self.of(name))
        return "CANCELED" if job.canceled else "IN_PROGRESS" if job.continuous or busy else "COMPLETED"

    def aims(self, thing: str, job: Job) -> set[str]:
        """The targets of a job that name the thing."""
        return job.targets & ({thing, GROUP} if thing in self.members else {thing})

    def create(self, name: str, job: Job) -> str:
        if name in self.jobs:
            return "ResourceAlreadyExists"
        job.targets = job.targets if job.continuous else {thing for thing in self.things if self.aims(thing, job)}
        return self.retarget(lambda: self.jobs.update({name: job}))

    def cancel_job(self, name: str, force: bool) -> str:
        if name not in self.jobs or self.status(name) == "COMPLETED":
            return INVALID if name in self.jobs else UNKNOWN
        self.jobs[name].canceled = True
        for run in self.of(name):
            run.left = {}
            if run.status in (LISTED if force else ["QUEUED"]):
                self.shift(run, "CANCELED")
        return OK

    def delete_job(self, name: str, force: bool) -> str:
        if name not in self.jobs or (self.status(name) == "IN_PROGRESS" and not force):
            return TRANSITION if name in self.jobs else UNKNOWN
        self.runs = [run for run in self.runs if run.job != name]
        del self.jobs[name]
        return OK

    def retarget(self, change: Callable[[], object]) -> str:
        """A new job, a change of the group: who comes is queued, who leaves QUEUED is REMOVED (§4).

        Whoever joins a target group runs the job, again if it has ended before (botocore, CreateJob targetSelection).
        Retries are canceled when a thing leaves and all there again when it joins (jobs-configurations-details).
        """
        before = {(thing, name): self.aims(thing, job) for thing in self.things for name, job in self.jobs.items()}
        change()
        for thing, name in [(t, n) for t in self.things for n, job in self.jobs.items() if not job.canceled]:
            job, run = self.jobs[name], self.find(thing, name)
            former, present = before.get((thing, name), set()), self.aims(thing, job)
            if present - former and run.status in LISTED:
                run.left = job.retries
            elif present - former:
                self.queue(thing, name, job.minutes, job.retries)
            elif former and not present:
                run.left = {}
                if run.status == "QUEUED":
                    self.shift(run, "REMOVED")
        return OK
