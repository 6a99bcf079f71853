"""Latency on purpose: what a connection sends goes out later, in the order that its times give."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from rigs.mqtt.commands import Close, Command, Send


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """How late the service is: `ack` after a packet for its acknowledgement, `reply` more for every message.

    AWS was seen to acknowledge after 500 ms and to reply 30 to 500 ms later (evidence.md, Part 2, best capture).
    """

    ack: timedelta = timedelta(0)
    reply: timedelta = timedelta(0)

    @property
    def none(self) -> bool:
        """Whether everything goes out at once."""
        return not self.ack and not self.reply

    def of(self, command: Command) -> float:
        """Seconds."""
        late = self.ack + self.reply if isinstance(command, Send) and command.lane == "message" else self.ack
        return late.total_seconds()


class Pace:
    """Commands of one connection on their way; a Close drops what would have come later.

    `done` is called after those that were late.
    """

    def __init__(self, latency: Latency, act: Callable[[Command], None], done: Callable[[], None]) -> None:
        self._latency, self._act, self._done = latency, act, done
        self._at_once = latency.none
        self._waiting: list[tuple[float, int, Command]] = []
        self._count = 0
        self._timer: asyncio.TimerHandle | None = None

    def __repr__(self) -> str:
        return f"<Pace {len(self._waiting)} waiting>"

    def add(self, command: Command) -> None:
        """Act on it when it is due; at once when it has no delay."""
        delay = 0.0 if self._at_once else self._latency.of(command)
        if delay == 0:
            self._act(command)
            return
        self._count += 1
        heapq.heappush(self._waiting, (asyncio.get_running_loop().time() + delay, self._count, command))
        self._wind()

    def drop(self) -> None:
        """The connection is gone."""
        self._waiting.clear()
        if self._timer:
            self._timer.cancel()

    def _wind(self) -> None:
        if self._timer:
            self._timer.cancel()
        if self._waiting:
            self._timer = asyncio.get_running_loop().call_at(self._waiting[0][0], self._due)

    def _due(self) -> None:
        now = asyncio.get_running_loop().time()
        while self._waiting and self._waiting[0][0] <= now:
            command = heapq.heappop(self._waiting)[2]
            if isinstance(command, Close):
                self._waiting.clear()
            self._act(command)
        self._done()
        self._wind()
