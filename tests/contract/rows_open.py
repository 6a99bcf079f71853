"""Open points that no other table of rows comes to: one row a switch, with what each of its values looks like."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.contract.moves import Join, Move, Notice, accepted, dial, heard, operate, put, queue, say, take
from tests.contract.row import open_row, row
from tests.contract.shapes import part
from tests.contract.words import CONTINUOUS, GROUP, MEMBER, ONE, STAMP, execution, report

# Within the year that AWS allows, and far enough for a clock that other rows have moved.
SOON = (datetime.now(UTC) + timedelta(days=20)).strftime("%Y-%m-%dT%H:%M")
OTHER = (
    operate("create_thing", thingName="@other"),
    operate("create_thing_group", **GROUP),
    operate("add_thing_to_thing_group", thingGroupName="@group", thingName="@other"),
)
SLOW: Mapping[str, Any] = {**CONTINUOUS, "jobExecutionsRolloutConfig": {"maximumPerMinute": 1}}
JOIN = operate("add_thing_to_thing_group", **MEMBER)
BOTH: Mapping[str, Any] = {
    "targets": ["@grouparn"],
    "abortConfig": {
        "criteriaList": [
            {"failureType": "FAILED", "action": "CANCEL", "thresholdPercentage": 10, "minNumberOfExecutedThings": 2}
        ]
    },
}
ONE_OF_TWO = (*OTHER, JOIN, queue("one", **BOTH), report("FAILED"))
SCHEDULED = queue("one", schedulingConfig={"startTime": SOON})
GONE = (
    queue("one"),
    operate("detach_thing_principal", thingName="@thing", principal="@certificate"),
    operate("delete_thing", thingName="@thing"),
)
UP = take({"kind": "CONNACK", "code": 0})
UNRECEIVED = "@unreceived/get"  # the policy of the row's devices denies iot:Receive on the topics of such a job
NOBODY: dict[str, Any] = {"word": "$nobody/plain", "payload": {}, "id": 9}
RETAINED: dict[str, Any] = {"word": "get", "payload": {}, "id": 9, "retain": True}
PING = (put("PINGREQ", by="watch"), take({"kind": "PINGRESP"}, by="watch"))
WILL = (
    dial(by="watch"),
    take({"kind": "CONNACK"}, by="watch"),
    put("SUBSCRIBE", by="watch", filters=["own:will"]),
    take({"kind": "SUBACK"}, by="watch"),
    dial(
        will={"topic": "@thing/will", "payload": '"gone"', "properties": {"will_delay": 600}},
        properties={"session_expiry": 900},
    ),
    UP,
    put("DROP"),
    dial(by="again", client_id="@thing-device", clean=False, properties={"session_expiry": 900}),
    take({"kind": "CONNACK", "present": True}, by="again"),
)


def job(status: str) -> Move:
    return operate("describe_job", jobId="@one", answer=part(job=part(status=status)))


JOBS = (
    open_row(
        "OPN-01",
        "Members of a document that are null do not reach the device",
        "jobs-protocol §2.5",
        "document_nulls",
        ("dropped", (queue("one", {"a": 1, "b": None}), accepted("@one/get", {}, execution("one", document={"a": 1})))),
        (
            "kept",
            (
                queue("one", {"a": 1, "b": None}),
                accepted("@one/get", {}, execution("one", document={"a": 1, "b": None})),
            ),
        ),
        trust="C",
    ),
    open_row(
        "OPN-02",
        "A thing that joins the group of a CONTINUOUS job does not wait for the job's roll-out",
        "developer guide, jobs-configurations-details",
        "joiners_wait",
        (False, (*OTHER, queue("one", **SLOW), JOIN, accepted("$next/get", {}, execution("one")))),
        (True, (*OTHER, queue("one", **SLOW), JOIN, accepted("$next/get", {}, STAMP))),
        trust="A-",
    ),
    open_row(
        "OPN-03",
        "minNumberOfExecutedThings counts completed executions",
        "developer guide, job-configurations-api",
        "abort_minimum",
        ("completed", (*ONE_OF_TWO, job("IN_PROGRESS"))),
        ("notified", (*ONE_OF_TWO, job("CANCELED"))),
        not_at={"aws": "an abort is not at once, and nothing tells that there is none"},
    ),
    open_row(
        "OPN-04",
        "UpdateJob changes a job that is SCHEDULED",
        "botocore iot 2015-05-28 UpdateJob",
        "update_scheduled",
        (True, (SCHEDULED, operate("update_job", jobId="@one", description="later"))),
        (
            False,
            (SCHEDULED, operate("update_job", jobId="@one", description="later", refused="InvalidRequestException")),
        ),
    ),
    open_row(
        "OPN-05",
        "The executions of a thing that is deleted are kept",
        "botocore iot 2015-05-28 DeleteThing",
        "deleted_thing",
        (
            "executions kept",
            (*GONE, operate("describe_job_execution", **ONE, answer=part(execution=part(status="QUEUED")))),
        ),
        ("executions dropped", (*GONE, operate("describe_job_execution", **ONE, refused="ResourceNotFoundException"))),
        trust="C",
    ),
)

BROKER = (
    open_row(
        "OPN-11",
        "A reply is handed to a device that may not receive its topic",
        "jobs-protocol §10.21",
        "limits.replies_need_receive",
        (False, (queue("unreceived"), accepted(UNRECEIVED, {}, part(**STAMP)))),
        (True, (Join(name="device"), queue("unreceived"), say(UNRECEIVED, {}), heard())),
    ),
    open_row(
        "OPN-12",
        "A topic that begins with $ and belongs to no service is refused, even where a policy allows it",
        "AWS IoT developer guide, reserved-topics",
        "limits.refuse_unowned",
        (True, (dial(), UP, put("PUBLISH", **NOBODY), take({"kind": "PUBACK", "code": 0x90}))),
        (False, (dial(), UP, put("PUBLISH", **NOBODY), take({"kind": "PUBACK", "code": 0}))),
        wire="raw",
        versions=(5,),
    ),
    open_row(
        "OPN-13",
        "A request with RETAIN is refused",
        "jobs-protocol §6",
        "limits.refuse_reserved_retain",
        (True, (dial(), UP, put("PUBLISH", **RETAINED), take({"kind": "PUBACK", "code": 0x90}))),
        (
            False,
            (
                dial(),
                UP,
                put("SUBSCRIBE", filters=["get/accepted"]),
                take({"kind": "SUBACK"}),
                put("PUBLISH", **RETAINED),
                take(
                    {"kind": "PUBACK", "code": 0},
                    {"kind": "PUBLISH", "word": "get/accepted", "retain": False},
                    ordered=False,
                ),
            ),
        ),
        wire="raw",
        versions=(5,),
    ),
    open_row(
        "OPN-14",
        "A will waits for its delay, and is forgotten when its client comes again on its session",
        "MQTT 5 3.1.3.2.2",
        "limits.will_delay",
        (True, (*WILL, *PING)),
        (False, (*WILL, take({"kind": "PUBLISH", "payload": "gone"}, by="watch"))),
        wire="raw",
        versions=(5,),
    ),
    row(
        "OPN-15",
        "A message is not handed to a device that may not receive its topic",
        "jobs-protocol §1 policies",
        "A",
        Join(name="device", filters=("own:unreceived",)),
        say("own:unreceived", {"a": 1}),
        heard(),
    ),
    row(
        "OPN-16",
        "A message is handed to a device that may receive its topic",
        "jobs-protocol §1 policies",
        "A",
        Join(name="device", filters=("own:plain",)),
        say("own:plain", {"a": 1}),
        heard(Notice(topic="own:plain", shape={"a": 1}, qos=1)),
    ),
)

ROWS = (*JOBS, *BROKER)
