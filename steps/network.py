"""The network between device and service: what it loses, holds, doubles and breaks."""

from __future__ import annotations

from pytest_bdd import given, parsers, step, when

from rigs.assignment import Job
from rigs.course import Course
from rigs.needs import needs
from rigs.network import Arming


@step("the link to the service is down")
def down(course: Course) -> None:
    """Connections are ended and new ones closed at once (L1)."""
    course.link_down()


@when("the link comes back")
def up(course: Course) -> None:
    """And the device has its CONNACK, within timing.reconnect."""
    course.link_up()


@when("the link drops and comes back")
def flaps(course: Course) -> None:
    """Both legs end abruptly; the device connects again."""
    course.link_down()
    course.link_up()


@when("the network delivers empty notifications")
@needs("told")
def empty(course: Course) -> None:
    """An empty notify and notify-next that no change at the service caused."""
    course.rig.network.deliver_empty()


@given("the report of the end is held up", target_fixture="held")
def hold_end(course: Course) -> Arming:
    """Every SUCCEEDED, FAILED or REJECTED of the device waits at the network."""
    return course.rig.network.hold_end()


@given("the start is held up", target_fixture="held")
def hold_start(course: Course) -> Arming:
    """Start-next requests and IN_PROGRESS reports wait at the network."""
    return course.rig.network.hold_start()


@given(parsers.re(r"the answer to the (?P<which>start|end) is held up"), target_fixture="held")
def hold_answer(course: Course, which: str) -> Arming:
    """The request has reached the service; its accepted or rejected waits."""
    return course.rig.network.hold_answers(which)


@given("the answers to reports of progress are held up", target_fixture="held")
def hold_progress(course: Course) -> Arming:
    """Answers to IN_PROGRESS reports wait from now on."""
    return course.rig.network.hold_answers("progress")


@given(parsers.re(r"the answer to the (?P<which>start|end) is lost"))
def lose_answer(course: Course, which: str) -> None:
    """The first one; the request is stored."""
    course.rig.network.lose_answer(which)


@given("the link breaks before the answer to the start")
def cut_before_answer(course: Course) -> None:
    """The start is stored, the answer is lost with the link."""
    course.rig.network.cut_before_answer("start")


@given("the link breaks before the report of the end is stored")
def cut_before_end(course: Course) -> None:
    """The report is lost with the link."""
    course.rig.network.cut_before_end()


@given("the first report about the job is lost")
def lose_report(course: Course) -> None:
    """It is not acknowledged and does not reach the service."""
    course.rig.network.lose_first_report()


@given("the report of the end reaches the service twice and its first answer is lost")
def copy_end(course: Course) -> None:
    """With another packet id, as AWS's at-least-once delivery allows."""
    course.rig.network.copy_end()


@given(parsers.re(r"a refusal with a strange token comes before the answer to the (?P<which>start|end)"))
def strange(course: Course, which: str) -> None:
    """A late answer to a request of a former life of the device."""
    course.rig.network.strange_refusal(which)


@given("the acknowledgement of the start is held up until the answer has passed")
def hold_puback(course: Course) -> None:
    """MQTT gives no order between a PUBACK and other messages (jobs-protocol §6)."""
    course.rig.network.hold_start_puback()


@given(parsers.parse("the service refuses every start with {code}"), target_fixture="held")
def refuse(course: Course, code: str) -> Arming:
    """In the service's place; the execution stays QUEUED (L9)."""
    return course.rig.network.refuse_starts(code)


@given("the notifications about its end are lost")
@needs("told")
def lose_notices(course: Course, job: Job) -> None:
    """The first notify and the first notify-next that no longer name the job (K5)."""
    course.rig.network.lose_end_notices(job.id)


@given("the announcement of the job is delivered twice")
@needs("told")
def copy_announcement(course: Course) -> None:
    """notify and notify-next alike, with another packet id each (G6)."""
    course.rig.network.copy_announcement()


@when("the announcement of the job is delivered once more")
@needs("told")
def announce_again(course: Course, job: Job) -> None:
    """As it was: QUEUED, version 1."""
    course.rig.network.announce_again(job.id, since=job.mark or 0)


@given(parsers.parse("the service counts versions from {first:d}"))
def shift(course: Course, first: int) -> None:
    """The network adds to each versionNumber and takes from each expectedVersion."""
    course.rig.network.shift_versions(first)


@given("another client is faster at every report that names a version")
def rival(course: Course, job: Job) -> None:
    """It reports IN_PROGRESS while the device's report waits, then the report goes on (G8)."""
    course.rig.network.rival(lambda: course.write_faster(job))


@when(parsers.re(r"the (report of the end|start|answer to the end) is being held"))
def is_held(course: Course, held: Arming) -> None:
    """It has reached the network."""
    course.await_hit(held)


@when(parsers.re(r"the held (?P<what>report|start|answers?) (goes|go) on"))
def release(course: Course, held: Arming, what: str) -> None:
    """What waits goes on, and nothing is held any more."""
    course.let_go(held)


@when("a report of progress is unanswered")
def progress_held(course: Course, held: Arming) -> None:
    """An answer to progress waits at the network; a device that reports none in time has not reached the case."""
    course.await_hit(held)


@when("the answer has been held for as long as the work takes")
def held_for_work(course: Course, held: Arming, job: Job) -> None:
    """From the first one held on, the time that the profile gives the work."""
    course.await_hit(held)
    course.wait_as_long_as_work(job)


@when("the device has tried to start it as often as it wants, and the time that the work takes has passed")
def refused_for_work(course: Course, held: Arming, job: Job) -> None:
    """Three times timing.retry without a start, then the time that the profile gives the work."""
    course.await_hit(held)
    course.await_starts_given_up(held)
    course.wait_as_long_as_work(job)


@when("the service takes starts again")
def starts_again(course: Course, held: Arming) -> None:
    """The refusals end."""
    course.let_go(held)
