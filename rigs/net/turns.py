"""One handshake step in each turn of the loop, however many connections come at once.

A step costs a millisecond or two of arithmetic. Fifty in one turn hold up every timer and timestamp of the rig by a
tenth of a second; one a turn costs the storm no time and the rest of the rig nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable


class Turns:
    """A queue of steps; all listeners and dials of one loop share one."""

    def __init__(self) -> None:
        self._steps: deque[Callable[[], None]] = deque()

    def __repr__(self) -> str:
        return f"<Turns {len(self._steps)} waiting>"

    def add(self, step: Callable[[], None]) -> None:
        """Call `step` in a later turn of the running loop, alone."""
        self._steps.append(step)
        if len(self._steps) == 1:
            asyncio.get_running_loop().call_soon(self._next)

    def _next(self) -> None:
        try:
            self._steps[0]()
        finally:
            self._steps.popleft()
            if self._steps:
                asyncio.get_running_loop().call_soon(self._next)
