"""Work that needs room in the partition for data, as an installer does: write the image, use it, remove it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rigs.agent.events import Alive

if TYPE_CHECKING:
    from rigs.agent.work import Outcome, Run, Workplace

NO_SPACE = "no space"
"""How the reason begins of a job that found no room."""
AGAIN = 0.05
"""Seconds between two looks whether there is room now."""


def store(place: Workplace, run: Run) -> Outcome | None:
    """Write `bytes` bytes; a device that waits for room does so, for another the job has failed."""
    data = bytes(int(run.document.get("bytes", 1024)))
    while not run.stopped.is_set():
        try:
            place.flash.keep(run.nonce, data)
        except OSError as full:
            if not place.waits_for_space:
                place.fail(run, f"{NO_SPACE}: {full.strerror}")
                return None
            place.post(Alive(run=run.number, percent=0))
            run.stopped.wait(AGAIN)
        else:
            place.flash.discard(run.nonce)
            return "SUCCEEDED", {"result": "stored"}
    return None
