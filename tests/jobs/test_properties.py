"""What holds for every request, however broken; what holds in any order of operations is in test_model.py."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from rigs.jobs.model import ErrorCode
from tests.jobs.bench import CLIENT, ROOT, Bench

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
MEMBERS = st.sampled_from(
    [
        "clientToken",
        "executionNumber",
        "expectedVersion",
        "includeJobDocument",
        "includeJobExecutionState",
        "jobId",
        "status",
        "statusDetails",
        "stepTimeoutInMinutes",
        "thingName",
    ]
)
WORDS = st.sampled_from(
    ["get", "start-next", "$next/get", "a/get", "a/update", "$next/update", "/update", "x/y", "a/b/c"]
)


@settings(max_examples=200, deadline=None)
@given(word=WORDS, payload=st.dictionaries(MEMBERS, JSON).map(lambda one: json.dumps(one).encode()) | st.binary())
def test_every_request_is_answered_once_in_the_service_s_own_words(word: str, payload: bytes) -> None:
    bench = Bench()
    bench.queue("a")
    reply, *_ = bench.raw(word, payload)
    assert reply.to == CLIENT
    assert reply.topic in (f"{ROOT}{word}/accepted", f"{ROOT}{word}/rejected")
    assert isinstance(reply.payload["timestamp"], int)
    if reply.topic.endswith("rejected"):
        assert reply.payload["code"] in set(ErrorCode)
        assert reply.payload["message"]
    json.dumps(reply.payload)
