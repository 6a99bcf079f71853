"""The shape of an operation of a service behind HTTP: parameters and an instant in, a reply and messages out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from rigs.jobs.outgoing import Outgoing

Params: TypeAlias = Mapping[str, Any]
Answer: TypeAlias = tuple[dict[str, Any], list[Outgoing]]
Call: TypeAlias = Callable[[Params, float], Answer]
