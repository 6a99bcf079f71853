"""The operator's half of the service: the operations of boto3's `iot` that concern jobs and things, in one table."""

from __future__ import annotations

from collections.abc import Mapping

from rigs.jobs.api import Call
from rigs.jobs.changes import Changes
from rigs.jobs.eventcalls import EventCalls
from rigs.jobs.executioncalls import ExecutionCalls
from rigs.jobs.jobcalls import JobCalls
from rigs.jobs.templates import TemplateCalls
from rigs.jobs.things import Things


class Operations:
    """Operations by the model's names, on the ledger that the devices' half works on."""

    def __init__(self, changes: Changes) -> None:
        self._ledger = changes.ledger
        self.by_name: Mapping[str, Call] = {
            **Things(changes).by_name,
            **JobCalls(changes).by_name,
            **ExecutionCalls(changes).by_name,
            **TemplateCalls(changes.ledger).by_name,
            **EventCalls(changes.ledger).by_name,
        }

    def __repr__(self) -> str:
        return f"<Operations on {self._ledger!r}>"
