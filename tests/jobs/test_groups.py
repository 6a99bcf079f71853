"""Thing groups by boto3's names, and the CONTINUOUS jobs that follow them."""

from __future__ import annotations

import pytest

from tests.jobs.bench import NOON, THING, Bench
from tests.jobs.thingwords import (
    GROUP,
    THING_ARN,
    TREE,
    Call,
    add,
    after,
    attributes,
    delete,
    group,
    regroup,
    remove,
    thing,
)

# name: calls before, a list and its parameters, what it holds
LISTS: dict[str, tuple[list[Call], Call, list[str]]] = {
    "all groups": (TREE, ("ListThingGroups", {}), ["all", "fleet", "north", "south", "other"]),
    "top groups": (TREE, ("ListThingGroups", {"recursive": False}), ["all", "other"]),
    "children": (TREE, ("ListThingGroups", {"parentGroup": "all"}), ["fleet"]),
    "descendants": (TREE, ("ListThingGroups", {"parentGroup": "all", "recursive": True}), ["fleet", "north", "south"]),
    "by name": (TREE, ("ListThingGroups", {"namePrefixFilter": "no"}), ["north"]),
    "children by name": (TREE, ("ListThingGroups", {"parentGroup": "fleet", "namePrefixFilter": "s"}), ["south"]),
    "own things": ([*TREE, add("north")], ("ListThingsInThingGroup", {"thingGroupName": "fleet"}), []),
    "all things": (
        [*TREE, add("north")],
        ("ListThingsInThingGroup", {"thingGroupName": "fleet", "recursive": True}),
        [THING],
    ),
    "own groups": ([*TREE, add("north"), add("other")], thing("ListThingGroupsForThing"), ["north", "other"]),
    "moved": (
        [*TREE, add("north"), add("other"), regroup(["south"], ["north"])],
        thing("ListThingGroupsForThing"),
        ["south", "other"],
    ),
    "by ARN": (
        [*TREE, ("AddThingToThingGroup", {"thingGroupArn": f"{GROUP}north", "thingArn": THING_ARN})],
        thing("ListThingGroupsForThing"),
        ["north"],
    ),
    "removed twice": ([*TREE, add("north"), remove("north"), remove("north")], thing("ListThingGroupsForThing"), []),
    "added twice": (
        [*TREE, add("north"), add("north")],
        ("ListThingsInThingGroup", {"thingGroupName": "north"}),
        [THING],
    ),
    "group deleted": ([*TREE, add("north"), delete("north"), delete("north")], thing("ListThingGroupsForThing"), []),
    "thing deleted": (
        [*TREE, add("north"), thing("DeleteThing"), thing("DeleteThing")],
        ("ListThingsInThingGroup", {"thingGroupName": "north"}),
        [],
    ),
    "things by attribute": (
        [("CreateThing", {"thingName": "x", **attributes(a="10")})],
        ("ListThings", {"attributeName": "a"}),
        ["x"],
    ),
    "things by value": (
        [("CreateThing", {"thingName": "x", **attributes(a="10")})],
        ("ListThings", {"attributeName": "a", "attributeValue": "1"}),
        [],
    ),
    "things by the beginning of a value": (
        [("CreateThing", {"thingName": "x", **attributes(a="10")})],
        ("ListThings", {"attributeName": "a", "attributeValue": "1", "usePrefixAttributeValue": True}),
        ["x"],
    ),
}


@pytest.mark.parametrize(("before", "call", "names"), LISTS.values(), ids=LISTS)
def test_lists(before: list[Call], call: Call, names: list[str]) -> None:
    bench = after(before)
    (rows,) = bench.operate(call[0], **call[1]).values()
    assert [row if isinstance(row, str) else row.get("groupName", row.get("thingName")) for row in rows] == names


def test_description_of_a_group() -> None:
    bench = after(TREE)
    properties = {"thingGroupDescription": "up there", **attributes(a="1")}
    changed = bench.operate(
        "UpdateThingGroup", thingGroupName="north", thingGroupProperties=properties, expectedVersion=1
    )
    shown = bench.operate("DescribeThingGroup", thingGroupName="north")
    arns = [{"groupName": name, "groupArn": shown["thingGroupArn"].replace("north", name)} for name in ("all", "fleet")]
    assert changed == {"version": 2}
    assert shown.pop("thingGroupId")
    assert shown == {
        "thingGroupName": "north",
        "thingGroupArn": "arn:aws:iot:us-east-1:000000000000:thinggroup/north",
        "version": 2,
        "thingGroupProperties": properties,
        "thingGroupMetadata": {"parentGroupName": "fleet", "rootToParentThingGroups": arns, "creationDate": NOON},
    }


def test_the_same_group_once_more_and_another_of_its_name() -> None:
    """The first has the same id, one that is made after a deletion another."""
    bench = Bench()
    first = bench.operate(*group("x")[:1], **group("x")[1])
    bench.now += 1
    again = bench.operate("CreateThingGroup", thingGroupName="x")
    bench.operate("DeleteThingGroup", thingGroupName="x")
    assert first == again != bench.operate("CreateThingGroup", thingGroupName="x")


BOTH = ["notify job1", "notify-next job1"]
GONE = ["notify", "notify-next"]
# name: the groups that a CONTINUOUS job is for, what happens in turn ("!" reports SUCCEEDED), and what each publishes
COURSES: dict[str, tuple[list[str], list[Call | str], list[list[str]]]] = {
    "a child of the target": (["all"], [add("north"), remove("north")], [BOTH, GONE]),
    "a sister of the target": (["south"], [add("north")], [[]]),
    "from child to child": (["fleet"], [add("north"), regroup(["south"], ["north"])], [BOTH, []]),
    "joined twice": (["north"], [add("north"), add("north")], [BOTH, []]),
    "joined again when done": (
        ["north"],
        [add("north"), "!", add("north"), remove("north"), add("north")],
        [BOTH, GONE, [], [], BOTH],
    ),
    "another target when done": (["north", "other"], [add("north"), "!", add("other")], [BOTH, GONE, BOTH]),
    "another target while queued": (["north", "other"], [add("north"), add("other")], [BOTH, []]),
    "another target still holds it": (
        ["north", "other"],
        [add("north"), add("other"), remove("north"), remove("other")],
        [BOTH, [], [], GONE],
    ),
    "a target of its own still holds it": (["north", "thing"], [add("north"), remove("north")], [[], []]),
    "from target to target": (["north", "other"], [add("north"), regroup(["other"], ["north"])], [BOTH, []]),
    "the group is deleted": (["north"], [add("north"), delete("north")], [BOTH, GONE]),
}


@pytest.mark.parametrize(("targets", "steps", "told"), COURSES.values(), ids=COURSES)
def test_a_continuous_job_follows_its_groups(
    targets: list[str], steps: list[Call | str], told: list[list[str]]
) -> None:
    bench = after(TREE)
    arns = [THING_ARN if name == "thing" else f"{GROUP}{name}" for name in targets]
    bench.operate("CreateJob", jobId="job1", targets=arns, document="{}", targetSelection="CONTINUOUS")
    bench.told()
    seen = []
    for step in steps:
        if isinstance(step, str):
            bench.accepted("job1/update", status="SUCCEEDED")
        else:
            bench.operate(step[0], **step[1])
        seen.append(bench.told())
    assert seen == told


def test_what_is_in_progress_stays_when_the_thing_leaves() -> None:
    """[C] measured (jobs-protocol §4); a SNAPSHOT job does not look at groups any more."""
    bench = after([*TREE, add("north"), ("CreateThing", {"thingName": "x"}), add("north", "x")])
    for job, selection in (("job1", "CONTINUOUS"), ("job2", "SNAPSHOT"), ("job3", "CONTINUOUS")):
        bench.operate("CreateJob", jobId=job, targets=[f"{GROUP}fleet"], document="{}", targetSelection=selection)
    bench.accepted("job1/update", status="IN_PROGRESS")
    seen = []
    for name, params in (
        remove("north"),
        ("CancelJobExecution", {"jobId": "job2", "thingName": THING}),
        add("north"),
    ):
        bench.operate(name, **params)
        seen.append([bench.state(job) for job in ("job1", "job2", "job3")])
    held, gone, canceled = ("IN_PROGRESS", 2), ("REMOVED", 1), ("CANCELED", 2)
    assert seen == [[held, ("QUEUED", 1), gone], [held, canceled, gone], [held, canceled, ("QUEUED", 1)]]
