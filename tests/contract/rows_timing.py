"""The step timer and the in-progress timer (jobs-protocol §4, evidence.md Part 1 f)."""

from __future__ import annotations

from datetime import timedelta

from tests.contract.moves import Forget, Move, accepted, heard, operate, passes, queue
from tests.contract.row import open_row, row
from tests.contract.shapes import ABSENT, one_of, part
from tests.contract.words import (
    ONE,
    REACH,
    RUNNING,
    notify,
    notify_next,
    refused,
    report,
    shows,
    summary,
)

TWENTY = {"timeoutConfig": {"inProgressTimeoutInMinutes": 20}}


def left(seconds: int) -> Move:
    """What a device is told: so many seconds, or one less when the second has turned."""
    told = part(approximateSecondsBeforeTimedOut=one_of(seconds, seconds - 1))
    return accepted("@one/get", {"includeJobDocument": False}, part(execution=told))


def no_timer() -> Move:
    return accepted("@one/get", {}, part(execution=part(approximateSecondsBeforeTimedOut=ABSENT)))


def stepped(minutes: int) -> Move:
    return report(stepTimeoutInMinutes=minutes)


def over() -> Move:
    """The execution has timed out, and a device learns it."""
    return refused("InvalidStateTransition", {"status": "SUCCEEDED"}, executionState=part(status="TIMED_OUT"))


ABOUT_TO_TIME_OUT = (*REACH["TIMED_OUT"][:-1], queue("two"), Forget())

ROWS = (
    row(
        "TIM-01",
        "An execution that is IN_PROGRESS longer than its job allows is TIMED_OUT, and an update says so",
        "jobs-protocol §4 in-progress timer",
        "A",
        *REACH["TIMED_OUT"],
        over(),
        operate("describe_job_execution", **ONE, answer=part(execution=part(status="TIMED_OUT"))),
    ),
    row(
        "TIM-02",
        "Before that the device may report",
        "jobs-protocol §4 in-progress timer",
        "A",
        queue("one", **TWENTY),
        report(),
        passes(seconds=20 * 60 - 5),
        report("SUCCEEDED"),
        shows("SUCCEEDED", 3),
    ),
    row(
        "TIM-03",
        "The in-progress timer does not run while QUEUED",
        "jobs-protocol §4",
        "A",
        queue("one", **TWENTY),
        passes(minutes=60),
        report(),
        shows("IN_PROGRESS", 2),
    ),
    row(
        "TIM-04",
        "Reports do not set the in-progress timer anew",
        "jobs-protocol §4 in-progress timer",
        "A",
        queue("one", **TWENTY),
        report(),
        passes(minutes=15),
        report(),
        passes(minutes=5),
        over(),
    ),
    row(
        "TIM-05",
        "A step timer ends the execution",
        "jobs-protocol §4 step timer",
        "A",
        queue("one"),
        stepped(1),
        passes(minutes=1),
        over(),
    ),
    row(
        "TIM-06",
        "start-next sets a step timer too",
        "jobs-protocol §2.2",
        "A",
        queue("one"),
        accepted("start-next", {"stepTimeoutInMinutes": 1}, part(execution=part(jobId="@one"))),
        passes(minutes=1),
        over(),
    ),
    row(
        "TIM-07",
        "A new step discards the old one",
        "jobs-protocol §4 step timer",
        "A",
        queue("one"),
        stepped(5),
        passes(minutes=4),
        stepped(5),
        passes(minutes=4),
        report("SUCCEEDED"),
    ),
    row(
        "TIM-08",
        "A report without a step time-out leaves the step timer running",
        "jobs-protocol §4 step timer",
        "A",
        queue("one"),
        stepped(5),
        passes(minutes=4),
        report(),
        passes(minutes=1),
        over(),
    ),
    row(
        "TIM-09",
        "A step of -1 cancels the step timer",
        "jobs-protocol §2.4, §4",
        "A",
        queue("one"),
        stepped(5),
        stepped(-1),
        no_timer(),
        passes(minutes=10),
        report("SUCCEEDED"),
    ),
    row(
        "TIM-10",
        "A step of -1 without a step timer is InvalidRequest",
        "evidence.md Part 1 f",
        "A",
        *REACH["IN_PROGRESS"],
        refused("InvalidRequest", {**RUNNING, "stepTimeoutInMinutes": -1}),
        shows("IN_PROGRESS", 2),
    ),
    row(
        "TIM-11",
        "A step cannot outlast the in-progress timer: 20 minutes with steps of 7, 5 and 9 end after 20",
        "jobs-protocol §4 step timer",
        "A",
        queue("one", **TWENTY),
        report(),
        passes(minutes=5),
        stepped(7),
        passes(minutes=5),
        stepped(5),
        passes(minutes=3),
        stepped(9),
        left(420),
        passes(minutes=6),
        report(),
        passes(minutes=1),
        over(),
    ),
    row(
        "TIM-12",
        "The seconds left are those of the timer that ends first: the step's",
        "jobs-protocol §2.5",
        "A-",
        queue("one", **TWENTY),
        stepped(7),
        left(420),
    ),
    row(
        "TIM-13",
        "The seconds left are those of the timer that ends first: the job's",
        "jobs-protocol §2.5",
        "A-",
        queue("one", **TWENTY),
        stepped(30),
        left(1200),
    ),
    row(
        "TIM-14",
        "A step of -1 leaves the in-progress timer running",
        "jobs-protocol §4",
        "A",
        queue("one", **TWENTY),
        stepped(7),
        stepped(-1),
        left(1200),
    ),
    row(
        "TIM-15",
        "An end stops the timers",
        "jobs-protocol §4",
        "A",
        queue("one", **TWENTY),
        report("SUCCEEDED", stepTimeoutInMinutes=5),
        passes(minutes=30),
        shows("SUCCEEDED", 2),
    ),
    row(
        "TIM-16",
        "A step time-out with an end is ignored",
        "jobs-protocol §10.8",
        "?",
        *REACH["IN_PROGRESS"],
        report("SUCCEEDED", stepTimeoutInMinutes=5),
    ),
    row(
        "TIM-17",
        "The steps' minutes may come as digits",
        "jobs-protocol §2.4",
        "C",
        queue("one"),
        report(stepTimeoutInMinutes="5"),
        left(300),
    ),
    row(
        "TIM-18",
        "The operator sees the seconds left",
        "jobs-protocol §2.5",
        "A",
        queue("one", **TWENTY),
        report(),
        operate(
            "describe_job_execution",
            **ONE,
            answer=part(execution=part(approximateSecondsBeforeTimedOut=one_of(1200, 1199))),
        ),
    ),
    open_row(
        "TIM-19",
        "An update's step time-out out of 1 to 10080 minutes, and not -1, is refused",
        "jobs-protocol §2.4, §10.8",
        "step_out_of_range",
        (
            "refused",
            (
                queue("one"),
                *(
                    refused("InvalidRequest", {**RUNNING, "stepTimeoutInMinutes": minutes})
                    for minutes in (0, -2, 10081)
                ),
                shows("QUEUED", 1),
            ),
        ),
        ("ignored", (queue("one"), *(report(stepTimeoutInMinutes=minutes) for minutes in (0, -2, 10081)), no_timer())),
    ),
    row(
        "TIM-20",
        "A step time-out that is no number is InvalidRequest",
        "jobs-protocol §2.4",
        "?",
        queue("one"),
        refused("InvalidRequest", {**RUNNING, "stepTimeoutInMinutes": "soon"}),
    ),
    open_row(
        "TIM-21",
        "A time-out publishes notify without the execution, and notify-next",
        "jobs-protocol §4; evidence.md Part 2 e",
        "timeout_notices",
        (True, (*ABOUT_TO_TIME_OUT, passes(minutes=1), heard(notify(queued=(summary("two"),)), notify_next("two")))),
        (False, (*ABOUT_TO_TIME_OUT, passes(minutes=1), heard())),
    ),
    open_row(
        "TIM-22",
        "A time-out counts the version up",
        "jobs-protocol §4 versionNumber",
        "timeout_counts",
        (True, (*REACH["TIMED_OUT"], shows("TIMED_OUT", 3))),
        (False, (*REACH["TIMED_OUT"], shows("TIMED_OUT", 2))),
        trust="C",
    ),
    open_row(
        "TIM-23",
        "A timer acts at once when its time has come",
        "jobs-protocol §4, §10.18",
        "timeout_late",
        (timedelta(0), (queue("one"), stepped(1), passes(seconds=61), over())),
        (timedelta(seconds=60), (queue("one"), stepped(1), passes(seconds=61), report(), passes(seconds=60), over())),
        trust="A",
    ),
)
