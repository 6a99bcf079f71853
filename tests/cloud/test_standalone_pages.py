"""The lines of README.md and docs/cloud.md that use `jobrig cloud`, run as they are printed, in an empty folder."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PORTS = (8883, 8080, 8443)
SECONDS = 60


@pytest.fixture
def shell(tmp_path: Path) -> Mapping[str, str]:
    """An environment in which `jobrig` and `python` are this tree's, and nothing is set for AWS."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, module in (("jobrig", "-m rigs.cli"), ("python", "")):
        path = programs / name
        path.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" {module} "$@"\n')
        path.chmod(0o755)
    mine = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**mine, "PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(tmp_path)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty one; skipped where somebody has the ports that the pages name."""
    with ExitStack() as held:
        for port in PORTS:
            plug = held.enter_context(socket.socket())
            plug.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                plug.bind(("127.0.0.1", port))
            except OSError:
                pytest.skip(f"port {port}, which the pages name, is taken on this machine")
    made = tmp_path / "empty"
    made.mkdir()
    return made


class Serving:
    """A line that serves, run until the block ends."""

    def __init__(self, line: str, folder: Path, shell: Mapping[str, str]) -> None:
        self._folder, self._shell = folder, shell
        self._process = subprocess.Popen(
            ["bash", "-c", f"exec {line}"], cwd=folder, env=shell, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline(), f"{line} did not serve"

    def __enter__(self) -> Serving:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.communicate(timeout=SECONDS)

    def run(self, script: str) -> str:
        """What a script prints in another terminal."""
        done = subprocess.run(
            ["bash", "-e", "-c", script],
            cwd=self._folder,
            env=self._shell,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def blocks(page: Path, heading: str) -> Iterator[str]:
    """The blocks between fences of a section, then the indented ones."""
    section = page.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    yield from re.split(r"^```\w*\n", section, flags=re.MULTILINE)[1::2]
    plain = "\n".join(re.split(r"^```\w*\n", section, flags=re.MULTILINE)[::2])
    for indented in re.findall(r"(?:^    [^\n]*\n)+", plain, re.MULTILINE):
        yield textwrap.dedent(indented)


def test_the_readmes_lines(folder: Path, shell: Mapping[str, str]) -> None:
    serve, operator, device = blocks(ROOT / "README.md", "The cloud alone")
    with Serving(serve, folder, shell) as cloud:
        said = cloud.run(f"{operator}\n{device}")
    assert f"It prints `{said.strip()}`." in (ROOT / "README.md").read_text()
    assert said.strip() == "job1 IN_PROGRESS {'op': 'blink'}"


def test_the_lines_of_the_clouds_page(folder: Path, shell: Mapping[str, str]) -> None:
    """Certificates and policies by boto3, with the environment that the page gives; then the clock's lines."""
    page = ROOT / "docs" / "cloud.md"
    [made] = blocks(page, "Certificates and policies")
    environment = next(blocks(page, "SDKs and their test suites"))
    [clock] = blocks(page, "Clock")
    (folder / "made.py").write_text(made)
    with Serving("jobrig cloud FOLDER --thing lamp", folder, shell) as cloud:
        cloud.run(f"{environment}\npython made.py")
        said = cloud.run(clock.replace("curl", "curl -s -f"))
        assert [float(found) for found in re.findall(r'"rate":([\d.]+)', said)] == [1, 1, 60]
        connected = cloud.run(CONNECTS)
    assert connected.strip() == "connected"


CONNECTS = """python - <<END
from awsiot.mqtt_connection_builder import mtls_from_path
files = dict(cert_filepath="lamp-2.crt", pri_key_filepath="lamp-2.key", ca_filepath="FOLDER/ca.crt")
link = mtls_from_path(endpoint="localhost", port=8883, client_id="any", **files)
link.connect().result()
print("connected")
END"""
