"""Whatever a device or a fuzzing tap sends, the judge and the pictures take it calmly."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rigs.report.sequence import sequence_svg
from rigs.report.tables import timer_rows, version_rows
from rigs.rules.judge import judged
from rigs.trace.tape import Tape

WORDS = st.sampled_from(
    [
        "status",
        "statusDetails",
        "execution",
        "executionState",
        "jobs",
        "QUEUED",
        "jobId",
        "versionNumber",
        "expectedVersion",
        "executionNumber",
        "clientToken",
        "stepTimeoutInMinutes",
        "queuedJobs",
        "code",
        "A",
        "SUCCEEDED",
        "IN_PROGRESS",
    ]
)
LEAVES = st.none() | st.booleans() | st.integers(-2, 2**70) | st.floats() | st.just("") | WORDS
BODIES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4))
TOPICS = st.sampled_from(
    [
        "get",
        "start-next",
        "A/get",
        "A/update",
        "$next/get",
        "/update",
        "notify",
        "notify-next",
        "A/update/accepted",
        "A/update/rejected",
        "A",
        "get/accepted",
        "start-next/accepted",
        "A/get/accepted",
        "A/get/rejected",
    ]
)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(st.booleans(), TOPICS, BODIES), min_size=1, max_size=8))
def test_any_payload_on_any_topic(messages: list[tuple[bool, str, Any]]) -> None:
    tape = Tape()
    tape.connect()
    for up, topic, body in messages:
        (tape.up if up else tape.down)(f"$aws/things/bench-7/jobs/{topic}", body)
        tape.wait(1)
    judge = judged(tape.records)
    assert all(finding.proof for finding in judge.findings)
    assert sequence_svg(tape.records, "any").endswith("</svg>")
    version_rows(tape.records)
    timer_rows(tape.records)
