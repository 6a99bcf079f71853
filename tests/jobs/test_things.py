"""Things by boto3's names: attributes, deletion, and what is refused of things and groups."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rigs.jobs.refusals import ApiError
from rigs.jobs.switches import Switches
from tests.jobs.bench import THING, Bench
from tests.jobs.thingwords import (
    TREE,
    Call,
    add,
    after,
    attributes,
    delete,
    group,
    thing,
)

MERGED = {"attributePayload": {"attributes": {"a": "", "c": "3"}, "merge": True}}
LIMIT = [group(f"g{number}") for number in range(11)]
LINE = [group("d1"), *(group(f"d{depth}", f"d{depth - 1}") for depth in range(2, 8))]

# name: calls before, the call, the error and a part of its message
REFUSALS: dict[str, tuple[list[Call], Call, str]] = {
    "thing with a type": (
        [],
        ("CreateThing", {"thingName": "x", "thingTypeName": "t"}),
        "InvalidRequestException: the local cloud does not play thingTypeName of CreateThing",
    ),
    "thing in a billing group": ([], ("CreateThing", {"thingName": "x", "billingGroupName": "t"}), "billingGroupName"),
    "thing with other attributes": ([], thing("CreateThing", **attributes(a="1")), "ResourceAlreadyExistsException"),
    "update of the type": ([], thing("UpdateThing", removeThingType=True), "removeThingType of UpdateThing"),
    "update at another version": (
        [],
        thing("UpdateThing", expectedVersion=2),
        "VersionConflictException.* it is 1, not 2",
    ),
    "update of no thing": ([], ("UpdateThing", {"thingName": "x"}), "ResourceNotFoundException: Thing x"),
    "deletion at another version": ([], thing("DeleteThing", expectedVersion=2), "VersionConflictException"),
    "list by type": ([], ("ListThings", {"thingTypeName": "t"}), "thingTypeName of ListThings"),
    "list by a value of nothing": (
        [],
        ("ListThings", {"attributeValue": "1"}),
        "InvalidRequestException.*attributeName",
    ),
    "group with tags": ([], group("x", tags=[{"Key": "a"}]), "does not play tags of CreateThingGroup"),
    "group below nothing": ([], group("x", "none"), "InvalidRequestException: Parent thing group none was not found"),
    "group twice": (TREE, group("fleet"), "ResourceAlreadyExistsException"),
    "group too deep": (LINE, group("d8", "d7"), "InvalidRequestException: d8 would be group 8 in its line of 7"),
    "group with children": (
        TREE,
        delete("fleet"),
        "InvalidRequestException: Cannot delete thing group : fleet when there are still child groups",
    ),
    "group at another version": (TREE, delete("north", expectedVersion=3), "VersionConflictException"),
    "group's update": (
        TREE,
        ("UpdateThingGroup", {"thingGroupName": "north", "thingGroupProperties": {}, "expectedVersion": 2}),
        "VersionConflictException",
    ),
    "no such group": ([], ("DescribeThingGroup", {"thingGroupName": "x"}), "ResourceNotFoundException: Thing group x"),
    "no such parent": ([], ("ListThingGroups", {"parentGroup": "x"}), "ResourceNotFoundException"),
    "no such thing": (TREE, add("fleet", "x"), "ResourceNotFoundException: Thing x"),
    "no group named": (
        [],
        ("AddThingToThingGroup", {"thingName": THING}),
        "InvalidRequestException: thingGroupName or thingGroupArn",
    ),
    "two of one hierarchy": (
        [*TREE, add("north")],
        add("south"),
        "InvalidRequestException: .* cannot be in south and north: both belong to the hierarchy of all",
    ),
    "eleven groups": (
        [*LIMIT, *(add(f"g{number}") for number in range(10))],
        add("g10"),
        "InvalidRequestException: .* 11 thing groups; 10 are allowed",
    ),
}


@pytest.mark.parametrize(("before", "call", "says"), REFUSALS.values(), ids=REFUSALS)
def test_refusals(before: list[Call], call: Call, says: str) -> None:
    bench = after(before)
    with pytest.raises(ApiError, match=says):
        bench.operate(call[0], **call[1])


@pytest.mark.parametrize(
    ("change", "after"),
    [
        (attributes(b="2"), {"b": "2"}),
        (MERGED, {"b": "2", "c": "3"}),
        ({}, {"a": "1", "b": "2"}),
        ({"expectedVersion": 2, **attributes(a="")}, {}),
    ],
    ids=["replaced", "merged", "nothing said", "removed"],
)
def test_attributes_of_a_thing(change: dict[str, Any], after: dict[str, str]) -> None:
    """botocore, AttributePayload; the version counts every update."""
    bench = Bench()
    bench.operate("UpdateThing", thingName=THING, **attributes(a="1", b="2"))
    bench.operate("UpdateThing", thingName=THING, **change)
    shown = bench.operate("DescribeThing", thingName=THING)
    assert (shown["attributes"], shown["version"]) == (after, 3)


def test_a_thing_with_a_principal_stays() -> None:
    """In AWS's words (https://github.com/rebuy-de/aws-nuke/issues/374)."""
    bench = Bench()
    things = bench.service.ledger.things
    things.put(THING, replace(things[THING], principals={"ab12": "NON_EXCLUSIVE_THING"}))
    with pytest.raises(ApiError, match=f"Cannot delete. Thing {THING} is still attached to one or more principals"):
        bench.operate("DeleteThing", thingName=THING)
    things.put(THING, replace(things[THING], principals={}))
    bench.operate("DeleteThing", thingName=THING)
    assert THING not in things


@pytest.mark.parametrize(
    ("rule", "answer", "status"),
    [("executions kept", "accepted", "IN_PROGRESS"), ("executions dropped", "rejected", "COMPLETED")],
)
def test_executions_of_a_deleted_thing(rule: Any, answer: str, status: str) -> None:
    """Switches.deleted_thing: the device can go on, or gets ResourceNotFound and the job ends; nothing is published."""
    bench = Bench(Switches(deleted_thing=rule))
    bench.queue("job1")
    bench.operate("DeleteThing", thingName=THING)
    assert bench.told() == []
    assert bench.operate("DescribeJob", jobId="job1")["job"]["status"] == status
    kind, payload = bench.ask("job1/update", status="IN_PROGRESS")
    assert (kind, payload.get("code")) == (answer, None if answer == "accepted" else "ResourceNotFound")
