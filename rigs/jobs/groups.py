"""Static thing groups by boto3: CONTINUOUS jobs follow their things (jobs-protocol §4).

Source of the rules: https://docs.aws.amazon.com/iot/latest/developerguide/thing-groups.html and botocore's model.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from rigs.jobs.api import Answer, Call, Params
from rigs.jobs.changes import Changes
from rigs.jobs.ledger import Group
from rigs.jobs.lifecycle import Event
from rigs.jobs.model import Status
from rigs.jobs.names import arn, page, target
from rigs.jobs.outgoing import Outgoing
from rigs.jobs.refusals import ApiError
from rigs.jobs.targets import things_of

MOST_GROUPS = 10  # of a thing
DEEPEST = 7  # groups in one line (https://github.com/awsdocs/aws-iot-docs, limits-iot.md)
_LISTS = ("thingGroupsToAdd", "thingGroupsToRemove")


class Groups:
    """The operations on groups by the model's names."""

    def __init__(self, changes: Changes) -> None:
        self._changes, self._ledger = changes, changes.ledger
        self.by_name: Mapping[str, Call] = {
            "CreateThingGroup": self.create_thing_group,
            "DescribeThingGroup": self.describe_thing_group,
            "UpdateThingGroup": self.update_thing_group,
            "DeleteThingGroup": self.delete_thing_group,
            "ListThingGroups": self.list_thing_groups,
            "ListThingsInThingGroup": self.list_things_in_thing_group,
            "ListThingGroupsForThing": self.list_thing_groups_for_thing,
            "AddThingToThingGroup": self.add_thing_to_thing_group,
            "RemoveThingFromThingGroup": self.remove_thing_from_thing_group,
            "UpdateThingGroupsForThing": self.update_thing_groups_for_thing,
        }

    def __repr__(self) -> str:
        return f"<Groups {len(self._ledger.groups)}>"

    def create_thing_group(self, params: Params, now: float) -> Answer:
        """Create a group, below another one where parentGroupName says so; the same once more is answered gladly."""
        refuse("CreateThingGroup", params, "tags")
        name = params["thingGroupName"]
        made = self._made(params, now)
        there = self._ledger.groups.get(name)
        if there is None:
            there = self._ledger.groups.put(name, made)
        elif (there.parent, there.description, there.attributes) != (made.parent, made.description, made.attributes):
            text = f"Thing group {name} already exists with another parent or other properties"
            raise ApiError("ResourceAlreadyExistsException", text, resourceId=name, resourceArn=_arn(name))
        return _named(there), []

    def describe_thing_group(self, params: Params, now: float) -> Answer:
        """A group by its name."""
        group = self._group(params["thingGroupName"])
        above = [_listed(one.name) for one in reversed(self._above(group))]
        parent = {"parentGroupName": group.parent, "rootToParentThingGroups": above} if group.parent else {}
        described = {"thingGroupDescription": group.description} if group.description else {}
        held = {"attributePayload": {"attributes": dict(group.attributes)}} if group.attributes else {}
        shown = {
            "version": group.version,
            "thingGroupProperties": {**described, **held},
            "thingGroupMetadata": {**parent, "creationDate": group.created_at},
        }
        return {**_named(group), **shown}, []

    def update_thing_group(self, params: Params, now: float) -> Answer:
        """Set a group's description and attributes, each if it is given; raises ApiError VersionConflictException."""
        group = self._group(params["thingGroupName"])
        check_version("thing group", group.name, group.version, params)
        properties = params["thingGroupProperties"]
        description = properties.get("thingGroupDescription", group.description)
        attributes = updated(group.attributes, properties.get("attributePayload"))
        group = replace(group, description=description, attributes=attributes, version=group.version + 1)
        self._ledger.groups.put(group.name, group)
        return {"version": group.version}, []

    def delete_thing_group(self, params: Params, now: float) -> Answer:
        """Forget a group without child groups; its things leave it. One that is not there is deleted already."""
        group = self._ledger.groups.get(params["thingGroupName"])
        if group is None:
            return {}, []
        check_version("thing group", group.name, group.version, params)
        if any(one.parent == group.name for one in self._ledger.groups.values()):
            text = f"Cannot delete thing group : {group.name} when there are still child groups attached to it."
            raise ApiError("InvalidRequestException", text)
        return {}, self._move(group.things, lambda: self._ledger.groups.drop(group.name), now)

    def list_thing_groups(self, params: Params, now: float) -> Answer:
        """All groups, or those below parentGroup: its children, with `recursive` all. Without a parent and with
        `recursive` false, those at the top.
        """
        if "parentGroup" in params:
            self._group(params["parentGroup"])
        prefix = params.get("namePrefixFilter", "")
        rows = [one for one in self._ledger.groups.values() if one.name.startswith(prefix)]
        found = [_listed(one.name) for one in rows if _asked([group.name for group in self._above(one)], params)]
        return page("thingGroups", found, params), []

    def list_things_in_thing_group(self, params: Params, now: float) -> Answer:
        """The names of a group's things, with `recursive` also of those below."""
        group = self._group(params["thingGroupName"])
        things = self._ledger.members(group.name) if params.get("recursive") else list(group.things)
        return page("things", things, params), []

    def list_thing_groups_for_thing(self, params: Params, now: float) -> Answer:
        """The groups that a thing is in itself."""
        thing = self._thing(params["thingName"])
        return page("thingGroups", [_listed(one.name) for one in self._direct(thing)], params), []

    def add_thing_to_thing_group(self, params: Params, now: float) -> Answer:
        """Put a thing into a group: the CONTINUOUS jobs of the group and of those above are queued for it.

        Again if it had finished, also when it was in another target of the job ([C] measured by MiniStack).
        """
        group, thing = self._group(_given(params, "thingGroup")).name, self._thing(_given(params, "thing"))
        return {}, self._change(thing, [group], [], now)

    def remove_thing_from_thing_group(self, params: Params, now: float) -> Answer:
        """Take a thing out of a group: what is QUEUED becomes REMOVED, what is IN_PROGRESS stays ([C] measured).

        What another target of the job still holds stays as it is.
        """
        group, thing = self._group(_given(params, "thingGroup")).name, self._thing(_given(params, "thing"))
        return {}, self._change(thing, [], [group], now)

    def update_thing_groups_for_thing(self, params: Params, now: float) -> Answer:
        """Take a thing out of some groups and put it into others, in one step."""
        thing = self._thing(params.get("thingName", ""))
        add, remove = ([self._group(name).name for name in params.get(key, [])] for key in _LISTS)
        return {}, self._change(thing, add, remove, now)

    def _change(self, thing: str, add: Iterable[str], remove: Iterable[str], now: float) -> list[Outgoing]:
        former = [one.name for one in self._direct(thing)]
        wanted = dict.fromkeys(name for name in (*former, *add) if name not in remove)
        self._check(thing, [name for name in wanted if name not in former], list(wanted))

        def regroup() -> None:
            for name in {*former, *wanted}:
                group = self._ledger.groups[name]
                others = [one for one in group.things if one != thing]
                things = tuple(dict.fromkeys((*group.things, thing))) if name in wanted else tuple(others)
                if things != group.things:
                    self._ledger.groups.put(name, replace(group, things=things))

        return self._move([thing], regroup, now)

    def _check(self, thing: str, new: list[str], wanted: list[str]) -> None:
        """At most ten groups, and at most one of each hierarchy."""
        if new and len(wanted) > MOST_GROUPS:
            text = f"Thing {thing} would be in {len(wanted)} thing groups; {MOST_GROUPS} are allowed"
            raise ApiError("InvalidRequestException", text)
        roots = {name: [self._ledger.groups[name], *self._above(self._ledger.groups[name])][-1].name for name in wanted}
        for name in new:
            twins = [other for other in wanted if other != name and roots[other] == roots[name]]
            if twins:
                text = (
                    f"Thing {thing} cannot be in {name} and {twins[0]}: both belong to the hierarchy of {roots[name]}"
                )
                raise ApiError("InvalidRequestException", text)

    def _move(self, things: Iterable[str], change: Callable[[], Any], now: float) -> list[Outgoing]:
        """Let memberships change; the CONTINUOUS jobs of the groups that things join and leave follow."""
        before = {thing: self._circles(thing) for thing in things}
        change()
        with self._changes.notices.watch(before, now) as notices:
            for thing, former in before.items():
                present = self._circles(thing)
                self._left(thing, former - present, now)
                self._joined(thing, present - former, now)
        return notices

    def _joined(self, thing: str, groups: set[str], now: float) -> None:
        for job in list(self._ledger.jobs.values()):
            if job.continuous and groups & _target_groups(job.targets):
                self._changes.join(job, [thing], now)

    def _left(self, thing: str, groups: set[str], now: float) -> None:
        for one in self._ledger.pending(thing):
            job = self._ledger.jobs[one.job]
            follows = job.continuous and job.status == "IN_PROGRESS" and groups & _target_groups(job.targets)
            if follows and one.status is Status.QUEUED and thing not in things_of(self._ledger, job.targets):
                self._changes.fire(one, Event.REMOVE, now)

    def _circles(self, thing: str) -> set[str]:
        """The groups of a thing and all above them."""
        return {one.name for group in self._direct(thing) for one in (group, *self._above(group))}

    def _direct(self, thing: str) -> list[Group]:
        return [one for one in self._ledger.groups.values() if thing in one.things]

    def _above(self, group: Group) -> list[Group]:
        """The groups above one, the nearest first."""
        parent = self._ledger.groups.get(group.parent or "")
        return [] if parent is None else [parent, *self._above(parent)]

    def _made(self, params: Params, now: float) -> Group:
        name, parent = params["thingGroupName"], params.get("parentGroupName")
        if parent is not None and parent not in self._ledger.groups:
            text = f"Parent thing group {parent} was not found; create it first"
            raise ApiError("InvalidRequestException", text)
        depth = 1 if parent is None else 2 + len(self._above(self._ledger.groups[parent]))
        if depth > DEEPEST:
            raise ApiError("InvalidRequestException", f"{name} would be group {depth} in its line of {DEEPEST}")
        properties = params.get("thingGroupProperties", {})
        return Group(
            name=name,
            parent=parent,
            id=new_id(f"group {name}", now),
            description=properties.get("thingGroupDescription", ""),
            attributes=updated({}, properties.get("attributePayload")),
            created_at=now,
        )

    def _thing(self, name: str) -> str:
        if name not in self._ledger.things:
            raise ApiError("ResourceNotFoundException", f"Thing {name} was not found")
        return name

    def _group(self, name: str) -> Group:
        found = self._ledger.groups.get(name)
        if found is None:
            raise ApiError("ResourceNotFoundException", f"Thing group {name} was not found")
        return found


def _asked(above: list[str], params: Params) -> bool:
    """Whether a list of groups is to hold one that has these above it, the nearest first."""
    parent, recursive = params.get("parentGroup"), params.get("recursive")
    if parent is None:
        return recursive is not False or not above
    return parent in (above if recursive else above[:1])


def refuse(operation: str, params: Params, *members: str) -> None:
    """Refuse by name what the local cloud does not play; raises ApiError InvalidRequestException."""
    given = [member for member in members if params.get(member)]
    if given:
        text = f"the local cloud does not play {', '.join(given)} of {operation}; leave it out"
        raise ApiError("InvalidRequestException", text)


def check_version(sort: str, name: str, version: int, params: Params) -> None:
    """Raises ApiError VersionConflictException when another version is expected."""
    expected = params.get("expectedVersion", version)
    if expected != version:
        text = f"The version for {sort} {name} does not match the expected version: it is {version}, not {expected}"
        raise ApiError("VersionConflictException", text)


def updated(attributes: Mapping[str, str], payload: Mapping[str, Any] | None) -> dict[str, str]:
    """Attributes after an AttributePayload: replaced, or merged where it says so; an empty value removes one."""
    if payload is None:
        return dict(attributes)
    kept = attributes if payload.get("merge") else {}
    return {name: text for name, text in {**kept, **payload.get("attributes", {})}.items() if text}


def new_id(name: str, now: float) -> str:
    """An id that another one of the same name, made later, does not have."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{name} {now}"))


def _given(params: Params, sort: str) -> str:
    """The name in a call that takes either a name or an ARN."""
    name = params.get(f"{sort}Name") or params.get(f"{sort}Arn", "").rpartition("/")[2]
    if not name:
        raise ApiError("InvalidRequestException", f"{sort}Name or {sort}Arn must be given")
    return str(name)


def _target_groups(targets: Iterable[str]) -> set[str]:
    named = (target(text) for text in targets)
    return {name for sort, name in named if sort == "thinggroup"}


def _arn(name: str) -> str:
    return arn("thinggroup", name)


def _named(group: Group) -> dict[str, Any]:
    return {"thingGroupName": group.name, "thingGroupArn": _arn(group.name), "thingGroupId": group.id}


def _listed(name: str) -> dict[str, Any]:
    return {"groupName": name, "groupArn": _arn(name)}
