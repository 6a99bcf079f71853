"""The calls that turn event messages on and off (jobs-protocol §1.1, botocore's EventType)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rigs.jobs.api import Answer, Call, Params
from rigs.jobs.configs import refused
from rigs.jobs.events import SETTINGS
from rigs.jobs.ledger import EventSettings, Ledger

# JOB and JOB_EXECUTION play; the others are accepted and kept, nothing is published for them.
TYPES = (
    "THING",
    "THING_GROUP",
    "THING_TYPE",
    "THING_GROUP_MEMBERSHIP",
    "THING_GROUP_HIERARCHY",
    "THING_TYPE_ASSOCIATION",
    "JOB",
    "JOB_EXECUTION",
    "POLICY",
    "CERTIFICATE",
    "CA_CERTIFICATE",
)


class EventCalls:
    """The settings of events."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.by_name: Mapping[str, Call] = {
            "UpdateEventConfigurations": self.update_event_configurations,
            "DescribeEventConfigurations": self.describe_event_configurations,
        }

    def update_event_configurations(self, params: Params, now: float) -> Answer:
        """Turn the named types on or off; the others stay as they are."""
        wishes: Mapping[str, Mapping[str, Any]] = params.get("eventConfigurations", {})
        unknown = sorted(set(wishes) - set(TYPES))
        if unknown:
            raise refused(f"unknown event types {', '.join(unknown)}; known: {', '.join(TYPES)}")
        former = self._ledger.event_settings.get(SETTINGS)
        on = {sort: former is not None and sort in former.enabled for sort in TYPES}
        on.update({sort: bool(wish.get("Enabled")) for sort, wish in wishes.items()})
        row = EventSettings(
            enabled=tuple(sort for sort in TYPES if on[sort]),
            created_at=now if former is None else former.created_at,
            modified_at=now,
        )
        self._ledger.event_settings.put(SETTINGS, row)
        return {}, []

    def describe_event_configurations(self, params: Params, now: float) -> Answer:
        """All types, on or off."""
        settings = self._ledger.event_settings.get(SETTINGS)
        enabled = () if settings is None else settings.enabled
        shown = {"eventConfigurations": {sort: {"Enabled": sort in enabled} for sort in TYPES}}
        if settings is None:
            return shown, []
        return {**shown, "creationDate": settings.created_at, "lastModifiedDate": settings.modified_at}, []
