"""A job as a scenario speaks of it: its name at the service, its kind, and the nonce that its work leaves behind."""

from __future__ import annotations

import random
import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rigs.profile import JobKind

LETTERS = string.ascii_lowercase + string.digits
PADDING = 24_000
"""Characters in a padded document: near the 32 kB that AWS allows (jobs-protocol §6), once escaped and wrapped."""


@dataclass(slots=True, kw_only=True)
class Job:
    """One job of a scenario; `mark` is the trace's mark when it was queued (None: planned, not queued yet)."""

    id: str
    nonce: str
    kind: JobKind
    mark: int | None = None
    minutes: int | None = None
    retries: int | None = None
    group: str | None = None
    """The thing group that it is for; then it is CONTINUOUS: each thing that joins gets it."""

    def __repr__(self) -> str:
        return f"<Job {self.id} {self.kind.name}>"

    @property
    def document(self) -> dict[str, Any]:
        """The kind's document with `{job}`, `{nonce}` and `{padding}` filled in."""
        words = {"{job}": self.id, "{nonce}": self.nonce, "{padding}": "x" * PADDING}
        return {key: _fill(value, words) for key, value in self.kind.document.items()}

    def fill(self, pattern: str) -> str:
        """A pattern or command of the rig file with this job's words."""
        return pattern.replace("{nonce}", self.nonce).replace("{job}", self.id)


def _fill(value: Any, words: Mapping[str, str]) -> Any:
    match value:
        case str():
            for name, word in words.items():
                value = value.replace(name, word)
            return value
        case dict():
            return {key: _fill(item, words) for key, item in value.items()}
        case list():
            return [_fill(item, words) for item in value]
        case _:
            return value


def name_of(length: int, chance: random.Random) -> str:
    """A job id of that many characters out of all that AWS allows: `[a-zA-Z0-9_-]` (jobs-protocol §1)."""
    every = string.ascii_letters + string.digits + "-_"
    return "".join(chance.choice(every) for _ in range(length))


def nonce(chance: random.Random) -> str:
    """A word that appears in no other job's evidence."""
    return "".join(chance.choice(LETTERS) for _ in range(10))
