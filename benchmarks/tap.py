"""What the tap costs, beside asyncio's own TLS forwarder in the same run.

    python -m benchmarks.tap [--runs 5] [--requests 1000] [--devices 200 1000]

1. A PUBLISH of 200 bytes at QoS 1 to its PUBACK, mutual TLS on both legs, to mosquitto (`set_tcp_nodelay true`), in
   turn: direct, through a forwarder made of asyncio's streams and TLS that neither parses nor records, and through the
   tap with its trace on and flushed to a file. The ratio is tap to forwarder, pair by pair. The same with an update of
   a job execution to the local cloud, which is answered and accepted, and read by meaning.
2. Tapped connections in one process: resident memory each (both legs).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import ssl
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.desk import Client, Turn, broker, mosquitto, resident, spread, timed, update, verdict
from benchmarks.service import STORM, cloud
from rigs.loop import LoopThread
from rigs.mqtt.packets import Puback, Publish
from rigs.net.certs import Authority, Pair
from rigs.net.policy import client_context
from rigs.tap.proxy import Tap, Terms
from rigs.tap.upstream import Upstream
from rigs.tap.worker import Worker
from rigs.trace.records import Header
from rigs.trace.store import Trace

LIMIT, AIM, LIMIT_KIB = 1.2, 1.0, 96
MESSAGE = Publish(topic="devices/bench-0/state", payload=b"x" * 172, qos=1, packet_id=7)


def publish(client: Client) -> None:
    client.send(MESSAGE)
    client.until(Puback)


# the two that stand between, each in a process of its own


class Between:
    """A child process between device and server; `told` are its words, one line of JSON at a time."""

    def __init__(self, kind: str, folder: Path, upstream: int, context: ssl.SSLContext) -> None:
        self.context = context
        command = [sys.executable, "-m", "benchmarks.tap", "--stand", kind, str(folder), str(upstream)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self._line()["port"])

    def resident(self) -> int:
        """Bytes."""
        return resident(self._process.pid)

    def close(self) -> None:
        self._process.communicate()

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found


def contexts(folder: Path) -> tuple[Terms, ssl.SSLContext]:
    """Towards the device, and towards the server."""
    authority, upstream = Authority.open(folder), (folder / "upstream.crt").read_bytes()
    near = Terms(pair=pair(folder, "server"), authority=authority, client_ca=authority.certificate_pem)
    return near, client_context(pair=pair(folder, "device"), ca=upstream)


def pair(folder: Path, name: str) -> Pair:
    return Pair(certificate_pem=(folder / f"{name}.crt").read_bytes(), key_pem=(folder / f"{name}.key").read_bytes())


def stand(kind: str, folder: Path, upstream: int) -> None:
    """The child."""
    near, far = contexts(folder)
    loop = LoopThread(kind)
    if kind == "tap":
        trace = Trace(Header(rig="bench"), folder / "trace.jsonl")
        tap = Tap(
            loop,
            trace,
            host="127.0.0.1",
            terms=near,
            upstream=Upstream(host="127.0.0.1", port=upstream, context=far, server_name="localhost"),
            worker=Worker(),
        )
        tap.start()
        port = tap.port
    else:
        port = loop.run(forward(near.context(), far, upstream))
    print(json.dumps({"port": port}), flush=True)
    sys.stdin.read()
    loop.stop()


async def forward(near: ssl.SSLContext, far: ssl.SSLContext, upstream: int) -> int:
    """asyncio's own TLS on both sides, bytes passed on as they come; returns the port."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", upstream, ssl=far, server_hostname="localhost")
        await asyncio.gather(pump(reader, back), pump(there, writer), return_exceptions=True)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=near)
    kept.append(server)
    return int(server.sockets[0].getsockname()[1])


kept: list[asyncio.Server] = []


@contextmanager
def between(kinds: list[str], upstream: int, upstream_ca: bytes, device: Pair) -> Iterator[dict[str, Between]]:
    """Those that stand between, before one server."""
    with ExitStack() as stack:
        found = {}
        authority = Authority.make("bench tap")
        for kind in kinds:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            authority.issue("localhost", dns=["localhost"]).write(folder, "server")
            authority.issue("bench-0", client=True).write(folder, "near")
            device.write(folder, "device")
            authority.pair.write(folder, "ca")
            (folder / "upstream.crt").write_bytes(upstream_ca)
            context = client_context(pair=pair(folder, "near"), ca=authority.certificate_pem)
            child = Between(kind, folder, upstream, context)
            stack.callback(child.close)
            found[kind] = child
        yield found


def compared(title: str, upstream: int, ca: bytes, device: Pair, turn: Turn, runs: int, requests: int) -> None:
    """Direct, forwarder and tap in turn, before one server."""
    with between(["forwarder", "tap"], upstream, ca, device) as stands, ExitStack() as stack:
        clients = {"direct": Client(upstream, client_context(pair=device, ca=ca), "direct")}
        clients |= {kind: Client(child.port, child.context, kind) for kind, child in stands.items()}
        found: dict[str, list[float]] = {name: [] for name in clients}
        for client in clients.values():
            stack.callback(client.close)
            timed(turn, client, requests // 10)
        for _ in range(runs):
            for name, client in clients.items():
                found[name].append(timed(turn, client, requests))
    print(f"{title}, median of {runs} runs of {requests}:")
    for name, times in found.items():
        print(f"  {name:10} {statistics.median(times):7.0f} µs   ({spread(times)})")
    ratios = [one / two for one, two in zip(found["tap"], found["forwarder"], strict=True)]
    middle = statistics.median(ratios)
    text = f"{middle:.2f}  ({spread(ratios, '.2f')}); limit {LIMIT}, aim {AIM}"
    print(f"  tap to forwarder {text}{verdict(middle <= LIMIT)}")


def latency(runs: int, requests: int) -> None:
    """Part 1."""
    program = mosquitto()
    if program:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            authority = Authority.make("bench")
            port = broker(stack, program, folder, authority)
            device = authority.issue("bench-0", client=True)
            title = "PUBLISH to PUBACK of mosquitto"
            compared(title, port, authority.certificate_pem, device, publish, runs, requests)
    else:
        print("mosquitto is not here: only the local cloud stands behind the tap")
    with cloud() as child:
        title = "update of a job execution, request to reply of the local cloud"
        compared(title, child.port, child.ca, child.device, lambda client: update(client, "bench-0"), runs, requests)


def size(devices: int) -> None:
    """Part 2."""
    with cloud() as child, between(["tap"], child.port, child.ca, child.device) as stands:
        tap = stands["tap"]
        with ThreadPoolExecutor(STORM) as pool:
            pool.submit(Client, tap.port, tap.context, "warm").result().close()
            before = tap.resident()
            clients = list(pool.map(lambda number: Client(tap.port, tap.context, f"device-{number}"), range(devices)))
            each = (tap.resident() - before) / devices / 1024
        for client in clients:
            client.close()
    print(f"{devices} tapped connections: {each:.1f} KiB each; limit {LIMIT_KIB}{verdict(each <= LIMIT_KIB)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--devices", type=int, nargs="*", default=[200, 1000])
    parser.add_argument("--stand", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.stand:
        kind, folder, upstream = given.stand
        stand(kind, Path(folder), int(upstream))
        return
    latency(given.runs, given.requests)
    for devices in given.devices:
        size(devices)


if __name__ == "__main__":
    main()
