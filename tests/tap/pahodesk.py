"""A stock MQTT client, paho, as the device before the tap."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.tap.bench import HOST, WITHIN, Bench

VERSIONS = (MQTTProtocolVersion.MQTTv311, MQTTProtocolVersion.MQTTv5)


class Paho:
    """A client that checks the server's certificate; `connect` raises what its TLS raises."""

    def __init__(self, bench: Bench, version: MQTTProtocolVersion) -> None:
        self._port = bench.tap.port
        self._client = paho.Client(CallbackAPIVersion.VERSION2, "bench-7", protocol=version)
        self._client.tls_set_context(bench.client)
        self._connected = threading.Event()
        self._client.on_connect = lambda *_: self._connected.set()

    def connect(self) -> None:
        """CONNECT, and wait for the CONNACK."""
        self._client.connect(HOST, self._port)
        self._client.loop_start()
        assert self._connected.wait(WITHIN.total_seconds())

    def report(self, size: int = 100) -> None:
        """One report at QoS 1, and wait for its PUBACK."""
        message = self._client.publish("$aws/things/bench-7/jobs/job-1/update", b"x" * size, qos=1)
        message.wait_for_publish(WITHIN.total_seconds())
        assert message.is_published()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@contextmanager
def client(bench: Bench, version: MQTTProtocolVersion) -> Iterator[Paho]:
    """One that is closed afterwards."""
    made = Paho(bench, version)
    try:
        yield made
    finally:
        made.close()
