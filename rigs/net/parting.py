"""How we end a connection so that the peer gets our last bytes."""

from __future__ import annotations

import asyncio
from typing import Any

GRACE = 1.0  # seconds that the peer has to end its side, so that our last bytes are not lost to a reset


class Parting:
    """The end of our side of one connection; `lag` is how many seconds later than sent our bytes arrive."""

    def __init__(self) -> None:
        self.lag = 0.0
        self._left = 0
        self._timer: asyncio.TimerHandle | None = None

    def linger(self, transport: Any, ended: bool) -> None:
        """End our side, and drop what still comes: closing over unread bytes would reset, and lose the last ones.

        `ended`: the peer has ended its side already.
        """
        if ended or transport.is_closing():
            transport.close()
            return
        try:
            transport.write_eof()
        except OSError:  # the peer was faster, and its end has not been read yet
            transport.abort()
            return
        transport.resume_reading()
        self._give_grace(transport)

    def stop(self) -> None:
        """It is over."""
        if self._timer:
            self._timer.cancel()

    def _give_grace(self, transport: Any) -> None:
        self._left = transport.get_write_buffer_size()
        self._timer = asyncio.get_running_loop().call_later(GRACE + self.lag, self._lose_patience, transport)

    def _lose_patience(self, transport: Any) -> None:
        """As long as the peer still takes what is under way to it, it is given time."""
        if transport.get_write_buffer_size() < self._left:
            self._give_grace(transport)
        else:
            transport.abort()
