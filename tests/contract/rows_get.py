"""GetPendingJobExecutions (jobs-protocol §2.1)."""

from __future__ import annotations

from typing import Any

from tests.contract.moves import Move, accepted, queue
from tests.contract.row import open_row, row
from tests.contract.shapes import Fits, Part
from tests.contract.words import REACH, STAMP, summary

EMPTY = {**STAMP, "inProgressJobs": [], "queuedJobs": []}

MANY = tuple(queue(f"n{number}") for number in range(16))


def lists(*, running: tuple[Any, ...] = (), queued: tuple[Any, ...] = ()) -> dict[str, Any]:
    return {**STAMP, "inProgressJobs": list(running), "queuedJobs": list(queued)}


def length(count: int) -> Fits:
    return Fits(f"{count} entries", lambda value: isinstance(value, list) and len(value) == count)


def capped(count: int) -> tuple[Move, ...]:
    return (*MANY, accepted("get", {}, Part({"queuedJobs": length(count)})))


ROWS = (
    row(
        "GET-01",
        "Nothing pending: both lists are there and empty",
        "jobs-protocol §2.1",
        "A",
        accepted("get", {}, EMPTY),
        ordered=True,
    ),
    row("GET-02", "An empty payload counts as {}", "jobs-protocol §2.1", "B", accepted("get", b"", EMPTY)),
    row(
        "GET-03",
        "A QUEUED execution is listed as a summary: no status, no startedAt, no thingName",
        "jobs-protocol §2.5; evidence.md Part 2 d2",
        "A",
        queue("one"),
        accepted("get", {}, lists(queued=(summary("one"),))),
        ordered=True,
    ),
    row(
        "GET-04",
        "An execution IN_PROGRESS is listed under inProgressJobs, with startedAt",
        "evidence.md Part 2 d2; jobs-protocol §10.16",
        "A",
        *REACH["IN_PROGRESS"],
        queue("two"),
        accepted("get", {}, lists(running=(summary("one", 2),), queued=(summary("two"),))),
        ordered=True,
    ),
    row(
        "GET-05",
        "A finished execution is not listed",
        "jobs-protocol §2.1",
        "A",
        *REACH["SUCCEEDED"],
        accepted("get", {}, EMPTY),
    ),
    row(
        "GET-06",
        "Queued executions are listed in the order in which they were queued",
        "jobs-protocol §4 order of pending",
        "A",
        *map(queue, ("one", "two", "three")),
        accepted("get", {}, lists(queued=(summary("one"), summary("two"), summary("three")))),
    ),
    row(
        "GET-07",
        "clientToken is echoed, before all other members",
        "jobs-protocol §2",
        "B",
        accepted("get", {"clientToken": "t-1"}, {"clientToken": "t-1", **EMPTY}),
        ordered=True,
    ),
    row(
        "GET-08",
        "An empty clientToken is echoed as an empty text",
        "evidence.md Part 2, other real payloads",
        "B",
        accepted("get", {"clientToken": ""}, {"clientToken": "", **EMPTY}),
    ),
    row(
        "GET-09",
        "Members that the operation does not know are ignored",
        "jobs-protocol §2.4",
        "A",
        accepted("get", {"thingName": "@thing", "jobId": "x", "anything": [1]}, EMPTY),
    ),
    open_row(
        "GET-10",
        "A list names at most so many executions",
        "jobs-protocol §2.1, §10.16",
        "pending_cap",
        (10, capped(10)),
        (15, capped(15)),
        versions=(4,),
    ),
    row(
        "GET-11",
        "A long clientToken of 64 characters is echoed",
        "jobs-protocol §2",
        "A-",
        accepted("get", {"clientToken": "t" * 64}, {"clientToken": "t" * 64, **EMPTY}),
    ),
)
