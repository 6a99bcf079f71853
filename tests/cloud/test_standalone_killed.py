"""kill -9 at any moment: what was answered is there after a restart, nothing is there by half, and time goes on."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError

from rigs.mqtt.packets import Connack, Puback, Publish
from rigs.net.certs import Pair
from tests.cloud.alone import Alone
from tests.cloud.rawdevice import RawDevice

THING = "bench-7"
ROOT = f"$aws/things/{THING}/jobs"
ARN = f"arn:aws:iot:eu-central-1:000000000000:thing/{THING}"


@dataclass
class Course:
    """What a client was told of a job's execution, and what it asked for last without hearing the answer."""

    status: str = "QUEUED"
    version: int = 1
    details: dict[str, str] = field(default_factory=dict)

    def seen_in(self, found: dict[str, Any]) -> bool:
        execution = found["execution"]
        return (execution["status"], execution["versionNumber"], execution.get("statusDetails", {})) == (
            self.status,
            self.version,
            {"detailsMap": self.details} if self.details else {},
        )


class Stream:
    """Operator and device in one thread: jobs are made, begun, reported on and ended, until the cloud is gone."""

    def __init__(self) -> None:
        self.answered: dict[str, Course] = {}
        self.asked: tuple[str, Course] | None = None
        self.retained = [b""]
        self.packet_id = self.heard = 0
        self.killer = threading.Timer(0, lambda: None)

    def run(self, cloud: Alone, chance: Random, round_: int) -> None:
        """The cloud is killed some milliseconds after a number of answers that chance says; ends when it is gone."""
        iot = cloud.boto("iot")
        self.heard = chance.randint(5, 80)
        self.killer = threading.Timer(chance.uniform(0, 0.02), cloud.process.kill)
        try:
            with cloud.device(cloud.told["things"][THING]) as device:
                assert isinstance(device.connect(THING), Connack)
                for number in range(10_000):
                    self._one(iot, device, chance, f"job-{round_}-{number}")
        except (BotoCoreError, OSError, Gone):
            return

    def _one(self, iot: Any, device: RawDevice, chance: Random, job: str) -> None:
        self.asked = job, Course()
        iot.create_job(jobId=job, targets=[ARN], document="{}")
        self._heard()
        for step in range(chance.randint(1, 4)):
            self._update(device, job, "IN_PROGRESS", {"step": str(step)})
        self.retained.append(job.encode())
        self._publish(device, "results/last", job.encode(), retain=True)
        del self.retained[:-1]
        self._update(device, job, "SUCCEEDED", {"end": "x" * chance.randint(1, 500)})

    def _update(self, device: RawDevice, job: str, status: str, details: dict[str, str]) -> None:
        before = self.answered[job]
        self.asked = job, Course(status, before.version + 1, details)
        self._publish(device, f"{ROOT}/{job}/update", json.dumps({"status": status, "statusDetails": details}).encode())
        packet = device.read()
        if packet is None:
            raise Gone
        assert isinstance(packet, Publish)
        assert packet.topic == f"{ROOT}/{job}/update/accepted"
        self._heard()

    def _publish(self, device: RawDevice, topic: str, payload: bytes, retain: bool = False) -> None:
        self.packet_id = self.packet_id % 1000 + 1
        device.send(Publish(topic=topic, payload=payload, qos=1, packet_id=self.packet_id, retain=retain))
        packet = device.read()
        if packet is None:
            raise Gone
        assert isinstance(packet, Puback)

    def _heard(self) -> None:
        assert self.asked is not None
        self.answered[self.asked[0]] = self.asked[1]
        self.asked = None
        self.heard -= 1
        if self.heard == 0:
            self.killer.start()


class Gone(Exception):
    """The cloud has closed the connection."""


def test_what_was_answered_is_there_and_nothing_is_there_by_half(tmp_path: Path) -> None:
    """Five lives of one folder, each ended at a moment of chance."""
    chance, stream, told = Random(20261123), Stream(), 0.0
    for round_ in range(5):
        with Alone(tmp_path / "cloud", "--thing", THING) as cloud:
            assert cloud.clock() >= told
            _compare(cloud, stream)
            told = cloud.clock(step=3600)
            stream.run(cloud, chance, round_)
            stream.killer.join()
            assert cloud.gone() == -signal.SIGKILL
    with Alone(tmp_path / "cloud") as cloud:
        _compare(cloud, stream)
        assert cloud.end() == 0


def _compare(cloud: Alone, stream: Stream) -> None:
    iot = cloud.boto("iot")
    if stream.asked is not None:  # it may have come to pass or not, as a whole
        job, course = stream.asked
        found = _execution(iot, job)
        assert _job(iot, job) == (found is not None)
        if found is not None and course.seen_in(found):
            stream.answered[job] = course
        stream.asked = None
    for job, course in stream.answered.items():
        found = _execution(iot, job)
        assert found is not None, job
        assert course.seen_in(found), (job, course, found)
        ended = iot.describe_job(jobId=job)["job"]["status"] == "COMPLETED"
        assert ended == (course.status == "SUCCEEDED"), job
    listed = {row["jobId"] for page in iot.get_paginator("list_jobs").paginate() for row in page["jobs"]}
    assert listed == set(stream.answered)
    if len(stream.retained) > 1 or stream.retained[0]:
        kept = cloud.boto("iot-data").get_retained_message(topic="results/last")["payload"]
        assert kept in stream.retained
        stream.retained = [kept]


def _execution(iot: Any, job: str) -> dict[str, Any] | None:
    with suppress(iot.exceptions.ResourceNotFoundException):
        found: dict[str, Any] = iot.describe_job_execution(jobId=job, thingName=THING)
        return found
    return None


def _job(iot: Any, job: str) -> bool:
    with suppress(iot.exceptions.ResourceNotFoundException):
        iot.describe_job(jobId=job)
        return True
    return False


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Alone]:
    with Alone(tmp_path / "cloud", "--thing", THING, "--set", "stored_per_second=1000") as made:
        yield made


def again(cloud: Alone) -> Alone:
    """The same folder after kill -9; nothing is asked for that was there before."""
    cloud.kill()
    return Alone(cloud.folder, "--set", "stored_per_second=1000")


def test_what_fell_due_meanwhile_happens_at_the_start_each_at_its_own_instant(cloud: Alone) -> None:
    """The service clock goes on while the cloud is away; the device's session hears of it when it comes back."""
    iot, files = cloud.boto("iot"), cloud.told["things"][THING]
    for job, minutes in (("slow", 30), ("fast", 10), ("later", 600)):
        iot.create_job(jobId=job, targets=[ARN], document="{}", timeoutConfig={"inProgressTimeoutInMinutes": minutes})
    data = cloud.boto("iot-jobs-data")
    for job in ("slow", "fast", "later"):
        data.update_job_execution(jobId=job, thingName=THING, status="IN_PROGRESS")
    with cloud.device(files) as device:
        device.connect(THING, clean_start=False)
        device.subscribe(f"{ROOT}/notify")
    begun = cloud.clock()
    cloud.kill()
    away = cloud.folder / "clock.json"
    away.write_text(json.dumps({"offset": json.loads(away.read_text())["offset"] + 3600}))  # an hour goes by
    with Alone(cloud.folder) as back:
        iot = back.boto("iot")
        ended = {job: iot.describe_job_execution(jobId=job, thingName=THING)["execution"] for job in ("slow", "fast")}
        assert {one["status"] for one in ended.values()} == {"TIMED_OUT"}
        after = {job: round((one["lastUpdatedAt"].timestamp() - begun) / 60) for job, one in ended.items()}
        assert after == {"fast": 10, "slow": 30}
        assert back.clock() >= begun + 3600
        with back.device(files) as device:
            connack = device.connect(THING, clean_start=False)
            assert isinstance(connack, Connack)
            assert connack.session_present
            told = [_stamp(device.read()) for _ in range(2)]
            assert [round((stamp - begun) / 60) for stamp in told] == [10, 30]
        back.clock(step=600 * 60)
        assert iot.describe_job_execution(jobId="later", thingName=THING)["execution"]["status"] == "TIMED_OUT"


def _stamp(packet: object) -> int:
    assert isinstance(packet, Publish)
    return int(json.loads(packet.payload)["timestamp"])


def test_the_clock_never_goes_back_though_it_runs_fast_when_the_cloud_dies(cloud: Alone) -> None:
    cloud.clock(rate=10_000)
    told = [cloud.clock() for _ in range(200)]
    assert told == sorted(told)
    with again(cloud) as back:
        assert back.clock() >= told[-1]


def test_no_stamp_is_before_one_that_is_kept_though_the_clocks_file_is_lost(cloud: Alone) -> None:
    cloud.clock(step=86_400)
    cloud.boto("iot").create_job(jobId="job1", targets=[ARN], document="{}")
    created = cloud.boto("iot").describe_job(jobId="job1")["job"]["createdAt"].timestamp()
    (cloud.folder / "clock.json").unlink()
    with again(cloud) as back:
        assert back.clock() >= created


def test_sessions_come_back_with_what_waits_in_them(cloud: Alone) -> None:
    """Unacknowledged messages under their old number, later ones behind them; an ended session does not come back."""
    iot, files = cloud.boto("iot"), cloud.told["things"][THING]
    with cloud.device(files) as device:
        device.connect(THING, clean_start=False)
        device.subscribe(f"{ROOT}/notify", "news")
        iot.create_job(jobId="job1", targets=[ARN], document="{}")
        first = device.read()
        assert isinstance(first, Publish)
        with cloud.device(files) as short:
            short.connect("short", clean_start=False)
            short.subscribe("news")
        with cloud.device(files) as short:
            short.connect("short", clean_start=True)
        cloud.boto("iot-data").publish(topic="news", qos=1, payload=b"\x00\xff")
        second = device.read()
        assert isinstance(second, Publish)
        device.send(Puback(packet_id=second.packet_id or 0))
        device.send(Publish(topic="other", qos=1, packet_id=9))  # its PUBACK says that ours has been taken
        assert isinstance(device.read(), Puback)
        with again(cloud) as back:
            back.boto("iot-data").publish(topic="news", qos=1, payload=b"late")
            with back.device(files) as resumed:
                connack = resumed.connect(THING, clean_start=False)
                assert isinstance(connack, Connack)
                assert connack.session_present
                waiting = [resumed.read() for _ in range(2)]
                assert [one.payload for one in waiting if isinstance(one, Publish)] == [first.payload, b"late"]
                assert isinstance(waiting[0], Publish)
                assert waiting[0].packet_id == first.packet_id
            with back.device(files) as other:
                connack = other.connect("short", clean_start=False)
                assert isinstance(connack, Connack)
                assert not connack.session_present


def test_who_may_do_what_comes_back(cloud: Alone) -> None:
    """Certificates issued for things, certificates and policies by boto3, groups and continuous jobs, settings."""
    iot = cloud.boto("iot")
    made = iot.create_keys_and_certificate(setAsActive=True)
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]}
    iot.create_policy(policyName="all", policyDocument=json.dumps(document))
    iot.attach_policy(policyName="all", target=made["certificateArn"])
    bare = iot.create_keys_and_certificate(setAsActive=True)
    iot.create_thing_group(thingGroupName="hall")
    group = iot.describe_thing_group(thingGroupName="hall")["thingGroupArn"]
    iot.create_job(jobId="all", targets=[group], document="{}", targetSelection="CONTINUOUS")
    iot.create_thing(thingName="lamp", attributePayload={"attributes": {"color": "red"}})
    iot.update_event_configurations(eventConfigurations={"JOB": {"Enabled": True}})
    with again(cloud) as back:
        iot = back.boto("iot")
        iot.add_thing_to_thing_group(thingGroupName="hall", thingName="lamp")
        assert iot.describe_job_execution(jobId="all", thingName="lamp")["execution"]["status"] == "QUEUED"
        assert iot.describe_thing(thingName="lamp")["attributes"] == {"color": "red"}
        assert iot.describe_event_configurations()["eventConfigurations"]["JOB"] == {"Enabled": True}
        assert _may_connect(back, cloud.told["things"][THING])
        assert _may_connect(back, _written(back.folder, "all", made))
        assert not _may_connect(back, _written(back.folder, "bare", bare))


def _written(folder: Path, name: str, made: dict[str, Any]) -> dict[str, str]:
    pair = Pair(certificate_pem=made["certificatePem"].encode(), key_pem=made["keyPair"]["PrivateKey"].encode())
    certificate, key = pair.write(folder, name)
    return {"certificate": str(certificate), "key": str(key)}


def _may_connect(cloud: Alone, files: dict[str, str]) -> bool:
    with cloud.device(files) as device:
        return isinstance(device.connect("anyone"), Connack)
