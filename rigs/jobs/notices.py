"""notify and notify-next: what a change of the pending executions publishes (jobs-protocol §5).

notify comes when an execution joins or leaves the pending ones, so not for QUEUED → IN_PROGRESS; notify-next comes when
another execution is the first of them. Neither names the thing, both stamp integer seconds (§2).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from rigs.jobs.events import Events
from rigs.jobs.execution import Execution
from rigs.jobs.ledger import Ledger
from rigs.jobs.messages import Address
from rigs.jobs.model import Kind, Operation, Status
from rigs.jobs.outgoing import Outgoing
from rigs.jobs.switches import Switches


class Notices:
    """Watches the pending executions of things over a change, and says what the change publishes."""

    def __init__(
        self,
        ledger: Ledger,
        switches: Switches,
        chance: Random,
        document: Callable[[str, float], str],
        events: Events,
    ) -> None:
        self._ledger, self._switches, self._chance, self._document = ledger, switches, chance, document
        self._events = events
        self._before: dict[str, list[Execution]] | None = None

    @contextmanager
    def watch(self, things: Iterable[str], now: float, *, told: bool = True) -> Iterator[list[Outgoing]]:
        """Compare before and after the body; the list is filled when the body is through, with the events at its end.

        Things that the body changes beside these are watched too. Without `told` there are events only. A watch within
        another leaves the telling to that.
        """
        found: list[Outgoing] = []
        if self._before is not None:
            yield found
            return
        before = self._before = {thing: self._ledger.pending(thing) for thing in things}
        try:
            yield found
        finally:
            self._before = None
            events = self._events.drain()
        for thing, former in before.items():
            found.extend(self._compare(thing, former, now) if told else ())
        found.extend(events)

    def note(self, thing: str) -> None:
        """A thing's executions are about to change."""
        if self._before is not None and thing not in self._before:
            self._before[thing] = self._ledger.pending(thing)

    def _compare(self, thing: str, former: list[Execution], now: float) -> list[Outgoing]:
        present = self._ledger.pending(thing)
        found = []
        if {one.key for one in former} != {one.key for one in present}:
            found.append(Outgoing(topic=_topic(thing, Operation.NOTIFY), payload=self._changed(present, now)))
        if [one.key for one in former[:1]] != [one.key for one in present[:1]]:
            found.append(Outgoing(topic=_topic(thing, Operation.NOTIFY_NEXT), payload=self._next(present, now)))
        return found[::-1] if self._reversed() else found

    def _reversed(self) -> bool:
        if self._switches.notices == "either":
            return self._chance.random() < 0.5
        return self._switches.notices == "notify-next first"

    def _changed(self, present: list[Execution], now: float) -> dict[str, Any]:
        shown = present[: self._switches.pending_cap]
        jobs: dict[str, Any] = {}
        for execution in shown:
            jobs.setdefault(execution.status.value, []).append(execution.summary())
        return {"timestamp": int(now), "jobs": jobs}

    def _next(self, present: list[Execution], now: float) -> dict[str, Any]:
        if not present:
            return {"timestamp": int(now)}
        document = json.loads(self._document(present[0].job, now))
        return {"timestamp": int(now), "execution": {**present[0].data(now), "jobDocument": document}}

    def lists(self, thing: str) -> dict[str, Any]:
        """The two lists of GetPendingJobExecutions, each there also when empty, each up to the cap."""
        pending, cap = self._ledger.pending(thing), self._switches.pending_cap
        running = [one.summary() for one in pending if one.status is Status.IN_PROGRESS]
        queued = [one.summary() for one in pending if one.status is Status.QUEUED]
        return {"inProgressJobs": running[:cap], "queuedJobs": queued[:cap]}


def _topic(thing: str, operation: Operation) -> str:
    return str(Address(thing=thing, operation=operation, kind=Kind.NOTIFICATION))
