"""The rig's one worker thread: what may block (boto3, power) and must not run on the loop."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from rigs.errors import RigFault


@dataclass(slots=True, kw_only=True)
class Task:
    """A piece of work; `done` is called exactly once, when it is back or its bound has passed."""

    what: str
    work: Callable[[], None]
    done: Callable[[], None]
    within: timedelta
    finished: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def finish(self) -> bool:
        """Whether this is the first time that the task is said to be over."""
        with self.lock:
            first, self.finished = not self.finished, True
            return first


class Worker:
    """A queue and a thread. What goes wrong is kept in `trouble`, for the judge: it is never the device's fault."""

    def __init__(self, name: str = "rig") -> None:
        self.trouble: list[RigFault] = []
        self._queue: queue.SimpleQueue[tuple[Task, threading.Timer] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"{name}-worker", daemon=True)
        self._thread.start()

    def __repr__(self) -> str:
        return f"<Worker {self._thread.name} {self._queue.qsize()} waiting, {len(self.trouble)} in trouble>"

    def submit(self, what: str, work: Callable[[], None], *, within: timedelta, done: Callable[[], None]) -> None:
        """Run `work` after what was submitted before; returns at once.

        `done` is called from the worker, or from a timer's thread when `within` has passed since now; it must be quick.
        """
        task = Task(what=what, work=work, done=done, within=within)
        bound = threading.Timer(within.total_seconds(), self._overrun, (task,))
        bound.daemon = True
        bound.start()
        self._queue.put((task, bound))

    def stop(self, within: timedelta = timedelta(seconds=10)) -> None:
        """End the thread after the work at hand; work that hangs is left behind and named in `trouble`."""
        self._queue.put(None)
        self._thread.join(timeout=within.total_seconds())
        if self._thread.is_alive():
            self.trouble.append(RigFault(f"the worker did not end within {within.total_seconds():g} s"))

    def _run(self) -> None:
        while (entry := self._queue.get()) is not None:
            task, bound = entry
            try:
                task.work()
            except Exception as wrong:  # kept for the judge; what waits for the task goes on
                self._blame(f"{task.what} failed on the worker: {wrong!r}", wrong)
            bound.cancel()
            if task.finish():
                task.done()

    def _overrun(self, task: Task) -> None:
        if task.finish():
            self._blame(f"{task.what} was not back within {task.within.total_seconds():g} s; what waited has gone on")
            task.done()

    def _blame(self, text: str, cause: Exception | None = None) -> None:
        fault = RigFault(text)
        fault.__cause__ = cause
        self.trouble.append(fault)
