"""Choices that sentences name, as tables."""

from __future__ import annotations

from collections.abc import Callable

from rigs.assignment import Job
from rigs.course import Course


def _now(course: Course, kind: str) -> Job:
    return course.queue(course.plan(kind))


def _later(course: Course, kind: str) -> Job:
    return course.plan(kind)


SECOND: dict[str, Callable[[Course, str], Job]] = {"before the end": _now, "afterwards": _later}
"""When a second job is queued: at once, or when the device is to take it."""


def twin_of(name: str) -> str:
    """A name of the same length that differs in the last character only."""
    return name[:-1] + ("0" if name[-1] != "0" else "1")
