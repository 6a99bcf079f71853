"""The rig's background loop thread: tap, local cloud and HTTP live on it, and it never blocks."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from rigs.errors import RigFault

T = TypeVar("T")
WATCH_EVERY = 0.05


class LoopThread:
    """One asyncio loop in a thread of its own; `lag` is the longest turn over its own schedule, in seconds."""

    def __init__(self, name: str = "rig") -> None:
        self.loop = asyncio.new_event_loop()
        self.lag = 0.0
        self._cause: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=f"{name}-loop", daemon=True)
        self._thread.start()

    def __repr__(self) -> str:
        return f"<LoopThread {self._thread.name} {'alive' if self._thread.is_alive() else 'ended'}>"

    def call(self, function: Callable[..., T], *args: Any, within: float = 10.0) -> T:
        """Run a plain function on the loop and return its value; raises RigFault when the loop does not answer."""

        async def once() -> T:
            return function(*args)

        return self.run(once(), within=within)

    def run(self, work: Coroutine[Any, Any, T], within: float = 10.0) -> T:
        """Run a coroutine on the loop from another thread; raises RigFault when it is not done `within` seconds."""
        if threading.current_thread() is self._thread:
            work.close()
            raise RuntimeError("the loop thread must not wait for itself")
        if not self._thread.is_alive():
            work.close()
            raise RigFault(f"the rig's loop thread has ended: {self._cause!r}")
        future = asyncio.run_coroutine_threadsafe(work, self.loop)
        try:
            return future.result(timeout=within)
        except TimeoutError as late:
            future.cancel()
            text = f"the rig's loop did not finish {work!r} within {within} s (longest turn so far {self.lag:.3f} s)"
            raise RigFault(text) from late

    def stop(self) -> None:
        """End the loop; whatever still runs on it is cancelled."""
        if self._thread.is_alive():
            self.loop.call_soon_threadsafe(self.loop.stop)
            self._thread.join(timeout=10)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self._watch(time.monotonic())
            self.loop.run_forever()
        except BaseException as cause:
            self._cause = cause
            raise
        finally:
            self._drain()

    def _watch(self, due: float) -> None:
        now = time.monotonic()
        self.lag = max(self.lag, now - due)
        self.loop.call_later(WATCH_EVERY, self._watch, now + WATCH_EVERY)

    def _drain(self) -> None:
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        if tasks:
            self.loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()
