"""A setting that says itself what it decides and where that is known from, so that a table of all cannot go stale."""

from __future__ import annotations

from dataclasses import field
from typing import TypeVar

T = TypeVar("T")


def choice(default: T, decides: str, source: str) -> T:
    """A field of a dataclass of settings; `decides` is a sentence, `source` the clause that it rests on.

    The field's type says the alternatives: `bool`, a `Literal`, a number, a timedelta.
    """
    return field(default=default, metadata={"decides": decides, "source": source})
