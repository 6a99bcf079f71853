"""How slowly the bytes of one direction travel; pure: time comes in, what is due comes out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

TICK = 0.02  # seconds between two portions, where a rate bounds them
NO_TIME = timedelta(0)

Item = memoryview | Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """At most `rate` bytes a second (None: as fast as they come), and each of them `delay` later."""

    rate: float | None = None
    delay: timedelta = NO_TIME

    def __post_init__(self) -> None:
        if (self.rate is not None and self.rate <= 0) or self.delay < NO_TIME:
            raise ValueError(f"a rate is more than 0 bytes a second and a delay not below 0 s, not {self!r}")

    @property
    def plain(self) -> bool:
        """Whether nothing is slower than it would be."""
        return self.rate is None and self.delay == NO_TIME


class Lane:
    """Bytes under way in one direction, and marks between them: what is to be called when it is their turn.

    Nothing overtakes, also when the pace changes. `size` counts the bytes that are still under way. Instants are
    seconds of any clock that only goes forward.
    """

    def __init__(self) -> None:
        self.pace = Pace()
        self.size = 0
        self._queue: deque[Item] = deque()
        self._flight: deque[tuple[float, Item]] = deque()
        self._credit = self._last = 0.0

    def __repr__(self) -> str:
        return f"<Lane {self.size} B under way, {self.pace!r}>"

    def __bool__(self) -> bool:
        return bool(self._queue or self._flight)

    def put(self, item: bytes | Callable[[], object], now: float) -> None:
        """Something sets out."""
        if not self._queue:
            self._last, self._credit = now, 0.0
        if isinstance(item, bytes):
            self.size += len(item)
            self._queue.append(memoryview(item))
        else:
            self._queue.append(item)
        self._launch(now)

    def take(self, now: float) -> list[bytes | Callable[[], object]]:
        """What has arrived."""
        self._launch(now)
        arrived: list[bytes | Callable[[], object]] = []
        while self._flight and self._flight[0][0] <= now:
            _, item = self._flight.popleft()
            arrived.append(item if callable(item) else bytes(item))
            self.size -= 0 if callable(item) else len(item)
        return arrived

    def due(self, now: float) -> float | None:
        """When something may have arrived; None when nothing is under way."""
        times = [self._flight[0][0]] if self._flight else []
        if self._queue:
            short = max(0.0, 1 - self._credit) / self.pace.rate if self.pace.rate else 0.0
            times.append(now + max(TICK, short))
        return min(times, default=None)

    def change(self, pace: Pace, now: float) -> None:
        """From now on at this pace; what is under way arrives no later than at the new delay from now."""
        self._launch(now)
        self.pace = pace
        latest = now + pace.delay.total_seconds()
        self._flight = deque((min(when, latest), item) for when, item in self._flight)

    def clear(self) -> None:
        """All of it is lost."""
        self._queue.clear()
        self._flight.clear()
        self.size = 0

    def _launch(self, now: float) -> None:
        """Let go what the rate allows by now."""
        rate = self.pace.rate
        if rate is not None:
            self._credit += (now - self._last) * rate
        self._last = now
        while self._queue:
            head = self._queue[0]
            count = 0 if callable(head) else len(head) if rate is None else min(len(head), int(self._credit))
            if not callable(head) and count < len(head):
                if count:
                    self._queue[0] = head[count:]
                    self._depart(head[:count], now)
                return
            self._queue.popleft()
            self._depart(head, now)

    def _depart(self, item: Item, now: float) -> None:
        if not callable(item) and self.pace.rate is not None:
            self._credit -= len(item)
        self._flight.append((now + self.pace.delay.total_seconds(), item))
