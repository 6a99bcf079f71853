"""The device's memory: whole after a kill at any moment, and put aside when it is damaged."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rigs.agent.jobs import Execution
from rigs.agent.store import REMEMBERED, Flash
from rigs.agent.tasks import PHASES, Phase, Result, Step, Task, restored
from tests.agent.device import REPOSITORY

WRITER = """
import sys
from pathlib import Path
from rigs.agent.store import Flash
flash = Flash(Path(sys.argv[1]))
print("writes", flush=True)
number = 0
while True:
    number += 1
    flash.save([{"job": "A" * (number % 3000), "length": number % 3000}])
"""


def test_a_kill_at_any_moment_leaves_whole_state(tmp_path: Path) -> None:
    for _ in range(5):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            while not (tmp_path / "state.json").exists():
                assert writer.poll() is None
            writer.send_signal(signal.SIGKILL)
        flash = Flash(tmp_path)
        assert not flash.damaged
        assert [len(task["job"]) for task in flash.tasks] == [task["length"] for task in flash.tasks]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"tasks": 7}', '{"tasks": [], "finished": [1]}', "\x00" * 99])
def test_damaged_state_is_put_aside(tmp_path: Path, text: str) -> None:
    (tmp_path / "state.json").write_text(text)
    flash = Flash(tmp_path)
    assert flash.damaged
    assert flash.tasks == []
    assert (tmp_path / "state.damaged").read_text() == text
    assert not Flash(tmp_path).damaged


def test_remembers_the_last_finished_executions(tmp_path: Path) -> None:
    flash = Flash(tmp_path)
    for number in range(REMEMBERED + 1):
        flash.remember("A", number, 5)
    flash.save([])
    again = Flash(tmp_path)
    assert again.knows("A", REMEMBERED, 5)
    assert again.knows("A", REMEMBERED, None)
    assert not again.knows("A", 0, 5)
    assert not again.knows("A", REMEMBERED, 6)
    assert not again.knows("B", REMEMBERED, 5)


@pytest.mark.parametrize("result", [None, Result(status="SUCCEEDED", details={"a": "b"})])
def test_a_task_comes_back_as_it_was_stored(tmp_path: Path, result: Result | None) -> None:
    execution = Execution(job_id="A", number=2, status="IN_PROGRESS", document={"op": "long"}, queued_at=7)
    task = Task(execution=execution, version=3, result=result, begun=True, started=True, stage="rebooting")
    Flash(tmp_path).save([task.plain(keeps_result=True)])
    back = restored(Flash(tmp_path).tasks[0])
    assert back.key == ("A", 2)
    assert (back.version, back.begun, back.stage, back.result) == (3, True, "rebooting", result)
    assert back.phase is (Phase.PARKED if result else Phase.RESTORED)


def test_a_result_that_is_not_kept_is_not_stored() -> None:
    task = Task(execution=Execution(job_id="A", number=1, status="QUEUED"), result=Result(status="FAILED"))
    assert json.loads(json.dumps(task.plain(keeps_result=False)))["result"] is None


def test_every_phase_has_a_row_and_the_last_one_is_empty() -> None:
    assert set(PHASES) == set(Phase)
    assert PHASES[Phase.OVER] == {}
    assert all(Step.DROP in row for phase, row in PHASES.items() if phase is not Phase.OVER)


def test_a_step_that_a_phase_does_not_know_is_refused_by_name() -> None:
    task = Task(execution=Execution(job_id="A", number=1, status="QUEUED"), phase=Phase.OVER)
    with pytest.raises(ValueError, match=r"<Task A over vNone> knows no work"):
        task.fire(Step.WORK)
