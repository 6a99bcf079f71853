"""What the reader of a line-based console and its callers share."""

from __future__ import annotations

import itertools
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import timedelta

from rigs.console.framing import Exchange, Framing
from rigs.console.lines import Lines
from rigs.console.transcript import Transcript
from rigs.errors import ConsoleLost, ConsoleSilent


class Conversation:
    """One thread feeds what was read, others ask; one command is under way at a time.

    A loss of the port wakes the caller at once; a port that comes back (`up`) ends nothing that was under way before.
    """

    def __init__(self, framing: Framing, transcript: Transcript) -> None:
        self._framing, self._transcript = framing, transcript
        self._numbers = itertools.count(1)
        self._one_at_a_time = threading.Lock()
        self._changed = threading.Condition()
        self._lines = Lines()
        self._newest: deque[str] = deque(maxlen=8)
        self._exchange: Exchange | None = None
        self._is_up = False
        self._losses = 0
        self._cause: BaseException | None = None
        self._final = False

    def __repr__(self) -> str:
        state = "up" if self._is_up else f"down ({self._cause})"
        return f"<Conversation {self._transcript.name} {state}>"

    def up(self, where: str) -> None:
        """The port is open, with nothing read yet."""
        self._transcript.opened(where)
        with self._changed:
            self._lines = Lines()
            self._is_up, self._cause = True, None
            self._changed.notify_all()

    def down(self, cause: BaseException, *, final: bool) -> None:
        """The port is gone; `final` when nobody will try to open it again."""
        self._transcript.lost(str(cause))
        self.close(cause, final=final)

    def close(self, cause: BaseException, *, final: bool = True) -> None:
        """As `down`, but on purpose: no gap is recorded."""
        with self._changed:
            self._is_up, self._cause, self._final = False, cause, final
            self._losses += 1
            self._changed.notify_all()

    def received(self, data: bytes) -> None:
        """Take bytes from the port: lines go to the trace before the caller who waits for them is woken."""
        self._transcript.raw("<", data)
        exchange = self._exchange
        for line in self._lines.feed(data):
            bare = self._framing.bare(line)
            if exchange is None or exchange.line(line):
                self._newest.append(bare)
                self._transcript.read(bare)
        if exchange is None:
            return
        if not exchange.done:
            exchange.partial(self._lines.partial)
        if exchange.done:
            with self._changed:
                self._changed.notify_all()

    def ask(self, command: str, send: Callable[[bytes], None], newline: str, within: timedelta) -> str:
        """Send a command and wait for its answer; raises ConsoleLost and ConsoleSilent."""
        deadline = time.monotonic() + within.total_seconds()
        with self._one_at_a_time:
            exchange = self._framing.exchange(next(self._numbers), command)
            losses = self._begin(exchange, deadline, command)
            try:
                self._transcript.sent(command)
                data = (exchange.text + newline).encode()
                self._transcript.raw(">", data)
                send(data)
                self._wait(exchange, losses, deadline, command, within)
            finally:
                self._exchange = None
        return "\n".join(exchange.output)

    def _begin(self, exchange: Exchange, deadline: float, command: str) -> int:
        with self._changed:
            self._changed.wait_for(lambda: self._is_up or self._final, deadline - time.monotonic())
            if not self._is_up:
                raise ConsoleLost(f"{self._transcript.name} is away, {command!r} was not sent: {self._cause}")
            self._exchange = exchange
            return self._losses

    def _wait(self, exchange: Exchange, losses: int, deadline: float, command: str, within: timedelta) -> None:
        with self._changed:
            self._changed.wait_for(lambda: exchange.done or self._losses > losses, deadline - time.monotonic())
            if exchange.done:
                return
            if self._losses > losses:
                raise ConsoleLost(f"{self._transcript.name} went away while {command!r} ran: {self._cause}")
        raise ConsoleSilent(self._complaint(command, within))

    def _complaint(self, command: str, within: timedelta) -> str:
        newest = "".join(f"\n  {line}" for line in self._newest) or " nothing"
        return (
            f"{self._transcript.name}: no end of the answer to {command!r} within {within.total_seconds():g} s\n"
            f"expected {self._framing!r}; unfinished line: {self._lines.partial!r}; newest lines:{newest}\n"
            f"{self._transcript.where}\nCheck prompt (or markers), newline and speed in the rig file's [console]."
        )
