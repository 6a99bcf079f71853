"""An unmodified program sets itself up by boto3 alone, connects by mutual TLS and may do what its policy says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rigs.cloud.local import LocalCloud
from rigs.loop import LoopThread
from rigs.mqtt.packets import Connack, Disconnect, Puback, Publish, Suback, Will
from rigs.mqtt.reasons import Reason
from rigs.net.certs import Authority, Pair
from rigs.net.policy import client_context
from tests.cloud.endpointdesk import BOTH
from tests.cloud.httpbench import client
from tests.cloud.paho_device import PahoDevice
from tests.cloud.rawdevice import RawDevice
from tests.cloud.registrydesk import policy, request

ARN = "arn:aws:iot:eu-central-1:123456789012:"
JOBS = "$aws/things/fresh-1/jobs/"
# An SDK's test has one certificate for things that it makes afresh.
DOCUMENT = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "iot:Connect", "Resource": f"{ARN}client/fresh-*"},
        {
            "Effect": "Allow",
            "Action": ["iot:Publish", "iot:Receive"],
            "Resource": [f"{ARN}topic/$aws/things/fresh-*/jobs/*", f"{ARN}topic/open/*"],
        },
        {
            "Effect": "Allow",
            "Action": "iot:Subscribe",
            "Resource": [f"{ARN}topicfilter/$aws/things/fresh-*/jobs/*", f"{ARN}topicfilter/#"],
        },
        {"Effect": "Deny", "Action": "iot:Publish", "Resource": f"{ARN}topic/open/${{iot:ClientId}}/secret"},
    ],
}


class Program:
    """A cloud, and a program with nothing but boto3 and a folder for its files."""

    def __init__(self, folder: Path) -> None:
        self.loop = LoopThread("registry-test")
        self.cloud = LocalCloud(self.loop, folder / "cloud")
        self.cloud.start()
        self.iot: Any = client("iot", self.cloud.http_url)
        self.folder = folder
        self.made = self.iot.create_keys_and_certificate(setAsActive=True)
        self.iot.create_policy(policyName="sdk", policyDocument=json.dumps(DOCUMENT))
        self.iot.attach_policy(policyName="sdk", target=self.made["certificateArn"])
        self.iot.create_thing(thingName="fresh-1")

    def queue(self, job: str = "job1") -> None:
        arn = self.iot.describe_thing(thingName="fresh-1")["thingArn"]
        self.iot.create_job(jobId=job, targets=[arn], document='{"op":"x"}')

    def pair(self) -> Pair:
        keys = self.made["keyPair"]["PrivateKey"]
        return Pair(certificate_pem=self.made["certificatePem"].encode(), key_pem=keys.encode())

    def device(self, version: int, pair: Pair | None = None) -> RawDevice:
        ours = client_context(pair=pair or self.pair(), ca=self.cloud.ca_file.read_bytes())
        return RawDevice(self.cloud.mqtt[1], ours, version)

    def accepted(self, version: int, client_id: str = "fresh-1", **members: Any) -> RawDevice:
        device = self.device(version)
        assert isinstance(device.connect(client_id, **members), Connack)
        return device

    def stop(self) -> None:
        self.cloud.stop()
        self.loop.stop()


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    program = Program(tmp_path)
    yield program
    program.stop()


def test_jobs_of_a_thing_that_the_certificate_is_not_attached_to(program: Program) -> None:
    """By a foreign client library."""
    files = program.pair().write(program.folder, "device")
    device = PahoDevice("fresh-1", program.cloud.mqtt, program.cloud.ca_file, files)
    assert device.event() == "connected"
    device.subscribe("notify-next")
    program.queue()
    assert device.next()[1]["execution"]["jobId"] == "job1"
    device.send("start-next")
    assert device.next()[:1] == ("start-next/accepted",)
    device.send("job1/update", status="SUCCEEDED")
    assert {device.next()[0] for _ in range(2)} == {"job1/update/accepted", "notify-next"}
    device.stop()
    assert program.iot.describe_job(jobId="job1")["job"]["status"] == "COMPLETED"


@BOTH
def test_client_id_that_the_policy_does_not_name(program: Program, version: int) -> None:
    with program.device(version) as device:
        refused = device.connect("other")
        assert (refused.code if isinstance(refused, Connack) else refused) == (
            Reason.NOT_AUTHORIZED if version == 5 else None
        )


@BOTH
@pytest.mark.parametrize("topic", ["open/fresh-1/secret", "closed", "$aws/things/other/jobs/get"])
def test_topics_that_the_policy_does_not_name(program: Program, version: int, topic: str) -> None:
    """MQTT 5 is told and goes on, 3.1.1 is cut (evidence.md, Part 2 h2)."""
    with program.accepted(version) as device:
        device.publish("open/fresh-2/secret", packet_id=1)
        device.publish(topic, packet_id=2)
        answers = [device.read(), device.read()]
        assert answers[0] == Puback(packet_id=1)
        assert answers[1] == (Puback(packet_id=2, code=Reason.NOT_AUTHORIZED) if version == 5 else None)
    with program.accepted(version) as device:
        answer = device.subscribe(topic)
        assert answer == (Suback(packet_id=1, codes=(Reason.NOT_AUTHORIZED,)) if version == 5 else None)


@BOTH
def test_what_may_not_be_received_is_not_delivered(program: Program, version: int) -> None:
    """A filter of everything, and iot:Receive for a part of it."""
    program.iot.create_policy(policyName="say", policyDocument=policy("iot:Publish"))
    program.iot.attach_policy(policyName="say", target=program.made["certificateArn"])
    with program.accepted(version) as device, program.accepted(version, "fresh-2") as other:
        assert device.subscribe("#") == Suback(packet_id=1, codes=(1,))
        for number, topic in enumerate(("closed", "open/a"), start=1):
            other.publish(topic, packet_id=number)
            assert other.read() == Puback(packet_id=number)
        heard = device.read()
        assert isinstance(heard, Publish)
        assert heard.topic == "open/a"


@BOTH
def test_retained_messages_need_a_right_of_their_own(program: Program, version: int) -> None:
    retained = Publish(topic="open/a", payload=b"x", qos=1, packet_id=1, retain=True)
    with program.accepted(version) as device:
        device.send(retained)
        assert device.read() == (Puback(packet_id=1, code=Reason.NOT_AUTHORIZED) if version == 5 else None)
    with program.device(version) as device:
        refused = device.connect("fresh-1", will=Will(topic="open/a", payload=b"x", qos=0, retain=True))
        assert refused is None or (isinstance(refused, Connack) and refused.code == Reason.NOT_AUTHORIZED)
    program.iot.create_policy(policyName="keep", policyDocument=policy("iot:RetainPublish"))
    program.iot.attach_policy(policyName="keep", target=program.made["certificateArn"])
    with program.accepted(version, will=Will(topic="open/a", payload=b"x", qos=0, retain=True)) as device:
        device.send(retained)
        assert device.read() == Puback(packet_id=1)


@BOTH
def test_persistent_sessions_may_be_forbidden(program: Program, version: int) -> None:
    """https://docs.aws.amazon.com/iot/latest/developerguide/connect-policy.html"""
    condition = {"ForAnyValue:StringEquals": {"iot:ConnectAttributes": ["PersistentConnect"]}}
    statement = {"Effect": "Deny", "Action": "iot:Connect", "Resource": "*", "Condition": condition}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    program.iot.create_policy(policyName="short", policyDocument=document)
    program.iot.attach_policy(policyName="short", target=program.made["certificateArn"])
    program.accepted(version, clean_start=True).socket.close()
    with program.device(version) as device:
        lasting = {"properties": {"session_expiry_interval": 60}} if version == 5 else {}
        refused = device.connect("fresh-1", clean_start=False, **lasting)
        assert refused is None or (isinstance(refused, Connack) and refused.code == Reason.NOT_AUTHORIZED)


@BOTH
def test_a_deactivated_certificate_is_cut_and_stays_out(program: Program, version: int) -> None:
    """botocore, UpdateCertificate; the others' connections stay."""
    files = program.cloud.issue_device("bench-7")
    own = Pair(certificate_pem=files[0].read_bytes(), key_pem=files[1].read_bytes())
    with program.accepted(version) as device, program.device(version, own) as other:
        assert isinstance(other.connect("bench-7"), Connack)
        program.iot.update_certificate(certificateId=program.made["certificateId"], newStatus="INACTIVE")
        last = device.read()
        assert isinstance(last, Disconnect) if version == 5 else last is None
        other.publish("open/a", packet_id=1)
        assert other.read() == Puback(packet_id=1)
    with program.device(version) as device:
        answer = device.connect("fresh-1")
        assert not isinstance(answer, Connack) or answer.code == Reason.NOT_AUTHORIZED
    program.iot.update_certificate(certificateId=program.made["certificateId"], newStatus="ACTIVE")
    program.accepted(version).socket.close()


def test_certificates_from_outside_and_by_request(program: Program) -> None:
    """One of another authority is trusted by itself; one for an own key comes from the cloud's."""
    foreign = Authority.make("vendor", ec=True).issue("board", ec=True, client=True)
    made = program.iot.register_certificate_without_ca(certificatePem=foreign.certificate_pem.decode(), status="ACTIVE")
    program.iot.attach_policy(policyName="sdk", target=made["certificateArn"])
    with program.device(5, foreign) as device:
        assert device.connect("fresh-1") is not None
    own = Authority.make("own key", ec=True).pair.key_pem
    signed = program.iot.create_certificate_from_csr(certificateSigningRequest=request(pem=own), setAsActive=True)
    pair = Pair(certificate_pem=signed["certificatePem"].encode(), key_pem=own)
    with program.device(5, pair) as device:
        refused = device.connect("fresh-1")
        assert isinstance(refused, Connack)
        assert refused.code == Reason.NOT_AUTHORIZED
    program.iot.attach_policy(policyName="sdk", target=signed["certificateArn"])
    with program.device(5, pair) as device:
        answer = device.connect("fresh-1")
        assert isinstance(answer, Connack)
        assert answer.code == Reason.SUCCESS
