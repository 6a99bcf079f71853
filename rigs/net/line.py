"""A slow line: stands between a TCP transport and the protocol above it, which takes it for its transport.

It is put in only where a pace is asked for, so that other connections pay nothing for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from rigs.net.pace import Lane, Pace

FULL, DRAINED = 65536, 16384  # bytes: where writing is paused, and goes on; asyncio's own marks


class Line(asyncio.Protocol):
    """Bytes, ends and losses pass in their order, each way at its own pace; paced by timers, never blocking."""

    def __init__(self, transport: Any, above: Any, incoming: Pace, outgoing: Pace) -> None:
        self._transport, self._above = transport, above
        self._incoming, self._outgoing = Lane(), Lane()
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._busy = self._paused = self._closing = self._lost = False
        self._reading, self._choked, self._pressed = True, False, False
        transport.set_protocol(self)
        self.set(incoming, outgoing)

    def __repr__(self) -> str:
        return f"<Line in {self._incoming!r}, out {self._outgoing!r}>"

    def set(self, incoming: Pace, outgoing: Pace) -> None:
        """From now on at these paces, also what is under way."""
        now = self._loop.time()
        self._incoming.change(incoming, now)
        self._outgoing.change(outgoing, now)
        self._pump()

    # as the protocol of the transport

    def data_received(self, data: bytes) -> None:
        self._incoming.put(data, self._loop.time())
        self._pump()

    def eof_received(self) -> bool:
        self._incoming.put(self._pass_on_eof, self._loop.time())
        self._pump()
        return True  # the end is still under way; the protocol above says later whether it wants to go on

    def connection_lost(self, error: Exception | None) -> None:
        self._lost = True
        self._outgoing.clear()
        self._incoming.put(partial(self._above.connection_lost, error), self._loop.time())
        if self._closing:
            self._incoming.change(Pace(), self._loop.time())  # who has closed waits for nothing
        self._pump()

    def pause_writing(self) -> None:
        self._choked = True
        self._flow()

    def resume_writing(self) -> None:
        self._choked = False
        self._flow()

    # as the transport of the protocol above

    def write(self, data: bytes) -> None:
        self._send(data)

    def write_eof(self) -> None:
        self._send(self._end_writing)

    def close(self) -> None:
        """End in good order: what has been written leaves at its pace, and nothing is read any more."""
        if not self._closing and not self._lost:
            self._closing = True
            self._incoming.clear()
            self._transport.pause_reading()
            self._send(self._transport.close)

    def abort(self) -> None:
        """End at once."""
        self._closing = True
        self._outgoing.clear()
        if not self._lost:
            self._incoming.clear()
            self._transport.abort()

    def is_closing(self) -> bool:
        return self._closing or bool(self._transport.is_closing())

    def pause_reading(self) -> None:
        self._paused = True
        self._flow()

    def resume_reading(self) -> None:
        self._paused = False
        self._pump()

    def get_extra_info(self, name: str) -> Any:
        return self._transport.get_extra_info(name)

    def get_write_buffer_size(self) -> int:
        return self._outgoing.size + int(self._transport.get_write_buffer_size())

    # within

    def _send(self, item: bytes | Callable[[], object]) -> None:
        if not self._lost:
            self._outgoing.put(item, self._loop.time())
            self._pump()

    def _pump(self) -> None:
        """Hand on what is due; what that brings about at once is handed on too."""
        if self._busy:
            return
        self._busy = True
        try:
            while self._pass(self._outgoing, self._transport.write) or self._deliver():
                pass
        finally:
            self._busy = False
        self._flow()
        self._wake()

    def _deliver(self) -> bool:
        return (not self._paused or self._lost) and self._pass(self._incoming, self._above.data_received)

    def _pass(self, lane: Lane, take: Callable[[bytes], object]) -> bool:
        arrived = lane.take(self._loop.time()) if lane else []
        for item in arrived:
            item() if callable(item) else take(item)
        return bool(arrived)

    def _flow(self) -> None:
        """Neither lane may fill memory: stop reading, and tell who writes."""
        reading = not self._paused and self._incoming.size <= FULL
        if reading != self._reading and not self.is_closing():
            self._reading = reading
            self._transport.resume_reading() if reading else self._transport.pause_reading()
        waiting = self._outgoing.size
        pressed = self._choked or waiting > (DRAINED if self._pressed else FULL)
        if pressed != self._pressed and not self.is_closing():
            self._pressed = pressed
            self._above.pause_writing() if pressed else self._above.resume_writing()

    def _wake(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        now = self._loop.time()
        lanes = [self._outgoing] if self._paused and not self._lost else [self._outgoing, self._incoming]
        times = [when for lane in lanes if (when := lane.due(now)) is not None]
        self._timer = self._loop.call_at(min(times), self._pump) if times else None

    def _pass_on_eof(self) -> None:
        if not self._above.eof_received():
            self.close()

    def _end_writing(self) -> None:
        try:
            self._transport.write_eof()
        except OSError:  # the peer was faster, and its end has not been read yet
            self._transport.abort()
