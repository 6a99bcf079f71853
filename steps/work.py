"""The work of a job, by evidence from outside the Jobs messages."""

from __future__ import annotations

from pytest_bdd import parsers, then, when

from rigs.assignment import Job
from rigs.course import Course
from rigs.needs import needs
from rigs.twins import DONE, FINISHED


@when(parsers.re(rf"the work has been done (?P<how>{'|'.join(FINISHED)})"))
@needs("evidence")
def has_been_done(course: Course, job: Job, how: str) -> None:
    """By evidence; its result is safe when timing.persist has passed since."""
    FINISHED[how](course, job)


@then(parsers.re(rf"the work (of (the )?(?P<which>second|every) job )?was (?P<often>{'|'.join(DONE)})"))
@needs("evidence")
def done(course: Course, which: str | None, often: str) -> None:
    """Neither lost nor done again; where work may be given up, at most once."""
    course.each_was(course.chosen(which), *DONE[often])


@then("the work was done as often as a reboot allows")
@needs("evidence")
def done_as_reboot_allows(course: Course, job: Job) -> None:
    """Once; twice for a device that restarts its work after a boot (after_reboot)."""
    course.done_as_reboot_allows(job)


@then("the work of the second job was done before its end was reported")
@needs("evidence")
def done_before_end(course: Course, second_job: Job) -> None:
    """Within timing.evidence_lag, as console and network travel differently (N7)."""
    course.observer.done_before_end(second_job)


@then("the work was begun at most once")
@needs("evidence:begun")
def begun_at_most_once(course: Course, job: Job) -> None:
    """Not started again beside or after itself."""
    course.observer.counted(job, "begun", 0, 1)


@then("the work was begun at most once since the boot")
@needs("evidence:begun")
def begun_since_boot(course: Course, job: Job) -> None:
    """A device that resumes or restarts does so once."""
    course.begun_since_boot(job)


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
