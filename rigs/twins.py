"""Choices that sentences name, as tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from rigs.assignment import Job
from rigs.course import Course
from rigs.device import Device
from rigs.members import Members


def _later(course: Course, job: Job) -> Job:
    return job


SECOND: dict[str, Callable[[Course, Job], Job]] = {
    "for the device": Course.queue,
    "before the end": Course.queue,
    "afterwards": _later,
}
"""When a second job is queued: at once, or when the device is to take it."""


def _after_reboot(course: Course, job: Job) -> frozenset[str]:
    return course.ends_after_reboot()


def _after_work(course: Course, job: Job) -> frozenset[str]:
    """Who keeps the result of finished work tells it, whatever it does with unfinished work."""
    return frozenset({"SUCCEEDED"}) if course.rig.profile["keeps_result"] else course.ends_after_reboot()


STORAGE: dict[str, Callable[[Device], None]] = {"full": Device.fill_storage, "free again": Device.free_storage}
AGENT: dict[str, Callable[[Device], None]] = {"stopped": Device.stop_agent, "started again": Device.start_agent}

ALLOWED: dict[str, Callable[[Course, Job], frozenset[str]]] = {
    "a reboot lets it end": _after_reboot,
    "a reconnect lets it end": _after_reboot,
    "a reboot after the work lets it end": _after_work,
    "a device without answers may end it": lambda course, job: frozenset({"SUCCEEDED", "FAILED"}),
    "FAILED or REJECTED, or as SUCCEEDED with its work done": Course.ends_as_done,
    "the profile says of the kind": lambda course, job: frozenset({job.kind.ends}),
    "giving up lets it end": lambda course, job: frozenset({"FAILED", "REJECTED"}),
}
"""The ends that a healthy device of this profile may report."""

CANCELS: dict[str, Callable[[Course, Job], None]] = {
    "cancels": Course.cancel,
    "force-cancels": Course.force_cancel,
    "is in time to cancel": Course.cancel_in_time,
}

RIGHT: dict[str, Callable[[Members], None]] = {
    "says IN_PROGRESS, SUCCEEDED, FAILED or REJECTED": Members.legal_statuses,
    "names a job that it was given": Members.own_topics,
    "names a version that it was told, or none": Members.versions_told,
    "agrees with its topic where it repeats thingName or jobId": Members.agree_with_topic,
    "has a clientToken of its own while it waits for its answer": Members.tokens_apart,
    "has no empty clientToken": Members.tokens_filled,
    "has a flat object of non-empty strings as statusDetails, or none": Members.details_flat,
    "tells progress that neither shrinks nor is more than the whole": Members.progress_true,
    "keeps to the order in which the jobs were queued": Members.in_order,
    "comes no sooner than its profile says": Members.unhurried,
}
"""What can be right about every report, or every question, of a device."""


def _with_repeat(course: Course) -> timedelta:
    timing = course.rig.profile.timing
    return 1.25 * (timing.renew + timing.reply + timing.retry)


STEPS: dict[str, Callable[[Course], timedelta]] = {
    "twice as long as the device takes to renew it": lambda course: 2 * course.rig.profile.timing.renew,
    "long enough for the device to repeat a lost renewal": _with_repeat,
}
"""How long a step may last in real time, so that a device that keeps its promises renews it in time."""

AWAITED: dict[str, Callable[[Course], None]] = {
    "finished or dropped its work": lambda course: course.await_finished(course.named(None)),
    "had its time to stop": lambda course: course.await_stop(course.named(None)),
    "had its time to ask": Course.await_question,
    "told progress twice": lambda course: course.await_progress(course.named(None), 2),
    "been told that nothing is pending": lambda course: course.await_nothing_pending(course.named(None)),
    "been told of the second job": lambda course: course.await_noticed(course.named("second")),
    "cancelled its step timer": lambda course: course.await_timer_cancelled(course.named(None)),
    "set its step timer anew": lambda course: course.await_timer_set(course.named(None)),
}
"""What a device has sent or was sent before the scenario goes on (stepTimeoutInMinutes: −1 cancels the timer, 1 to
10080 set it anew, jobs-protocol §2.4; its time to stop is timing.stop from when it was told that the job is gone)."""

FINISHED: dict[str, Callable[[Course, Job], None]] = {
    "and its result is safe": Course.await_done,
    "meanwhile": Course.await_done_meanwhile,
}

DONE: dict[str, tuple[int, int]] = {
    "done once": (1, 1),
    "done twice": (2, 2),
    "done at most once": (0, 1),
    "never finished": (0, 0),
}
"""How often work may be in evidence as done: least and most."""


def _same_document(course: Course) -> dict[str, Any]:
    return {"nonce": course.jobs[0].nonce}


def _twin(course: Course) -> dict[str, Any]:
    return {"name": twin_of(course.subject)}


LIKE: dict[str, Callable[[Course], dict[str, Any]]] = {
    "": lambda course: {},
    " whose name differs in the last character": _twin,
    " with the same document": _same_document,
}
"""In what a second job is like the first."""


def twin_of(name: str) -> str:
    """A name of the same length that differs in the last character only."""
    return name[:-1] + ("0" if name[-1] != "0" else "1")
