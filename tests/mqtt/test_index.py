"""The index of filters, beside the plain rule for one filter and one topic."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rigs.mqtt.index import Index
from rigs.mqtt.topics import matches, valid_filter

LEVELS = st.sampled_from(["a", "b", "", "$x"])
TOPICS = st.lists(LEVELS, min_size=1, max_size=4).map("/".join).filter(bool)
FILTERS = st.lists(LEVELS | st.sampled_from(["+", "#"]), min_size=1, max_size=4).map("/".join).filter(valid_filter)
CHANGES = st.lists(st.tuples(st.booleans(), FILTERS, st.sampled_from("xyz")), max_size=20)


@given(CHANGES, TOPICS)
def test_it_finds_what_matches(changes: list[tuple[bool, str, str]], topic: str) -> None:
    index, rows = Index[str](), dict[tuple[str, str], str]()
    for put, text, name in changes:
        if put:
            index.put(text, name, text)
            rows[text, name] = text
        else:
            index.drop(text, name)
            rows.pop((text, name), None)
    assert sorted(index.find(topic)) == sorted((name, text) for text, name in rows if matches(text, topic))


@given(CHANGES)
def test_what_was_put_and_dropped_leaves_nothing(changes: list[tuple[bool, str, str]]) -> None:
    index = Index[str]()
    for _, text, name in changes:
        index.put(text, name, text)
    for _, text, name in changes:
        index.drop(text, name)
    assert repr(index) == "<Index 0 exact filters, 0 first levels with wildcards>"
