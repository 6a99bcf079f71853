"""The operator and another client: who queues, cancels and writes beside the device."""

from __future__ import annotations

from pytest_bdd import parsers, step, then, when

from rigs.assignment import Job
from rigs.course import Course
from rigs.needs import needs
from rigs.twins import CANCELS, LIKE, SECOND


@step(
    parsers.re(
        r'a(?P<continuous> continuous)? "(?P<kind>\w+)" job( with a name of (?P<length>\d+) characters)?'
        r"(?P<retried> that may be tried once more)? is queued for the (group of the )?device"
    ),
    target_fixture="job",
)
def queue_job(course: Course, kind: str, length: str | None, retried: str | None, continuous: str | None) -> Job:
    """The operator creates a job for the thing, and sees it queued.

    A name is made of all characters that AWS allows (jobs-protocol §1). A job that may be tried once more is queued
    again by the service after a failure (jobExecutionsRetryConfig, §4), a continuous one when the thing joins its group
    anew (targetSelection CONTINUOUS, §4 executionNumber).
    """
    name = course.name_of(int(length)) if length else None
    group = course.group_name() if continuous else None
    return course.queue(course.plan(kind, name=name, retries=1 if retried else None, group=group))


@step(
    parsers.re(
        rf'a second "(?P<kind>\w+)" job(?P<like>{"|".join(LIKE)})'
        r" is queued (?P<when>for the device|before the end|afterwards)"
    ),
    target_fixture="second_job",
)
def queue_second(course: Course, kind: str, like: str, when: str) -> Job:
    """Behind the first: now, or afterwards, when the device is to take it; it may be like the first."""
    return SECOND[when](course, course.plan(kind, **LIKE[like](course)))


@step(parsers.re(r'(?P<number>\d+) more "(?P<kind>\w+)" jobs are queued for the device'))
def queue_more(course: Course, number: str, kind: str) -> None:
    """One behind the other, a second apart by the service's clock: their order is that of queuedAt."""
    course.queue_more(int(number), kind)


@when(parsers.re(rf"the operator (?P<how>{'|'.join(CANCELS)}) the (?P<which>second )?job"))
def cancel(course: Course, how: str, which: str | None) -> None:
    """Without force one that has ended by itself is left alone; with force it is CANCELED whatever the device does."""
    CANCELS[how](course, course.named(which))


@when("the operator tries to cancel the execution without force")
def cancel_in_vain(course: Course, job: Job) -> None:
    """AWS refuses that for an execution in progress (jobs-protocol §4, Cancel)."""
    course.refused_cancel(job)


@when("the operator clears the queue")
def clear(course: Course) -> None:
    """Cancels and deletes what is pending; what has ended by itself is fine (G3)."""
    course.clear()


@when("the operator takes the device out of the group and puts it back")
def rejoin(course: Course, job: Job) -> None:
    """Then the service has a second execution of the continuous job (jobs-protocol §4 executionNumber)."""
    course.rejoin(job)


@step("another client starts the job")
def other_starts(course: Course) -> None:
    """StartNextPendingJobExecution by somebody else, over HTTP."""
    course.rig.operator.start_next()


@when(parsers.re(r"another client reports (?P<status>progress|FAILED) for the job"))
def other_reports(course: Course, job: Job, status: str) -> None:
    """UpdateJobExecution by somebody else, without details, step or expectedVersion (G8)."""
    course.rig.operator.report(job.id, {"progress": "IN_PROGRESS"}.get(status, status))


@when(parsers.parse("another client sets a step timer of {minutes:d} minutes"))
@needs("clock")
def other_sets_timer(course: Course, job: Job, minutes: int) -> None:
    """UpdateJobExecution IN_PROGRESS with stepTimeoutInMinutes."""
    course.rig.operator.report(job.id, stepTimeoutInMinutes=minutes)


@then("the operator can read a reason")
def reason(course: Course, job: Job) -> None:
    """statusDetails of the ended execution hold a non-empty value."""
    course.has_reason(job)
