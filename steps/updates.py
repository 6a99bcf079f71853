"""The UpdateJobExecution requests that the device sent, and the answers that it got."""

from __future__ import annotations

import re

from pytest_bdd import parsers, then

from rigs.assignment import Job
from rigs.course import Course
from rigs.twins import RIGHT


@then(parsers.re(rf"every (report|question) of the device (?P<right>{'|'.join(map(re.escape, RIGHT))})"))
def right(course: Course, right: str) -> None:
    """Member by member, by the request page of UpdateJobExecution (jobs-protocol §1, §2.4)."""
    RIGHT[right](course.members)


@then(parsers.re(r"no report of the device was refused( with (?P<codes>\w+( or \w+)*))?"))
def not_refused(course: Course, codes: str | None) -> None:
    """No refusal with one of these codes reached the device; with any, when none is named."""
    course.members.not_refused(codes)


@then("at most as many reports were refused as its profile says")
def few_refused(course: Course, job: Job) -> None:
    """`tries` of the profile."""
    course.members.few_refused(job, course.rig.profile.number("tries"))


@then(parsers.parse("at most {most:d} report was refused with VersionMismatch since the boot"))
def few_mismatches(course: Course, job: Job, most: int) -> None:
    """A version older by one unconfirmed report is natural after a boot."""
    course.members.few_refused(job, most, "VersionMismatch")


@then("the device reports each status at most as often as its profile says")
def each_status(course: Course, job: Job) -> None:
    """`tries` of the profile; accepted progress is not counted."""
    course.members.each_status(job)


@then(
    parsers.re(
        r"after the first refusal that says (?P<told>\w+) the device reports (?P<what>the end )?"
        r"at most (?P<most>\d+) more times?"
    )
)
def calm(course: Course, job: Job, told: str, what: str | None, most: str) -> None:
    """Counted as reports, not packets, until the next job is over and no try is due any more (K2)."""
    course.members.calm(job, told, int(most), ends_only=what is not None)


@then("no other end of the job was reported")
def no_other_end(course: Course, job: Job) -> None:
    """Than the one that the service holds."""
    course.members.no_other_end(job)


@then("the report of the end was sent again as the same message")
def sent_again(course: Course, job: Job) -> None:
    """On the next connection of the session, under its packet id and with DUP (MQTT-4.4.0-1)."""
    course.await_sent_again(job)


@then("the end of the job was reported once")
def end_once(course: Course, job: Job) -> None:
    """Repeats made before its answer had come are excepted."""
    course.members.end_once(job)


@then(parsers.re(r"no report of the device has named the job(?P<since> since)?"))
def not_named(course: Course, job: Job, since: str | None) -> None:
    """At all, or since the device was told that nothing is pending."""
    course.members.silent(job, since_rest=since is not None)


@then("the first report about the job says REJECTED")
def first_rejected(course: Course, job: Job) -> None:
    """Nothing was started before."""
    course.members.first_says(job, "REJECTED")


@then("the device has set the step timer at least twice while it worked")
def timer_set(course: Course, job: Job) -> None:
    """By start-next or IN_PROGRESS with stepTimeoutInMinutes."""
    course.members.timer_settings(job, least=2)


@then("no longer than a step lay between two settings")
def timer_gaps(course: Course, job: Job) -> None:
    """On the service's clock."""
    course.members.timer_gaps(job)
