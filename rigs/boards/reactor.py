"""The firmware's only thread: descriptors, timers and signals, one at a time. Lighter to import than asyncio."""

from __future__ import annotations

import heapq
import itertools
import os
import selectors
import signal
import time
from collections.abc import Callable

Action = Callable[[], None]


class Reactor:
    """Calls actions when a descriptor is ready, a time has come or a signal was sent."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._timers: list[tuple[float, int, Action]] = []
        self._numbers = itertools.count()
        self._signals: dict[int, Action] = {}
        self._wake_read, wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(wake_write, False)
        signal.set_wakeup_fd(wake_write)
        self.watch(self._wake_read, self._signalled)

    def watch(self, fd: int, read: Action | None, write: Action | None = None) -> None:
        """Call `read` and `write` when `fd` is ready for them from now on; two Nones end that."""
        events = (selectors.EVENT_READ if read else 0) | (selectors.EVENT_WRITE if write else 0)
        known = fd in self._selector.get_map()
        if not events:
            if known:
                self._selector.unregister(fd)
        elif known:
            self._selector.modify(fd, events, (read, write))
        else:
            self._selector.register(fd, events, (read, write))

    def after(self, seconds: float, action: Action) -> None:
        """Call `action` once, later."""
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._numbers), action))

    def on_signal(self, number: int, action: Action) -> None:
        """Call `action` in a turn of its own after each such signal."""
        self._signals[number] = action
        signal.signal(number, lambda *_: None)

    def turn(self, longest: float | None = None) -> None:
        """Wait for something to do, at most `longest` seconds, and do it."""
        for key, events in self._selector.select(self._pause(longest)):
            # One action may end what another one waits for: each is looked up only when its turn has come.
            if events & selectors.EVENT_READ and (read := self._actions(key.fd)[0]):
                read()
            if events & selectors.EVENT_WRITE and (write := self._actions(key.fd)[1]):
                write()
        while self._timers and self._timers[0][0] <= time.monotonic():
            heapq.heappop(self._timers)[2]()

    def _actions(self, fd: int) -> tuple[Action | None, Action | None]:
        known = self._selector.get_map().get(fd)
        return known.data if known else (None, None)

    def _pause(self, longest: float | None) -> float | None:
        if not self._timers:
            return longest
        until = max(0.0, self._timers[0][0] - time.monotonic())
        return until if longest is None else min(until, longest)

    def _signalled(self) -> None:
        for number in sorted(set(os.read(self._wake_read, 4096))):
            if number in self._signals:
                self._signals[number]()


class Outbox:
    """Bytes on their way out of a non-blocking descriptor: nobody waits for a slow or absent reader."""

    def __init__(self, reactor: Reactor, fd: int, read: Action) -> None:
        self._reactor, self._fd, self._read = reactor, fd, read
        self._waiting = bytearray()
        self.broken = False
        os.set_blocking(fd, False)
        reactor.watch(fd, read)

    def __len__(self) -> int:
        return len(self._waiting)

    def write(self, data: bytes) -> None:
        """Send, now or as soon as there is room."""
        self._waiting += data
        self._flush()

    def close(self) -> None:
        """Neither read nor write any more."""
        self.broken = True
        self._reactor.watch(self._fd, None)

    def _flush(self) -> None:
        if self.broken:
            return
        try:
            del self._waiting[: os.write(self._fd, self._waiting)]
        except BlockingIOError:
            # No room: the reactor tells when there is some.
            self._reactor.watch(self._fd, self._read, self._flush)
            return
        except OSError:
            self.close()
            return
        self._reactor.watch(self._fd, self._read, self._flush if self._waiting else None)
