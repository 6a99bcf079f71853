"""The local cloud as a whole: a foreign MQTT client on one side, boto3 on the other, a clock that is moved."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from rigs.cloud.local import LocalCloud
from rigs.cloud.operator import Credentials, Operator
from rigs.cloud.remote import RemoteCloud
from rigs.errors import RigFault, ServiceFault
from rigs.jobs.facts import Fact
from rigs.loop import LoopThread
from rigs.trace.records import Header
from rigs.trace.store import Trace
from tests.cloud.paho_device import PahoDevice

THING = "bench-7"
WITHIN = timedelta(seconds=10)


class Lab:
    """A running cloud with an operator and a device on it."""

    def __init__(self, folder: Path) -> None:
        self.facts: list[Fact] = []
        self.loop = LoopThread("local-test")
        self.cloud = LocalCloud(self.loop, folder, on_inside=self.facts.append)
        self.cloud.start()
        self.operator = Operator(
            trace=Trace(Header()), thing=THING, endpoint_url=self.cloud.http_url, credentials=Credentials()
        )
        self.device = self.connect()

    def connect(self) -> PahoDevice:
        """A device of the thing, subscribed to the notices."""
        device = PahoDevice(THING, self.cloud.mqtt, self.cloud.ca_file, self.cloud.issue_device(THING))
        assert device.event() == "connected"
        device.subscribe("notify", "notify-next")
        return device

    def told(self, count: int) -> list[str]:
        """The topics of the next messages."""
        return [self.device.next()[0] for _ in range(count)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cloud")


@pytest.fixture
def lab(folder: Path) -> Iterator[Lab]:
    lab = Lab(folder)
    yield lab
    lab.device.stop()
    lab.cloud.stop()
    lab.loop.stop()


def test_life_of_a_job(lab: Lab) -> None:
    """Replies at QoS 0 without a subscription, notices at QoS 1, in the order of evidence.md Part 2."""
    lab.operator.queue("job1", {"op": "x"}, within=WITHIN)
    assert lab.told(2) == ["notify", "notify-next"]
    lab.device.send("start-next")
    topic, payload, qos = lab.device.next()
    assert (topic, qos, payload["execution"]["jobDocument"]) == ("start-next/accepted", 0, {"op": "x"})
    lab.device.send("job1/update", status="SUCCEEDED", expectedVersion=2)
    seen = [lab.device.next() for _ in range(3)]
    assert [(topic, qos) for topic, _, qos in seen] == [("job1/update/accepted", 0), ("notify", 1), ("notify-next", 1)]
    assert [sorted(payload) for _, payload, _ in seen] == [["timestamp"], ["jobs", "timestamp"], ["timestamp"]]
    assert lab.operator.ask("job1").status == "SUCCEEDED"
    assert [fact.event for fact in lab.facts] == ["queued", "started", "ended"]


def test_another_client_is_faster(lab: Lab) -> None:
    lab.operator.queue("job1", {"op": "x"}, within=WITHIN)
    lab.operator.start_next()
    assert lab.told(2) == ["notify", "notify-next"]
    lab.operator.report("job1")
    lab.device.send("job1/update", status="SUCCEEDED", expectedVersion=2, clientToken="t")
    topic, payload, _ = lab.device.next()
    assert (topic, payload["code"], payload["clientToken"]) == ("job1/update/rejected", "VersionMismatch", "t")
    assert payload["executionState"] == {"status": "IN_PROGRESS", "versionNumber": 3}
    lab.operator.cancel_execution("job1", force=True)
    assert lab.told(2) == ["notify", "notify-next"]


def test_stepping_the_clock_lets_timers_fire_in_order(lab: Lab) -> None:
    """Each at its own service time, though the step goes over both."""
    start = lab.cloud.clock.now()
    lab.operator.queue("slow", {"op": "x"}, within=WITHIN, in_progress_minutes=30)
    lab.operator.queue("fast", {"op": "x"}, within=WITHIN, in_progress_minutes=10, retry={"TIMED_OUT": 1})
    for job in ("slow", "fast"):
        lab.operator.report(job)
    lab.facts.clear()
    lab.cloud.advance(timedelta(hours=1))
    assert [(fact.job, fact.event, fact.execution) for fact in lab.facts] == [
        ("fast", "timed out", 1),
        ("fast", "queued", 2),
        ("slow", "timed out", 1),
    ]
    minutes = [round((fact.stamp - start) / 60) for fact in lab.facts]
    assert minutes == [10, 10, 30]
    assert all(fact.deadline is not None and 0 <= fact.stamp - fact.deadline < 1 for fact in lab.facts[::2])
    assert lab.cloud.clock.now() >= start + 3600
    assert lab.operator.ask("slow").status == "TIMED_OUT"


def test_scaled_clock_reaches_a_timer(lab: Lab) -> None:
    """A minute of service time passes while the device acts in real time."""
    lab.operator.queue("job1", {"op": "x"}, within=WITHIN, in_progress_minutes=1)
    assert lab.told(2) == ["notify", "notify-next"]
    lab.operator.start_next()
    lab.cloud.scale(600)
    assert lab.told(2) == ["notify", "notify-next"]
    assert lab.operator.ask("job1").status == "TIMED_OUT"


def test_clock_never_goes_back(lab: Lab, folder: Path) -> None:
    """Also not over runs: the folder keeps the offset."""
    with pytest.raises(ValueError, match="goes forward only"):
        lab.cloud.advance(timedelta(seconds=-1))
    with pytest.raises(ValueError, match="never slower"):
        lab.cloud.scale(0.5)
    lab.cloud.advance(timedelta(days=2))
    offset = lab.cloud.clock.offset
    assert json.loads((folder / "clock.json").read_text())["offset"] == pytest.approx(offset, abs=1)
    assert LocalCloud(lab.loop, folder).clock.offset == pytest.approx(offset, abs=1)


def test_broken_clock_file_names_itself(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "clock.json").write_text("{}")
    with pytest.raises(RigFault, match=r"clock\.json: expected .* delete the file"):
        LocalCloud(lab.loop, tmp_path)


def test_cloud_goes_away_and_comes_back(lab: Lab) -> None:
    """On the same port; the operator's side stays."""
    before = lab.cloud.mqtt
    lab.cloud.close_listener()
    assert lab.device.event() == "disconnected"
    with pytest.raises(ConnectionRefusedError):
        lab.connect()
    lab.operator.queue("job1", {"op": "x"}, within=WITHIN)
    lab.cloud.open_listener()
    assert lab.cloud.mqtt == before
    lab.device = lab.connect()
    lab.device.send("$next/get")
    assert lab.device.next()[1]["execution"]["jobId"] == "job1"


def test_certificates_are_kept_and_foreign_ones_can_be_registered(lab: Lab, folder: Path) -> None:
    first = [path.read_bytes() for path in lab.cloud.issue_device(THING)]
    assert [path.read_bytes() for path in lab.cloud.issue_device(THING)] == first
    other = LocalCloud(lab.loop, folder / "elsewhere")
    files = other.issue_device("foreign")
    lab.cloud.register("foreign", files[0].read_text())
    device = PahoDevice("foreign", lab.cloud.mqtt, lab.cloud.ca_file, files)
    assert device.event() == "connected"
    device.stop()


def test_backend_may_publish_a_report(lab: Lab) -> None:
    """evidence.md Part 1 j: it takes effect; nobody gets the reply."""
    lab.operator.queue("job1", {"op": "x"}, within=WITHIN)
    assert lab.told(2) == ["notify", "notify-next"]
    lab.operator.publish(f"$aws/things/{THING}/jobs/job1/update", b'{"status":"FAILED"}')
    assert lab.told(2) == ["notify", "notify-next"]
    lab.operator.kick(THING)
    assert lab.device.event() == "disconnected"


def test_cloud_in_a_process_of_its_own(tmp_path: Path) -> None:
    remote = RemoteCloud(tmp_path, [THING])
    remote.start()
    try:
        device = PahoDevice(THING, remote.mqtt, remote.ca_file, remote.issue_device(THING))
        assert device.event() == "connected"
        device.subscribe("notify", "notify-next")
        trace = Trace(Header())
        operator = Operator(trace=trace, thing=THING, endpoint_url=remote.http_url, credentials=Credentials())
        operator.queue("job1", {"op": "x"}, within=WITHIN, in_progress_minutes=5)
        operator.start_next()
        before = remote.now()
        remote.advance(timedelta(minutes=6))
        assert remote.now() - before >= 360
        assert [device.next()[0] for _ in range(4)] == ["notify", "notify-next"] * 2
        assert operator.ask("job1").status == "TIMED_OUT"
        with pytest.raises(ValueError, match="goes forward only"):
            remote.advance(timedelta(seconds=-5))
        remote.close_listener()
        assert device.event() == "disconnected"
        device.stop()
    finally:
        remote.stop()
    with pytest.raises(ServiceFault, match="does not answer"):
        remote.now()
