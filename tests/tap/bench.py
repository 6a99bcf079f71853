"""A tap between a small MQTT server and devices made of plain TLS sockets; all parts are real, on loopback."""

from __future__ import annotations

import socket
import ssl
from datetime import timedelta
from typing import Any

import msgspec

from rigs.loop import LoopThread
from rigs.mqtt.codec import Framer, MalformedPacket, decode, encode
from rigs.mqtt.packets import Connack, Connect, Packet, Pingreq, Pingresp, Puback, Publish, Suback, Subscribe
from rigs.net.certs import Authority
from rigs.net.policy import client_context
from rigs.net.tls import Ending, Facts, Listener, Side, TlsLink, listen
from rigs.tap.proxy import Tap, Terms
from rigs.tap.upstream import Upstream
from rigs.tap.worker import Worker
from rigs.trace.records import AnyRecord, Fault, Header, Link
from rigs.trace.records import Packet as PacketRecord
from rigs.trace.store import Trace

HOST = "127.0.0.1"
WITHIN = timedelta(seconds=10)


class FarConnection:
    """The server's side of a connection: acknowledges what is asked, answers updates, keeps what came and the end."""

    def __init__(self, far: Far) -> None:
        self.ended = ""
        self.got: list[Packet] = []
        self.link: TlsLink | None = None
        self._framer, self._version = Framer(), 4
        far.connections.append(self)

    def opened(self, link: TlsLink, facts: Facts) -> None:
        self.link = link

    def refused(self, facts: Facts, alert: str | None, reason: str) -> None:
        self.ended = reason

    def closed(self, reason: str, by: Side) -> None:
        self.ended = f"{reason} by {by}"

    def received(self, data: bytes) -> None:
        for raw in self._framer.feed(data):
            try:
                packet = decode(raw, self._version)
            except MalformedPacket:
                assert self.link is not None
                self.link.close(Ending.FIN)
                return
            self.got.append(packet)
            for reply in self._replies(packet):
                self.send(reply)

    def send(self, packet: Packet) -> None:
        assert self.link is not None
        self.link.send(encode(packet, self._version))

    def _replies(self, packet: Packet) -> list[Packet]:
        match packet:
            case Connect(version=version):
                self._version = version
                return [Connack()]
            case Subscribe(packet_id=number, filters=filters):
                return [Suback(packet_id=number, codes=tuple(wish.qos for wish in filters))]
            case Pingreq():
                return [Pingresp()]
            case Publish(packet_id=int(number), topic=topic):
                return [Puback(packet_id=number), Publish(topic=f"{topic}/accepted", payload=b'{"timestamp":9}')]
        return []


class Far:
    """The server behind the tap."""

    def __init__(self, loop: LoopThread, context: ssl.SSLContext) -> None:
        self.connections: list[FarConnection] = []
        self._loop = loop
        self.listener: Listener = loop.run(listen(HOST, 0, context, lambda: FarConnection(self)))

    def send(self, packet: Packet) -> None:
        """Send to the newest connection."""
        self._loop.call(self.connections[-1].send, packet)

    def stop(self) -> None:
        self._loop.call(self.listener.close)
        self._loop.call(self.listener.cut)


class Device:
    """A device on a blocking socket."""

    def __init__(self, port: int, context: ssl.SSLContext, version: int = 4) -> None:
        self.version = version
        self._framer = Framer()
        self._packets: list[Packet] = []
        plain = socket.create_connection((HOST, port), timeout=10)
        self.socket = context.wrap_socket(plain, server_hostname="tap.test")

    def connect(self, client_id: str = "bench-7") -> Device:
        """CONNECT, and wait for CONNACK."""
        self.send(Connect(version=self.version, client_id=client_id))
        assert isinstance(self.receive(), Connack)
        return self

    def send(self, packet: Packet) -> None:
        self.socket.sendall(encode(packet, self.version))

    def receive(self) -> Packet:
        """The next packet; raises EOFError or ConnectionResetError when the connection has ended."""
        while not self._packets:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError
            self._packets += [decode(raw, self.version) for raw in self._framer.feed(data)]
        return self._packets.pop(0)

    def ended(self) -> bool:
        """Wait for the end of the connection."""
        try:
            while True:
                self.receive()
        except (EOFError, ConnectionResetError, ssl.SSLError):
            return True

    def reset(self) -> None:
        """End abruptly."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()


class Bench:
    """Loop, server, tap, worker and trace."""

    def __init__(self) -> None:
        authority = Authority.make(ec=True)
        server = authority.issue("tap.test", dns=["tap.test"], ips=[HOST], ec=True)
        client = authority.issue("bench-7", ec=True, client=True)
        self.loop, self.trace, self.worker = LoopThread("tap-test"), Trace(Header()), Worker("tap-test")
        self.client = client_context(pair=client, ca=authority.certificate_pem)
        self.strangers = client_context(
            pair=Authority.make("another CA", ec=True).issue("x", ec=True, client=True), ca=authority.certificate_pem
        )
        self.terms = Terms(pair=server, authority=authority, client_ca=authority.certificate_pem)
        self.far = Far(self.loop, self.terms.context())
        self.tap = Tap(
            self.loop,
            self.trace,
            host=HOST,
            terms=self.terms,
            upstream=Upstream(
                host=HOST,
                port=self.far.listener.port,
                context=client_context(pair=client, ca=authority.certificate_pem),
                server_name="tap.test",
            ),
            worker=self.worker,
        )
        self.devices: list[Device] = []
        self.wrong: list[dict[str, Any]] = []
        self.loop.loop.set_exception_handler(lambda _, context: self.wrong.append(context))
        self.tap.start()

    def device(self, version: int = 4) -> Device:
        """A device whose handshake is done."""
        device = Device(self.tap.port, self.client, version)
        self.devices.append(device)
        return device

    def close(self) -> None:
        for device in self.devices:
            device.socket.close()
        self.tap.stop()
        self.far.stop()
        self.worker.stop()
        self.loop.stop()

    def wait(self, fact: Any, since: int = 0) -> AnyRecord:
        """Wait for a record."""
        return self.trace.wait_for(fact, since=since, within=WITHIN)

    def link(self, since: int = 0, **members: Any) -> AnyRecord:
        """Wait for a Link record with these members."""
        return self.wait(lambda record: isinstance(record, Link) and _has(record, members), since)

    def packet(self, since: int = 0, **members: Any) -> AnyRecord:
        """Wait for a Packet record with these members."""
        return self.wait(lambda record: isinstance(record, PacketRecord) and _has(record, members), since)

    def fault(self, event: str, since: int = 0) -> AnyRecord:
        """Wait for a Fault record."""
        return self.wait(lambda record: isinstance(record, Fault) and record.event == event, since)


def _has(record: AnyRecord, members: dict[str, Any]) -> bool:
    return all(getattr(record, name) == value for name, value in members.items())


def update(number: int, **body: Any) -> Publish:
    """A report of the device."""
    topic = "$aws/things/bench-7/jobs/job-1/update"
    return Publish(topic=topic, payload=msgspec.json.encode(body), qos=1, packet_id=number)
