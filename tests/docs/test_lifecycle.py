"""docs/lifecycle.svg and docs/lifecycle.md are what the code makes, and show all of it."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from rigs.jobs import picture
from rigs.jobs.lifecycle import LIFECYCLE, REPORTS, Event
from rigs.jobs.model import Status
from rigs.jobs.trials import DOINGS, edges

GROUPS = "{http://www.w3.org/2000/svg}g"


def test_both_files_are_current() -> None:
    assert picture.main(["--check"]) == 0, "the life cycle has changed: run `python -m rigs.jobs.picture` and commit"


def test_check_names_what_is_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(picture, "DOCS", tmp_path)
    assert picture.main([]) == 0
    assert picture.main(["--check"]) == 0
    page = tmp_path / "lifecycle.svg"
    page.write_text(page.read_text().replace("QUEUED", "QUEUE"))
    assert picture.main(["--check"]) == 1
    assert "docs/lifecycle.svg: not what the code makes; run `python -m rigs.jobs.picture`" in capsys.readouterr().out


def test_every_edge_is_drawn_once_and_no_other() -> None:
    drawn = [
        (group.get("data-from"), event, group.get("data-to"))
        for group in ElementTree.fromstring(picture.draw()).iter(GROUPS)
        for event in (group.get("data-events") or "").split()
    ]
    assert sorted(map(str, drawn)) == sorted(str((str(a), str(event), str(b))) for a, event, b in edges())


def test_every_edge_has_a_row_in_the_table() -> None:
    rows = [line.split(" | ")[:3] for line in picture.page().splitlines() if line.startswith("| ")]
    shown = {tuple(cell.strip("| ") for cell in row) for row in rows}
    assert {(str(a), str(event), str(b)) for a, event, b in edges()} <= shown


def test_the_device_s_events_are_its_reports() -> None:
    assert {event for event, doing in DOINGS.items() if doing.by == "device"} == set(REPORTS.values())
    assert set(DOINGS) == set(Event)


def test_what_is_disputed_is_marked_with_its_switch() -> None:
    assert picture.disputed() == {(Status.IN_PROGRESS, Event.REJECT): "rejected_from_in_progress"}
    assert "disputed: rejected_from_in_progress" in picture.draw()


def test_pending_states_stand_left_of_all_ends() -> None:
    pending = [picture.BOXES[status][0] for status, row in LIFECYCLE.items() if row]
    ends = [picture.BOXES[status][0] for status, row in LIFECYCLE.items() if not row]
    assert max(pending) + picture.BOX_WIDTH < min(ends)


@pytest.mark.parametrize(
    "row",
    [
        "| QUEUED | start | IN_PROGRESS | device | start-next, or update IN_PROGRESS |",
        "| 12:13 | IN_PROGRESS, step 9 | 12:20 |",
        "| FAILED | job, number 2, QUEUED, version 1 | notify (job), notify-next (job) |",
    ],
)
def test_rows_that_the_sources_fix(row: str) -> None:
    """jobs-protocol §5 (silent start), §4 (the worked example of the timers; a retry is an execution of its own)."""
    found = [line for line in picture.page().splitlines() if line.startswith(row)]
    assert len(found) == 1
    if "start-next" in row:
        assert "| +1 | nothing | nothing | notify-next (job) |" in found[0]
