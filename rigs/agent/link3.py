"""MQTT 3.1.1 by awscrt.mqtt; it connects again by itself only after a first success."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from awscrt import mqtt
from awsiot import mqtt_connection_builder

from rigs.agent.config import Settings
from rigs.agent.events import Arrived, Connected, Disconnected, Event, Sent, Subscribed, Unreached


class Link3:
    """One mqtt.Connection; clean or persistent by `habits.session`."""

    def __init__(self, settings: Settings, post: Callable[[Event], None]) -> None:
        self._post = post
        timing = settings.timing
        builder: Any = mqtt_connection_builder  # the SDK carries no types
        self._connection = builder.mtls_from_path(
            cert_filepath=str(settings.certificate),
            pri_key_filepath=str(settings.key),
            ca_filepath=str(settings.ca),
            endpoint=settings.endpoint,
            port=settings.port,
            client_id=settings.client_id,
            clean_session=settings.habits.session == "clean",
            keep_alive_secs=int(timing.keep_alive),
            ping_timeout_ms=int(timing.ping * 1000),
            reconnect_min_timeout_secs=max(1, int(timing.reconnect_min)),
            reconnect_max_timeout_secs=max(1, int(timing.reconnect_max)),
            on_connection_interrupted=self._interrupted,
            on_connection_resumed=self._resumed,
        )
        # Before connecting: a kept session delivers at once, and replies come without a subscription.
        self._connection.on_message(self._arrived)

    def __repr__(self) -> str:
        return "<Link3>"

    def open(self) -> None:
        """Try once; after a failure the agent opens again, with its own pauses."""
        future = self._connection.connect()

        def done(_: object) -> None:
            error = future.exception()
            if error is not None:
                self._post(Unreached(reason=str(error), again=True))
            else:
                self._post(Connected(session=bool(future.result()["session_present"])))

        future.add_done_callback(done)

    def subscribe(self, filters: Sequence[str]) -> None:
        """One SUBSCRIBE a filter: awscrt.mqtt knows no other way; Subscribed follows the last SUBACK."""
        answers: dict[str, bool] = {}
        lock = threading.Lock()

        def answered(name: str, future: Future[Any]) -> None:
            with lock:
                answers[name] = future.exception() is None  # SubscribeError: the service refused it
                complete = len(answers) == len(filters)
            if complete:
                self._post(Subscribed(refused=tuple(each for each, granted in answers.items() if not granted)))

        for name in filters:
            future, _ = self._connection.subscribe(name, mqtt.QoS.AT_LEAST_ONCE)
            future.add_done_callback(lambda done, name=name: answered(name, done))

    def publish(self, topic: str, payload: bytes, *, qos: int, ticket: int) -> None:
        """Publish; the ticket comes back with Sent."""
        future, _ = self._connection.publish(topic, payload, mqtt.QoS(qos))
        future.add_done_callback(lambda done: self._post(Sent(ticket=ticket, ok=done.exception() is None)))

    def close(self) -> None:
        """Send DISCONNECT and wait, at most two seconds."""
        done = threading.Event()
        self._connection.disconnect().add_done_callback(lambda _: done.set())
        done.wait(2)

    def _arrived(self, topic: str, payload: bytes, **_: object) -> None:
        self._post(Arrived(topic=topic, payload=bytes(payload)))

    def _interrupted(self, connection: object, error: Exception, **_: object) -> None:
        self._post(Disconnected(reason=str(error)))

    def _resumed(self, connection: object, return_code: object, session_present: bool, **_: object) -> None:
        self._post(Connected(session=bool(session_present)))
