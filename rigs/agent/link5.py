"""MQTT 5 by awscrt.mqtt5; the client connects again by itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from awscrt import mqtt5
from awsiot import mqtt5_client_builder

from rigs.agent.config import Settings
from rigs.agent.events import Arrived, Connected, Disconnected, Event, Sent, Subscribed, Unreached

SESSION_SECONDS = 3600
"""Asked session expiry; AWS IoT keeps a persistent session one hour by default."""

REFUSED = 0x80
"""From here on MQTT 5 reason codes are errors."""


class Link5:
    """One mqtt5.Client; clean or persistent by `habits.session`."""

    def __init__(self, settings: Settings, post: Callable[[Event], None]) -> None:
        self._settings, self._post = settings, post
        self._stopped = threading.Event()
        self._client = self._made()

    def _made(self) -> Any:
        settings = self._settings
        kept = settings.habits.session == "persistent"
        timing = settings.timing
        rejoin = mqtt5.ClientSessionBehaviorType
        queue = mqtt5.ClientOperationQueueBehaviorType
        jitter = mqtt5.ExponentialBackoffJitterMode
        return mqtt5_client_builder.mtls_from_path(
            cert_filepath=str(settings.certificate),
            pri_key_filepath=str(settings.key),
            ca_filepath=str(settings.ca),
            endpoint=settings.endpoint,
            port=settings.port,
            client_id=settings.client_id,
            session_behavior=rejoin.REJOIN_ALWAYS if kept else rejoin.CLEAN,
            session_expiry_interval_sec=SESSION_SECONDS if kept else None,
            keep_alive_interval_sec=int(timing.keep_alive),
            ping_timeout_ms=int(timing.ping * 1000),
            # What the SDK would repeat by itself after a clean reconnect, the agent would repeat a second time.
            offline_queue_behavior=queue.FAIL_ALL_ON_DISCONNECT,
            retry_jitter_mode=jitter.FULL,
            min_reconnect_delay_ms=int(timing.reconnect_min * 1000),
            max_reconnect_delay_ms=int(timing.reconnect_max * 1000),
            min_connected_time_to_reset_reconnect_delay_ms=int(timing.reconnect_reset * 1000),
            on_publish_received=self._arrived,
            on_lifecycle_connection_success=self._connected,
            on_lifecycle_connection_failure=self._failed,
            on_lifecycle_disconnection=self._disconnected,
            on_lifecycle_stopped=self._has_stopped,
        )

    def __repr__(self) -> str:
        return "<Link5>"

    def open(self) -> None:
        """Begin to connect; later tries are the client's own."""
        self._client.start()

    def renew(self) -> None:
        """Go on with a new client: it takes up the session, and knows nothing of what was not acknowledged."""
        self._client.stop()
        self._client = self._made()
        self._client.start()

    def subscribe(self, filters: Sequence[str]) -> None:
        """One SUBSCRIBE with all filters; AWS takes at most eight in one."""
        wanted = [mqtt5.Subscription(topic_filter=name, qos=mqtt5.QoS.AT_LEAST_ONCE) for name in filters]
        future = self._client.subscribe(mqtt5.SubscribePacket(subscriptions=wanted))

        def answered(done: object) -> None:
            error = future.exception()
            codes = [] if error else future.result().reason_codes
            refused = [name for name, code in zip(filters, codes, strict=False) if int(code) >= REFUSED]
            if error is None:
                self._post(Subscribed(refused=tuple(refused)))

        future.add_done_callback(answered)

    def publish(self, topic: str, payload: bytes, *, qos: int, ticket: int) -> None:
        """Publish; the ticket comes back with Sent."""
        packet = mqtt5.PublishPacket(topic=topic, payload=payload, qos=mqtt5.QoS(qos))
        future = self._client.publish(packet)

        def done(_: object) -> None:
            # At QoS 0 there is a PUBACK object all the same, without a reason code.
            code = None if future.exception() else getattr(future.result().puback, "reason_code", None)
            self._post(Sent(ticket=ticket, ok=future.exception() is None and int(code or 0) < REFUSED))

        future.add_done_callback(done)

    def close(self) -> None:
        """Send DISCONNECT and wait, at most two seconds, until the client has stopped."""
        self._client.stop(mqtt5.DisconnectPacket())
        self._stopped.wait(2)

    def _arrived(self, data: mqtt5.PublishReceivedData) -> None:
        packet = data.publish_packet
        self._post(Arrived(topic=str(packet.topic), payload=bytes(packet.payload or b"")))

    def _connected(self, data: mqtt5.LifecycleConnectSuccessData) -> None:
        self._post(Connected(session=bool(data.connack_packet.session_present)))

    def _failed(self, data: mqtt5.LifecycleConnectFailureData) -> None:
        self._post(Unreached(reason=str(data.exception), again=False))

    def _disconnected(self, data: mqtt5.LifecycleDisconnectData) -> None:
        packet = data.disconnect_packet
        self._post(Disconnected(reason=str(packet.reason_code) if packet else str(data.exception)))

    def _has_stopped(self, data: mqtt5.LifecycleStoppedData) -> None:
        self._stopped.set()
