"""What a scenario needs of a rig, worked out from its steps and tags; each lack has words for the device engineer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from rigs.description import Description
from rigs.policies import unanswered
from rigs.profile import JobKind, Profile
from rigs.spoken import needed

F = TypeVar("F", bound=Callable[..., object])
ATTRIBUTE = "__jobrig_needs__"
KIND_NAMED = re.compile(r'"(\w+)" job')

Rig = tuple[Description, Profile, list[JobKind]]


def _evidence(rig: Rig) -> bool:
    description, _, kinds = rig
    return description.device.evidence is not None and all(kind.evidence.done for kind in kinds)


def _begun(rig: Rig) -> bool:
    description, _, kinds = rig
    return description.device.evidence is not None and all(kind.evidence.begun for kind in kinds)


def _cut(rig: Rig) -> bool:
    power = rig[0].power
    return power is not None and power.ability == "cut"


def _off(rig: Rig) -> bool:
    device = rig[0].device
    return _cut(rig) or (device.start is not None and device.stop is not None)


def _storage(rig: Rig) -> bool:
    device = rig[0].device
    return None not in (device.storage, device.fill_storage, device.free_storage)


MEANS: dict[str, tuple[Callable[[Rig], bool], str]] = {
    "power:cut": (_cut, "needs a power switch that can cut: [power] in the rig file"),
    "off": (_off, "needs a way to switch the device off: [power] that can cut, or [device] start and stop"),
    "clock": (lambda rig: rig[0].cloud.kind == "local", "needs a service clock that can be stepped: AWS has none"),
    "evidence": (_evidence, "needs evidence of work done: [device] evidence and evidence.done of the job kind"),
    "evidence:begun": (_begun, "needs evidence that work began: [device] evidence and evidence.begun of the job kind"),
    "agent": (
        lambda rig: None not in (rig[0].device.start, rig[0].device.stop),
        "needs an agent that can be stopped: [device] start and stop in the rig file",
    ),
    "poll": (
        lambda rig: bool(rig[1].timing.poll),
        "needs the least time between two questions: [profile.timing] poll",
    ),
    "storage": (
        _storage,
        "needs storage that can be filled: [device] storage, fill_storage and free_storage in the rig file",
    ),
    "boots": (lambda rig: rig[0].device.boots is not None, "needs a boot count: [device] boots in the rig file"),
    "release": (
        lambda rig: any(kind.release for kind in rig[2]),
        "needs work that can be held: release of the job kind",
    ),
    "told": (
        lambda rig: rig[1]["told_by"] not in (None, "none"),
        "needs a device that is told of jobs: profile told_by",
    ),
    "reasks": (
        lambda rig: bool(rig[1].timing.reask),
        "needs a device that asks again where a job that it was told of is not there yet: [profile.timing] reask",
    ),
    "stays": (
        lambda rig: not rig[1]["one_shot"],
        "needs a device that stays when it has nothing to do: profile one_shot",
    ),
}


def needs(*means: str) -> Callable[[F], F]:
    """Mark a step function with the means it needs: keys of MEANS, or `kind:NAME` for a job kind that it queues."""
    unknown = [mean for mean in means if mean not in MEANS and not mean.startswith("kind:")]
    if unknown:
        raise ValueError(f"no such means: {', '.join(unknown)}; known: {', '.join(MEANS)}")

    def mark(function: F) -> F:
        setattr(function, ATTRIBUTE, frozenset(means))
        return function

    return mark


def lacks(
    steps: Iterable[str], functions: Iterable[object], policies: Iterable[str], description: Description
) -> Iterator[str]:
    """What is missing for a scenario of these steps and policy tags, a sentence each; nothing when all is there."""
    profile = description.read_profile()
    yield from filter(None, (unanswered(tag, profile) for tag in sorted(policies)))
    wanted: set[str] = set().union(*(getattr(function, ATTRIBUTE, frozenset()) for function in functions))
    sentences = list(steps)
    wanted = wanted.union(*map(needed, sentences))
    named = {kind for step in sentences for kind in KIND_NAMED.findall(step)}
    named |= {mean.removeprefix("kind:") for mean in wanted if mean.startswith("kind:")}
    for kind in sorted(named - profile.jobs.keys()):
        yield f"the profile has no job of the kind {kind!r}: [profile.jobs.{kind}]"
    kinds = [profile.jobs[kind] for kind in sorted(named & profile.jobs.keys())]
    for mean in sorted(mean for mean in wanted if mean in MEANS):
        there, sentence = MEANS[mean]
        if not there((description, profile, kinds)):
            yield sentence
