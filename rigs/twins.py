"""Choices that sentences name, as tables."""

from __future__ import annotations

from collections.abc import Callable

from rigs.assignment import Job
from rigs.course import Course
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


ALLOWED: dict[str, Callable[[Course, Job], frozenset[str]]] = {
    "a reboot lets it end": _after_reboot,
    "a reconnect lets it end": _after_reboot,
    "the profile says of the kind": lambda course, job: frozenset({job.kind.ends}),
}
"""The ends that a healthy device of this profile may report."""

CANCELS: dict[str, Callable[[Course, Job], None]] = {"cancels": Course.cancel, "force-cancels": Course.force_cancel}

RIGHT: dict[str, Callable[[Members], None]] = {
    "says IN_PROGRESS, SUCCEEDED, FAILED or REJECTED": Members.legal_statuses,
    "names a job that it was given": Members.own_topics,
    "agrees with its topic where it repeats thingName or jobId": Members.agree_with_topic,
    "has a clientToken of its own while it waits for its answer": Members.tokens_apart,
    "has no empty clientToken": Members.tokens_filled,
    "has a flat object of non-empty strings as statusDetails, or none": Members.details_flat,
}
"""What can be right about every report of a device."""


def twin_of(name: str) -> str:
    """A name of the same length that differs in the last character only."""
    return name[:-1] + ("0" if name[-1] != "0" else "1")
