"""When notify and notify-next are published, and what they carry (jobs-protocol §5, evidence.md Part 2)."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from rigs.jobs.outgoing import Outgoing
from rigs.jobs.switches import Switches
from tests.jobs.bench import NOON, ROOT, THING, Bench

S = int(NOON)


def create(job: str) -> Callable[[Bench], object]:
    document = json.dumps({"op": "x"})
    return lambda bench: bench.operate(
        "CreateJob", jobId=job, targets=[f"arn:aws:iot:x:0:thing/{THING}"], document=document
    )


def report(job: str, status: str) -> Callable[[Bench], object]:
    return lambda bench: bench.accepted(f"{job}/update", status=status)


def call(name: str, **params: object) -> Callable[[Bench], object]:
    return lambda bench: bench.operate(name, **params)


def test_worked_example() -> None:
    """The documents' own series (§5), a step a row."""
    steps: list[tuple[Callable[[Bench], object], list[str]]] = [
        (create("job1"), ["notify job1", "notify-next job1"]),
        (create("job2"), ["notify job1 job2"]),
        (report("job1", "IN_PROGRESS"), []),
        (create("job3"), ["notify job1 job2 job3"]),
        (report("job1", "IN_PROGRESS"), []),
        (report("job1", "SUCCEEDED"), ["notify job2 job3", "notify-next job2"]),
        (report("job3", "IN_PROGRESS"), ["notify-next job3"]),
        (report("job2", "REJECTED"), ["notify job3"]),
        (call("DeleteJob", jobId="job3", force=True), ["notify", "notify-next"]),
        (call("DeleteJob", jobId="job1"), []),
    ]
    bench = Bench()
    seen = []
    for act, _ in steps:
        act(bench)
        seen.append(bench.told())
    assert seen == [wanted for _, wanted in steps]


def test_start_next_is_silent() -> None:
    """E2 d2: neither notice on QUEUED → IN_PROGRESS."""
    bench = Bench()
    bench.queue("job1", "job2")
    bench.accepted("start-next")
    assert bench.told() == []


def test_a_later_job_in_progress_is_first_only_without_an_earlier_one() -> None:
    """§5 (b)."""
    bench = Bench()
    bench.queue("job1", "job2", "job3")
    seen = []
    for job in ("job2", "job3", "job1"):
        bench.accepted(f"{job}/update", status="IN_PROGRESS")
        seen.append(bench.told())
    assert seen == [["notify-next job2"], [], ["notify-next job1"]]


def test_payloads() -> None:
    """§2.5: statuses that have no entry are absent; documents as objects; no thingName; seconds as integers."""
    bench = Bench()
    bench.queue("job1", "job2")
    bench.now += 2.9
    bench.accepted("start-next")
    bench.operate("CancelJob", jobId="job2")
    started = {"jobId": "job1", "queuedAt": S, "lastUpdatedAt": S + 2, "startedAt": S + 2}
    wanted = {"timestamp": S + 2, "jobs": {"IN_PROGRESS": [{**started, "executionNumber": 1, "versionNumber": 2}]}}
    assert bench.published == [Outgoing(topic=f"{ROOT}notify", payload=wanted)]
    assert json.dumps(bench.published[0].payload) == json.dumps(wanted)


def test_the_last_job_leaves_empty_notices() -> None:
    """E, short list."""
    bench = Bench()
    bench.queue("job1")
    bench.accepted("job1/update", status="SUCCEEDED")
    assert [one.payload for one in bench.published] == [{"timestamp": S, "jobs": {}}, {"timestamp": S}]


def test_next_carries_the_whole_execution() -> None:
    bench = Bench()
    bench.queue("job1", "job2")
    bench.published.clear()
    bench.accepted("job1/update", status="FAILED")
    wanted = {
        "timestamp": S,
        "execution": {
            "jobId": "job2",
            "status": "QUEUED",
            "queuedAt": S,
            "lastUpdatedAt": S,
            "versionNumber": 1,
            "executionNumber": 1,
            "jobDocument": {"op": "succeed"},
        },
    }
    assert json.dumps(bench.published[1].payload) == json.dumps(wanted)


@pytest.mark.parametrize(
    ("order", "wanted"),
    [("notify first", {("notify", "notify-next")}), ("notify-next first", {("notify-next", "notify")})],
)
def test_order_can_be_switched(order: str, wanted: set[tuple[str, ...]]) -> None:
    assert orders(Switches(notices=order), 0) == wanted  # type: ignore[arg-type]


def test_either_order_varies_by_seed_and_repeats_with_it() -> None:
    """E2 g2: AWS sends them in either order."""
    assert len(orders(Switches(notices="either"), 3)) == 2
    assert history(Switches(notices="either"), 3) == history(Switches(notices="either"), 3)


def history(switches: Switches, seed: int) -> list[tuple[str, ...]]:
    bench = Bench(switches, seed)
    found = []
    for number in range(16):
        create(f"job{number}")(bench)
        found.append(tuple(one.partition(" ")[0] for one in bench.told()))
        bench.operate("DeleteJob", jobId=f"job{number}", force=True)
        bench.published.clear()
    return found


def orders(switches: Switches, seed: int) -> set[tuple[str, ...]]:
    return set(history(switches, seed))
