"""A device on a client library that is not ours: paho-mqtt over mutual TLS."""

from __future__ import annotations

import json
import queue
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

SECONDS = 10


class PahoDevice:
    """Connects on construction; `next()` is the next message as (topic below …/jobs/, payload, QoS)."""

    def __init__(self, thing: str, address: tuple[str, int], ca: Path, files: tuple[Path, Path]) -> None:
        self.root = f"$aws/things/{thing}/jobs/"
        self._messages: queue.Queue[tuple[str, Any, int]] = queue.Queue()
        self._events: queue.Queue[str] = queue.Queue()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=thing, reconnect_on_failure=False)
        self._client.tls_set(ca_certs=str(ca), certfile=str(files[0]), keyfile=str(files[1]))
        self._client.on_connect = lambda *_: self._events.put("connected")
        self._client.on_disconnect = lambda *_: self._events.put("disconnected")
        self._client.on_subscribe = lambda *_: self._events.put("subscribed")
        self._client.on_message = self._arrived
        self._client.connect(*address)
        self._client.loop_start()

    def event(self) -> str:
        """The next of connected, subscribed, disconnected."""
        return self._events.get(timeout=SECONDS)

    def subscribe(self, *words: str) -> None:
        """Subscribe below …/jobs/ at QoS 1 and wait for the SUBACK."""
        self._client.subscribe([(self.root + word, 1) for word in words])
        assert self.event() == "subscribed"

    def send(self, word: str, **members: Any) -> None:
        """A request."""
        self._client.publish(self.root + word, json.dumps(members), qos=1)

    def next(self) -> tuple[str, Any, int]:
        """The next message."""
        return self._messages.get(timeout=SECONDS)

    def stop(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()

    def _arrived(self, client: Any, userdata: Any, message: mqtt.MQTTMessage) -> None:
        self._messages.put((message.topic.removeprefix(self.root), json.loads(message.payload), message.qos))
