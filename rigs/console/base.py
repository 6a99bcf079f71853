"""The contract of a console."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol


class Console(Protocol):
    """A way to talk to the device beside the network.

    Every line read and every command sent goes to the trace as a Console record and, raw, to the console log.
    """

    name: str

    def open(self) -> None:
        """Start reading, from before power-on; raises ConsoleLost when the port or host is not there."""
        ...

    def run(self, command: str, within: timedelta = timedelta(seconds=10)) -> str:
        """Send a command and return what it printed, without echo and prompt.

        Raises ConsoleLost when the port goes away, ConsoleSilent when there is no prompt `within` that time.
        """
        ...

    def close(self) -> None:
        """Stop reading and give the port back; may be called twice."""
        ...
