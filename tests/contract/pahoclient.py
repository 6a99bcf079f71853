"""A device on a client library that is not ours: paho-mqtt, MQTT 3.1.1 or 5, over mutual TLS."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tests.contract.access import Access, Missing

NOTHING = object()  # what a wait ends with when the connection is gone
EXPIRY = 300  # seconds an MQTT 5 session outlives its connection, when it is to be kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What came; `number` counts the messages of a client."""

    number: int
    topic: str
    payload: bytes
    qos: int
    retain: bool

    def __repr__(self) -> str:
        return f"<{self.topic} q{self.qos} {self.payload[:300].decode(errors='replace')}>"


class PahoClient:
    """Connected when it is made; `within` bounds every wait, in seconds."""

    def __init__(self, access: Access, name: str, version: int, *, within: float, clean: bool = True) -> None:
        self.name, self._within = name, within
        self._there = threading.Condition()
        self._inbox: list[Message] = []
        self._events: list[str] = []
        self._gone: str | None = None
        self._count = 0
        self._client = self._made(access, version, clean)
        self._connect(access, version, clean)

    def __repr__(self) -> str:
        return f"<PahoClient {self.name} {len(self._inbox)} unread>"

    def subscribe(self, filters: list[str], qos: int = 1) -> None:
        """Subscribe and wait for the SUBACK; raises Missing when one is refused."""
        if filters:
            self._client.subscribe([(one, qos) for one in filters])
            self._await(lambda: self._event("subscribed"), f"SUBACK for {filters}")

    def publish(self, topic: str, payload: bytes, *, qos: int, retain: bool = False) -> None:
        """Hand a message to the library."""
        self._client.publish(topic, payload, qos=qos, retain=retain)

    def next(self, wanted: Callable[[Message], bool], what: str) -> Message:
        """Take the first message that is wanted; raises Missing after the bound."""

        def found() -> Message | None:
            return next((one for one in self._inbox if wanted(one)), None)

        message: Message = self._await(found, what)
        with self._there:
            self._inbox.remove(message)
        return message

    def unread(self) -> list[Message]:
        """What has come and was not taken; it is forgotten."""
        with self._there:
            taken, self._inbox = self._inbox, []
        return taken

    def stop(self) -> None:
        """Disconnect and end the library's thread."""
        self._client.disconnect()
        self._client.loop_stop()

    def _made(self, access: Access, version: int, clean: bool) -> mqtt.Client:
        old = {"clean_session": clean} if version == 4 else {}
        protocol = mqtt.MQTTv311 if version == 4 else mqtt.MQTTv5
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=access.prefix + self.name,
            protocol=protocol,
            reconnect_on_failure=False,
            **old,  # type: ignore[arg-type]
        )
        client.tls_set_context(access.context)
        client.on_connect = lambda *args: self._told("connected" if args[3] == 0 else f"refused: {args[3]}")
        client.on_subscribe = lambda *args: self._told(_suback(args[3]))
        client.on_disconnect = lambda *args: self._lost(str(args[3]))
        client.on_message = self._arrived
        client.on_socket_open = lambda *args: args[2].setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return client

    def _connect(self, access: Access, version: int, clean: bool) -> None:
        more: dict[str, Any] = {}
        if version == 5:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = 0 if clean else EXPIRY
            more = {"clean_start": clean, "properties": properties}
        self._client.connect(access.host, access.port, **more)
        self._client.loop_start()
        self._await(lambda: self._event("connected"), "CONNACK")

    def _await(self, fact: Callable[[], Any], what: str) -> Any:
        with self._there:
            value = self._there.wait_for(lambda: fact() or (self._gone and NOTHING), timeout=self._within)
            if value and value is not NOTHING:
                return value
            why = f"the connection was closed ({self._gone})" if self._gone else f"nothing within {self._within:g} s"
            raise Missing(f"{self.name}: no {what}: {why}; unread: {self._inbox}, told: {self._events}")

    def _event(self, name: str) -> bool:
        if name in self._events:
            self._events.remove(name)
            return True
        return False

    def _told(self, event: str) -> None:
        with self._there:
            self._events.append(event)
            self._there.notify_all()

    def _lost(self, why: str) -> None:
        with self._there:
            self._gone = why
            self._there.notify_all()

    def _arrived(self, client: Any, userdata: Any, message: mqtt.MQTTMessage) -> None:
        with self._there:
            self._count += 1
            came = Message(
                number=self._count,
                topic=message.topic,
                payload=bytes(message.payload),
                qos=message.qos,
                retain=message.retain,
            )
            self._inbox.append(came)
            self._there.notify_all()


def _suback(codes: list[Any]) -> str:
    refused = [str(code) for code in codes if code.is_failure]
    return f"subscription refused: {refused}" if refused else "subscribed"
