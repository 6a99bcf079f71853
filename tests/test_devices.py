"""Agents that nobody here wrote: their rig files, and a first scenario where their environments have been made."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rigs.description import Description, find, load
from rigs.errors import UsageFault

ROOT = Path(__file__).parents[1]
DEVICES = ROOT / "rigs" / "devices"
NAMES = ("js1agent", "py1", "whill")
# What each is good at, and the last line of its run. A device that ends when it is idle has no S001.
FIRST: dict[str, tuple[str, str]] = {
    "js1agent": ("S001 or S028", "judged 2 · skipped 0 · not reached 0 · broken 0"),
    "py1": ("S001 or S002", "judged 2 · skipped 1 · not reached 0 · broken 0"),
    "whill": ("S001 or S028", "judged 2 · skipped 0 · not reached 0 · broken 0"),
}


def described(name: str) -> Description:
    return load(find(name, ROOT))


@pytest.mark.parametrize("name", NAMES)
def test_a_device_is_found_by_its_name(name: str, tmp_path: Path) -> None:
    assert find(name, tmp_path) == DEVICES / f"{name}.toml"
    assert described(name).rig.name == name


def test_an_unknown_name_is_told_with_the_devices_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match=r"no rig 'pi1'; known: .*\bpy1\b.*\bwhill\b"):
        find("pi1", tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_the_agent_is_told_the_address_of_its_own_tap(name: str) -> None:
    description = described(name)
    assert description.board is not None
    assert description.tap.host in " ".join(description.board.agent or [])
    assert description.tap.port == 8883


def test_no_two_devices_share_an_address() -> None:
    hosts = [load(path).tap.host for path in DEVICES.glob("*.toml")]
    assert len(set(hosts)) == len(hosts)


@pytest.mark.parametrize("name", NAMES)
def test_every_kind_of_job_leaves_evidence_of_its_beginning_and_end(name: str) -> None:
    for kind in described(name).read_profile().jobs.values():
        assert kind.evidence.begun, kind
        assert kind.evidence.done, kind


def test_an_environment_of_an_unknown_device_is_refused(tmp_path: Path) -> None:
    made = subprocess.run(
        ["sh", str(DEVICES / "make-environment"), "pi1"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert made.returncode == 2
    assert "known: js1agent, py1, whill" in made.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", NAMES)
def test_the_first_scenarios_are_judged_good(name: str, tmp_path: Path) -> None:
    _have_environment(name)
    which, last = FIRST[name]
    command = ["-m", "pytest", "features", "-q", "--rig", name, "-k", which, "--results", str(tmp_path)]
    run = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert run.stdout.splitlines()[-1:] == [last], run.stdout
    assert run.returncode == 0


def _have_environment(name: str) -> None:
    """Skip where the device's environment is not there, or was made with another main than the present one."""
    folder = ROOT / ".jobrig" / "devices" / name
    if not (folder / "bin").exists():
        pytest.skip(f"no environment of {name}: sh rigs/devices/make-environment {name}")
    main = DEVICES / f"{name}.py"
    if main.exists() and main.read_bytes() != (folder / "main.py").read_bytes():
        pytest.skip(f"the environment of {name} is older than {main.name}: sh rigs/devices/make-environment {name}")
