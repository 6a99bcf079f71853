"""The local cloud as a process of its own: `jobrig cloud`."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rigs.cloud.local import LocalCloud
from rigs.cloud.settings import CLOCK
from rigs.loop import LoopThread


def run(
    folder: Path,
    host: str = "127.0.0.1",
    mqtt_port: int = 0,
    http_port: int = 0,
    things: Sequence[str] = (),
    *,
    with_parent: bool = False,
    say: Callable[[str], Any] = print,
) -> None:
    """Serve until SIGTERM or SIGINT, or with `with_parent` until standard input ends; on the main thread.

    Says one line of JSON: the addresses, the CA file, and each thing's certificate and key file. Raises OSError when a
    port is taken.
    """
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    loop = LoopThread("cloud")
    try:
        cloud = LocalCloud(loop, folder, host=host, mqtt_port=mqtt_port, http_port=http_port)
        devices = {thing: _device(cloud, loop, thing) for thing in things}
        cloud.start()
        say(json.dumps(addresses(cloud, devices)))
        sys.stdout.flush()
        if with_parent:
            threading.Thread(target=_end_with_stdin, args=(over,), daemon=True).start()
        over.wait()
        cloud.stop()
    finally:
        loop.stop()


def addresses(cloud: LocalCloud, devices: dict[str, dict[str, str]]) -> dict[str, Any]:
    """What somebody needs to use a cloud that runs elsewhere."""
    host, port = cloud.mqtt
    return {
        "mqtt": {"host": host, "port": port},
        "http": cloud.http_url,
        "clock": f"{cloud.http_url}{CLOCK}",
        "ca": str(cloud.ca_file),
        "things": devices,
    }


def _device(cloud: LocalCloud, loop: LoopThread, thing: str) -> dict[str, str]:
    certificate, key = cloud.issue_device(thing)
    loop.call(cloud.service.operations.by_name["CreateThing"], {"thingName": thing}, cloud.clock.now())
    return {"certificate": str(certificate), "key": str(key)}


def _end_with_stdin(over: threading.Event) -> None:
    sys.stdin.buffer.read()
    over.set()


def main(arguments: Sequence[str] | None = None) -> None:
    """`python -m rigs.cloud.standalone FOLDER [--thing NAME …]`."""
    parser = argparse.ArgumentParser(prog="jobrig cloud", description="A stand-in for AWS IoT Core with Jobs.")
    parser.add_argument("folder", type=Path, help="keeps certificates and the clock's offset")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--mqtt-port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--http-port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--thing", action="append", default=[], help="register it and make its certificate")
    parser.add_argument("--with-parent", action="store_true", help="end when standard input ends")
    given = parser.parse_args(arguments)
    run(given.folder, given.host, given.mqtt_port, given.http_port, given.thing, with_parent=given.with_parent)


if __name__ == "__main__":
    main()
