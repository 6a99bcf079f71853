"""The Jobs service read a second time, from jobs-protocol.md, evidence.md and botocore's words alone.

Nothing of rigs is used here. Minutes are the unit of time; § is jobs-protocol's, jobs-configurations-details a page of
AWS's developer guide.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf

ENDS = ("SUCCEEDED", "FAILED", "REJECTED", "TIMED_OUT", "CANCELED", "REMOVED")  # §4
LISTED = ("IN_PROGRESS", "QUEUED")  # pending, in the order of the lists (§4)
REPORTED = ("IN_PROGRESS", "SUCCEEDED", "FAILED", "REJECTED")  # what a device may report (§2.4)
OK, INVALID, TRANSITION, UNKNOWN = "accepted", "InvalidRequest", "InvalidStateTransition", "ResourceNotFound"
GROUP = "lab"
Details = dict[str, str]


@dataclass
class Run:
    """One execution: `tries` are the ends of those that it repeats, `bound` and `step` instants of its timers."""

    job: str = ""
    number: int = 0
    tries: tuple[str, ...] = ()
    status: str = "QUEUED"
    version: int = 1
    details: Details = field(default_factory=dict)
    bound: float = inf
    step: float = inf


@dataclass
class Job:
    """A job: `targets` are things and the group, `retries` how often each end, or ALL of them, is repeated."""

    targets: set[str]
    continuous: bool = False
    minutes: float = inf
    retries: dict[str, int] = field(default_factory=dict)
    status: str = "IN_PROGRESS"


NOTHING, NO_JOB = Run(status="NONE"), Job(set(), status="NONE")


def first(*rules: tuple[object, str]) -> str:
    """The code of the first rule that holds."""
    return next((code for holds, code in rules if holds), OK)


class Reading:
    """What there has to be after each operation; each returns what the caller is told."""

    def __init__(self, *things: str) -> None:
        self.now, self.jobs, self.members = 0.0, dict[str, Job](), set[str]()
        self.runs: dict[str, list[Run]] = {thing: [] for thing in things}

    def find(self, thing: str, job: str, number: int | None = None) -> Run:
        return next((r for r in reversed(self.runs[thing]) if r.job == job and number in (None, r.number)), NOTHING)

    def pending(self, thing: str) -> list[Run]:
        return sorted((r for r in self.runs[thing] if r.status in LISTED), key=lambda r: LISTED.index(r.status))

    def told(self, thing: str) -> tuple[object, object]:
        """notify goes out when the first changes, notify-next when the second does (§5, the worked example)."""
        keys = [(r.job, r.number) for r in self.pending(thing)]
        return set(keys), keys[:1]

    def queue(self, thing: str, job: str, tries: tuple[str, ...] = ()) -> None:
        self.runs[thing].append(Run(job, self.find(thing, job).number + 1, tries))

    def settle(self) -> None:
        """A snapshot is complete when its things have ended (botocore, CreateJob targetSelection)."""
        busy = {r.job for runs in self.runs.values() for r in runs if r.status in LISTED}
        for name, job in self.jobs.items():
            if job.status == "IN_PROGRESS" and not job.continuous and name not in busy:
                job.status = "COMPLETED"

    def shift(self, thing: str, run: Run, status: str, details: Details | None, step: int | None = None) -> None:
        """§4: the in-progress timer starts with the work, a step renews its own, -1 cancels it; retries are runs."""
        job = self.jobs[run.job]
        run.bound = self.now + job.minutes if run.status == "QUEUED" else run.bound
        run.step = run.step if step is None else inf if step == -1 else self.now + step
        run.status, run.version = status, run.version + (status != "REMOVED")  # measured (§4, versionNumber)
        run.details = run.details if details is None else details  # replaced (evidence.md Part 1 e)
        left = run.tries.count(status) < job.retries.get(status, 0) or len(run.tries) < job.retries.get("ALL", 0)
        left = left and thing in {
            one for one, _ in self.hit(job)
        }  # none after it was removed (jobs-configurations-details)
        if status in ("FAILED", "TIMED_OUT") and job.status == "IN_PROGRESS" and left:
            self.queue(thing, run.job, (*run.tries, status))
        self.settle()

    def start_next(self, thing: str, details: Details | None, step: int | None) -> tuple[str, Run]:
        run, code = [*self.pending(thing), NOTHING][0], first((step is not None and not 1 <= step <= 10080, INVALID))
        if code == OK and run.status == "QUEUED":
            self.shift(thing, run, "IN_PROGRESS", details, step)
        return code, run

    def describe(self, thing: str, job: str, number: int | None) -> tuple[str, Run]:
        run = [*self.pending(thing), NOTHING][0] if job == "$next" else self.find(thing, job, number)
        return first((run is NOTHING and job != "$next", UNKNOWN), (run.status in ENDS, "TerminalStateReached")), run

    def update(
        self, thing: str, job: str, status: str, version: int | None, number: int | None, details: Details | None,
        step: int | None,
    ) -> str:  # fmt: skip
        run = self.find(thing, job, number)
        code = first(  # §3, check order
            (status not in LISTED + ENDS, INVALID),
            (status not in REPORTED, TRANSITION),
            (not (step in (None, -1) or 1 <= step <= 10080), INVALID),
            (run is NOTHING, UNKNOWN),
            (version not in (None, run.version), "VersionMismatch"),
            (run.status in ENDS, TRANSITION),
            (step == -1 and run.step == inf and status == "IN_PROGRESS", INVALID),  # evidence.md Part 1 f
        )
        if code == OK:
            self.shift(thing, run, status, details, step)
        return code

    def cancel_execution(self, thing: str, job: str, force: bool, version: int | None, details: Details | None) -> str:
        run = self.find(thing, job)
        code = first(
            (run is NOTHING, UNKNOWN),
            (version not in (None, run.version), "VersionConflict"),
            (run.status in ENDS or (run.status == "IN_PROGRESS" and not force), TRANSITION),
        )
        if code == OK:
            self.shift(thing, run, "CANCELED", details)
        return code

    def delete_execution(self, thing: str, job: str, number: int, force: bool) -> str:
        run = self.find(thing, job, number)
        code = first((run is NOTHING, UNKNOWN), (run.status in LISTED and not force, TRANSITION))
        self.runs[thing] = [r for r in self.runs[thing] if r is not run or code != OK]
        self.settle()
        return code

    def cancel_job(self, name: str, force: bool) -> str:
        job = self.jobs.get(name, NO_JOB)
        code = first((job is NO_JOB, UNKNOWN), (job.status == "COMPLETED", INVALID))
        job.status = "CANCELED" if code == OK else job.status
        for thing, run in [(t, r) for t, runs in self.runs.items() for r in runs if r.job == name and code == OK]:
            if run.status in (LISTED if force else ["QUEUED"]):
                self.shift(thing, run, "CANCELED", None)
        return code

    def delete_job(self, name: str, force: bool) -> str:
        job = self.jobs.get(name, NO_JOB)
        code = first((job is NO_JOB, UNKNOWN), (job.status == "IN_PROGRESS" and not force, TRANSITION))
        self.runs = {t: [r for r in runs if r.job != name or code != OK] for t, runs in self.runs.items()}
        self.jobs = {n: j for n, j in self.jobs.items() if n != name or code != OK}
        return code

    def hit(self, job: Job) -> set[tuple[str, str]]:
        """The things that a job is for, each with the target that names it."""
        direct = {(thing, thing) for thing in job.targets & self.runs.keys()}
        return direct | {(thing, GROUP) for thing in self.members if GROUP in job.targets}

    def create(self, name: str, job: Job) -> str:
        code = first((name in self.jobs, "ResourceAlreadyExists"))
        if code == OK:
            job.targets = job.targets if job.continuous else {thing for thing, _ in self.hit(job)}
            self.retarget(lambda: self.jobs.update({name: job}))
        return code

    def associate(self, name: str) -> str:
        job = self.jobs.get(name, NO_JOB)
        code = first((job is NO_JOB, UNKNOWN), (not job.continuous or job.status != "IN_PROGRESS", INVALID))
        return code if code != OK else self.retarget(lambda: job.targets.add(GROUP), again=False)

    def retarget(self, change: Callable[[], object], again: bool = True) -> str:
        """A new job, a new target, a change of the group: who comes is queued, who leaves QUEUED is REMOVED (§4).

        Whoever joins a target group runs the job, `again` if it has ended before (botocore, CreateJob targetSelection);
        of a new target that names a thing once more the pages say nothing: the thing stays as it is.
        """
        before = {name: self.hit(job) for name, job in self.jobs.items()}
        change()
        for name, job in [(n, j) for n, j in self.jobs.items() if j.status == "IN_PROGRESS"]:
            former, present = before.get(name, set()), self.hit(job)
            known = set() if again else {thing for thing, _ in former}
            for thing in sorted({thing for thing, _ in present - former} - known):
                if self.find(thing, name).status not in LISTED:
                    self.queue(thing, name)
            for thing in {thing for thing, _ in former} - {thing for thing, _ in present}:
                if self.find(thing, name).status == "QUEUED":
                    self.shift(thing, self.find(thing, name), "REMOVED", None)
        self.settle()
        return OK

    def expire(self) -> bool:
        """Time out the execution whose timer ended first (§4: whichever first); False when none has."""
        working = [(min(r.bound, r.step), t, r) for t, runs in self.runs.items() for r in runs if r.status == LISTED[0]]
        at, thing, run = min(working, key=lambda found: found[0], default=(inf, "", NOTHING))
        if at <= self.now:
            self.shift(thing, run, "TIMED_OUT", None)
        return at <= self.now
