"""Eclipse's paho.mqtt.testing, if there is a checkout of it: its tests, and their verdicts on a broker."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rigs.loop import LoopThread
from tests.interop.tapdesk import PLACES, Front, tapped
from tests.interop.twindesk import mosquitto

VARIABLE = "PAHO_MQTT_TESTING"
FILES = {"3.1.1": "client_test", "5": "client_test5"}
RUNNER = Path(__file__).with_name("suiterun.py")
WITHIN = 90.0  # seconds for one test, the longest of which takes 30
MOSQUITTO = "max_keepalive 60\nacl_file {folder}/acl\n"
ACL = "topic deny test/nosubscribe\ntopic readwrite #\n"


def folder() -> Path | None:
    """The suite's folder `interoperability`, below the checkout that the environment names."""
    named = os.environ.get(VARIABLE)
    return Path(named) / "interoperability" if named else None


def tests() -> Iterator[tuple[str, str]]:
    """Version and name of each test; none where there is no checkout."""
    found = folder()
    for version, file in FILES.items() if found else ():
        assert found is not None
        tree = ast.parse((found / f"{file}.py").read_text())
        bodies = (node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Test")
        members = (member for body in bodies for member in body if isinstance(member, ast.FunctionDef))
        yield from ((version, member.name) for member in members if member.name.startswith("test"))


def verdict(version: str, test: str, port: int) -> str:
    """What the test says of the broker on this plain TCP port, without addresses and measured times."""
    command = [sys.executable, str(RUNNER), FILES[version], test, str(port)]
    try:
        done = subprocess.run(
            command, cwd=folder(), capture_output=True, text=True, timeout=WITHIN, stdin=subprocess.DEVNULL, check=False
        )
    except subprocess.TimeoutExpired:
        return "hangs"
    return re.sub(r"0x[0-9a-f]+|\d+\.\d+", "…", (done.stdout.strip() or done.stderr.strip()).splitlines()[-1])


def verdicts(version: str, test: str, places: dict[str, int]) -> dict[str, str]:
    """The test at all places at once: it waits more than it works."""
    with ThreadPoolExecutor(len(places)) as crew:
        found = crew.map(lambda port: verdict(version, test, port), places.values())
        return dict(zip(places, found, strict=True))


@contextmanager
def brokers(parent: Path) -> Iterator[dict[str, int]]:
    """A plain port for each place, with a mosquitto of its own behind it: the suite's clients always have one id."""
    with ExitStack() as stack:
        loop, found = LoopThread("fronts"), dict[str, int]()
        stack.callback(loop.stop)
        for place, faults in PLACES.items():
            (own := parent / place).mkdir()
            (own / "acl").write_text(ACL)
            port = stack.enter_context(mosquitto(own, MOSQUITTO.format(folder=own)))
            if faults is not None:
                port = stack.enter_context(tapped(port, *faults())).port
            front = Front(loop, port)
            stack.callback(front.close)
            found[place] = front.port
        yield found
