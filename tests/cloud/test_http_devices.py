"""The devices' HTTPS port: real TLS, real certificates, the real Jobs service behind it."""

from __future__ import annotations

import http.client
import json
import ssl
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rigs.cloud.catalog import Catalog
from rigs.cloud.dataplane import DeviceSide
from rigs.cloud.local import LocalCloud
from rigs.cloud.registry import Registry
from rigs.cloud.rights import RegistryRights
from rigs.jobs.service import JobsService
from rigs.loop import LoopThread
from rigs.mqtt.packets import Publish
from rigs.net.certs import Authority, Pair
from rigs.net.policy import client_context, server_context
from tests.cloud.httpbench import WITHIN, Recorder, authorization, client

OURS = Authority.make("ours", ec=True)
STRANGERS = Authority.make("strangers", ec=True)
SERVER = OURS.issue("localhost", dns=["localhost"], ips=["127.0.0.1"], ec=True)
DEVICE = OURS.issue("bench-7", ec=True, client=True)
UNKNOWN = OURS.issue("nobody", ec=True, client=True)
LATER = STRANGERS.issue("bench-8", ec=True, client=True)
JOBS = "/things/bench-7/jobs"


class Port:
    """A started devices' port; the registry knows the certificate of bench-7."""

    def __init__(self) -> None:
        self.loop, self.service, self.mail = LoopThread("devices"), JobsService(), Recorder()
        self.registry = Registry(self.service.ledger, OURS)
        self.register("bench-7", DEVICE)
        for thing in ("bench-7", "bench-8"):
            self.operate("CreateThing", thingName=thing)
        self.side = DeviceSide(
            service=self.service,
            now=time.time,
            mail=self.mail,
            rights=RegistryRights(self.registry.store),
            catalog=Catalog(),
            choose=lambda hello: server_context(
                SERVER, client_ca=OURS.certificate_pem, registered=self.registry.foreign()
            ),
        )
        self.loop.run(self.side.start())

    def register(self, thing: str, pair: Pair, foreign: bool = False) -> None:
        self.registry.register(thing, pair.certificate_pem, time.time(), foreign=foreign)

    def operate(self, call: str, **params: Any) -> dict[str, Any]:
        return self.service.operations.by_name[call](params, time.time())[0]

    def queue(self, job: str) -> None:
        arn = self.operate("DescribeThing", thingName="bench-7")["thingArn"]
        self.operate("CreateJob", jobId=job, targets=[arn], document="{}")

    def ask(
        self, method: str, path: str, body: bytes = b"", pair: Pair | None = DEVICE, **headers: str
    ) -> tuple[int, str | None, dict[str, Any]]:
        """Status, error type and body."""
        context = client_context(pair=pair, ca=OURS.certificate_pem)
        connection = http.client.HTTPSConnection("localhost", self.side.port, timeout=WITHIN, context=context)
        try:
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            return response.status, response.getheader("x-amzn-ErrorType"), json.loads(response.read())
        finally:
            connection.close()


@pytest.fixture
def port() -> Iterator[Port]:
    found = Port()
    yield found
    found.loop.run(found.side.stop())
    found.loop.stop()


def test_life_of_a_job(port: Port) -> None:
    port.queue("j1")
    assert [row["jobId"] for row in port.ask("GET", JOBS)[2]["queuedJobs"]] == ["j1"]
    assert port.ask("PUT", f"{JOBS}/$next")[2]["execution"]["status"] == "IN_PROGRESS"
    assert port.ask("GET", f"{JOBS}/%24next")[2]["execution"]["thingName"] == "bench-7"
    assert port.ask("POST", f"{JOBS}/j1", b'{"status": "SUCCEEDED"}')[:2] == (200, None)
    words = [one.topic.rpartition("/")[2] for one in port.mail.published]
    assert words == ["notify", "notify-next"]


# path, method, body, status, error (jobs-protocol §7)
REFUSED = [
    ("another's thing", "GET", "/things/bench-8/jobs", b"", 403, "ForbiddenException"),
    ("unknown job", "GET", f"{JOBS}/none", b"", 404, "ResourceNotFoundException"),
    ("broken body", "POST", f"{JOBS}/j1", b"{", 400, "SerializationException"),
    ("another's topic", "POST", "/topics/$aws/things/bench-8/jobs/get", b"", 403, "ForbiddenException"),
    ("notify", "POST", "/topics/$aws/things/bench-7/jobs/notify", b"", 400, "InvalidRequestException"),
    ("a shadow", "GET", "/things/bench-7/shadow", b"", 404, "UnknownOperationException"),
    ("nothing", "GET", "/nothing", b"", 404, "UnknownOperationException"),
]


@pytest.mark.parametrize(("name", "method", "path", "body", "status", "error"), REFUSED, ids=[r[0] for r in REFUSED])
def test_refused(port: Port, name: str, method: str, path: str, body: bytes, status: int, error: str) -> None:
    seen = port.ask(method, path, body)
    assert seen[:2] == (status, error), seen
    assert sorted(seen[2]) == ["message", "traceId"]


def test_publish(port: Port) -> None:
    assert port.ask("POST", "/topics/lab/a?qos=1", b"\x00\xff")[2]["message"] == "OK"
    assert port.mail.messages == [Publish(topic="lab/a", payload=b"\x00\xff", qos=1)]


def test_a_certificate_that_nobody_registered_gets_in_and_may_nothing(port: Port) -> None:
    assert port.ask("GET", JOBS, pair=UNKNOWN)[:2] == (403, "ForbiddenException")


def test_without_a_certificate_a_signature_does_not_help(port: Port) -> None:
    """AWS: signed requests on 443, certificates on 8443."""
    with pytest.raises((ssl.SSLError, ConnectionError, http.client.RemoteDisconnected)):
        port.ask("GET", JOBS, pair=None, Authorization=authorization("iot-jobs-data"))


def test_a_certificate_registered_meanwhile_is_let_in(port: Port) -> None:
    with pytest.raises((ssl.SSLError, ConnectionError, http.client.RemoteDisconnected)):
        port.ask("GET", "/things/bench-8/jobs", pair=LATER)
    port.loop.call(port.register, "bench-8", LATER, True)
    assert port.ask("GET", "/things/bench-8/jobs", pair=LATER)[:2] == (200, None)


def test_the_port_of_a_whole_cloud(tmp_path: Path) -> None:
    loop = LoopThread("cloud")
    cloud = LocalCloud(loop, tmp_path, data_port=0)
    cloud.start()
    iot = client("iot", cloud.http_url)
    iot.create_thing(thingName="bench-7")
    iot.create_job(jobId="j1", targets=[iot.describe_thing(thingName="bench-7")["thingArn"]], document="{}")
    certificate, key = cloud.issue_device("bench-7")  # after the start: the port must hear of it
    context = ssl.create_default_context(cafile=str(cloud.ca_file))
    context.load_cert_chain(certificate, key)
    assert cloud.devices is not None
    with urllib.request.urlopen(f"{cloud.devices.url}{JOBS}", context=context, timeout=WITHIN) as response:
        assert [row["jobId"] for row in json.load(response)["queuedJobs"]] == ["j1"]
    cloud.stop()
    loop.stop()
