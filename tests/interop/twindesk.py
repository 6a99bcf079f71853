"""Two brokers for the same conversations: our endpoint and mosquitto, and paho-mqtt clients that talk to either."""

from __future__ import annotations

import getpass
import itertools
import queue
import socket
import ssl
import subprocess
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from tests.cloud.endpointdesk import OURS, SERVER, Ends, context

MOSQUITTO = "/usr/sbin/mosquitto"
WITHIN = 10.0  # seconds that anything may take
V3, V5 = 4, 5
CONFIG = """
user {user}
listener {port} 127.0.0.1
cafile {folder}/ca.pem
certfile {folder}/server.pem
keyfile {folder}/server.key
require_certificate true
allow_anonymous true
set_tcp_nodelay true
allow_duplicate_messages false
"""


@contextmanager
def our_endpoint() -> Iterator[int]:
    """The port of an endpoint of ours."""
    ends = Ends()
    try:
        yield ends.open().port
    finally:
        ends.close()


@contextmanager
def mosquitto(folder: Path, more: str = "") -> Iterator[int]:
    """The port of a mosquitto with the same certificates; `more` are lines of its configuration."""
    for name, text in (
        ("ca.pem", OURS.certificate_pem),
        ("server.pem", SERVER.certificate_pem),
        ("server.key", SERVER.key_pem),
    ):
        (folder / name).write_bytes(text)
    with socket.create_server(("127.0.0.1", 0)) as plug:
        port = plug.getsockname()[1]
    (folder / "mosquitto.conf").write_text(CONFIG.format(user=getpass.getuser(), port=port, folder=folder) + more)
    command = [MOSQUITTO, "-c", str(folder / "mosquitto.conf")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        said = list(itertools.takewhile(lambda line: "running" not in line, process.stderr or []))
        assert process.poll() is None, "".join(said)
        taker = threading.Thread(target=deque, args=(process.stderr, 0), daemon=True)
        try:
            taker.start()  # a full pipe would stop the broker in the middle of a word
            yield port
        finally:
            process.terminate()
            taker.join(WITHIN)


def properties(kind: int, members: Mapping[str, Any]) -> Properties:
    """paho's properties, by paho's names."""
    made = Properties(kind)  # type: ignore[no-untyped-call]
    for name, value in members.items():
        setattr(made, name, value)
    return made


class Stage:
    """A broker for one conversation: its topics begin with `root`, its clients' ids end with it."""

    numbers = itertools.count(1)

    def __init__(self, port: int, version: int) -> None:
        self.port, self.version = port, version
        self.root = f"t{next(self.numbers)}"
        self._clients: list[Actor] = []

    def connect(self, name: str, **options: Any) -> Actor:
        """A client that is connected; `keep` asks for a session that outlives the connection."""
        actor = Actor(self, name and f"{name}-{self.root}", **options)
        self._clients.append(actor)
        return actor

    def topic(self, text: str) -> str:
        """A topic or filter of this conversation; a reserved one is everybody's."""
        if text.startswith("$share/"):
            group, _, text = text[len("$share/") :].partition("/")
            return f"$share/{group}-{self.root}/{self.root}/{text}"
        return text if text.startswith("$") else f"{self.root}/{text}"

    def close(self) -> None:
        """End what is still connected."""
        for actor in self._clients:
            actor.leave()


class Actor:
    """A paho client; `told` are the messages that it got, as tuples."""

    def __init__(
        self,
        stage: Stage,
        client_id: str,
        *,
        keep: bool = False,
        clean: bool = True,
        will: Mapping[str, Any] | None = None,
        manual: bool = False,
        keep_alive: int = 60,
        **wishes: Any,
    ) -> None:
        self._stage, self._count = stage, itertools.count(1)
        self._arrived, self._events = queue.Queue[MQTTMessage](), queue.Queue[tuple[str, Any]]()
        modern = stage.version == V5
        protocol = MQTTProtocolVersion.MQTTv5 if modern else MQTTProtocolVersion.MQTTv311
        self.client = Client(
            CallbackAPIVersion.VERSION2,
            client_id,
            None if modern else clean and not keep,
            protocol=protocol,
            reconnect_on_failure=False,
            manual_ack=manual,
        )
        self.client.tls_set_context(context())
        self._listen()
        if will:
            self.client.will_set(stage.topic(will["topic"]), **{k: v for k, v in will.items() if k != "topic"})
        more: dict[str, Any] = {}
        if modern:
            wanted = {**({"SessionExpiryInterval": 600} if keep else {}), **wishes}
            more = {"clean_start": clean and not keep, "properties": properties(PacketTypes.CONNECT, wanted)}
        self.client.connect("localhost", stage.port, keep_alive, **more)
        self.client.loop_start()
        self.present, self.connack = self.event("connected")
        self._wait_for_fence = self._fence_filter()

    def _listen(self) -> None:
        put = self._events.put
        self.client.on_message = lambda client, userdata, message: self._arrived.put(message)
        self.client.on_connect = lambda client, userdata, flags, code, told: put(
            ("connected", (flags.session_present, told))
        )
        self.client.on_disconnect = lambda client, userdata, flags, code, told: put(("disconnected", code.value))
        self.client.on_subscribe = lambda client, userdata, number, codes, told: put(
            ("subscribed", [code.value for code in codes])
        )
        self.client.on_unsubscribe = lambda client, userdata, number, codes, told: put(
            ("unsubscribed", [code.value for code in codes])
        )
        self.client.on_publish = lambda client, userdata, number, code, told: put(("published", code.value))

    def _fence_filter(self) -> str:
        """Every client hears of its own fences; a session that was there before has the subscription still."""
        fence = f"{self._stage.root}-fence/{id(self)}"
        self.client.subscribe(fence, 1)
        self.event("subscribed")
        return fence

    def event(self, name: str) -> Any:
        """The next event, which must be this one; what it told."""
        found, told = self._events.get(timeout=WITHIN)
        assert found == name, f"{found} {told}, expected {name}"
        return told

    def subscribe(self, *filters: str, qos: int = 1, **options: Any) -> list[int]:
        """The codes of the SUBACK."""
        topics = [self._stage.topic(one) for one in filters]
        if self._stage.version == V5:
            self.client.subscribe([(topic, SubscribeOptions(qos, **options)) for topic in topics])
        else:
            self.client.subscribe([(topic, qos) for topic in topics])
        return list(self.event("subscribed"))

    def unsubscribe(self, *filters: str) -> list[int]:
        """The codes of the UNSUBACK; none with 3.1.1."""
        self.client.unsubscribe([self._stage.topic(one) for one in filters])
        return list(self.event("unsubscribed"))

    def publish(
        self, topic: str, payload: str | bytes = "x", qos: int = 1, retain: bool = False, **members: Any
    ) -> int:
        """The code of the PUBACK; 0 at QoS 0."""
        more = {"properties": properties(PacketTypes.PUBLISH, members)} if members else {}
        self.client.publish(topic and self._stage.topic(topic), payload, qos, retain, **more)
        return int(self.event("published"))

    def told(self, sender: Actor | None = None, *shown: str) -> list[tuple[Any, ...]]:
        """What has come, up to what `sender` has published so far: (topic, payload, QoS, retained), and what is shown.

        A fence says so: a message of the same sender that comes behind all others.
        """
        word = f"{next(self._count)}"
        (sender or self).client.publish(self._wait_for_fence, word, 1)
        (sender or self).event("published")
        found: list[MQTTMessage] = []
        while (message := self._arrived.get(timeout=WITHIN)).topic != self._wait_for_fence:
            found.append(message)
        return [self._row(message, shown) for message in found]

    def next(self, *shown: str) -> tuple[Any, ...]:
        """The next message, waited for."""
        return self._row(self._arrived.get(timeout=WITHIN), shown)

    def _row(self, message: MQTTMessage, shown: tuple[str, ...]) -> tuple[Any, ...]:
        topic = message.topic.removeprefix(f"{self._stage.root}/")
        payload = message.payload.decode() if len(message.payload) < 100 else len(message.payload)
        row = (topic, payload, message.qos, message.retain)
        if shown == ("dup",):
            return (*row, message.dup)
        return (*row, *(getattr(message.properties, name, None) for name in shown))

    def leave(self, reason: str | None = None) -> None:
        """A DISCONNECT, with MQTT 5's `reason`, and the end; nothing when it is over already."""
        if self.client.is_connected():
            self.client.disconnect(ReasonCode(PacketTypes.DISCONNECT, reason) if reason else None)
        self.client.loop_stop()

    def drop(self) -> None:
        """The connection is lost, without a DISCONNECT."""
        plug = self.client.socket()
        assert isinstance(plug, ssl.SSLSocket)
        socket.socket.shutdown(plug, socket.SHUT_RDWR)  # below TLS, which would say goodbye
        self.client.loop_stop()
