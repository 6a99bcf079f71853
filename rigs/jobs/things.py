"""Things and thing groups, as far as jobs need them: a CONTINUOUS job follows its groups (jobs-protocol §4)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rigs.jobs.api import Answer, Call, Params
from rigs.jobs.changes import Changes
from rigs.jobs.ledger import Group, Job, Thing
from rigs.jobs.lifecycle import Event
from rigs.jobs.model import Status
from rigs.jobs.names import arn, page
from rigs.jobs.refusals import ApiError


class Things:
    """The thing registry's operations by the model's names."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._ledger = changes.ledger
        self.by_name: Mapping[str, Call] = {
            "CreateThing": self.create_thing,
            "DescribeThing": self.describe_thing,
            "UpdateThing": self.update_thing,
            "DeleteThing": self.delete_thing,
            "ListThings": self.list_things,
            "CreateThingGroup": self.create_thing_group,
            "DescribeThingGroup": self.describe_thing_group,
            "DeleteThingGroup": self.delete_thing_group,
            "AddThingToThingGroup": self.add_thing_to_thing_group,
            "RemoveThingFromThingGroup": self.remove_thing_from_thing_group,
        }

    def create_thing(self, params: Params, now: float) -> Answer:
        """Register a thing; one that is there already with the same attributes is answered as on AWS: gladly."""
        name, attributes = params["thingName"], _attributes(params)
        thing = self._ledger.things.get(name)
        if thing is None:
            thing = self._ledger.things.put(name, Thing(name=name, id=_id(name), attributes=attributes))
        if thing.attributes != attributes:
            raise ApiError("ResourceAlreadyExistsException", f"Thing {name} already exists with different attributes")
        return {"thingName": name, "thingArn": arn("thing", name), "thingId": thing.id}, []

    def describe_thing(self, params: Params, now: float) -> Answer:
        """A thing by its name."""
        return self._shown(self._thing(params["thingName"])), []

    def update_thing(self, params: Params, now: float) -> Answer:
        """Set a thing's attributes; raises ApiError VersionConflictException on another expectedVersion."""
        thing = self._thing(params["thingName"])
        if params.get("expectedVersion", thing.version) != thing.version:
            raise ApiError("VersionConflictException", f"Thing {thing.name} has version {thing.version}")
        merge = params.get("attributePayload", {}).get("merge", False)
        attributes = {**(thing.attributes if merge else {}), **_attributes(params)}
        self._ledger.things.put(thing.name, replace(thing, attributes=attributes, version=thing.version + 1))
        return {}, []

    def delete_thing(self, params: Params, now: float) -> Answer:
        """Forget a thing and its executions; a thing that is not there is deleted already."""
        self._ledger.things.drop(params["thingName"])
        for group in list(self._ledger.groups.values()):
            self._leave(group, params["thingName"])
        for execution in self._ledger.of_thing(params["thingName"]):
            self._changes.drop(execution, now)
        return {}, []

    def list_things(self, params: Params, now: float) -> Answer:
        """All things."""
        rows = [self._shown(thing) for thing in self._ledger.things.values()]
        keys = ("thingName", "thingArn", "attributes", "version")
        return page("things", [{key: row[key] for key in keys} for row in rows], params), []

    def create_thing_group(self, params: Params, now: float) -> Answer:
        """Create a group; one that is there already is answered with itself."""
        name = params["thingGroupName"]
        if name not in self._ledger.groups:
            self._ledger.groups.put(name, Group(name=name))
        return self._group_shown(name), []

    def describe_thing_group(self, params: Params, now: float) -> Answer:
        """A group by its name."""
        self._group(params["thingGroupName"])
        return {**self._group_shown(params["thingGroupName"]), "version": 1}, []

    def delete_thing_group(self, params: Params, now: float) -> Answer:
        """Forget a group; its things stay."""
        self._ledger.groups.drop(params["thingGroupName"])
        return {}, []

    def add_thing_to_thing_group(self, params: Params, now: float) -> Answer:
        """Put a thing into a group: the CONTINUOUS jobs of the group are queued for it, again if it had finished."""
        group, thing = _named(params, "thingGroup"), self._thing(_named(params, "thing")).name
        found = self._group(group)
        self._ledger.groups.put(group, replace(found, things=tuple(dict.fromkeys((*found.things, thing)))))
        with self._changes.notices.watch([thing], now) as notices:
            for job in self._following(group):
                last = self._ledger.find(thing, job.id)
                if last is None or last.status.terminal:
                    self._changes.queue(job, thing, now)
        return {}, notices

    def remove_thing_from_thing_group(self, params: Params, now: float) -> Answer:
        """Take a thing out of a group: what is QUEUED becomes REMOVED, what is IN_PROGRESS stays ([C] measured)."""
        group, thing = _named(params, "thingGroup"), self._thing(_named(params, "thing")).name
        self._leave(self._group(group), thing)
        jobs = {job.id for job in self._following(group)}
        with self._changes.notices.watch([thing], now) as notices:
            for execution in self._ledger.pending(thing):
                if execution.job in jobs and execution.status is Status.QUEUED:
                    self._changes.fire(execution, Event.REMOVE, now)
        return {}, notices

    def _following(self, group: str) -> list[Job]:
        return [
            job
            for job in self._ledger.jobs.values()
            if job.continuous
            and job.status == "IN_PROGRESS"
            and any(target.endswith(f":thinggroup/{group}") for target in job.targets)
        ]

    def _thing(self, name: str) -> Thing:
        found = self._ledger.things.get(name)
        if found is None:
            raise ApiError("ResourceNotFoundException", f"Thing {name} was not found")
        return found

    def _leave(self, group: Group, thing: str) -> None:
        if thing in group.things:
            self._ledger.groups.put(
                group.name, replace(group, things=tuple(one for one in group.things if one != thing))
            )

    def _group(self, group: str) -> Group:
        found = self._ledger.groups.get(group)
        if found is None:
            raise ApiError("ResourceNotFoundException", f"Thing group {group} was not found")
        return found

    def _shown(self, thing: Thing) -> dict[str, Any]:
        return {
            "defaultClientId": thing.name,
            "thingName": thing.name,
            "thingId": thing.id,
            "thingArn": arn("thing", thing.name),
            "attributes": dict(thing.attributes),
            "version": thing.version,
        }

    def _group_shown(self, name: str) -> dict[str, Any]:
        return {"thingGroupName": name, "thingGroupArn": arn("thinggroup", name), "thingGroupId": _id(f"group {name}")}


def _attributes(params: Params) -> dict[str, str]:
    return dict(params.get("attributePayload", {}).get("attributes", {}))


def _named(params: Params, sort: str) -> str:
    """The name in a call that takes either a name or an ARN."""
    name = params.get(f"{sort}Name") or params.get(f"{sort}Arn", "").rpartition("/")[2]
    if not name:
        raise ApiError("InvalidRequestException", f"{sort}Name or {sort}Arn must be given")
    return str(name)


def _id(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))
