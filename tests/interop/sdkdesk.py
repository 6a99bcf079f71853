"""A local cloud, its operator by plain boto3, and devices by AWS's own Python SDK on either MQTT version."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from awscrt import mqtt5
from awsiot import mqtt5_client_builder, mqtt_connection_builder

from rigs.cloud.local import LocalCloud
from rigs.loop import LoopThread

WITHIN = 10.0  # seconds that anything may take
REGION = "us-east-1"
DOCUMENT = {"op": "blink", "times": 3}
KEYS: Any = {"aws_access_key_id": "somebody", "aws_secret_access_key": "something", "region_name": REGION}


class SdkDesk:
    """The cloud of a test module; `iot` and `data` are boto3's clients of it."""

    def __init__(self, folder: Path) -> None:
        self._loop = LoopThread("sdk-test")
        self.cloud = LocalCloud(self._loop, folder)
        self.cloud.start()
        self.iot: Any = boto3.client("iot", endpoint_url=self.cloud.http_url, **KEYS)
        self.data: Any = boto3.client("iot-jobs-data", endpoint_url=self.cloud.http_url, **KEYS)
        self._numbers = itertools.count(1)

    def __repr__(self) -> str:
        return f"<SdkDesk {self.cloud!r}>"

    def close(self) -> None:
        """Stop the cloud."""
        self.iot.close()
        self.data.close()
        self.cloud.stop()
        self._loop.stop()

    def thing(self, name: str) -> str:
        """Register a thing; its ARN."""
        return str(self.iot.create_thing(thingName=name)["thingArn"])

    @contextmanager
    def job(self, target: str, **params: Any) -> Iterator[str]:
        """A job for a target as long as the body lasts; its id."""
        name = f"job-{next(self._numbers)}"
        self.iot.create_job(jobId=name, targets=[target], document=json.dumps(DOCUMENT), **params)
        yield name
        self.iot.delete_job(jobId=name, force=True)

    @contextmanager
    def device(self, thing: str, version: str) -> Iterator[Device]:
        """The thing's connection as long as the body lasts."""
        host, port = self.cloud.mqtt
        certificate, key = self.cloud.issue_device(thing)
        device = DEVICES[version](
            endpoint=host,
            port=port,
            cert_filepath=str(certificate),
            pri_key_filepath=str(key),
            ca_filepath=str(self.cloud.ca_file),
            client_id=f"{thing}-{version}",
        )
        yield device
        device.close()


class Device:
    """MQTT 3.1.1: one connection object serves both generations of the Jobs client."""

    def __init__(self, **how: Any) -> None:
        builder: Any = mqtt_connection_builder  # the SDK carries no types
        self.connection: Any = builder.mtls_from_path(**how, keep_alive_secs=30)
        self.connection.connect().result(WITHIN)
        self.protocol: Any = self.connection

    def close(self) -> None:
        """Disconnect, and wait for it."""
        self.connection.disconnect().result(WITHIN)


class Device5(Device):
    """MQTT 5: `protocol` is the client itself, `connection` its wrapper for the first generation."""

    def __init__(self, **how: Any) -> None:
        connected, self._stopped = threading.Event(), threading.Event()
        builder: Any = mqtt5_client_builder
        self.protocol = builder.mtls_from_path(
            **how,
            on_lifecycle_connection_success=lambda _: connected.set(),
            on_lifecycle_stopped=lambda _: self._stopped.set(),
        )
        self.connection = self.protocol.new_connection()
        self.protocol.start()
        assert connected.wait(WITHIN)

    def close(self) -> None:
        """Disconnect, and wait until the client has stopped."""
        self.protocol.stop(mqtt5.DisconnectPacket())
        assert self._stopped.wait(WITHIN)


DEVICES: dict[str, type[Device]] = {"3.1.1": Device, "5": Device5}
