"""Our broker beside mosquitto: the same conversations of paho-mqtt clients, over mutual TLS, on both versions."""

from __future__ import annotations

import queue
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rigs.cloud.endpoint import Endpoint
from rigs.mqtt.commands import Everything
from rigs.mqtt.reasons import Reason
from tests.cloud.endpointdesk import DEVICE, OURS, Ends
from tests.interop.twindesk import MOSQUITTO, WITHIN, Stage, mosquitto, our_endpoint
from tests.interop.twinrows import ROWS

VERSIONS = {4: "3.1.1", 5: "5"}
CASES = [
    pytest.param(name, version, id=f"{name}, {VERSIONS[version]}")
    for name, row in ROWS.items()
    for version in row.versions
]
NEEDS_MOSQUITTO = pytest.mark.skipif(not Path(MOSQUITTO).exists(), reason="mosquitto is not installed")
NEEDS_CLIENTS = pytest.mark.skipif(
    not (shutil.which("mosquitto_pub") and shutil.which("mosquitto_sub")), reason="mosquitto-clients is not installed"
)


@pytest.fixture(scope="module")
def ours() -> Iterator[int]:
    with our_endpoint() as port:
        yield port


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with mosquitto(tmp_path_factory.mktemp("mosquitto")) as port:
        yield port


def seen(name: str, port: int, version: int) -> object:
    stage = Stage(port, version)
    try:
        return ROWS[name].talk(stage)
    finally:
        stage.close()


@pytest.mark.parametrize(("name", "version"), CASES)
def test_a_conversation_with_our_broker(ours: int, name: str, version: int) -> None:
    assert seen(name, ours, version) == ROWS[name].expected("ours")


@NEEDS_MOSQUITTO
@pytest.mark.parametrize(("name", "version"), CASES)
def test_the_same_conversation_with_mosquitto(theirs: int, name: str, version: int) -> None:
    assert seen(name, theirs, version) == ROWS[name].expected("mosquitto")


class Subscribes(Everything):
    """Rights to all; hears of each subscription."""

    def __init__(self) -> None:
        self.heard = queue.Queue[str]()

    def subscribe(self, identity: Any, filter: str) -> Reason:
        self.heard.put(filter)
        return Reason.SUCCESS


@pytest.fixture
def subscribes() -> Subscribes:
    return Subscribes()


@pytest.fixture
def endpoint(subscribes: Subscribes) -> Iterator[Endpoint]:
    ends = Ends()
    yield ends.open(rights=subscribes)
    ends.close()


@NEEDS_CLIENTS
@pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])
def test_mosquittos_clients_pass_a_message(
    endpoint: Endpoint, subscribes: Subscribes, tmp_path: Path, version: str
) -> None:
    (tmp_path / "ca.pem").write_bytes(OURS.certificate_pem)
    (tmp_path / "device.pem").write_bytes(DEVICE.certificate_pem)
    (tmp_path / "device.key").write_bytes(DEVICE.key_pem)
    files = ["--cafile", "ca.pem", "--cert", "device.pem", "--key", "device.key"]
    common = ["-h", "localhost", "-p", str(endpoint.port), *files, "-V", version, "-q", "1", "-t", "talk/é"]
    listen = ["mosquitto_sub", *common, "-i", "sub", "-C", "1", "-W", str(int(WITHIN)), "-F", "%t %q %p"]
    with subprocess.Popen(listen, stdout=subprocess.PIPE, cwd=tmp_path) as listener:
        subscribes.heard.get(timeout=WITHIN)
        talk = ["mosquitto_pub", *common, "-i", "pub", "-m", "hello"]
        assert subprocess.run(talk, cwd=tmp_path, timeout=WITHIN, check=False).returncode == 0
        assert listener.communicate(timeout=WITHIN)[0].decode() == "talk/é 1 hello\n"
        assert listener.returncode == 0
