"""The network between device and service: what it loses, holds, doubles and breaks.

Its sentences take their subject from the table of messages (rigs/spoken.py): "the report of the end is held up".
"""

from __future__ import annotations

from pytest_bdd import given, parsers, step, when

from rigs.assignment import Job
from rigs.course import Course
from rigs.heard import CHANGES, Heard
from rigs.needs import needs
from rigs.network import Arming
from rigs.spoken import MESSAGE, OTHER
from rigs.unversioned import take_versions

# messages ------------------------------------------------------------------------------------------------------------


@step(parsers.re(rf"{MESSAGE} (is|are) held up"), target_fixture="held")
def hold(course: Course, message: str) -> Arming:
    """All of them wait at the network until they are let go; a repeat of one that waits is swallowed."""
    return course.rig.network.hold(message, course.subject)


@step(parsers.re(rf"{MESSAGE} (is|are) held up until {OTHER} (has|have) passed"), target_fixture="held")
def hold_until(course: Course, message: str, other: str) -> Arming:
    """The one overtakes the other, as AWS allows (jobs-protocol §6); at most for as long as two tries take."""
    return course.hold_until(message, other)


@step(parsers.re(rf"{MESSAGE} (is|are) (?P<how>acknowledged and )?lost"), target_fixture="trouble")
def lose(course: Course, message: str, how: str | None) -> Arming:
    """The first one, or all where all are named; acknowledged in the device's place if they were for it (K5)."""
    return course.rig.network.lose(message, course.subject, acknowledged=how is not None)


@step(parsers.re(rf"{MESSAGE} (is|are) delivered (?P<often>twice|four times)"), target_fixture="held")
def copy(course: Course, message: str, often: str) -> Arming:
    """At once, each copy with a packet id of its own, as AWS's at-least-once delivery does (jobs-protocol §6, G6)."""
    return course.rig.network.copy(message, {"twice": 2, "four times": 4}[often], course.subject)


@step(parsers.re(rf"the link breaks before {MESSAGE}"))
def cut_before(course: Course, message: str) -> None:
    """When the first one is about to pass: it is lost with the link."""
    course.rig.network.cut_before(message, course.subject)


@given(parsers.re(rf"a refusal with a strange token comes before {MESSAGE}"))
def strange(course: Course, message: str) -> None:
    """A late answer to a request of a former life of the device."""
    course.rig.network.strange_refusal(message, course.subject)


@given(parsers.re(rf"the service refuses {MESSAGE} with (?P<code>\w+)"), target_fixture="trouble")
def refuse(course: Course, message: str, code: str) -> Arming:
    """In the service's place; what the service holds stays as it is (L9)."""
    return course.rig.network.refuse(message, code, course.subject)


@given("the service answers the first question as if nothing were pending")
@needs("reasks")
def nothing_yet(course: Course) -> None:
    """As AWS does shortly after a job was queued (jobs-protocol §4, eventual consistency)."""
    course.rig.network.nothing_yet()


@when(
    parsers.re(
        r"(the|an?) (report of (the end|progress)|start|subscription|answer to ((the|its) )?[\w ]+)"
        r" (is being held|has been delivered twice)"
    )
)
def is_held(course: Course, held: Arming) -> None:
    """It has reached the network and was hit there; a device that may do without and does has not reached the case."""
    course.await_hit(held)


@when(parsers.re(rf"({MESSAGE}|an answer to progress) (has|have) been lost"))
def is_lost(course: Course, trouble: Arming) -> None:
    """The first of them; a device that may do without and does has not reached the case."""
    course.await_hit(trouble)


@when(parsers.re(r"the held (?P<what>\w+) (goes|go) on"))
def release(course: Course, held: Arming, what: str) -> None:
    """What waits goes on, and nothing is held any more."""
    course.let_go(held)


@when(parsers.re(r"the service (takes starts|answers|counts from 1) again"))
def again(course: Course, trouble: Arming) -> None:
    """The trouble ends."""
    course.let_go(trouble)


@when("the answer has been held for as long as the work takes")
def held_for_work(course: Course, held: Arming, job: Job) -> None:
    """From the first one held on, the time that the profile gives the work."""
    course.await_hit(held)
    course.wait_as_long_as_work(job)


@when("the device has tried to start it as often as it wants, and the time that the work takes has passed")
def refused_for_work(course: Course, trouble: Arming, job: Job) -> None:
    """Three times timing.retry without a start, then the time that the profile gives the work."""
    course.await_hit(trouble)
    course.await_starts_given_up(trouble)
    course.wait_as_long_as_work(job)


# the link ------------------------------------------------------------------------------------------------------------


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


# what nobody sent ----------------------------------------------------------------------------------------------------


@when("the network delivers empty notifications")
@needs("told")
def empty(course: Course) -> None:
    """An empty notify and notify-next that no change at the service caused."""
    course.rig.network.deliver_empty()


@step(parsers.re(rf"the announcement of the job is delivered once more(?P<how>{'|'.join(CHANGES)})"))
@needs("told")
def announce_again(course: Course, job: Job, how: str) -> None:
    """As it was (QUEUED, version 1), or newer; with a packet id of its own."""
    Heard(course.rig.network).again(job.id, job.mark or 0, how)


@given(parsers.re(rf"the announcement of the job comes once more right (?P<place>before|behind) {MESSAGE}"))
@needs("told")
def announce_beside(course: Course, place: str, message: str) -> None:
    """In the same moment: between the two the device has no time to do anything (F35)."""
    Heard(course.rig.network).beside(message, before=place == "before")


@given(parsers.parse("the service counts versions from {first:d}"), target_fixture="trouble")
def shift(course: Course, first: int) -> Arming:
    """The network adds to each versionNumber and takes from each expectedVersion."""
    return course.rig.network.shift_versions(first)


@given("the notifications name no version")
@needs("told")
def no_versions(course: Course) -> None:
    """notify and notify-next come without versionNumber; answers have it."""
    take_versions(course.rig.network)


@given("another client is faster at every report that names a version")
def rival(course: Course, job: Job) -> None:
    """It reports IN_PROGRESS while the device's report waits, then the report goes on (G8)."""
    course.rig.network.rival(lambda: course.write_faster(job))
