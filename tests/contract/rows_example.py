"""The worked example of AWS's documents, step by step (jobs-protocol §5)."""

from __future__ import annotations

from tests.contract.moves import (
    Forget,
    Heard,
    Move,
    Notice,
    operate,
    queue,
)
from tests.contract.noticewords import EMPTY
from tests.contract.row import Row, row
from tests.contract.words import (
    notify,
    notify_next,
    report,
    summary,
)

# The worked example of the documents (§5): each step, and what it publishes.
EXAMPLE: tuple[tuple[str, Move, tuple[Notice, ...]], ...] = (
    ("job 1 is created: both", queue("one"), (notify(queued=(summary("one"),)), notify_next("one"))),
    ("job 2 is created: notify only", queue("two"), (notify(queued=(summary("one"), summary("two"))),)),
    ("job 1 is IN_PROGRESS: nothing", report(), ()),
    (
        "job 3 is created: notify only",
        queue("three"),
        (notify(running=(summary("one", 2),), queued=(summary("two"), summary("three"))),),
    ),
    (
        "job 1 has SUCCEEDED: both",
        report("SUCCEEDED"),
        (notify(queued=(summary("two"), summary("three"))), notify_next("two")),
    ),
    (
        "job 3 is IN_PROGRESS before job 2: notify-next only",
        report(job="three"),
        (notify_next("three", "IN_PROGRESS", 2),),
    ),
    ("job 2 is REJECTED: notify only", report("REJECTED", job="two"), (notify(running=(summary("three", 2),)),)),
    ("job 3 is deleted by force: both, empty", operate("delete_job", jobId="@three", force=True), EMPTY),
)


def example() -> tuple[Row, ...]:
    """A row a step: those before it are played and forgotten."""
    found = []
    for at, (says, move, notices) in enumerate(EXAMPLE):
        before = [one for _, one, _ in EXAMPLE[:at]]
        play = (*before, Forget(), move, Heard(notices=notices))
        found.append(
            row(f"NOT-0{at + 1}", f"In the documents' example {says}", "jobs-protocol §5", "A", *play, ordered=True)
        )
    return tuple(found)


ROWS = example()
