"""What the targets of a job mean in things."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rigs.jobs.ledger import Job, Ledger
from rigs.jobs.names import target
from rigs.jobs.refusals import ApiError

MOST_TARGETS = 100  # botocore, AssociateTargetsWithJob


def check_targets(ledger: Ledger, targets: Iterable[str]) -> None:
    """Raises ApiError for a target that does not exist, and for more than 100."""
    targets = list(targets)
    if len(targets) > MOST_TARGETS:
        raise ApiError("LimitExceededException", f"A job has at most {MOST_TARGETS} targets, not {len(targets)}")
    for text in targets:
        sort, name = target(text)
        known: Mapping[str, Any] = ledger.things if sort == "thing" else ledger.groups
        if name not in known:
            raise ApiError("ResourceNotFoundException", f"Target {text} was not found")


def things_of(ledger: Ledger, targets: Iterable[str]) -> list[str]:
    """The things that the targets name, each once; a target that is gone names none."""
    found: dict[str, None] = {}
    for text in targets:
        sort, name = target(text)
        if sort == "thing" and name in ledger.things:
            found[name] = None
        elif sort == "thinggroup" and name in ledger.groups:
            found.update(dict.fromkeys(sorted(ledger.members(name))))
    return list(found)


def targets_waiting(ledger: Ledger, job: Job) -> list[str]:
    """The targets to which the job is still being rolled out."""
    waiting = set(ledger.waiting(job.id))
    return [text for text in job.targets if waiting and waiting.intersection(things_of(ledger, [text]))]
