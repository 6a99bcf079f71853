"""Bytes on a slow lane, with a clock of our own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigs.net.pace import TICK, Lane, Pace


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def taken(lane: Lane, now: float) -> bytes:
    return b"".join(item for item in lane.take(now) if isinstance(item, bytes))


def test_without_a_pace_everything_passes_at_once() -> None:
    lane = Lane()
    lane.put(b"abc", 5.0)
    assert taken(lane, 5.0) == b"abc"
    assert not lane
    assert lane.due(5.0) is None


def test_a_rate_lets_so_many_bytes_pass_in_so_many_seconds() -> None:
    lane = Lane()
    lane.change(Pace(rate=100), 0.0)
    lane.put(b"x" * 50, 0.0)
    assert [len(taken(lane, at)) for at in (0.0, 0.25)] == [0, 25]
    lane.put(b"y" * 50, 0.3)
    assert [len(taken(lane, at)) for at in (0.5, 0.75, 1.0)] == [25, 25, 25]
    assert lane.size == 0


def test_a_pause_of_the_sender_saves_up_no_burst() -> None:
    lane = Lane()
    lane.change(Pace(rate=100), 0.0)
    lane.put(b"x" * 50, 10.0)
    assert len(taken(lane, 10.25)) == 25


@pytest.mark.parametrize(("rate", "due"), [(1000.0, 7.0 + TICK), (2.0, 7.5)])
def test_it_says_when_to_look_again(rate: float, due: float) -> None:
    lane = Lane()
    lane.change(Pace(rate=rate), 7.0)
    lane.put(b"x" * 9, 7.0)
    assert lane.due(7.0) == due
    assert lane.take(7.0) == []
    assert lane.take(due)


def test_a_delay_holds_for_every_byte_and_for_marks_between_them() -> None:
    lane, order = Lane(), []
    lane.change(Pace(delay=seconds(3)), 0.0)
    lane.put(b"a", 0.0)
    lane.put(lambda: order.append("mark"), 1.0)
    lane.put(b"b", 1.0)
    assert lane.due(0.0) == 3.0
    assert lane.take(2.9) == []
    assert lane.take(3.0) == [b"a"]
    mark, last = lane.take(4.0)
    assert callable(mark)
    assert last == b"b"


def test_a_shorter_delay_lets_go_what_is_under_way_and_nothing_overtakes() -> None:
    lane = Lane()
    lane.change(Pace(delay=seconds(100)), 0.0)
    lane.put(b"a", 0.0)
    lane.take(0.0)
    lane.change(Pace(delay=seconds(5)), 1.0)
    lane.put(b"b", 1.0)
    assert taken(lane, 5.9) == b""
    lane.change(Pace(), 5.9)
    assert taken(lane, 5.9) == b"ab"


@pytest.mark.parametrize("wrong", [{"rate": 0.0}, {"rate": -1.0}, {"delay": seconds(-1)}])
def test_a_pace_at_which_nothing_passes_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="a rate is more than 0 bytes a second and a delay not below 0 s"):
        Pace(**wrong)  # type: ignore[arg-type]


PACES = st.builds(
    Pace,
    rate=st.none() | st.floats(min_value=1, max_value=1e6),
    delay=st.floats(min_value=0, max_value=5).map(seconds),
)


@given(st.lists(st.binary(max_size=200) | PACES, max_size=20), st.floats(min_value=0.001, max_value=2))
def test_all_bytes_arrive_in_their_order_at_whatever_paces(events: list[bytes | Pace], step: float) -> None:
    lane, now, sent, got = Lane(), 0.0, b"", b""
    for event in events:
        now += step
        if isinstance(event, Pace):
            lane.change(event, now)
        else:
            lane.put(event, now)
            sent += event
        got += taken(lane, now)
        assert lane.size == len(sent) - len(got)
    while (due := lane.due(now)) is not None:
        assert due >= now
        now = due
        got += taken(lane, now)
    assert got == sent
