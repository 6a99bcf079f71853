"""A device made of a blocking TLS socket and the codec: sends and reads packets, and bytes, one at a time."""

from __future__ import annotations

import socket
import ssl
from typing import Any

from rigs.mqtt.codec import Framer, decode, encode
from rigs.mqtt.packets import Connect, Packet, Publish, Subscribe, Subscription

WITHIN = 10.0  # seconds until a read that brings nothing fails


class RawDevice:
    """Connected by TLS when it is made; the CONNECT is sent by `connect`."""

    def __init__(self, port: int, context: ssl.SSLContext, version: int = 4) -> None:
        self.version = version
        plug = socket.create_connection(("127.0.0.1", port), timeout=WITHIN)
        try:
            self.socket = context.wrap_socket(plug, server_hostname="localhost")
        except OSError:
            plug.close()
            raise
        self._framer, self._packets = Framer(), list[Packet]()

    def __enter__(self) -> RawDevice:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def connect(self, client_id: str = "bench-7", **members: Any) -> Packet | None:
        """The CONNACK, or None when the connection was closed instead."""
        self.send(Connect(version=self.version, client_id=client_id, **members))
        return self.read()

    def send(self, packet: Packet) -> None:
        self.socket.sendall(encode(packet, self.version))

    def subscribe(self, *filters: str, qos: int = 1) -> Packet | None:
        wishes = tuple(Subscription(filter=one, qos=qos) for one in filters)
        self.send(Subscribe(packet_id=1, filters=wishes))
        return self.read()

    def publish(self, topic: str, payload: bytes = b"{}", packet_id: int = 2) -> None:
        self.send(Publish(topic=topic, payload=payload, qos=1, packet_id=packet_id))

    def read(self) -> Packet | None:
        """The next packet; None when the server has closed the connection."""
        while not self._packets:
            data = self.socket.recv(65536)
            if not data:
                return None
            self._packets += (decode(raw, self.version) for raw in self._framer.feed(data))
        return self._packets.pop(0)
