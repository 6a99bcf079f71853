"""The work itself: runs on threads of its own, leaves its evidence, posts how it ends.

Evidence is a line in flash/evidence.log: `begun NONCE`, `done NONCE` (the work ended by itself) or `dropped NONCE` (it
was stopped for good); the console shows the same as `work: begun NONCE`. Stopped work never writes `done`.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import threading
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from itertools import count
from typing import Any, Protocol

from rigs.agent import room
from rigs.agent.events import Alive, Event, Finished, Restart
from rigs.agent.store import Flash

TICK = 0.05
"""Seconds between two looks at the release file."""
LONGEST = 1024
"""Characters in a value of statusDetails (AWS IoT Jobs refuses longer ones)."""
NONCE = re.compile(r"[A-Za-z0-9_.:-]{1,80}")


def clean(details: Mapping[str, str]) -> dict[str, str]:
    """Details as the service takes them: no control characters, no empty values, the last 1024 characters."""
    plain = {name: "".join(_printable(value)).strip()[-LONGEST:] for name, value in details.items()}
    return {name: value for name, value in plain.items() if value}


def _printable(value: str) -> Iterable[str]:
    return (" " if unicodedata.category(char).startswith("C") else char for char in value)


def foreign(document: object) -> bool:
    """Whether the document says that the job is for another agent of the same thing."""
    return isinstance(document, dict) and document.get("op") == "foreign"


def unsuitable(document: object) -> str | None:
    """Why this document cannot be worked on, or None."""
    if not isinstance(document, dict):
        return f"the document is no object but {type(document).__name__}"
    operation, lasts = document.get("op"), document.get("lasts", 0)
    if not isinstance(operation, str) or operation not in OPERATIONS:
        return "a job for somebody else" if foreign(document) else f"no such operation: {operation!r:.40}"
    if not NONCE.fullmatch(str(document.get("nonce", "-"))):
        return "nonce is no plain word"
    if isinstance(lasts, bool) or not isinstance(lasts, int | float) or lasts < 0:
        return "lasts is no number of seconds"
    return None


class Run:
    """One run of work."""

    def __init__(self, number: int, document: Mapping[str, Any], *, resumed: bool) -> None:
        self.number, self.document, self.resumed = number, document, resumed
        self.nonce = str(document.get("nonce", "-"))
        self.stopped = threading.Event()
        self.released = threading.Event()
        self.over = False
        self.lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<Run {self.number} {self.nonce}>"


Outcome = tuple[str, dict[str, str]]
Operation = Callable[["Workplace", Run], Outcome | None]


class Workshop(Protocol):
    """What the agent asks of its work."""

    def begin(self, document: Any, *, resume: bool) -> int:
        """Begin (or go on with) the work of a document; returns the run's number."""

    def stop(self, run: int, *, dropped: bool) -> None:
        """Stop a run; `dropped` when for good, not only until the next start of the agent."""

    def release(self, nonce: str) -> None:
        """Let held work end."""

    def reboot(self, run: int) -> None:
        """Reboot the board; posts FAILED when it does not go down."""

    def note_done(self, document: Any) -> None:
        """Note work as done that ended with the reboot."""


class Workplace:
    """The real workshop: threads, evidence, reboot command."""

    def __init__(
        self,
        flash: Flash,
        post: Callable[[Event], None],
        say: Callable[[str], None],
        *,
        reboot: str | None,
        patience: float,
        waits_for_space: bool = False,
    ) -> None:
        self.flash, self.post, self.say = flash, post, say
        self.waits_for_space = waits_for_space
        self._reboot, self._patience = reboot, patience
        self._runs: dict[int, Run] = {}
        self._numbers = count(1)

    def __repr__(self) -> str:
        return f"<Workplace {list(self._runs.values())}>"

    def begin(self, document: Any, *, resume: bool) -> int:
        """Begin the work on a thread of its own."""
        run = Run(next(self._numbers), document, resumed=resume)
        self._runs[run.number] = run
        threading.Thread(target=self._work, args=(run,), name=f"work-{run.number}", daemon=True).start()
        return run.number

    def stop(self, run: int, *, dropped: bool) -> None:
        """Stop it; once this has returned it writes no `done`."""
        found = self._runs.get(run)
        if found is None:
            return
        with found.lock:
            if not found.over and dropped:
                self._note(found, "dropped")
            found.over = True
        found.stopped.set()

    def release(self, nonce: str) -> None:
        """Let held work with this nonce end."""
        for run in self._runs.values():
            if run.nonce == nonce:
                run.released.set()

    def reboot(self, run: int) -> None:
        """Call the reboot command on a thread; it normally does not return."""
        threading.Thread(target=self._go_down, args=(run,), name="reboot", daemon=True).start()

    def note_done(self, document: Any) -> None:
        """Write `done`, unless it was written before the power went."""
        run = Run(0, document, resumed=True)
        if not self.flash.shows(f"done {run.nonce}"):
            self._note(run, "done")

    def _note(self, run: Run, word: str) -> None:
        self.flash.evidence(f"{word} {run.nonce}")
        self.say(f"work: {word} {run.nonce}")

    def _work(self, run: Run) -> None:
        if run.resumed and self.flash.shows(f"done {run.nonce}"):
            self.post(Finished(run=run.number, status="SUCCEEDED", details=(("result", "was done before"),)))
            return
        if not run.resumed:
            self._note(run, "begun")
        outcome = OPERATIONS[run.document["op"]](self, run)
        if outcome is None:
            return
        with run.lock:
            if run.over:
                return
            run.over = True
            self._note(run, "done")
        status, details = outcome
        self.post(Finished(run=run.number, status=status, details=tuple(details.items())))

    def hold(self, run: Run, seconds: float | None) -> bool:
        """Wait until released or, with `seconds`, until they are over; False when stopped."""
        file = self.flash.path / f"release-{run.nonce}"
        ticks = 0
        while not run.stopped.wait(TICK):
            ticks += 1
            if seconds is not None:
                self.post(Alive(run=run.number, percent=min(99, int(100 * ticks * TICK / seconds)) if seconds else 99))
            if run.released.is_set() or file.exists() or (seconds is not None and ticks * TICK >= seconds):
                return True
        return False

    def fail(self, run: Run, reason: str) -> None:
        """The work could not be done: no evidence of it, and FAILED."""
        with run.lock:
            over, run.over = run.over, True
        if not over:
            self.post(Finished(run=run.number, status="FAILED", details=(("reason", reason),)))

    def _go_down(self, run: int) -> None:
        reason = "this board has no reboot command"
        if self._reboot:
            self.say("reboots the board")
            try:
                subprocess.run(shlex.split(self._reboot), check=True, timeout=self._patience)
                threading.Event().wait(self._patience)
                reason = f"the board did not go down within {self._patience} s"
            except (OSError, subprocess.SubprocessError) as error:
                reason = f"the reboot command failed: {error}"
        self.post(Finished(run=run, status="FAILED", details=(("reason", reason),)))


def _succeed(place: Workplace, run: Run) -> Outcome | None:
    return "SUCCEEDED", {"result": "done"}


def _fail(place: Workplace, run: Run) -> Outcome | None:
    return "FAILED", {"reason": str(run.document.get("reason") or "the job asked for a failure")}


def _long(place: Workplace, run: Run) -> Outcome | None:
    if not place.hold(run, float(run.document.get("lasts", 60))):
        return None
    return "SUCCEEDED", {"progress": "100"}


def _hang(place: Workplace, run: Run) -> Outcome | None:
    return ("SUCCEEDED", {"result": "released"}) if place.hold(run, None) else None


def _noisy(place: Workplace, run: Run) -> Outcome | None:
    """20 kB of what real tools print: quotes, backslashes, colours, characters of three bytes."""
    line = '\x1b[31merror\x1b[0m: "C:\\temp\\€" \u2028 {"a": 1}\t'
    text = "\n".join(f"{number} {line}" for number in range(20_000 // (len(line) + 5)))
    for row in text.splitlines():
        place.say(f"noise: {row}")
    return "FAILED", {"reason": text}


def _reboot(place: Workplace, run: Run) -> Outcome | None:
    place.post(Restart(run=run.number, board=True))
    return None


def _restart(place: Workplace, run: Run) -> Outcome | None:
    place.post(Restart(run=run.number, board=False))
    return None


OPERATIONS: dict[str, Operation] = {
    "succeed": _succeed,
    "fail": _fail,
    "long": _long,
    "hang": _hang,
    "store": room.store,
    "noisy": _noisy,
    "reboot": _reboot,
    "restart": _restart,
}


class FakeWorkshop:
    """Work for tests of the agent: begins nothing, keeps what was asked."""

    def __init__(self) -> None:
        self.began: list[tuple[str, bool]] = []
        self.stopped: list[int] = []
        self.noted: list[str] = []
        self.rebooted: list[int] = []

    def __repr__(self) -> str:
        return f"<FakeWorkshop {self.began}>"

    def begin(self, document: Any, *, resume: bool) -> int:
        """Note it."""
        self.began.append((document.get("nonce", "-"), resume))
        return len(self.began)

    def stop(self, run: int, *, dropped: bool) -> None:
        """Note it."""
        self.stopped.append(run)

    def release(self, nonce: str) -> None:
        """Nothing is held here."""

    def reboot(self, run: int) -> None:
        """Note it."""
        self.rebooted.append(run)

    def note_done(self, document: Any) -> None:
        """Note it."""
        self.noted.append(document["nonce"])
