"""Calls on things and groups, for the tests of both."""

from __future__ import annotations

from typing import Any

from tests.jobs.bench import THING, Bench

GROUP = "arn:aws:iot:eu-west-1:123456789012:thinggroup/"
THING_ARN = f"arn:aws:iot:eu-west-1:123456789012:thing/{THING}"
Call = tuple[str, dict[str, Any]]


def group(name: str, parent: str | None = None, **more: Any) -> Call:
    return "CreateThingGroup", {
        "thingGroupName": name,
        **({} if parent is None else {"parentGroupName": parent}),
        **more,
    }


def add(name: str, thing: str = THING) -> Call:
    return "AddThingToThingGroup", {"thingGroupName": name, "thingName": thing}


def remove(name: str) -> Call:
    return "RemoveThingFromThingGroup", {"thingGroupName": name, "thingName": THING}


def regroup(add: list[str], remove: list[str]) -> Call:
    return "UpdateThingGroupsForThing", {"thingName": THING, "thingGroupsToAdd": add, "thingGroupsToRemove": remove}


def delete(name: str, **more: Any) -> Call:
    return "DeleteThingGroup", {"thingGroupName": name, **more}


def thing(call: str, **more: Any) -> Call:
    return call, {"thingName": THING, **more}


def attributes(**values: str) -> dict[str, Any]:
    return {"attributePayload": {"attributes": values}}


TREE = [group("all"), group("fleet", "all"), group("north", "fleet"), group("south", "fleet"), group("other")]


def after(calls: list[Call]) -> Bench:
    """A bench on which these calls were made."""
    bench = Bench()
    for name, params in calls:
        bench.operate(name, **params)
    return bench
