"""The work of a job, by evidence from outside the Jobs messages."""

from __future__ import annotations

from pytest_bdd import parsers, then

from rigs.assignment import Job
from rigs.course import Course
from rigs.needs import needs


@then(parsers.re(r"the work (of the (?P<which>second) job )?was done once"))
@needs("evidence")
def done_once(course: Course, which: str | None) -> None:
    """Neither lost nor done again."""
    course.observer.counted(course.named(which), "done", 1, 1)


@then("the work was done at most once")
@needs("evidence")
def done_at_most_once(course: Course, job: Job) -> None:
    """It may have been given up."""
    course.observer.counted(job, "done", 0, 1)


@then("the work was begun at most once")
@needs("evidence:begun")
def begun_at_most_once(course: Course, job: Job) -> None:
    """Not started again beside or after itself."""
    course.observer.counted(job, "begun", 0, 1)


@then("the work was never finished")
@needs("evidence")
def never_finished(course: Course, job: Job) -> None:
    """It was stopped before its end."""
    course.observer.counted(job, "done", 0, 0)


@then(parsers.re(r"no work was done for the (?P<which>second )?job"))
@needs("evidence:begun")
def no_work(course: Course, which: str | None) -> None:
    """Not even begun."""
    course.observer.counted(course.named(which), "begun", 0, 0)


@then("no work began before the report of the start")
@needs("evidence:begun")
def not_before_start(course: Course, job: Job) -> None:
    """Within timing.evidence_lag, as console and network travel differently (N7)."""
    course.observer.began_before_start(job)
