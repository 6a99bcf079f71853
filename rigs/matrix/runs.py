"""Runs of pytest side by side, each a process of its own; what is finished is not run again while nothing changed."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

import rigs
from rigs import outcomes
from rigs.errors import RigFault
from rigs.outcomes import Line

ENDED = (0, 1, 5, 10, 11)
"""Exit codes of a run that came to its end: good, device at fault, no scenario chosen, rig at fault, nothing judged."""
GRACE_SECONDS = 20.0
DONE = "done"
MOST_LETTERS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One run of pytest: its name, its arguments, and the digest of all that its outcome hangs on."""

    name: str
    arguments: tuple[str, ...]
    digest: str

    @property
    def folder(self) -> str:
        """Its name as that of a folder; a long one is cut, and told from others by its digest."""
        plain = "".join(letter if letter.isalnum() else "-" for letter in self.name)
        return plain if len(plain) <= MOST_LETTERS else f"{plain[:MOST_LETTERS]}-{self.digest}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A unit with what its run left; `seconds` is 0 for one that had been run before."""

    unit: Unit
    code: int
    lines: tuple[Line, ...]
    seconds: float


def digest(files: Iterable[Path], *words: str) -> str:
    """Of the contents of files and of words; the place of the files does not count."""
    found = hashlib.sha256()
    for file in sorted(files):
        found.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    found.update("\0".join(words).encode())
    return found.hexdigest()[:16]


@dataclass(slots=True, kw_only=True)
class Bench:
    """Where units run: `jobs` at a time, each in a folder below `results`."""

    results: Path
    features: Path
    jobs: int
    running: set[subprocess.Popen[bytes]] = field(default_factory=set)
    stopped: threading.Event = field(default_factory=threading.Event)

    def __repr__(self) -> str:
        return f"<Bench {self.results} {self.jobs} at a time>"

    def run(self, units: Sequence[Unit]) -> Iterator[Ended]:
        """Run what was not run before, and yield each as it ends; Ctrl-C ends those that run in good order.

        Raises RigFault where a run did not come to its end, with the place of its output.
        """
        known = {unit.name: found for unit in units if (found := self.known(unit)) is not None}
        yield from known.values()
        rest = [unit for unit in units if unit.name not in known]
        with ThreadPoolExecutor(self.jobs) as pool:
            futures = [pool.submit(self._run, unit) for unit in rest]
            try:
                yield from (future.result() for future in as_completed(futures))
            except BaseException:
                self._stop(futures)
                raise

    def known(self, unit: Unit) -> Ended | None:
        """What an earlier run of the unit has left, None where there is none or something has changed since."""
        folder = self.results / unit.folder
        done = folder / DONE
        if not done.exists() or done.read_text().split()[:1] != [unit.digest]:
            return None
        return Ended(unit=unit, code=int(done.read_text().split()[1]), lines=_lines(folder), seconds=0.0)

    def keep(self, unit: Unit, lines: Sequence[Line]) -> None:
        """Keep what another unit's run has said of this one, as if it had been run by itself."""
        folder = self.results / unit.folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for line in lines:
            outcomes.write(folder, msgspec.to_builtins(line))
        (folder / DONE).write_text(f"{unit.digest} 0\n")

    def _run(self, unit: Unit) -> Ended:
        folder, began = self.results / unit.folder, time.monotonic()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        code = self._pytest(unit, folder)
        if code not in ENDED:
            raise RigFault(f"the run {unit.name!r} ended with {code}; its output is in {folder / 'output.txt'}")
        (folder / DONE).write_text(f"{unit.digest} {code}\n")
        return Ended(unit=unit, code=code, lines=_lines(folder), seconds=time.monotonic() - began)

    def _pytest(self, unit: Unit, folder: Path) -> int:
        words = [sys.executable, "-m", "pytest", str(self.features), "-q", "-p", "no:cacheprovider"]
        with (folder / "output.txt").open("wb") as output:
            process = subprocess.Popen(
                [*words, *unit.arguments, "--results", str(folder)],
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self.running.add(process)
            if self.stopped.is_set():
                process.send_signal(signal.SIGINT)
            code = process.wait()
            self.running.discard(process)
        return code

    def _stop(self, futures: Iterable[Future[Ended]]) -> None:
        """End what runs: pytest's own way first, so that its rig is given back."""
        self.stopped.set()
        for future in futures:
            future.cancel()
        for process in list(self.running):
            process.send_signal(signal.SIGINT)
        deadline = time.monotonic() + GRACE_SECONDS
        for process in list(self.running):
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def _environment() -> dict[str, str]:
    """Ours, so that a run is made by the same jobrig as this."""
    paths = [str(Path(rigs.__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def _lines(folder: Path) -> tuple[Line, ...]:
    return tuple(outcomes.read(folder))
