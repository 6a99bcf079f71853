"""The agent's process against the local cloud, in both MQTT versions, through real mutual TLS."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.device import PATIENCE, REPOSITORY, Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("version", "session", "quality"), [("5", "clean", 1), ("5", "persistent", 0), ("3.1.1", "persistent", 1)]
)
def test_works_on_jobs_over_mutual_tls(bench: Bench, version: str, session: str, quality: int) -> None:
    bench.configure(mqtt=version, session=session, update_qos=quality, told_by="both", timing={"reconnect_min": 0.05})
    process = bench.boot()
    bench.until(lambda line: line == "agent: ready")
    bench.queue("short", op="succeed")
    bench.wait_for("short", "SUCCEEDED")
    bench.queue("held", op="long", lasts=60)
    bench.until(lambda line: line == "work: begun held")
    bench.cloud.close_listener()
    bench.until(lambda line: line.startswith("agent: disconnected"))
    bench.cloud.open_listener()
    bench.until(lambda line: line == "agent: ready")
    assert process.stdin is not None
    process.stdin.write("release held\n")
    process.stdin.flush()
    bench.wait_for("held", "SUCCEEDED")
    assert bench.evidence() == ["begun short", "done short", "begun held", "done held"]
    assert bench.stop() == 0


def test_a_kill_in_mid_work_loses_nothing(bench: Bench) -> None:
    bench.configure(after_reboot="resume")
    bench.boot()
    bench.queue("held", op="long", lasts=60)
    bench.until(lambda line: line == "work: begun held")
    bench.kill()
    (bench.flash / "release-held").touch()
    bench.boot()
    bench.wait_for("held", "SUCCEEDED")
    assert bench.evidence() == ["begun held", "done held"]


def test_a_reboot_job_calls_the_board_s_command_once(bench: Bench) -> None:
    bench.configure()
    bench.boot(JOBRIG_REBOOT=f"touch {bench.flash / 'rebooted'}")
    bench.queue("again", op="reboot")
    bench.until(lambda line: line == "agent: reboots the board")
    bench.kill()
    bench.boot(JOBRIG_REBOOT="false")
    bench.wait_for("again", "SUCCEEDED")
    assert bench.evidence() == ["begun again", "done again"]


def test_noise_is_told_within_the_service_s_limits(bench: Bench) -> None:
    bench.configure()
    bench.boot()
    bench.queue("loud", op="noisy")
    bench.wait_for("loud", "FAILED")
    details = bench.operator.ask("loud").details
    assert details is not None
    assert 500 < len(details["reason"]) <= 1024
    noise = [line for line in bench.until(lambda line: "FAILED was accepted" in line) if line.startswith("noise:")]
    assert sum(map(len, noise)) > 15_000


def test_dies_with_its_board(bench: Bench) -> None:
    bench.configure()
    process = bench.boot()
    bench.until(lambda line: line == "agent: ready")
    os.close(bench.leash)
    bench.leash = os.open(os.devnull, os.O_RDONLY)
    assert process.wait(PATIENCE) == 1


def test_says_what_is_wrong_with_its_settings(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "rigs.agent.worker", str(tmp_path)]
    ended = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert ended.returncode == 2
    assert "agent.json" in ended.stdout


def test_imports_nothing_of_the_rig(tmp_path: Path) -> None:
    script = (
        "import sys, pkgutil, importlib, rigs.agent\n"
        "for module in pkgutil.iter_modules(rigs.agent.__path__):\n"
        "    importlib.import_module(f'rigs.agent.{module.name}')\n"
        "print(*sorted(name for name in sys.modules if name.startswith('rigs.')))\n"
    )
    command = [sys.executable, "-c", script]
    ended = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=PATIENCE, check=True)
    found = ended.stdout.split()
    assert "rigs.agent.worker" in found
    assert [name for name in found if not (name + ".").startswith("rigs.agent.")] == []
