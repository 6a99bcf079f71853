"""What the benchmarks share: a client that measures, processes beside this one, mosquitto where it is installed."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import statistics
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rigs.mqtt.codec import Framer, decode, encode
from rigs.mqtt.packets import Connack, Connect, Packet, Puback, Publish, Suback, Subscribe, Subscription
from rigs.net.certs import Authority


class Client:
    """A blocking MQTT 3.1.1 client on a TLS socket: the least that can be measured with, the same for both sides."""

    def __init__(self, port: int, context: ssl.SSLContext, client_id: str) -> None:
        raw = socket.create_connection(("127.0.0.1", port))
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = context.wrap_socket(raw, server_hostname="localhost")
        self._framer, self._packets = Framer(), []  # type: tuple[Framer, list[Packet]]
        self.send(Connect(client_id=client_id, keep_alive=1200))
        self.until(Connack)

    def send(self, packet: Packet) -> None:
        self._socket.sendall(encode(packet, 4))

    def next(self) -> Packet:
        while not self._packets:
            data = self._socket.recv(65536)
            if not data:
                raise ConnectionError("the server has closed the connection")
            self._packets = [decode(raw, 4) for raw in self._framer.feed(data)]
        return self._packets.pop(0)

    def until(self, kind: type) -> Any:
        while not isinstance(packet := self.next(), kind):
            pass
        return packet

    def subscribe(self, topic: str, qos: int = 0) -> None:
        self.send(Subscribe(packet_id=1, filters=(Subscription(filter=topic, qos=qos),)))
        self.until(Suback)

    def close(self) -> None:
        self._socket.close()


def update(client: Client, thing: str) -> None:
    """One report of progress: sent at QoS 1, done when it is acknowledged and accepted."""
    topic = f"$aws/things/{thing}/jobs/bench/update"
    client.send(Publish(topic=topic, payload=b'{"status":"IN_PROGRESS"}', qos=1, packet_id=7))
    wanted = {Puback, Publish}
    while wanted:
        packet = client.next()
        if isinstance(packet, Publish) and not packet.topic.endswith("/update/accepted"):
            raise RuntimeError(f"the update was not accepted: {packet.payload!r}")
        wanted.discard(type(packet))


Turn = Callable[[Client], None]


def timed(turn: Turn, client: Client, requests: int) -> float:
    """The median of so many round trips, in microseconds."""
    found = []
    for _ in range(requests):
        begin = time.perf_counter()
        turn(client)
        found.append(time.perf_counter() - begin)
    return statistics.median(found) * 1e6


def resident(process: int) -> int:
    """Resident memory of a process, in bytes."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def mosquitto() -> str | None:
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def start(stack: ExitStack, command: list[str]) -> subprocess.Popen[str]:
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    stack.callback(process.communicate)
    stack.callback(process.terminate)
    return process


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def await_port(port: int) -> None:
    end = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            threading.Event().wait(0.02)


def spread(found: list[float], form: str = ".0f") -> str:
    return f"{min(found):{form}} to {max(found):{form}}"


def verdict(good: bool) -> str:
    return "" if good else "   MISSED"


def broker(stack: ExitStack, program: str, folder: Path, authority: Authority) -> int:
    """mosquitto behind mutual TLS on a free port of 127.0.0.1; returns the port when it answers."""
    authority.issue("localhost", dns=["localhost"]).write(folder, "server")
    (folder / "ca.crt").write_bytes(authority.certificate_pem)
    port = free_port()
    (folder / "conf").write_text(
        f"listener {port} 127.0.0.1\ncafile {folder}/ca.crt\n"
        f"certfile {folder}/server.crt\nkeyfile {folder}/server.key\n"
        "require_certificate true\nallow_anonymous true\nset_tcp_nodelay true\nlog_type none\nuser root\n"
    )
    start(stack, [program, "-c", str(folder / "conf")])
    await_port(port)
    return port
