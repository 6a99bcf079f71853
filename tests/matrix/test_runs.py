"""Runs side by side: what they leave, what is not run again, what a run that fails says, and Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from rigs import outcomes
from rigs.errors import RigFault
from rigs.matrix.plan import Plan
from rigs.matrix.runs import Bench, Unit, digest
from rigs.outcomes import Line
from tests.run.inner import GOOD, Repository, await_none

MIDDLE = """
import os
from pytest_bdd import when

@when("the run is at its middle")
def middle():
    with open("middle", "w") as told:
        told.write("here")
    os.close(os.open("go", os.O_RDONLY))
"""
WAITS = """
    @S002
    Scenario: waits
      Given the device is idle
      When the run is at its middle
      Then the device is at fault
"""
SCRIPT = """
import sys
from pathlib import Path
from rigs.matrix.runs import Bench, Unit
units = [Unit(name=name, arguments=("--rig", "bench", "-k", name), digest="1") for name in ("waits", "good", "more")]
try:
    for ended in Bench(results=Path("kept").absolute(), features=Path("features"), jobs=1).run(units):
        print(ended.unit.name)
except KeyboardInterrupt:
    sys.exit(2)
"""


def unit(name: str, *words: str, what: str = "1") -> Unit:
    return Unit(name=name, arguments=("--rig", "bench", *words), digest=what)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    repository = Repository(tmp_path_factory.mktemp("runs"))
    repository.feature(GOOD)
    return repository


@pytest.fixture
def bench(made: Repository, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.chdir(made.folder)
    return Bench(results=made.folder / "kept", features=made.folder / "features", jobs=2)


def test_each_run_is_told_with_its_lines_and_once(bench: Bench) -> None:
    units = [unit("one/a"), unit("two/a", "--bug", "F24")]
    first = {ended.unit.name: [line.outcome for line in ended.lines] for ended in bench.run(units)}
    assert first == {"one/a": ["passed"], "two/a": ["passed"]}
    assert [ended.seconds for ended in bench.run(units)] == [0.0, 0.0]


def test_what_has_changed_is_run_again(bench: Bench) -> None:
    (first,) = bench.run([unit("changing")])
    (again,) = bench.run([unit("changing", what="2")])
    assert first.seconds > 0
    assert again.seconds > 0


def test_what_another_run_has_said_of_a_unit_is_kept(bench: Bench) -> None:
    line = Line(id="S001", name="x", outcome="failed", tags=["S001"], bug="F01/a", text="it is wrong")
    bench.keep(unit("kept by another"), [line])
    known = bench.known(unit("kept by another"))
    assert known is not None
    assert known.lines == (line,)
    assert bench.known(unit("kept by another", what="2")) is None


def test_a_run_that_does_not_come_to_its_end_says_where_its_output_is(bench: Bench) -> None:
    with pytest.raises(RigFault, match=r"'wrong' ended with 4; its output is in .*output\.txt"):
        list(bench.run([unit("wrong", "--no-such-option")]))
    assert bench.known(unit("wrong", "--no-such-option")) is None


def test_ctrl_c_ends_what_runs_in_good_order(tmp_path: Path) -> None:
    made = Repository(tmp_path)
    made.feature(WAITS, GOOD)
    made.write("steps/middle.py", MIDDLE)
    for name in ("middle", "go"):
        os.mkfifo(tmp_path / name)
    script = subprocess.Popen(
        [made.python, "-c", SCRIPT], cwd=tmp_path, env=made._environment(), stdout=subprocess.PIPE
    )
    assert (tmp_path / "middle").read_text() == "here"
    script.send_signal(signal.SIGINT)
    assert script.communicate(timeout=60)[0] == b""
    assert script.returncode == 2
    assert await_none(str(tmp_path), within=10) == []
    assert "judged 0" in (tmp_path / "kept" / "waits" / "output.txt").read_text()
    assert not (tmp_path / "kept" / "good").exists()
    assert outcomes.read(tmp_path / "kept" / "waits") == []


def test_a_digest_hangs_on_contents_and_words_alone(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.py").write_text("one")
    one, other = [tmp_path / "a" / "x.py"], [tmp_path / "b" / "x.py"]
    assert digest(one, "w") == digest(other, "w")
    other[0].write_text("two")
    assert len({digest(one, "w"), digest(other, "w"), digest(one, "w", "v"), digest([], "w")}) == 4


def test_a_bug_s_digest_hangs_on_its_own_defect_and_not_on_others(tmp_path: Path) -> None:
    (tmp_path / "x.feature").write_text("Feature: x")
    plan = Plan(features=tmp_path, rig="embedded")
    own = plan._sources(["F24/a"])
    assert any(file.name == "defects_work.py" for file in own)
    assert not any(file.name == "defects_reports.py" for file in own)
    assert {"agent.py", "policy.py", "x.feature", "network.py"} <= {file.name for file in own}
    assert plan.own("F24/a").digest != plan.own("F24/b").digest != plan.all("F24/b").digest
    before = plan.own("F24/a").digest
    (tmp_path / "x.feature").write_text("Feature: y")
    assert plan.own("F24/a").digest != before


def test_names_become_folders(tmp_path: Path) -> None:
    assert unit("all F24/a").folder == "all-F24-a"
    long = Unit(name="own " + " ".join(f"F{n:02}/a" for n in range(50)), arguments=(), digest="abc")
    assert long.folder.endswith("-abc")
    assert len(long.folder) < 60
