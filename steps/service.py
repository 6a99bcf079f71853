"""The service: what it knows of an execution, and its clock."""

from __future__ import annotations

from datetime import timedelta

from pytest_bdd import given, parsers, step, then, when

from rigs.assignment import Job
from rigs.course import Course
from rigs.heard import Heard
from rigs.needs import needs
from rigs.network import Arming
from rigs.twins import ALLOWED, STEPS


@step(parsers.parse("{minutes:d} minutes pass for the service"))
@needs("clock")
def pass_minutes(course: Course, minutes: int) -> None:
    """The Jobs service's clock is stepped; the device's own time goes on as it does."""
    course.rig.step_clock(timedelta(minutes=minutes))


@when("the service passes the end of the step timer")
@needs("clock")
def pass_step(course: Course, job: Job) -> None:
    """Stepped past what the service says is left."""
    course.pass_step_timer(job)


@given(parsers.re(rf"the service clock runs so fast that a step lasts (?P<long>{'|'.join(STEPS)})"))
@needs("clock")
def scale(course: Course, long: str) -> None:
    """Scaled, not stepped: an honest device renews in its own time (K4)."""
    course.scale_to(STEPS[long](course))


@given(parsers.parse("the service says that {seconds:d} seconds are left"), target_fixture="trouble")
def tell_left(course: Course, seconds: int) -> Arming:
    """approximateSecondsBeforeTimedOut in everything that hands out the execution (jobs-protocol §2.5)."""
    return Heard(course.rig.network).time_left(seconds)


@when(parsers.parse("a thousandth of those {seconds:d} seconds has passed"))
def thousandth(course: Course, seconds: int) -> None:
    """And half as much again: a device that took them for milliseconds has given up by then (F84)."""
    course.observer.pause(timedelta(milliseconds=1.5 * seconds))


@when(parsers.re(r"(?P<number>one and a half|three) steps have passed for the service"))
def steps_pass(course: Course, number: str) -> None:
    """So many times the step that the device sets, by the service's clock."""
    course.let_steps_pass({"one and a half": 1.5, "three": 3}[number])


@when("the service is asked how much time is left", target_fixture="seconds_left")
def ask_left(course: Course, job: Job) -> int:
    """approximateSecondsBeforeTimedOut of DescribeJobExecution (jobs-protocol §2.5)."""
    return course.seconds_left(job)


@then("no more time is left than the device has set")
def left(course: Course, seconds_left: int) -> None:
    """The step of the profile in minutes, at most."""
    course.within_step(seconds_left)


@step(parsers.re(r"(the|(the )?(?P<which>second|every)) job execution (ends|has ended) as (?P<status>[A-Z_]+)"))
def ends(course: Course, which: str | None, status: str) -> None:
    """The service holds this end, by the device's report."""
    course.each_ends(course.chosen(which), {status})


@then(parsers.re(rf"the job execution ends as (?P<says>{'|'.join(ALLOWED)})"))
def ends_by_profile(course: Course, job: Job, says: str) -> None:
    """`ends` of the job kind, or what after_reboot allows: fail may end as FAILED, the others as SUCCEEDED."""
    course.ends(job, ALLOWED[says](course, job))


@then(parsers.re(r"execution (?P<number>\d) of the job ends as (?P<status>[A-Z_]+)"))
def execution_ends(course: Course, job: Job, number: str, status: str) -> None:
    """A retry is an execution of its own (jobs-protocol §4, Retry)."""
    course.ends(job, {status}, execution=int(number))


@then(parsers.re(r"the job execution is (?P<status>[A-Z_]+)"))
def is_status(course: Course, job: Job, status: str) -> None:
    """The service says so when asked."""
    course.is_at_service(job, status)


@then("the execution was in progress before it ended")
def was_in_progress(course: Course, job: Job) -> None:
    """The service held IN_PROGRESS on the way."""
    course.was_in_progress(job)


@then("the service refuses a report of the device with VersionMismatch")
def mismatch(course: Course, job: Job) -> None:
    """And the refusal reaches the device."""
    course.await_refusal(job, "VersionMismatch")
