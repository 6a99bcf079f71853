"""Eclipse's paho.mqtt.testing, if there is a checkout of it: its tests, and their verdicts on a broker."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

VARIABLE = "PAHO_MQTT_TESTING"
FILES = {"3.1.1": "client_test", "5": "client_test5"}
RUNNER = Path(__file__).with_name("suiterun.py")
WITHIN = 120.0  # seconds for one test, the longest of which waits 25; one that hangs says so in its verdict
MOSQUITTO = """
max_keepalive 60
acl_file {folder}/acl
"""
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
    """What the test says of the broker on this plain TCP port."""
    command = [sys.executable, str(RUNNER), FILES[version], test, str(port)]
    try:
        done = subprocess.run(
            command, cwd=folder(), capture_output=True, text=True, timeout=WITHIN, stdin=subprocess.DEVNULL, check=False
        )
    except subprocess.TimeoutExpired:
        return "hangs"
    return (done.stdout.strip() or done.stderr.strip()).splitlines()[-1]
