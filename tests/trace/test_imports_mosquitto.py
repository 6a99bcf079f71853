"""What mosquitto_sub really writes, on both MQTT versions, becomes a trace that can be judged."""

from __future__ import annotations

import getpass
import itertools
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from rigs.rules.offline import Linted, findings
from rigs.trace.records import Packet
from tests.rules.conversations import Habits, Talk
from tests.trace import logs

BROKER, SUBSCRIBER = "/usr/sbin/mosquitto", shutil.which("mosquitto_sub")
WITHIN = 15.0  # seconds that anything may take
pytestmark = pytest.mark.skipif(
    not Path(BROKER).exists() or SUBSCRIBER is None, reason="mosquitto and mosquitto_sub are not here"
)


@contextmanager
def mosquitto(folder: Path) -> Iterator[int]:
    """The port of a mosquitto on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as plug:
        port = plug.getsockname()[1]
    config = folder / "mosquitto.conf"
    config.write_text(f"user {getpass.getuser()}\nlistener {port} 127.0.0.1\nallow_anonymous true\n")
    with subprocess.Popen([BROKER, "-c", str(config)], stderr=subprocess.PIPE, text=True) as process:
        try:
            said = list(itertools.takewhile(lambda line: "running" not in line, process.stderr or []))
            assert process.poll() is None, "".join(said)
            yield port
        finally:
            process.terminate()


def heard(folder: Path, version: str, form: str, packets: list[Packet]) -> Path:
    """The file that mosquitto_sub wrote of these messages, published by a client one after the other."""
    log = folder / "sub.jsonl"
    protocol = MQTTProtocolVersion.MQTTv5 if version == "mqttv5" else MQTTProtocolVersion.MQTTv311
    with mosquitto(folder) as port, log.open("wb") as out:
        command = [str(SUBSCRIBER), "-h", "127.0.0.1", "-p", str(port), "-V", version, "-q", "1", "-F", form]
        with subprocess.Popen([*command, "-t", "$aws/#", "-t", "probe"], stdout=out) as subscriber:
            client = Client(CallbackAPIVersion.VERSION2, protocol=protocol)
            client.connect("127.0.0.1", port)
            client.loop_start()
            try:
                until(lambda: (client.publish("probe", "{}", qos=1).wait_for_publish(1), log.stat().st_size)[1])  # type: ignore[func-returns-value]
                for packet in packets:
                    payload = b"" if packet.raw == "" else json.dumps(packet.payload).encode()
                    client.publish(str(packet.topic), payload, qos=1).wait_for_publish(WITHIN)
                until(lambda: log.read_bytes().count(b"$aws/") == len(packets))
            finally:
                client.loop_stop()
                subscriber.terminate()
    return log


def until(done: Callable[[], object]) -> None:
    """Ask until it is so; each asking waits for the broker."""
    deadline = time.monotonic() + WITHIN
    while not done():
        assert time.monotonic() < deadline, "mosquitto did not do it"


@pytest.mark.parametrize("form", ["%j", "%J"])
@pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])
def test_a_talk_over_mosquitto_comes_back(version: str, form: str, tmp_path: Path) -> None:
    talk = Talk(Habits(progress=2))
    talk.job("A")
    talk.tape.up("$aws/things/bench-7/jobs/A/update", {"status": "DONE"})
    talk.tape.up("$aws/things/bench-7/jobs/get", b"")
    want = list(logs.messages(talk.tape))
    ledger, file, records = logs.taken(heard(tmp_path, version, form, want))
    got = [record for record in records if isinstance(record, Packet) and record.link == "device"]
    assert ledger.format == "mosquitto"
    assert not ledger.bad
    assert [(one.way, one.topic, one.payload, one.raw) for one in got] == [
        (one.way, one.topic, one.payload, one.raw) for one in want
    ]
    assert [finding.rule for _, finding in findings(file, Linted())] == ["I3"]
    assert file.header.utc.startswith("20")
