"""The local cloud's speed and size, beside mosquitto with a responder client in the same run.

    python -m benchmarks.service [--runs 5] [--requests 1000] [--devices 200 1000]

1. UpdateJobExecution, request to reply, over mutual TLS 1.3: the local cloud against mosquitto (`set_tcp_nodelay true`)
   with a client behind it that answers from the same Jobs service. One device, one request at a time, runs in turn
   A B A B; the ratio is taken pair by pair. Without mosquitto the ratio is left out.
2. Connected devices in one process: resident memory a connection, whether each is served, and the longest turn of the
   loop while 50 devices shake hands at once.
"""

from __future__ import annotations

import argparse
import json
import os
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.desk import Client, broker, mosquitto, resident, spread, start, timed, update, verdict
from rigs.cloud.local import LocalCloud
from rigs.jobs.service import JobsService
from rigs.loop import LoopThread
from rigs.mqtt.packets import Publish
from rigs.net.certs import Authority, Pair
from rigs.net.policy import client_context

THING = "bench-0"
TARGET_RATIO, AIM_RATIO = 0.7, 0.5
TARGET_KIB, TARGET_LAG = 48, 0.020
STORM = 50


def filled(things: list[str]) -> JobsService:
    """A Jobs service with one job for these things."""
    service = JobsService()
    fill(service, things, time.time())
    return service


def fill(service: JobsService, things: list[str], now: float) -> None:
    """One job for a group of these things."""
    calls = service.operations.by_name
    group = calls["CreateThingGroup"]({"thingGroupName": "bench"}, now)[0]["thingGroupArn"]
    for thing in things:
        calls["CreateThing"]({"thingName": thing}, now)
        calls["AddThingToThingGroup"]({"thingGroupName": "bench", "thingName": thing}, now)
    calls["CreateJob"]({"jobId": "bench", "targets": [group], "document": "{}"}, now)


# the local cloud, in a process of its own


def serve(folder: Path, devices: int) -> None:
    """The child: says its port, certificate and key, then answers each line on standard input with size and lag."""
    loop = LoopThread("cloud")
    cloud = LocalCloud(loop, folder)
    things = [f"bench-{number}" for number in range(devices)]
    certificate, key = cloud.issue_device(things[0])
    for thing in things[1:]:
        cloud.register(thing, certificate.read_bytes())
    cloud.start()
    loop.call(fill, cloud.service, things, cloud.now())
    told = {"port": cloud.mqtt[1], "ca": str(cloud.ca_file), "certificate": str(certificate), "key": str(key)}
    print(json.dumps(told), flush=True)
    for _ in sys.stdin:
        print(json.dumps({"rss": resident(os.getpid()), "lag": loop.lag}), flush=True)
        loop.lag = 0.0
    cloud.stop()
    loop.stop()


class Cloud:
    """The child process seen from here."""

    def __init__(self, folder: Path, devices: int) -> None:
        command = [sys.executable, "-m", "benchmarks.service", "--serve", str(folder), "--devices", str(devices)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        told = self._line()
        self.port = int(told["port"])
        certificate, key = Path(told["certificate"]), Path(told["key"])
        self.device = Pair(certificate_pem=certificate.read_bytes(), key_pem=key.read_bytes())
        self.ca = Path(told["ca"]).read_bytes()
        self.context = client_context(pair=self.device, ca=self.ca)

    def look(self) -> dict[str, float]:
        """Resident bytes, and the longest turn of the loop since the last look, in seconds."""
        assert self._process.stdin is not None
        self._process.stdin.write("look\n")
        self._process.stdin.flush()
        return self._line()

    def close(self) -> None:
        self._process.communicate()

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found


@contextmanager
def cloud(devices: int = 1) -> Iterator[Cloud]:
    with tempfile.TemporaryDirectory() as folder:
        child = Cloud(Path(folder), devices)
        try:
            yield child
        finally:
            child.close()


# mosquitto with a responder client


@contextmanager
def rival(program: str) -> Iterator[tuple[int, ssl.SSLContext]]:
    """mosquitto on a free port, with a responder in a process of its own: its port and a device's context."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        authority = Authority.make("bench")
        device = authority.issue(THING, client=True)
        device.write(folder, "device")
        port = broker(stack, program, folder, authority)
        context = client_context(pair=device, ca=authority.certificate_pem)
        responder = start(stack, [sys.executable, "-m", "benchmarks.service", "--respond", str(folder), str(port)])
        assert responder.stdout is not None
        responder.stdout.readline()
        yield port, context


def respond(folder: Path, port: int) -> None:
    """The responder: a client of mosquitto that answers update requests from a Jobs service of its own."""
    pair = Pair(certificate_pem=(folder / "device.crt").read_bytes(), key_pem=(folder / "device.key").read_bytes())
    client = Client(port, client_context(pair=pair, ca=(folder / "ca.crt").read_bytes()), "responder")
    client.subscribe("$aws/things/+/jobs/+/update")
    service = filled([THING])
    print("ready", flush=True)
    while True:
        request = client.until(Publish)
        for one in service.handle("device", request.topic, request.payload, time.time()) or []:
            client.send(Publish(topic=one.topic, payload=json.dumps(one.payload, separators=(",", ":")).encode()))


# the two parts


def latency(runs: int, requests: int) -> None:
    """Part 1."""
    program = mosquitto()
    ours: list[float] = []
    theirs: list[float] = []
    with ExitStack() as stack:
        child = stack.enter_context(cloud())
        sides: list[tuple[list[float], Client]] = [(ours, Client(child.port, child.context, "device"))]
        if program:
            port, context = stack.enter_context(rival(program))
            other = Client(port, context, "device")
            other.subscribe(f"$aws/things/{THING}/jobs/bench/update/accepted")
            sides.append((theirs, other))

        def turn(client: Client) -> None:
            update(client, THING)

        for _, client in sides:
            timed(turn, client, requests // 10)
        for _ in range(runs):
            for found, client in sides:
                found.append(timed(turn, client, requests))
        for _, client in sides:
            client.close()
    print(f"update, request to reply over mutual TLS, median of {runs} runs of {requests}:")
    print(f"  local cloud            {statistics.median(ours):7.0f} µs   ({spread(ours)})")
    if not program:
        print("  mosquitto is not here, so there is no ratio")
        return
    ratios = [one / two for one, two in zip(ours, theirs, strict=True)]
    print(f"  mosquitto + responder  {statistics.median(theirs):7.0f} µs   ({spread(theirs)})")
    text = f"{statistics.median(ratios):.2f}  ({spread(ratios, '.2f')}); limit {TARGET_RATIO}, aim {AIM_RATIO}"
    print(f"  ratio, pair by pair       {text}{verdict(statistics.median(ratios) <= TARGET_RATIO)}")


def size(devices: int) -> None:
    """Part 2."""
    with cloud(devices) as child, ThreadPoolExecutor(STORM) as pool:
        pool.submit(Client, child.port, child.context, "warm").result().close()
        before = child.look()["rss"]

        def connect(number: int) -> Client:
            return Client(child.port, child.context, f"device-{number}")

        begin = time.perf_counter()
        clients = list(pool.map(connect, range(min(STORM, devices))))
        storm = child.look()["lag"]
        clients += pool.map(connect, range(STORM, devices))
        up = time.perf_counter() - begin
        each = (child.look()["rss"] - before) / devices / 1024
        served = list(pool.map(lambda pair: serve_one(*pair), enumerate(clients)))
        after = child.look()
        for client in clients:
            client.close()
    print(f"{devices} mutual-TLS devices in one process:")
    print(f"  memory      {each:6.1f} KiB each; limit {TARGET_KIB}{verdict(each <= TARGET_KIB)}")
    print(f"  served      {sum(served)} of {devices}{verdict(all(served))}; all up in {up:.1f} s")
    text = f"{storm * 1000:6.1f} ms while {STORM} handshake at once; limit {TARGET_LAG * 1000:.0f}"
    print(f"  loop lag    {text}{verdict(storm <= TARGET_LAG)}; {after['lag'] * 1000:.1f} ms while all are served")


def serve_one(number: int, client: Client) -> bool:
    update(client, f"bench-{number}")
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--devices", type=int, nargs="*", default=[200, 1000])
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--respond", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    roles: dict[bool, Callable[[], None]] = {
        given.serve is not None: lambda: serve(given.serve, given.devices[0]),
        given.respond is not None: lambda: respond(Path(given.respond[0]), int(given.respond[1])),
    }
    if True in roles:
        roles[True]()
        return
    latency(given.runs, given.requests)
    for devices in given.devices:
        size(devices)


if __name__ == "__main__":
    main()
