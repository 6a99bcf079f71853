"""The product as a wheel in a clean environment, and a user's own repository beside it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.run.inner import ROOT, Ended, Repository, together

SHIPPED = ("rigs", "steps", "features", "docs", "pyproject.toml", "conftest.py", "README.md")

LAMP = """
    @S900
    Scenario: the lamp burns while the device works
      Given the device works on a "long" job
      Then the lamp burns
      When the work is let end
      Then the job execution ends as SUCCEEDED
"""
DARK = """
    @S901
    Scenario: the lamp is dark
      When a "succeeds" job is queued for the device
      Then the lamp of three is dark
"""
LAMPS = """
from pytest_bdd import parsers, then

from rigs.needs import needs

@then("the lamp burns")
@needs("boots")
def burns(course, job):
    assert course.rig.device.boots() == 1
    assert course.observer.device.count(job, "begun") == 1

@then(parsers.parse("the lamp of {number} is dark"))
def dark(number):
    assert number == "two"
"""


@dataclass
class Installed:
    """An environment with the wheel, and the features that came with it."""

    python: Path
    jobrig: Path

    def features(self) -> str:
        """What `jobrig features` prints."""
        done = subprocess.run([self.jobrig, "features"], capture_output=True, text=True, check=True, cwd="/")
        return done.stdout.strip()

    def repository(self, folder: Path) -> Repository:
        """A repository that knows of nothing but what is installed."""
        folder.mkdir()
        return Repository(folder, python=self.python, path=None)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel, built from what ships; only what it depends on comes from this environment."""
    folder = tmp_path_factory.mktemp("wheel")
    source, venv = folder / "source", folder / "venv"
    source.mkdir()
    for name in SHIPPED:
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif path.exists():
            shutil.copy(path, source)
    (source / "README.md").touch()
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    build = ["wheel", "--no-deps", "--no-index", "--no-build-isolation", "-w", str(folder), str(source)]
    subprocess.run([*pip, *build], check=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    python = venv / "bin" / "python"
    place = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    (Path(place.stdout.strip()) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (wheel,) = folder.glob("jobrig-*.whl")
    subprocess.run([*pip, "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)], check=True)
    return Installed(python, venv / "bin" / "jobrig")


@pytest.fixture(scope="module")
def runs(installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> list[Ended]:
    """The user's own feature on the user's own rig; features that ship, from a folder that has nothing; both."""
    folder = tmp_path_factory.mktemp("users")
    own, empty = installed.repository(folder / "own"), folder / "empty"
    own.feature(LAMP, DARK)
    own.write("steps/lamps.py", LAMPS)
    empty.mkdir()
    bare = installed.repository(folder / "bare")
    shipped = installed.features()
    return together(
        lambda: own.pytest("features", results=""),
        lambda: bare.pytest(f"{shipped}/02_start.feature", "-m", "S010", rig="embedded", results="", folder=empty),
        lambda: own.pytest(".", shipped, "-m", "S900 or S012", results="both"),
    )


def test_a_user_brings_feature_steps_and_rig_file(runs: list[Ended]) -> None:
    run = runs[0]
    assert (run.code, run.counts) == (1, (2, 0, 0, 0)), run.text
    assert {name: verdict.outcome for name, verdict in run.verdicts.items()} == {"S900": "passed", "S901": "failed"}
    assert "assert 'three' == 'two'" in run.verdicts["S901"].text, "a plain assert of a user's step shows its values"
    assert [path.name for path in run.traces] == ["trace-bench.jsonl"]


def test_the_features_that_ship_run_from_any_folder(runs: list[Ended]) -> None:
    assert (runs[1].code, set(runs[1].words.values())) == (0, {"passed"}), runs[1].text
    assert {path.name for path in runs[1].results.parents[1].iterdir()} == {".jobrig", "results"}, "all stays there"


def test_the_features_that_ship_run_together_with_own_ones(runs: list[Ended]) -> None:
    judged, *_, broken = runs[2].counts
    assert (runs[2].code, judged >= 2, broken) == (0, True, 0), runs[2].text


def test_features_are_inside_what_is_installed(installed: Installed) -> None:
    folder = Path(installed.features())
    assert folder.is_relative_to(installed.python.parents[1])
    ours = {path.name for path in (ROOT / "features").glob("*.feature")}
    assert {path.name for path in folder.glob("*.feature")} == ours


def test_steps_as_a_package_are_refused_with_what_to_do(installed: Installed, tmp_path: Path) -> None:
    made = installed.repository(tmp_path / "own")
    made.feature(LAMP)
    made.write("steps/__init__.py", "")
    run = made.pytest("features")
    assert run.code == 4
    assert "steps/__init__.py: remove this file. Your steps are loaded by their path" in run.text
