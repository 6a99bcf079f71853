"""The table of docs/captures.md: made from a folder of recordings, and the page adds up."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from rigs.report.captures import MARK, PAGE, main, render
from tests.trace import logs

UPDATE = "$aws/things/t/jobs/A/update"


def recording(folder: Path, name: str, *payloads: dict[str, Any]) -> None:
    notice: dict[str, Any] = {
        "topic": "$aws/things/t/jobs/notify-next",
        "payload": {"execution": {"jobId": "A", "versionNumber": 1}},
    }
    reports: list[dict[str, Any]] = [
        {"dir": "dev>cloud", "topic": UPDATE, "qos": 0, "payload": payload} for payload in payloads
    ]
    lines = [{"t": at, "type": "PUBLISH", "dir": "cloud>dev", **line} for at, line in enumerate([notice, *reports])]
    logs.lines(folder / f"{name}.jsonl", lines)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    recording(tmp_path, "lamp__happy", {"status": "SUCCEEDED"})
    recording(tmp_path, "lamp__odd", *({"status": "FAILED", "statusDetails": {"up|time": n}} for n in (1.5, 2.5)))
    call = {"t": 1, "method": "PUT", "path": "/things/t/jobs/$next", "status": 200, "response": {}}
    (tmp_path / "web__happy.jsonl").write_text(json.dumps(call) + "\n")
    (tmp_path / "README.md").write_text("not a recording")
    return tmp_path


def test_each_run_has_a_row_and_each_sort_of_finding_a_line(folder: Path) -> None:
    *_, happy, odd, web, end = render(f"# Mine\n\n{MARK}\nold\n", folder).split("\n")
    assert happy == "| lamp | happy | 2 of 2 | nothing |"
    assert odd.startswith("| lamp | odd | 3 of 3 | I4 violation ×2: A: UpdateJobExecution FAILED (record ")
    assert "'up\\|time'" in odd
    assert (web, end) == ("| web | happy | 1 of 1 | not judged: HTTPS |", "")


def test_the_hand_written_part_is_kept_and_the_old_table_goes(folder: Path) -> None:
    page = render(f"# Mine\n\n{MARK}\nold\n", folder)
    assert page.startswith(f"# Mine\n\n{MARK}\n\n3 runs, ")
    assert "old" not in page


def test_check_tells_an_old_page(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Mine\n{MARK}\n")
    assert main([str(folder), "--check"], page) == 1
    assert main([str(folder)], page) == 0
    assert main([str(folder), "--check"], page) == 0
    assert main([], page) == 4


def test_a_page_without_the_mark_and_a_folder_without_recordings(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has no line"):
        render("# Mine", folder)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="no recordings"):
        render(MARK, tmp_path / "empty")


def test_the_page_that_ships_adds_up() -> None:
    made = PAGE.read_text().partition(MARK)[2]
    rows = [line.split(" | ") for line in made.splitlines() if re.match(r"\| (?!agent )\w+ \| \w", line)]
    match = re.search(r"(\d+) runs, (\d+) violations and (\d+) remarks", made)
    assert match is not None
    assert len(rows) == int(match.group(1)) == 112
    counted = [
        int(times or 1) for times in re.findall(r"I\d+ remark(?: ×(\d+))?: ", "\n".join(row[-1] for row in rows))
    ]
    assert sum(counted) == int(match.group(3))
