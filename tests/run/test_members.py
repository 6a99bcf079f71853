"""What is asked of all of a device's requests: order, haste, progress; each question can be answered with no."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rigs.assignment import Job
from rigs.errors import DeviceFault, NotReached
from rigs.members import Members
from rigs.observe import Observer
from rigs.rules.judge import Judge
from rigs.trace.records import Packet
from tests.run.worklog import KIND, WorkLog, device_with

POLL = 60


class Bench:
    """A device with two jobs, j1 queued before j2, and a judge that hears what it sends."""

    def __init__(self, **words: Any) -> None:
        device, first = device_with(WorkLog())
        device.profile = replace(device.profile, words=words)
        self.trace, self.first = device.trace, first
        device.jobs["j2"] = Job(id="j2", nonce="def", kind=KIND, mark=0)
        heard = {"progress_key": "progress", "timing": {"poll": POLL}, **words}
        self.judge = Judge(heard, "bench")
        self.trace.listen(self.judge.feed)
        observer = Observer(trace=self.trace, profile=device.profile, device=device)
        self.members = Members(observer=observer, thing="bench", mark=0, judge=self.judge)

    def sends(self, topic: str, **body: Any) -> None:
        """The device publishes."""
        members: dict[str, Any] = {"conn": 1, "type": "PUBLISH", "topic": f"$aws/things/bench/jobs/{topic}"}
        sent = self.trace.append(Packet(link="device", way="up", payload=body, **members))
        self.trace.append(Packet(link="cloud", way="up", payload=body, of=sent.n, **members))

    def hears(self, topic: str, **body: Any) -> None:
        """The service answers."""
        members: dict[str, Any] = {"conn": 1, "type": "PUBLISH", "topic": f"$aws/things/bench/jobs/{topic}"}
        came = self.trace.append(Packet(link="cloud", way="down", payload=body, **members))
        self.trace.append(Packet(link="device", way="down", payload=body, of=came.n, **members))

    def asks_in_vain(self) -> None:
        """start-next, and nothing is there."""
        self.sends("start-next")
        self.hears("start-next/accepted", timestamp=1)


def test_jobs_that_are_taken_as_they_were_queued_keep_the_order() -> None:
    bench = Bench(reports_start=True)
    bench.sends("j1/update", status="IN_PROGRESS")
    bench.sends("j2/update", status="IN_PROGRESS")
    bench.sends("j2/update", status="SUCCEEDED")
    bench.members.in_order()


def test_a_job_that_is_taken_before_its_turn_is_named_with_both_records() -> None:
    bench = Bench(reports_start=True)
    bench.sends("j2/update", status="IN_PROGRESS")
    bench.sends("j1/update", status="IN_PROGRESS")
    with pytest.raises(DeviceFault, match="j2 was taken in record 1, before j1 in 3"):
        bench.members.in_order()


def test_ends_alone_show_no_order_of_several_jobs_at_a_time() -> None:
    bench = Bench(reports_start=False, one_at_a_time=False)
    bench.sends("j2/update", status="SUCCEEDED")
    bench.sends("j1/update", status="SUCCEEDED")
    with pytest.raises(NotReached):
        bench.members.in_order()


def test_a_device_that_asks_again_and_again_is_hurried() -> None:
    bench = Bench()
    bench.asks_in_vain()
    bench.members.unhurried()
    for _ in range(10):
        bench.asks_in_vain()
    with pytest.raises(DeviceFault, match=r"after j1, j2: .*profile timing\.poll"):
        bench.members.unhurried()


def test_progress_below_zero_is_not_true() -> None:
    bench = Bench()
    bench.sends("j1/update", status="IN_PROGRESS", statusDetails={"progress": "0"})
    bench.members.progress_true()
    bench.sends("j1/update", status="IN_PROGRESS", statusDetails={"progress": "-1"})
    with pytest.raises(DeviceFault, match=r"j1.*at least 0"):
        bench.members.progress_true()


def test_where_no_progress_is_told_nothing_was_judged() -> None:
    bench = Bench()
    bench.sends("j1/update", status="IN_PROGRESS")
    with pytest.raises(NotReached):
        bench.members.progress_true()


def test_a_report_about_a_job_that_is_to_be_left_alone_is_found() -> None:
    bench = Bench()
    bench.sends("j2/update", status="SUCCEEDED")
    bench.members.silent(bench.first, since_rest=False)
    bench.sends("j1/update", status="FAILED")
    with pytest.raises(DeviceFault, match="1 reports about j1"):
        bench.members.silent(bench.first, since_rest=False)
