"""Things by boto3, as far as jobs and identities need them. Names and errors: botocore's model of `iot`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rigs.jobs.api import Answer, Call, Params
from rigs.jobs.changes import Changes
from rigs.jobs.groups import Groups, check_version, new_id, refuse, updated
from rigs.jobs.ledger import Thing
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
            **Groups(changes).by_name,
        }

    def __repr__(self) -> str:
        return f"<Things {len(self._ledger.things)}>"

    def create_thing(self, params: Params, now: float) -> Answer:
        """Register a thing; one that is there already with the same attributes is answered as on AWS: gladly."""
        refuse("CreateThing", params, "thingTypeName", "billingGroupName")
        name, attributes = params["thingName"], updated({}, params.get("attributePayload"))
        thing = self._ledger.things.get(name)
        if thing is None:
            thing = self._ledger.things.put(name, Thing(name=name, id=new_id(name, now), attributes=attributes))
        if thing.attributes != attributes:
            text = f"Thing {name} already exists in account with different attributes"
            members = {"resourceId": name, "resourceArn": arn("thing", name)}
            raise ApiError("ResourceAlreadyExistsException", text, **members)
        return {"thingName": name, "thingArn": arn("thing", name), "thingId": thing.id}, []

    def describe_thing(self, params: Params, now: float) -> Answer:
        """A thing by its name."""
        return self._shown(self._thing(params["thingName"])), []

    def update_thing(self, params: Params, now: float) -> Answer:
        """Set a thing's attributes, if any are given; raises ApiError VersionConflictException."""
        refuse("UpdateThing", params, "thingTypeName", "removeThingType")
        thing = self._thing(params["thingName"])
        check_version("thing", thing.name, thing.version, params)
        attributes = updated(thing.attributes, params.get("attributePayload"))
        self._ledger.things.put(thing.name, replace(thing, attributes=attributes, version=thing.version + 1))
        return {}, []

    def delete_thing(self, params: Params, now: float) -> Answer:
        """Forget a thing without principals; a thing that is not there is deleted already.

        The words of the refusal are AWS's (https://github.com/rebuy-de/aws-nuke/issues/374). Nobody is told; what
        becomes of its job executions says Switches.deleted_thing.
        """
        thing = self._ledger.things.get(params["thingName"])
        if thing is None:
            return {}, []
        check_version("thing", thing.name, thing.version, params)
        if thing.principals:
            text = f"Cannot delete. Thing {thing.name} is still attached to one or more principals"
            raise ApiError("InvalidRequestException", text)
        for group in list(self._ledger.groups.values()):
            if thing.name in group.things:
                left = tuple(one for one in group.things if one != thing.name)
                self._ledger.groups.put(group.name, replace(group, things=left))
        self._ledger.things.drop(thing.name)
        if self._changes.switches.deleted_thing == "executions kept":
            return {}, []
        with self._changes.notices.watch([thing.name], now, told=False) as events:
            for execution in self._ledger.of_thing(thing.name):
                self._changes.drop(execution, now)
                self._changes.settle(execution.job, now)
        return {}, events

    def list_things(self, params: Params, now: float) -> Answer:
        """All things, or those with this attribute: of this value, or of one that begins so."""
        refuse("ListThings", params, "thingTypeName")
        name, value = params.get("attributeName"), params.get("attributeValue")
        if name is None and value is not None:
            raise ApiError("InvalidRequestException", "attributeValue needs the attributeName that it is the value of")
        keys = ("thingName", "thingArn", "attributes", "version")
        shown = [self._shown(thing) for thing in self._ledger.things.values() if _fits(thing, params)]
        return page("things", [{key: row[key] for key in keys} for row in shown], params), []

    def _thing(self, name: str) -> Thing:
        found = self._ledger.things.get(name)
        if found is None:
            raise ApiError("ResourceNotFoundException", f"Thing {name} was not found")
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


def _fits(thing: Thing, params: Params) -> bool:
    name, value = params.get("attributeName"), params.get("attributeValue")
    if name is None:
        return True
    have = thing.attributes.get(name)
    if have is None or value is None:
        return have is not None
    return have.startswith(value) if params.get("usePrefixAttributeValue") else have == value
