"""The executions of things read a second time, from jobs-protocol.md, evidence.md and botocore's words alone.

Nothing of rigs is used here. Minutes are the unit of time; § is jobs-protocol's. Left to the rows of test_requests.py:
what a describe answers, and values that are refused whatever the state.
"""

from dataclasses import dataclass, field
from math import inf

LISTED = ("IN_PROGRESS", "QUEUED")  # pending, in the order of the lists (§4); every other status is an end
OK, INVALID, TRANSITION, UNKNOWN = "accepted", "InvalidRequest", "InvalidStateTransition", "ResourceNotFound"
Pairs = dict[str, str] | None


@dataclass
class Run:
    """One execution: `minutes` it may take, retries `left` by end or for ALL, instants at which its timers end."""

    thing: str = ""
    job: str = ""
    number: int = 0
    minutes: float = inf
    left: dict[str, int] = field(default_factory=dict)
    status: str = "QUEUED"
    version: int = 1
    details: dict[str, str] = field(default_factory=dict)
    bound: float = inf
    step: float = inf


NOTHING = Run(status="NONE")


class Runs:
    """What there has to be after each operation; a refusal is returned as its code."""

    def __init__(self, *things: str) -> None:
        self.now, self.things, self.runs = 0.0, things, list[Run]()

    def find(self, thing: str, job: str, number: int | None = None) -> Run:
        mine = (run for run in reversed(self.runs) if (run.thing, run.job) == (thing, job))
        return next((run for run in mine if number in (None, run.number)), NOTHING)

    def pending(self, thing: str) -> list[Run]:
        """Whoever comes or goes here makes notify go out, another first one notify-next (§5, the worked example)."""
        return [run for status in LISTED for run in self.runs if (run.thing, run.status) == (thing, status)]

    def queue(self, thing: str, job: str, minutes: float, left: dict[str, int]) -> None:
        self.runs.append(Run(thing, job, self.find(thing, job).number + 1, minutes, left))

    def shift(self, run: Run, status: str, details: Pairs = None, step: int | None = None) -> None:
        """§4: the in-progress timer starts with the work, a step renews its own, -1 cancels it; a retry is a run."""
        run.bound = self.now + run.minutes if run.status == "QUEUED" else run.bound
        run.step = run.step if step is None else inf if step == -1 else self.now + step
        run.status, run.version = status, run.version + (status != "REMOVED")  # measured (§4, versionNumber)
        run.details = run.details if details is None else details  # replaced (evidence.md Part 1 e)
        end = "ALL" if "ALL" in run.left else status
        if status in ("FAILED", "TIMED_OUT") and run.left.get(end, 0):
            self.queue(run.thing, run.job, run.minutes, {**run.left, end: run.left[end] - 1})

    def start_next(self, thing: str, details: Pairs, step: int | None) -> Run:
        run = [*self.pending(thing), NOTHING][0]
        if run.status == "QUEUED":
            self.shift(run, "IN_PROGRESS", details, step)
        return run

    def update(self, run: Run, status: str, version: int | None, details: Pairs, step: int | None, force: bool) -> str:
        """A device's report, or the operator's CANCELED: that needs force for what is IN_PROGRESS (§3, check order)."""
        if run is NOTHING:
            return UNKNOWN
        if version not in (None, run.version):
            return "VersionConflict" if status == "CANCELED" else "VersionMismatch"
        if run.status != "QUEUED" and not (run.status == "IN_PROGRESS" and force):
            return TRANSITION
        if step == -1 and run.step == inf and status == "IN_PROGRESS":
            return INVALID  # evidence.md Part 1 f
        self.shift(run, status, details, step)
        return OK

    def delete(self, run: Run, force: bool) -> str:
        if run is NOTHING or (run.status in LISTED and not force):
            return UNKNOWN if run is NOTHING else TRANSITION
        self.runs.remove(run)
        return OK

    def due(self) -> list[Run]:
        """What times out by now, in that order (§4: whichever timer is first)."""
        late = [run for run in self.runs if run.status == "IN_PROGRESS" and min(run.bound, run.step) <= self.now]
        return sorted(late, key=lambda run: min(run.bound, run.step))
