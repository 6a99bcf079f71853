"""The operator and another client: who queues, cancels and writes beside the device."""

from __future__ import annotations

from pytest_bdd import parsers, step, then, when

from rigs.assignment import Job
from rigs.course import Course
from rigs.needs import needs
from rigs.twins import SECOND, twin_of


@step(parsers.parse('a "{kind}" job is queued for the device'), target_fixture="job")
def queue_job(course: Course, kind: str) -> Job:
    """The operator creates a job for the thing, and sees it queued."""
    return course.queue(course.plan(kind))


@step(parsers.parse('a second "{kind}" job is queued for the device'), target_fixture="second_job")
def queue_second(course: Course, kind: str) -> Job:
    """Another job, behind the first."""
    return course.queue(course.plan(kind))


@step(
    parsers.re(r'a second "(?P<kind>\w+)" job is queued (?P<when>before the end|afterwards)'),
    target_fixture="second_job",
)
def plan_second(course: Course, kind: str, when: str) -> Job:
    """Before the end: now; afterwards: when the device is to take it."""
    return SECOND[when](course, kind)


@when(
    parsers.parse('a "{kind}" job with a name of {length:d} characters is queued for the device'), target_fixture="job"
)
def queue_named(course: Course, kind: str, length: int) -> Job:
    """A jobId of that length out of all characters that AWS allows (jobs-protocol §1)."""
    return course.queue(course.plan(kind, name=course.name_of(length)))


@when(
    parsers.parse('a second "{kind}" job is queued whose name differs in the last character'),
    target_fixture="second_job",
)
def queue_twin(course: Course, kind: str, job: Job) -> Job:
    """Names of equal length that only a whole comparison tells apart."""
    return course.queue(course.plan(kind, name=twin_of(job.id)))


@when(parsers.parse('a "{kind}" job that may be tried once more is queued for the device'), target_fixture="job")
def queue_retried(course: Course, kind: str) -> Job:
    """The service queues a second execution after a failure (jobExecutionsRetryConfig, jobs-protocol §4)."""
    return course.queue(course.plan(kind, retries=1))


@when(parsers.re(r"the operator cancels the (?P<which>second )?job"))
def cancel(course: Course, which: str | None) -> None:
    """Without force; a job that has ended by itself is left alone."""
    course.cancel(course.named(which))


@when("the operator tries to cancel the execution without force")
def cancel_in_vain(course: Course, job: Job) -> None:
    """AWS refuses that for an execution in progress (jobs-protocol §4, Cancel)."""
    course.refused_cancel(job)


@when("the operator force-cancels the job")
def force_cancel(course: Course, job: Job) -> None:
    """The execution is CANCELED whatever the device does."""
    course.rig.operator.cancel_execution(job.id, force=True)


@when("the operator clears the queue")
def clear(course: Course) -> None:
    """Cancels and deletes what is pending; what has ended by itself is fine (G3)."""
    course.clear()


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
