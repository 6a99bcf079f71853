"""StartNextPendingJobExecution (jobs-protocol §2.2)."""

from __future__ import annotations

from tests.contract.moves import accepted, queue, rejected
from tests.contract.row import open_row, row
from tests.contract.shapes import ABSENT, one_of, part
from tests.contract.words import REACH, STAMP, execution, refusal, report, shows

TEN_LEFT = one_of(599, 600)

STARTED = execution("one", "IN_PROGRESS", 2)

ROWS = (
    row(
        "STA-01",
        "Nothing pending: accepted without execution",
        "jobs-protocol §2.2",
        "A",
        accepted("start-next", {}, STAMP),
    ),
    row(
        "STA-02",
        "The first QUEUED execution becomes IN_PROGRESS, version 2, and comes with its document as an object",
        "jobs-protocol §2.2, §2.5; evidence.md Part 1 d",
        "A",
        queue("one"),
        accepted("start-next", {"clientToken": "t"}, {"clientToken": "t", **STARTED}),
        shows("IN_PROGRESS", 2, executionNumber=1),
        ordered=True,
    ),
    row(
        "STA-03",
        "statusDetails are set when the execution begins",
        "jobs-protocol §2.2",
        "A",
        queue("one"),
        accepted(
            "start-next",
            {"statusDetails": {"step": "0"}},
            execution("one", "IN_PROGRESS", 2, details={"step": "0"}),
        ),
        ordered=True,
    ),
    row(
        "STA-04",
        "One IN_PROGRESS is returned again: the same execution",
        "evidence.md Part 1 d, README FAQ",
        "A",
        *REACH["IN_PROGRESS"],
        queue("two"),
        accepted("start-next", {}, part(execution=part(jobId="@one", status="IN_PROGRESS"))),
        shows("QUEUED", 1, job="two"),
    ),
    row(
        "STA-05",
        "One IN_PROGRESS is returned with its version unchanged",
        "jobs-protocol §2.2",
        "C",
        *REACH["IN_PROGRESS"],
        accepted("start-next", {}, STARTED),
        shows("IN_PROGRESS", 2),
    ),
    row(
        "STA-06",
        "statusDetails given for one IN_PROGRESS change nothing",
        "jobs-protocol §2.2",
        "A",
        queue("one"),
        report(statusDetails={"a": "1"}),
        accepted("start-next", {"statusDetails": {"b": "2"}}, execution("one", "IN_PROGRESS", 2, details={"a": "1"})),
    ),
    row(
        "STA-07",
        "The execution that was queued first is started first",
        "jobs-protocol §2.2",
        "A",
        queue("one"),
        queue("two"),
        accepted("start-next", {}, part(execution=part(jobId="@one"))),
    ),
    row(
        "STA-08",
        "One IN_PROGRESS comes before one that was queued earlier",
        "jobs-protocol §2.2, §4 order of pending",
        "A",
        queue("one"),
        queue("two"),
        report(job="two"),
        accepted("start-next", {}, part(execution=part(jobId="@two", versionNumber=2))),
    ),
    row(
        "STA-09",
        "Of several IN_PROGRESS the one that was queued first is returned",
        "jobs-protocol §2.2",
        "A-",
        queue("one"),
        queue("two"),
        report(job="two"),
        report(job="one"),
        accepted("start-next", {}, part(execution=part(jobId="@one"))),
    ),
    row(
        "STA-10",
        "An empty payload counts as {}",
        "jobs-protocol §2.1; evidence.md Part 2 a)+c)",
        "B",
        queue("one"),
        accepted("start-next", b"", STARTED),
    ),
    row(
        "STA-11",
        "A step of 10 minutes leaves 599 seconds",
        "evidence.md Part 2 f",
        "B",
        queue("one"),
        accepted("start-next", {"stepTimeoutInMinutes": 10}, execution("one", "IN_PROGRESS", 2, left=599)),
        ordered=True,
        not_at={"aws": "the count can be one less a second later"},
    ),
    row(
        "STA-12",
        "Without a timer no seconds are told",
        "evidence.md Part 2 d2",
        "A",
        queue("one"),
        accepted("start-next", {}, part(execution=part(approximateSecondsBeforeTimedOut=ABSENT))),
    ),
    row(
        "STA-13",
        "A step timer takes the digits of its minutes as a text",
        "jobs-protocol §2.4",
        "C",
        queue("one"),
        accepted("start-next", {"stepTimeoutInMinutes": "10"}, execution("one", "IN_PROGRESS", 2, left=TEN_LEFT)),
    ),
    open_row(
        "STA-14",
        "A step time-out out of 1 to 10080 minutes is refused, -1 too",
        "jobs-protocol §2.2, §10.8",
        "step_out_of_range",
        (
            "refused",
            tuple(
                rejected("start-next", {"stepTimeoutInMinutes": minutes}, refusal("InvalidRequest"))
                for minutes in (0, -1, -2, 10081)
            ),
        ),
        ("ignored", (queue("one"), accepted("start-next", {"stepTimeoutInMinutes": 10081}, STARTED))),
    ),
    open_row(
        "STA-15",
        "A step time-out given for one IN_PROGRESS sets no timer",
        "jobs-protocol §2.2, §10.8",
        "start_next_renews_step",
        (False, (*REACH["IN_PROGRESS"], accepted("start-next", {"stepTimeoutInMinutes": 10}, STARTED))),
        (
            True,
            (
                *REACH["IN_PROGRESS"],
                accepted("start-next", {"stepTimeoutInMinutes": 10}, execution("one", "IN_PROGRESS", 2, left=TEN_LEFT)),
            ),
        ),
    ),
    row(
        "STA-16",
        "statusDetails that are no map of texts are refused, and nothing begins",
        "jobs-protocol §3",
        "A-",
        queue("one"),
        rejected("start-next", {"statusDetails": ["a"]}, refusal("InvalidRequest")),
        shows("QUEUED", 1),
    ),
    row(
        "STA-17",
        "The execution carries no thingName over MQTT",
        "jobs-protocol §2.5; evidence.md Part 2 d2",
        "B",
        queue("one"),
        accepted("start-next", {}, part(execution=part(thingName=ABSENT))),
    ),
    row(
        "STA-18",
        "The longest step time-out is 10080 minutes",
        "jobs-protocol §2.2",
        "A",
        queue("one"),
        accepted(
            "start-next",
            {"stepTimeoutInMinutes": 10080},
            part(execution=part(approximateSecondsBeforeTimedOut=one_of(604799, 604800))),
        ),
    ),
)
