"""The device: what it is when a scenario begins, and what it takes, tries and drops."""

from __future__ import annotations

from pytest_bdd import given, parsers, step, then, when

from rigs.assignment import Job
from rigs.course import Course
from rigs.needs import needs
from rigs.twins import AGENT, AWAITED, STORAGE


@given("the device is idle")
def idle(course: Course) -> None:
    """Connected, subscribed, answered, and told that nothing is pending (N2); arranging has brought it there."""
    course.at_rest()


@given(
    parsers.re(r'the device works on a "(?P<kind>\w+)" job( that may be in progress for (?P<minutes>\d+) minutes?)?'),
    target_fixture="job",
)
@needs("evidence:begun")
def works(course: Course, kind: str, minutes: str | None) -> Job:
    """A job was queued and its work has begun, by evidence; the operator may bound its time in progress.

    The bound is inProgressTimeoutInMinutes (jobs-protocol §4).
    """
    return course.begin(course.plan(kind, minutes=int(minutes) if minutes else None))


@step("the device is switched off")
@needs("off")
def off(course: Course) -> None:
    """Its power is cut, or its agent stopped where power cannot be cut."""
    course.rig.device.off()


@step("the device is switched on")
def on(course: Course) -> None:
    """And has its CONNACK."""
    course.rig.device.on()


@when(parsers.re(rf"the agent is (?P<how>{'|'.join(AGENT)})"))
@needs("agent")
def agent(course: Course, how: str) -> None:
    """In good order, as the device's maker does it; the device itself goes on."""
    AGENT[how](course.rig.device)


@step(parsers.re(rf"the storage of the device is (?P<how>{'|'.join(STORAGE)})"))
@needs("storage")
def storage(course: Course, how: str) -> None:
    """What the device itself says of its free space; it is freed at the scenario's end whatever happens."""
    STORAGE[how](course.rig.device)


@when("the power is cut and comes back")
@needs("power:cut")
def power_cut(course: Course) -> None:
    """Silently: the connection is not ended, it falls still (K8)."""
    course.power_cut()


@step(parsers.re(r"the work (of the (?P<which>second) job )?is let end"))
@needs("release")
def let_end(course: Course, which: str | None) -> None:
    """What held the work lets it go."""
    course.let_end(course.named(which))


@when("the device works on the second job")
@needs("evidence:begun")
def works_on_second(course: Course, second_job: Job) -> None:
    """Its work has begun, by evidence."""
    course.begin(second_job)


@when(parsers.re(r"the device has tried (the (?P<which>second) job )?as often as it wants"))
def tried_enough(course: Course, which: str | None) -> None:
    """No report about the job came for as long as a further one may take, or more came than its profile allows."""
    course.await_given_up(course.named(which))


@when(parsers.re(rf"the device has (?P<what>{'|'.join(AWAITED)})"))
def awaited(course: Course, what: str) -> None:
    """By a packet that it sent or was sent, or because its time for that is over; bounds are from the profile."""
    AWAITED[what](course)


@when("the device has had time for three questions")
@needs("poll")
def time_for_questions(course: Course) -> None:
    """Three times timing.poll of the profile."""
    course.await_polls(3)


@then("the device takes the job on the connection that it has")
@needs("stays")
def takes(course: Course, job: Job) -> None:
    """Within timing.react, without a new CONNECT."""
    course.taken_on_this_connection(job)


@then("the device takes the next job")
@needs("kind:succeeds")
def takes_next(course: Course) -> None:
    """A "succeeds" job is queued, ends as SUCCEEDED and its work is done once."""
    course.does(course.queue(course.plan("succeeds")))


@then("the device takes the second job")
def takes_second(course: Course, second_job: Job) -> None:
    """It ends as SUCCEEDED and its work is done once."""
    course.does(course.queue(second_job))


@then("the device has not booted since")
@needs("boots")
def not_booted(course: Course) -> None:
    """Its boot count is that of the scenario's beginning."""
    course.booted(0)


@then("the device booted for the job as often as its profile says")
@needs("boots")
def booted(course: Course) -> None:
    """boots_per_reboot of the profile, counted by the device itself."""
    course.booted(course.rig.profile.number("boots_per_reboot"))


@then("the device tried to start it at most as often as its profile says")
def tried(course: Course) -> None:
    """`tries` of the profile; one that declares back-off is not counted."""
    course.starts_bounded()
