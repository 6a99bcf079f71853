"""`jobrig learn RIG`: two plain jobs and one reconnect, and what they show of the device as a profile to review."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

from rigs.assignment import Job
from rigs.course import Course
from rigs.description import Description, find, load
from rigs.errors import DeviceFault, NotReached, UsageFault
from rigs.measured import BACK, DOWN, measure
from rigs.profile import TIMING, WORDS, Profile
from rigs.proposal import MARGIN, Measured, Seen, propose_words
from rigs.rig import Options, Rig, open_rig
from rigs.trace.records import AnyRecord, Link, Step

PLAIN = "succeeds"
JOBS = 2
QUIET = timedelta(seconds=1)
"""Between jobs: a device that asks once more after each job does so before the next one is queued."""


def learn(
    rig: str, *, root: Path | None = None, results: Path | None = None, overrides: Mapping[str, str] | None = None
) -> Iterator[str]:
    """The lines of a TOML [profile], each habit and time with the records that show it.

    `root` is where rigs/ and the rig's state are looked for (default: here), `overrides` are profile words as on the
    command line. Raises UsageFault where the rig file has no "succeeds" job, RigFault where the rig cannot be opened.
    What the device failed to do on the way is told in the lines: what was seen until then is worth reading.
    """
    place = root or Path.cwd()
    description = load(find(rig, place), overrides)
    if PLAIN not in description.read_profile().jobs:
        raise UsageFault(f"{description.path} [profile.jobs.{PLAIN}]: missing; learning needs a job to give the device")
    opened = open_rig(description, Options(results=results or place / "results" / "learn", root=place))
    try:
        trouble = watch_device(opened)
        lines = proposal(description, opened.trace.records, trouble)
    finally:
        opened.close()
    yield from [f"# what was seen of {opened.trace.header.device}; review it, then copy it into {description.path}"]
    yield f"# the numbers are records of {opened.trace.path}: read them with `jobrig show`"
    yield from lines


def proposal(description: Description, records: list[AnyRecord], trouble: list[str]) -> list[str]:
    """The lines for these records."""
    times = measure(records, description.device.start)
    return [
        *(f"# the device did not: {line}" for line in trouble),
        *toml(propose_words(records), times, description.read_profile()),
    ]


def watch_device(rig: Rig) -> list[str]:
    """Two jobs and a reconnect; returns what the device failed to do, a line each."""
    course, trouble = Course(rig=rig, since=rig.trace.mark), list[str]()
    try:
        course.clear()
        rig.come_to_rest()
        for _ in range(JOBS):
            _job(course)
        _reconnect(course)
    except (DeviceFault, NotReached) as fault:
        trouble.append(str(fault).splitlines()[0])
    finally:
        rig.network.lift_all()
        _clean(course)
    return trouble


def _job(course: Course) -> None:
    course.observer.pause(QUIET)
    job = course.queue(course.plan(PLAIN))
    if job.kind.evidence.whole and course.rig.device.table.evidence:
        # Read while the work is under way, so that the evidence stands before the report where it can.
        course.rig.device.await_work(job, {"done"}, course.patience(job))
    course.ends(job, {job.kind.ends})
    course.rig.come_to_rest()


def _reconnect(course: Course) -> None:
    """Keep the link down until the device has tried in vain, so that its back-off is seen at work."""
    rig, mark = course.rig, course.rig.trace.mark
    rig.trace.append(Step(event="begin", text=f"When {DOWN}"))
    course.link_down()
    rig.trace.wait_for(_Turned(), since=mark, within=rig.profile.timing.reconnect)
    rig.trace.append(Step(event="begin", text=f"When {BACK}"))
    course.link_up()
    rig.come_to_rest()


class _Turned:
    """The device tried to connect and was turned away."""

    def __repr__(self) -> str:
        return "attempt of the device to connect while the link is down"

    def __call__(self, record: AnyRecord) -> bool:
        return isinstance(record, Link) and (record.link, record.event, record.by) == ("device", "refused", "tap")


def _clean(course: Course) -> None:
    course.rig.operator.clear(timedelta(seconds=30))
    for job in course.jobs:
        _forget(course, job)


def _forget(course: Course, job: Job) -> None:
    if job.mark is not None:
        course.forget(job)


def toml(words: dict[str, Seen], times: dict[str, Measured], declared: Profile | None = None) -> list[str]:
    """The proposal as lines of TOML, each with what shows it; then what was not seen."""
    lines = ["[profile]"]
    lines += [_line(word, json.dumps(seen.value), seen.why) for word, seen in words.items() if seen.value is not None]
    lines += ["", "[profile.timing]"]
    for name, time in times.items():
        lines.append(_line(name, str(time.bound), f"{TIMING[name][0]}: {time.seconds:.2f} s × {MARGIN}; {time.why}"))
    lines.append("")
    lines += [f"# not seen: {word}: {seen.why}" for word, seen in words.items() if seen.value is None]
    lines += [f"# not seen: timing.{name} ({meaning})" for name, (meaning, _) in TIMING.items() if name not in times]
    promises = ", ".join(word for word, entry in WORDS.items() if entry.sort == "promise")
    lines.append(f"# promises are what a good device does; declare those that yours does not keep: {promises}")
    return [*lines, *differences(words, declared)]


def _line(name: str, value: str, why: str) -> str:
    return f"{f'{name} = {value}':40}  # {why}"


def differences(words: dict[str, Seen], declared: Profile | None) -> list[str]:
    """Where the rig file says something else than what was seen."""
    known = declared.words if declared is not None else {}
    return [
        f"# differs: the rig file says {word} = {json.dumps(known[word])}, seen was {json.dumps(seen.value)}"
        for word, seen in words.items()
        if seen.value is not None and word in known and known[word] != seen.value
    ]
