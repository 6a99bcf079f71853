"""I16: the progress that a device tells does not shrink, and is not more than the whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rigs.jobs.model import Status
from rigs.rules.base import REPORT, RESTARTS, Context, Finding, RuleBase, Sort, newest, told
from rigs.rules.knowledge import restarts
from rigs.trace.exchange import Exchange
from rigs.trace.records import AnyRecord

NUMBER = re.compile(r"\s*(-?\d{1,15}(?:\.\d{1,9})?)\s*(?:(%)|/\s*(\d{1,15}(?:\.\d{1,9})?))?\s*", re.ASCII)


@dataclass(slots=True)
class _Attempt:
    """What one attempt has told: its beginning (the second number, else the first), the newest, the words beside."""

    words: frozenset[tuple[str, str]]
    beginning: float
    newest: float
    n: int
    reports: int = 1


@dataclass(slots=True, repr=False)
class Progress(RuleBase):
    """The profile names the member of statusDetails (`progress_key`): a number, `n/m` or `n %`.

    An attempt ends with a restart, with another execution, with other words beside the number ("step": "install"), and
    where the number falls back to where the attempt began: a download that is tried again (notes S024). It need not
    tell its zero, so its beginning goes as far as the second report.
    """

    id: str = "I16"
    _attempts: dict[tuple[str, int | None], _Attempt] = field(default_factory=dict)

    @property
    def hears(self) -> frozenset[Sort]:
        """Reports, and restarts."""
        return frozenset({REPORT}) | RESTARTS

    def feed(self, record: AnyRecord, context: Context) -> Iterator[Finding]:
        """Judge each report of progress."""
        if restarts(record):
            self._attempts.clear()
        key, report = str(context.profile.get("progress_key", "")), context.report
        if report is None or report.status != Status.IN_PROGRESS or context.perhaps_repeated:
            return
        details = (report.body or {}).get("statusDetails")
        value = details.get(key) if isinstance(details, dict) else None
        if (found := progress_of(value)) is None or not isinstance(details, dict):
            return
        self.looked += 1
        now, whole = found
        if now < 0 or (whole is not None and now > whole):
            bound = "at least 0" if now < 0 else f"at most {whole:g}"
            yield self.violation(f"{told(report)}: statusDetails[{key!r}] is {value!r}, must be {bound}", report.n)
            return
        yield from self._compare(report, key, value, now, _words(details, key), context)

    def _compare(
        self, report: Exchange, key: str, value: Any, now: float, words: frozenset[tuple[str, str]], context: Context
    ) -> Iterator[Finding]:
        about = context.known.about(report)
        which = (report.job or "", about.number if about is not None else report.execution)
        attempt = self._attempts.pop(which, None)
        again = attempt is not None and now < attempt.newest and now <= attempt.beginning
        if attempt is None or attempt.words != words or again:
            self._attempts[which] = _Attempt(words, now, now, report.n)
            newest(self._attempts)
            return
        beginning = now if attempt.reports == 1 else attempt.beginning
        self._attempts[which] = _Attempt(words, beginning, now, report.n, attempt.reports + 1)
        if now < attempt.newest:
            before = f"after {attempt.newest:g} (record {attempt.n})"
            said = f"{told(report)}: statusDetails[{key!r}] is {value!r} {before}: progress shrinks"
            yield self.violation(said, attempt.n, report.n)


def progress_of(value: Any) -> tuple[float, float | None] | None:
    """A number and its whole (None: unknown), from a number, digits, `n/m` or `n %`; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    match = NUMBER.fullmatch(str(value))
    if match is None:
        return None
    number, percent, whole = match.groups()
    return float(number), 100.0 if percent else float(whole) if whole else None


def _words(details: dict[str, Any], key: str) -> frozenset[tuple[str, str]]:
    """The other members that hold no digit: what is being done, not how far it is."""
    words = ((name, value) for name, value in details.items() if name != key and isinstance(value, str))
    return frozenset((name, value) for name, value in words if not any(char.isdigit() for char in value))
