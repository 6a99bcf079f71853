"""The work itself: evidence, release, stopping, and what cannot be worked on."""

from __future__ import annotations

import queue
from pathlib import Path
from typing import Any

import pytest

from rigs.agent.events import Alive, Event, Finished, Restart
from rigs.agent.store import Flash
from rigs.agent.work import LONGEST, OPERATIONS, Workplace, clean, unsuitable

PATIENCE = 10.0


class Shop:
    """A workplace on a flash folder, and what it posts."""

    def __init__(self, folder: Path, reboot: str | None = None, patience: float = 0.2) -> None:
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.said: list[str] = []
        self.flash = Flash(folder)
        self.place = Workplace(self.flash, self.events.put, self.said.append, reboot=reboot, patience=patience)

    def begin(self, op: str, *, resume: bool = False, **members: Any) -> int:
        return self.place.begin({"op": op, "nonce": "n1", **members}, resume=resume)

    def next(self, kind: type[Event]) -> Any:
        while True:
            event = self.events.get(timeout=PATIENCE)
            if isinstance(event, kind):
                return event

    @property
    def evidence(self) -> list[str]:
        log = self.flash.path / "evidence.log"
        return log.read_text("utf-8").splitlines() if log.exists() else []


@pytest.mark.parametrize(("op", "status"), [("succeed", "SUCCEEDED"), ("fail", "FAILED"), ("noisy", "FAILED")])
def test_short_work_leaves_its_evidence_and_ends(tmp_path: Path, op: str, status: str) -> None:
    shop = Shop(tmp_path)
    run = shop.begin(op)
    ended = shop.next(Finished)
    assert (ended.run, ended.status) == (run, status)
    assert shop.evidence == ["begun n1", "done n1"]
    assert "work: begun n1" in shop.said


@pytest.mark.parametrize("op", ["long", "hang"])
@pytest.mark.parametrize("by", ["word", "file"])
def test_held_work_ends_when_it_is_released(tmp_path: Path, op: str, by: str) -> None:
    shop = Shop(tmp_path)
    shop.begin(op, lasts=600)
    if by == "word":
        shop.place.release("n1")
    else:
        (tmp_path / "release-n1").touch()
    assert shop.next(Finished).status == "SUCCEEDED"
    assert shop.evidence == ["begun n1", "done n1"]


def test_long_work_shows_its_progress_and_ends_by_itself(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.begin("long", lasts=0.2)
    told = [shop.next(Alive).percent for _ in range(3)]
    assert told == sorted(told)
    assert told[-1] > 0
    assert shop.next(Finished).status == "SUCCEEDED"


@pytest.mark.parametrize(("dropped", "evidence"), [(True, ["begun n1", "dropped n1"]), (False, ["begun n1"])])
def test_stopped_work_never_says_done(tmp_path: Path, dropped: bool, evidence: list[str]) -> None:
    shop = Shop(tmp_path)
    run = shop.begin("long", lasts=600)
    shop.next(Alive)
    shop.place.stop(run, dropped=dropped)
    shop.place.release("n1")
    other = shop.place.begin({"op": "succeed", "nonce": "n2"}, resume=False)
    assert shop.next(Finished).run == other
    assert shop.evidence == [*evidence, "begun n2", "done n2"]


def test_resumed_work_does_not_begin_again(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.begin("succeed", resume=True)
    assert shop.next(Finished).status == "SUCCEEDED"
    assert shop.evidence == ["done n1"]


def test_work_that_was_done_before_the_cut_is_not_done_again(tmp_path: Path) -> None:
    (tmp_path / "evidence.log").write_text("begun n1\ndone n1\n")
    shop = Shop(tmp_path)
    shop.begin("long", resume=True, lasts=600)
    assert shop.next(Finished).status == "SUCCEEDED"
    assert shop.evidence == ["begun n1", "done n1"]


@pytest.mark.parametrize(("op", "board"), [("reboot", True), ("restart", False)])
def test_a_restart_is_asked_for_and_not_called_done(tmp_path: Path, op: str, board: bool) -> None:
    shop = Shop(tmp_path)
    run = shop.begin(op)
    assert shop.next(Restart) == Restart(run=run, board=board)
    assert shop.evidence == ["begun n1"]
    shop.place.note_done({"op": op, "nonce": "n1"})
    shop.place.note_done({"op": op, "nonce": "n1"})
    assert shop.evidence == ["begun n1", "done n1"]


@pytest.mark.parametrize("command", [None, "false", "true", "no-such-command"])
def test_a_board_that_does_not_go_down_fails_the_job(tmp_path: Path, command: str | None) -> None:
    shop = Shop(tmp_path, reboot=command)
    shop.place.reboot(7)
    ended = shop.next(Finished)
    assert (ended.run, ended.status) == (7, "FAILED")
    assert dict(ended.details)["reason"]


@pytest.mark.parametrize(
    ("document", "word"),
    [
        (None, "no object"),
        ([], "no object"),
        ({}, "no such operation"),
        ({"op": "fly"}, "fly"),
        ({"op": 7}, "no such operation"),
        ({"op": "foreign"}, "somebody else"),
        ({"op": "succeed", "nonce": "../../etc"}, "nonce"),
        ({"op": "long", "lasts": "soon"}, "lasts"),
        ({"op": "long", "lasts": -1}, "lasts"),
    ],
)
def test_says_why_a_document_is_unsuitable(document: object, word: str) -> None:
    assert word in (unsuitable(document) or "")


def test_every_operation_is_suitable_with_members_that_nobody_knows() -> None:
    assert [unsuitable({"op": op, "nonce": "n", "extra": None}) for op in OPERATIONS] == [None] * len(OPERATIONS)


def test_details_are_what_the_service_takes() -> None:
    told = clean({"reason": "\x1b[31m" + "€" * 2000 + "\n", "empty": "", "blank": "\x00", "zero": "0"})
    assert set(told) == {"reason", "zero"}
    assert len(told["reason"]) == LONGEST
    assert told["reason"].isprintable()
